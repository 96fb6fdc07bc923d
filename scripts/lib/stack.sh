# shellcheck shell=bash disable=SC2030,SC2031,SC2154
# One private Karara in one folder: PostgreSQL, memcached, API workers and nginx, apart from anything else
# on the machine. scripts/start, the tests (tests/support/stack) and the bench all use this.
# Sourced after common.sh; stack_cli is the entrance, stack_usage below says how it is called.
#
# What is in the folder:
#   env              what a test needs to know, to be sourced (STACK_URL, STACK_CA, …)
#   options          how it was started; a later start without options uses them again
#   karara.conf      settings of workers and kararactl
#   bin/ www/        copies of what was built, so that a build under way disturbs nothing
#   pg/ keys/ run/   the cluster, the keys, locks of the host
#   nginx/ tls/      the site as rendered, the certificate
#   mails/           what was sent, as .eml: nothing leaves this machine
#   log/             one log for each piece; sanitizer reports, if any
#   pids/            "PID START_TIME BOOT" of each piece: who we may signal
#   sockets → …      sockets live under /run or /tmp: a socket's path has 107 bytes at most
# As root the pieces run as others (postgres, www-data). If those can't reach the folder, or nginx can't
# spell its path, everything but env lives elsewhere and "home" leads there.

# shellcheck source=scripts/lib/stack_process.sh
source "$karara_root/scripts/lib/stack_process.sh"
# shellcheck source=scripts/lib/stack_backend.sh
source "$karara_root/scripts/lib/stack_backend.sh"
# shellcheck source=scripts/lib/stack_nginx.sh
source "$karara_root/scripts/lib/stack_nginx.sh"

stack_pieces=(postgres memcached mail api signin worker nginx)

stack_usage() {
	cat <<'USAGE'
usage: stack start DIR [options]       start what isn't running, apply what changed; prints progress
       stack stop DIR [piece…]         stop all (or the pieces), take away the sockets; data stays.
                                       Status 1 if a sanitizer reported anything
       stack reset DIR                 stop and drop data, keys and logs (the certificate stays)
       stack remove DIR                stop and delete the folder; status 1 if a sanitizer reported anything
       stack reload DIR                new workers, the old ones finish what they do
       stack status DIR                each piece with pid and health; status 1 unless all are well
       stack env DIR                   print DIR/env
       stack ctl DIR ARGS…             kararactl with this stack's settings
       stack psql DIR [ARGS…]          psql as superuser in its database
pieces: postgres memcached mail api signin worker nginx; signin are the API workers that compute passwords

options of start
  --port N           HTTPS port (default: a free one, kept)
  --listen WHERE     localhost (default) or all
  --http-port N      a redirect from plain HTTP
  --preset NAME      use build/NAME (default sanitize), or a folder with bin/ in it
  --www DIR          the built web app (default build/www; none is fine)
  --workers N        API workers (default 2 per core), besides two that compute passwords
  --demo             load the demo brand
  --demo-tasks N     … with that many tasks
  --rate-auth X      sign-in limit per address: 10r/m (default), any nginx rate, or off
  --rate-all X       limit of everything per address: 50r/s (default), or off
  --set KEY=VALUE    a setting in karara.conf; repeatable
  --env NAME=VALUE   for the workers' environment; repeatable
  --pg NAME=VALUE    a PostgreSQL setting; repeatable
  --scratch          data may be lost in a crash: no fsync (tests)
  --without PIECE    leave it out: memcached, mail, api, worker or nginx; repeatable
USAGE
}

# --- where, and as whom -------------------------------------------------------------------------------

# stack_open DIR [create]: find the stack of DIR; sets stack_dir, stack_home and the accounts.
stack_open() {
	stack_dir=$(realpath -m -- "$1")
	stack_pg_user='' stack_app_user=''
	if ((EUID == 0)); then
		stack_pg_user=postgres stack_app_user=www-data
		id -u postgres >/dev/null 2>&1 || stack_pg_user=nobody
	fi
	if [[ -e $stack_dir && ! -O $stack_dir ]]; then
		die "$stack_dir belongs to $(stat -c %U -- "$stack_dir"): use the same account as the one that started it"
	fi
	stack_home=$stack_dir
	if [[ -L $stack_dir/home ]]; then stack_home=$(readlink -- "$stack_dir/home"); fi
	if [[ ${2:-} == create ]]; then
		mkdir -p -- "$stack_dir"
		if [[ ! -e $stack_home/stack ]]; then stack_settle; fi
		mkdir -p -- "$stack_home"/{bin,log/sanitizer,pids,keys,run,nginx,tls}
		printf 'A private Karara lives here. scripts/lib/stack.sh says how.\n' >"$stack_home/stack"
	elif [[ ! -e $stack_home/stack ]]; then
		return 1
	fi
	if [[ -r $stack_home/sockets.path ]]; then
		stack_sockets=$(<"$stack_home/sockets.path")
	else
		stack_sockets=''
	fi
}

# stack_settle: DIR itself if everyone concerned can use it, else a place of the same name that they can.
stack_settle() {
	local account
	if [[ $stack_dir != *[\"\'\\\$\`$'\n']* ]]; then
		if ((EUID != 0)); then return 0; fi
		chmod 0711 -- "$stack_dir"
		for account in "$stack_pg_user" "$stack_app_user"; do
			stack_as "$account" test -x "$stack_dir" || account=''
			if [[ -z $account ]]; then break; fi
		done
		if [[ -n $account ]]; then return 0; fi
	fi
	local base=${XDG_STATE_HOME:-$HOME/.local/state}/karara
	if ((EUID == 0)); then base=/var/lib/karara-stacks; fi
	stack_home=$base/$(sha256sum <<<"$stack_dir" | cut -c1-16)
	mkdir -p -- "$stack_home"
	chmod 0711 -- "$stack_home"
	ln -sfn -- "$stack_home" "$stack_dir/home"
	say "$stack_dir can't be reached by all who need it: the data lives in $stack_home"
}

# stack_as ACCOUNT COMMAND…: run it as ACCOUNT, or as ourselves if that is empty.
stack_as() {
	local account=$1
	shift
	if [[ -z $account ]]; then "$@"; else setpriv --reuid "$account" --regid "$(id -g "$account")" --init-groups -- "$@"; fi
}

# stack_own ACCOUNT MODE PATH…: hand over, if there is anyone to hand over to.
stack_own() {
	local account=$1 mode=$2
	shift 2
	if [[ -n $account ]]; then chown -- "$account:$(id -g "$stack_app_user")" "$@"; fi
	chmod -- "$mode" "$@"
}

# stack_socket_dir: a short folder for sockets; only root and the accounts get in.
stack_socket_dir() {
	local base=/tmp
	if [[ -n $stack_sockets && -d $stack_sockets && ! -L $stack_sockets && -O $stack_sockets ]]; then
		mkdir -p -- "$stack_sockets"/{pg,mc,api,metrics}
	else
		if ((EUID == 0)) && [[ -w /run ]]; then
			base=/run
		elif ((EUID != 0)) && [[ -w ${XDG_RUNTIME_DIR:-} && ${#XDG_RUNTIME_DIR} -lt 60 ]]; then
			base=$XDG_RUNTIME_DIR
		fi
		stack_sockets=$(mktemp -d -- "$base/karara.XXXXXX")
		chmod 0711 -- "$stack_sockets"
		mkdir -- "$stack_sockets"/{pg,mc,api,metrics}
		printf '%s\n' "$stack_sockets" >"$stack_home/sockets.path"
		ln -sfn -- "$stack_sockets" "$stack_home/sockets"
	fi
	stack_own "$stack_pg_user" 0750 "$stack_sockets/pg"
	stack_own "$stack_app_user" 0700 "$stack_sockets/mc" "$stack_sockets/api"
	chmod 0700 -- "$stack_sockets/metrics"
}

# --- options ------------------------------------------------------------------------------------------

# stack_options ARGS…: sets stack_opt_*, from ARGS or from those of the last start.
stack_options() {
	if (($# == 0)) && [[ -s $stack_home/options ]]; then
		local saved=()
		mapfile -d '' -t saved <"$stack_home/options"
		set -- "${saved[@]}"
	fi
	stack_opts=("$@")
	stack_opt_port='' stack_opt_listen=localhost stack_opt_http_port='' stack_opt_preset=sanitize
	stack_opt_www=$karara_root/build/www stack_opt_workers=$((2 * $(nproc))) stack_opt_demo='' stack_opt_demo_tasks=''
	stack_opt_rate_auth=10r/m stack_opt_rate_all=50r/s stack_opt_scratch=''
	stack_opt_set=() stack_opt_env=() stack_opt_pg=()
	stack_without=' '
	while (($#)); do
		case $1 in
		--demo) stack_opt_demo=1 ;;
		--scratch) stack_opt_scratch=1 ;;
		--port | --listen | --http-port | --preset | --www | --workers | --demo-tasks | --rate-auth | --rate-all | --set | --env | --pg | --without)
			(($# >= 2)) || die "$1 needs a value"
			case $1 in
			--port) stack_opt_port=$2 ;;
			--listen) stack_opt_listen=$2 ;;
			--http-port) stack_opt_http_port=$2 ;;
			--preset) stack_opt_preset=$2 ;;
			--www) stack_opt_www=$2 ;;
			--workers) stack_opt_workers=$2 ;;
			--demo-tasks) stack_opt_demo_tasks=$2 ;;
			--rate-auth) stack_opt_rate_auth=$2 ;;
			--rate-all) stack_opt_rate_all=$2 ;;
			--set) stack_opt_set+=("$2") ;;
			--env) stack_opt_env+=("$2") ;;
			--pg) stack_opt_pg+=("$2") ;;
			--without) stack_without+="$2 " ;;
			esac
			shift
			;;
		*) die "unknown option $1" ;;
		esac
		shift
	done
	local number
	for number in "${stack_opt_port:-0}" "${stack_opt_http_port:-0}"; do
		if [[ ! $number =~ ^[0-9]{1,5}$ ]] || ((number > 65535)); then die "not a port: $number"; fi
	done
	[[ $stack_opt_workers =~ ^[1-9][0-9]{0,2}$ ]] || die "not a number of workers: $stack_opt_workers"
	[[ $stack_opt_listen == localhost || $stack_opt_listen == all ]] || die "--listen takes localhost or all"
	[[ $stack_opt_rate_auth =~ ^([0-9]+r/[sm]|off)$ && $stack_opt_rate_all =~ ^([0-9]+r/[sm]|off)$ ]] ||
		die "a rate is like 10r/m or 50r/s, or off"
	if ((${stack_opt_port:-0} == 0)); then
		# The same port as last time, so that addresses stay good.
		if ! { read -r stack_opt_port <"$stack_home/port"; } 2>/dev/null; then stack_opt_port=$(stack_free_port); fi
	fi
	printf '%s\n' "$stack_opt_port" >"$stack_home/port"
	if ((${#stack_opts[@]})); then printf '%s\0' "${stack_opts[@]}" >"$stack_home/options"; fi
	stack_url=https://localhost:$stack_opt_port
	stack_bin=$stack_opt_preset
	if [[ $stack_bin != */* ]]; then stack_bin=$karara_root/build/$stack_bin; fi
	stack_bin=$(realpath -m -- "$stack_bin")/bin
}

# stack_with PIECE: is it part of this stack?
stack_with() { [[ $stack_without != *" $1 "* ]]; }

# stack_write FILE MODE: write standard input to FILE if that changes it; status 0 if it did.
stack_write() {
	local fresh
	fresh=$(mktemp -- "$1.XXXXXX")
	cat >"$fresh"
	chmod -- "$2" "$fresh"
	if cmp -s -- "$fresh" "$1"; then
		rm -f -- "$fresh"
		return 1
	fi
	mv -f -- "$fresh" "$1"
}

# --- verbs --------------------------------------------------------------------------------------------

stack_env_file() {
	local name
	stack_write "$stack_dir/env" 0644 <<-ENV || true
		# Written by scripts/lib/stack.sh; source it.
		STACK_DIR=$(printf %q "$stack_dir")
		STACK_HOME=$(printf %q "$stack_home")
		STACK_URL=$stack_url
		STACK_PORT=$stack_opt_port
		STACK_CA=$(printf %q "$stack_home/tls/cert.pem")
		STACK_DB='host=$stack_sockets/pg port=5432 dbname=karara user=karara_app'
		STACK_DB_WORKER='host=$stack_sockets/pg port=5432 dbname=karara user=karara_worker'
		STACK_DB_ADMIN='host=$stack_sockets/pg port=5432 dbname=karara user=postgres'
		STACK_MEMCACHED=$stack_sockets/mc/memcached.sock
		STACK_API_SOCKET=$stack_sockets/api/api.sock
		STACK_SIGNIN_SOCKET=$stack_sockets/api/signin.sock
		STACK_METRICS_SOCKET=$stack_sockets/metrics/metrics.sock
		STACK_LOG=$(printf %q "$stack_home/log")
		STACK_BIN=$(printf %q "$stack_home/bin")
		KARARA_CONFIG=$(printf %q "$stack_home/karara.conf")
	ENV
	if [[ $stack_home != "$stack_dir" ]]; then
		for name in log bin; do ln -sfn -- "$stack_home/$name" "$stack_dir/$name"; done
	fi
}

# stack_abandon: when a start fails, end what it had started itself, not what ran before.
stack_abandon() {
	local status=$? index
	trap - EXIT
	if ((status != 0)); then
		for ((index = ${#stack_started[@]} - 1; index >= 0; index--)); do
			stack_end "${stack_started[index]}" >/dev/null 2>&1 || true
		done
	fi
	exit "$status"
}

stack_start() (
	umask 022
	stack_open "$1" create
	shift
	exec 9>"$stack_home/lock"
	flock -w 120 9 || die "another start or stop of $stack_dir is under way"
	stack_started=()
	trap stack_abandon EXIT
	stack_options "$@"
	stack_need_programs
	local piece
	# A piece that this stack no longer has.
	for piece in memcached mail api worker nginx; do
		if ! stack_with "$piece"; then stack_end "$piece"; fi
	done
	if ! stack_with api; then stack_end signin; fi
	if stack_with nginx && ! stack_pid nginx >/dev/null; then stack_need_ports; fi
	stack_socket_dir
	stack_start_postgres
	if stack_with memcached; then stack_start_memcached; fi
	stack_programs
	if stack_with mail; then stack_start_mail; fi
	stack_prepare
	if stack_with api; then stack_start_api; fi
	if stack_with worker; then stack_start_worker; fi
	if stack_with nginx; then stack_start_nginx; fi
	stack_env_file
	if stack_with api && stack_with nginx; then stack_await api 30 stack_healthy; fi
)

stack_stop() (
	stack_open "$1" || { say "nothing was started in $1"; return 0; }
	shift
	exec 9>"$stack_home/lock"
	flock -w 120 9 || die "another start or stop of $stack_dir is under way"
	local piece all='' reports
	if (($# == 0)); then
		all=1
		set -- nginx worker signin api mail memcached postgres
	fi
	for piece in "$@"; do
		[[ " ${stack_pieces[*]} " == *" $piece "* ]] || die "no such piece: $piece"
		stack_end "$piece"
	done
	if [[ -n $all && $stack_sockets == */karara.?????? && -d $stack_sockets && ! -L $stack_sockets && -O $stack_sockets ]]; then
		rm -rf -- "$stack_sockets"
		rm -f -- "$stack_home/sockets" "$stack_home/sockets.path"
	fi
	# AddressSanitizer and LeakSanitizer write files; UndefinedBehaviorSanitizer beside them only knows stderr.
	reports=$(find "$stack_home/log/sanitizer" -type f -size +0 2>/dev/null)
	if [[ -n $reports ]] || grep -qs ': runtime error: ' "$stack_home"/log/*.log; then
		printf 'karara: sanitizers reported:\n' >&2
		while IFS= read -r piece; do
			if [[ -n $piece ]]; then head -n 40 -- "$piece" | sed 's/^/    /' >&2; fi
		done <<<"$reports"
		grep -hs -A 12 ': runtime error: ' "$stack_home"/log/*.log | head -n 40 | sed 's/^/    /' >&2 || true
		return 1
	fi
)

stack_reset() {
	stack_open "$1" || return 0
	stack_stop "$1" || true
	say "dropping the data of $stack_dir"
	find "$stack_home" -mindepth 1 -maxdepth 1 ! -name tls ! -name lock ! -name stack -exec rm -rf -- {} +
}

stack_remove() {
	local status=0
	stack_open "$1" || return 0
	# Apart from this shell's "set -e", so that a report doesn't keep the folder alive.
	(stack_stop "$1") || status=$?
	rm -rf -- "$stack_home" "$stack_dir"
	return "$status"
}

stack_status() (
	stack_open "$1" || { say "nothing was started in $1"; return 1; }
	stack_opt_port=0
	{ read -r stack_opt_port <"$stack_home/port"; } 2>/dev/null || true
	stack_url=https://localhost:$stack_opt_port
	local piece pid health all=0 check
	local -A checks=([postgres]="$stack_pg_bin/pg_isready -q -h $stack_sockets/pg" [memcached]=stack_memcached_answers [mail]=stack_mail_answers
		[api]=stack_healthy [signin]="test -S $stack_sockets/api/signin.sock" [worker]=stack_worker_ready [nginx]=stack_answers)
	for piece in "${stack_pieces[@]}"; do
		if pid=$(stack_pid "$piece"); then
			read -ra check <<<"${checks[$piece]}"
			if "${check[@]}" >/dev/null 2>&1; then health=healthy; else health='not answering' all=1; fi
		else
			pid=- health=stopped all=1
		fi
		printf '%-10s %8s  %s\n' "$piece" "$pid" "$health"
	done
	return "$all"
)

# stack_answers: does nginx answer at all?
stack_answers() { stack_curl "$stack_url/" -o /dev/null; }

stack_reload() (
	local pid piece
	stack_open "$1" || die "nothing was started in $1"
	for piece in api signin; do
		pid=$(stack_pid "$piece") || die "the API workers ($piece) aren't running"
		kill -s HUP "$pid"
	done
)

stack_cli() {
	local verb=${1:-} dir=${2:-}
	case $verb in
	'' | help | --help | -h)
		stack_usage
		return 0
		;;
	esac
	[[ -n $dir ]] || die "which folder? stack --help says more"
	shift 2
	case $verb in
	start | stop | reset | remove | status | reload) "stack_$verb" "$dir" "$@" ;;
	env) cat -- "$dir/env" ;;
	ctl)
		stack_open "$dir" || die "nothing was started in $dir"
		stack_options
		stack_environment
		stack_kararactl "$@"
		;;
	psql)
		stack_open "$dir" || die "nothing was started in $dir"
		stack_pid postgres >/dev/null || die "this stack's postgres isn't running"
		psql -X -h "$stack_sockets/pg" -U postgres -d karara "$@"
		;;
	*)
		stack_usage >&2
		return 2
		;;
	esac
}
