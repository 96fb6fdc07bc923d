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
#   log/             one log for each piece; sanitizer reports, if any
#   pids/            "PID START_TIME BOOT" of each piece: who we may signal
#   sockets → …      sockets live under /run or /tmp: a socket's path has 107 bytes at most
# As root the pieces run as others (postgres, www-data). If those can't reach the folder, or nginx can't
# spell its path, everything but env lives elsewhere and "home" leads there.

stack_pieces=(postgres memcached api nginx)

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
pieces: postgres memcached api nginx

options of start
  --port N           HTTPS port (default: a free one, kept)
  --listen WHERE     localhost (default) or all
  --http-port N      a redirect from plain HTTP
  --preset NAME      use build/NAME (default sanitize), or a folder with bin/ in it
  --www DIR          the built web app (default build/www; none is fine)
  --workers N        API workers (default 2 per core)
  --demo             load the demo brand
  --demo-tasks N     … with that many tasks
  --rate-auth X      sign-in limit per address: 10r/m (default), any nginx rate, or off
  --rate-all X       limit of everything per address: 50r/s (default), or off
  --set KEY=VALUE    a setting in karara.conf; repeatable
  --env NAME=VALUE   for the workers' environment; repeatable
  --pg NAME=VALUE    a PostgreSQL setting; repeatable
  --scratch          data may be lost in a crash: no fsync (tests)
  --without PIECE    leave it out: memcached, api or nginx; repeatable
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
		mkdir -p -- "$stack_sockets"/{pg,mc,api}
	else
		if ((EUID == 0)) && [[ -w /run ]]; then
			base=/run
		elif ((EUID != 0)) && [[ -w ${XDG_RUNTIME_DIR:-} && ${#XDG_RUNTIME_DIR} -lt 60 ]]; then
			base=$XDG_RUNTIME_DIR
		fi
		stack_sockets=$(mktemp -d -- "$base/karara.XXXXXX")
		chmod 0711 -- "$stack_sockets"
		mkdir -- "$stack_sockets"/{pg,mc,api}
		printf '%s\n' "$stack_sockets" >"$stack_home/sockets.path"
		ln -sfn -- "$stack_sockets" "$stack_home/sockets"
	fi
	stack_own "$stack_pg_user" 0750 "$stack_sockets/pg"
	stack_own "$stack_app_user" 0700 "$stack_sockets/mc" "$stack_sockets/api"
}

# --- processes ----------------------------------------------------------------------------------------

# stack_start_time PID [dead]: when the process began, in ticks since boot; fails if there is none, or if
# it is dead and only waits to be buried, unless that is asked for.
stack_start_time() {
	local line fields
	{ line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	read -ra fields <<<"${line##*) }"
	if [[ ${fields[0]} == [ZX] && -z ${2:-} ]]; then return 1; fi
	printf '%s\n' "${fields[19]}"
}

# stack_pid PIECE: its pid, if the process that we started is still there. A pid alone proves nothing:
# numbers are used again.
stack_pid() {
	local pid began boot
	{ read -r pid began boot <"$stack_home/pids/$1"; } 2>/dev/null || return 1
	[[ $boot == "$(</proc/sys/kernel/random/boot_id)" ]] || return 1
	[[ $(stack_start_time "$pid") == "$began" ]] || return 1
	printf '%s\n' "$pid"
}

# stack_launch PIECE ACCOUNT COMMAND…: start it as leader of a session of its own, with its output in its
# log, and remember it. The caller's environment stays outside.
stack_launch() {
	local piece=$1 account=$2 pid
	shift 2
	stack_started+=("$piece")
	(
		cd -- "$stack_home" || exit
		as=()
		if [[ -n $account ]]; then as=(setpriv --reuid "$account" --regid "$(id -g "$account")" --init-groups --); fi
		exec setsid "${as[@]}" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 TZ=UTC \
			"$@" </dev/null >>"$stack_home/log/$piece.log" 2>&1 9>&-
	) &
	pid=$!
	disown "$pid"
	printf '%s %s %s\n' "$pid" "$(stack_start_time "$pid" || echo 0)" "$(</proc/sys/kernel/random/boot_id)" \
		>"$stack_home/pids/$piece"
}

# stack_fail PIECE WORDS…: name the log and show its end; ends the script.
stack_fail() {
	local piece=$1 log=$stack_home/log/$1.log
	shift
	printf 'karara: %s: %s\n' "$piece" "$*" >&2
	if [[ -s $log ]]; then
		printf 'The end of %s:\n' "$log" >&2
		tail -n 20 -- "$log" | sed 's/^/    /' >&2
	fi
	exit 1
}

# stack_await PIECE SECONDS COMMAND…: wait until COMMAND succeeds; fails early if the process has gone.
stack_await() {
	local piece=$1 limit=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		stack_pid "$piece" >/dev/null || stack_fail "$piece" "ended while starting"
		((SECONDS < limit)) || stack_fail "$piece" "did not get ready in time"
		sleep 0.1
	done
}

# stack_members PID: the living processes of the session that PID leads or led. A number isn't given away
# again while it names a session; if a newer process has it, nothing of ours is left.
stack_members() {
	local file line fields
	for file in /proc/[0-9]*/stat; do
		{ line=$(<"$file"); } 2>/dev/null || continue
		read -ra fields <<<"${line##*) }"
		if [[ ${fields[3]} == "$1" && ${fields[0]} != [ZX] ]]; then
			file=${file%/stat}
			printf '%s\n' "${file##*/}"
		fi
	done
}

# stack_end PIECE: stop it gently, then firmly, with whatever it left behind.
stack_end() {
	local piece=$1 signal=TERM limit=10 pid began boot member
	case $piece in
	postgres) signal=INT limit=30 ;;
	nginx) signal=QUIT limit=10 ;;
	api) limit=40 ;;
	esac
	if pid=$(stack_pid "$piece"); then
		say "stopping $piece"
		kill -s "$signal" "$pid" 2>/dev/null || true
		limit=$((SECONDS + limit))
		while stack_pid "$piece" >/dev/null && ((SECONDS < limit)); do sleep 0.05; done
		if stack_pid "$piece" >/dev/null; then
			say "$piece did not stop in time: ending it"
			kill -s KILL "$pid" 2>/dev/null || true
			sleep 0.1
		fi
	elif ! { read -r pid began boot <"$stack_home/pids/$piece"; } 2>/dev/null ||
		[[ $boot != "$(</proc/sys/kernel/random/boot_id)" ]] ||
		[[ $(stack_start_time "$pid" dead || echo "$began") != "$began" ]]; then
		# Nothing known, or the number means somebody else by now.
		rm -f -- "$stack_home/pids/$piece"
		return 0
	fi
	# Orphans of a leader that was killed hard, e.g. the workers under a dead pool.
	for member in $(stack_members "$pid"); do
		case $(readlink -- "/proc/$member/exe") in
		*/nginx | */multiwatch | */memcached | */postgres | "$stack_home"/bin/*) kill -s KILL "$member" 2>/dev/null || true ;;
		esac
	done
	rm -f -- "$stack_home/pids/$piece"
}

# --- ports --------------------------------------------------------------------------------------------

# stack_port_inodes PORT: the inodes of TCP sockets that listen on PORT.
stack_port_inodes() {
	local hex
	printf -v hex ':%04X' "$1"
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		while read -r _ local_address _ state _ _ _ _ _ inode _; do
			if [[ $state == 0A && $local_address == *"$hex" ]]; then printf '%s\n' "$inode"; fi
		done
}

# stack_port_holder PORT: "name (pid N)" of who listens there, as far as we may know.
stack_port_holder() {
	local inode link pid
	for inode in $(stack_port_inodes "$1"); do
		for link in /proc/[0-9]*/fd/*; do
			if [[ $(readlink -- "$link" 2>/dev/null) == "socket:[$inode]" ]]; then
				pid=${link#/proc/} pid=${pid%%/*}
				printf '%s (pid %s)\n' "$(<"/proc/$pid/comm")" "$pid"
				return 0
			fi
		done
	done
	printf 'a process of another account\n'
}

# stack_free_port: one that nobody listens on, below those the kernel hands out.
stack_free_port() {
	local port
	for _ in {1..200}; do
		port=$((15000 + RANDOM % 15000))
		if [[ -z $(stack_port_inodes "$port") ]]; then
			printf '%s\n' "$port"
			return 0
		fi
	done
	die "no free port found"
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

# --- PostgreSQL ---------------------------------------------------------------------------------------

stack_pg_bin=/usr/lib/postgresql/15/bin

stack_postgres_conf() {
	local memory_mb setting
	memory_mb=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024))
	cat <<-CONF
		# Written by scripts/lib/stack.sh at every start.
		listen_addresses = ''
		unix_socket_directories = '$stack_sockets/pg'
		unix_socket_permissions = 0777
		port = 5432
		max_connections = $((stack_opt_workers * 2 + 60))
		shared_buffers = $((memory_mb / 8 > 512 ? 512 : memory_mb / 8))MB
		effective_cache_size = $((memory_mb / 2))MB
		work_mem = 8MB
		maintenance_work_mem = 128MB
		random_page_cost = 1.1
		max_wal_size = 2GB
		wal_compression = lz4
		checkpoint_completion_target = 0.9
		jit = off
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_destination = stderr
		log_line_prefix = '%m [%p] %q%u@%d '
		track_io_timing = on
	CONF
	if [[ -n $stack_opt_scratch ]]; then
		printf '%s = off\n' fsync synchronous_commit full_page_writes
	fi
	for setting in "${stack_opt_pg[@]}"; do
		printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
	done
}

stack_start_postgres() {
	local data=$stack_home/pg changed='' account
	if [[ ! -d $data ]]; then
		say "making the database cluster"
		# Made aside and moved into place: half a cluster never looks like one.
		rm -rf -- "$data.new"
		mkdir -m 0700 -- "$data.new"
		if [[ -n $stack_pg_user ]]; then chown -- "$stack_pg_user:" "$data.new"; fi
		quietly "$stack_home/log/postgres.log" initdb stack_as "$stack_pg_user" env -C / "$stack_pg_bin/initdb" \
			-D "$data.new" -U postgres --auth-local=peer --auth-host=reject --encoding=UTF8 --locale=C.UTF-8 \
			--data-checksums --no-instructions ${stack_opt_scratch:+--no-sync}
		mv -- "$data.new" "$data"
	fi
	if stack_postgres_conf | stack_write "$data/postgresql.conf" 0600; then changed=1; fi
	# The superuser is for whoever runs the stack (and the cluster's own account). Everyone else's way in is
	# guarded by the folder that the socket is in.
	if stack_write "$data/pg_hba.conf" 0600 <<-'CONF'; then changed=1; fi
		local all postgres peer map=karara
		local all all      trust
	CONF
	if for account in "$(id -un)" ${stack_pg_user:+"$stack_pg_user"}; do printf 'karara "%s" postgres\n' "$account"; done |
		stack_write "$data/pg_ident.conf" 0600; then changed=1; fi
	if [[ -n $stack_pg_user ]]; then chown -- "$stack_pg_user:" "$data"/{postgresql,pg_hba,pg_ident}.conf; fi
	if stack_pid postgres >/dev/null; then
		if [[ -z $changed ]]; then return 0; fi
		stack_end postgres
	fi
	say "starting postgres"
	stack_launch postgres "$stack_pg_user" "$stack_pg_bin/postgres" -D "$data"
	stack_await postgres 60 "$stack_pg_bin/pg_isready" -q -h "$stack_sockets/pg"
}

# --- memcached ----------------------------------------------------------------------------------------

stack_start_memcached() {
	if stack_pid memcached >/dev/null; then return 0; fi
	say "starting memcached"
	stack_launch memcached "$stack_app_user" memcached -s "$stack_sockets/mc/memcached.sock" -a 0700 -m 64 -c 1024 -t 2
	stack_await memcached 10 stack_memcached_answers
}

stack_memcached_answers() {
	perl -MIO::Socket::UNIX -e '
		alarm 3;
		my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
		print $socket "version\r\n";
		exit(<$socket> =~ /^VERSION/ ? 0 : 1);' "$stack_sockets/mc/memcached.sock"
}

# --- workers ------------------------------------------------------------------------------------------

# stack_settings: karara.conf's text. A later line for a key takes the place of an earlier one.
stack_settings() {
	{
		printf '%s = %s\n' \
			database "host=$stack_sockets/pg port=5432 dbname=karara user=karara_app" \
			database_admin "host=$stack_sockets/pg port=5432 dbname=postgres user=postgres" \
			memcached "$stack_sockets/mc/memcached.sock" \
			keys_dir "$stack_home/keys" \
			run_dir "$stack_home/run" \
			sql_dir "$karara_root/sql" \
			public_url "$stack_url"
		if ! stack_with memcached; then printf 'memcached = \n'; fi
		if [[ -n $stack_opt_demo ]]; then printf 'email_verification = off\n'; fi
		printf '%s\n' "${stack_opt_set[@]/=/ = }"
	} | awk -F ' = ' 'NF { if (!($1 in line)) order[++n] = $1; line[$1] = $0 }
		BEGIN { print "# Written by scripts/lib/stack.sh at every start." }
		END { for (i = 1; i <= n; i++) print line[order[i]] }'
}

# stack_environment: fills stack_environ, what workers and kararactl see besides PATH, LANG and TZ.
# Sanitizer reports go to files, where "stop" finds them.
stack_environment() {
	local report=$stack_home/log/sanitizer/report
	stack_environ=(
		"KARARA_CONFIG=$stack_home/karara.conf"
		LIBFCGI_OS_CLOSE_POLL_TIMEOUT=0
		"ASAN_OPTIONS=detect_leaks=1:log_path='$report'${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
		"UBSAN_OPTIONS=print_stacktrace=1:log_path='$report'${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
		"LSAN_OPTIONS=${LSAN_OPTIONS:-}"
		"${stack_opt_env[@]}"
	)
}

# stack_kararactl ARGS…: as whoever runs the stack, who may be superuser of the database.
stack_kararactl() {
	env -i PATH=/usr/bin:/bin LANG=C.UTF-8 TZ=UTC HOME=/ "${stack_environ[@]}" \
		${stack_opt_demo_tasks:+"KARARA_DEMO_TASKS=$stack_opt_demo_tasks"} "$stack_home/bin/kararactl" "$@"
}

# stack_programs: copy what was built; sets stack_new_programs if it differs from what runs.
stack_programs() {
	local name
	stack_new_programs=''
	for name in karara-api kararactl; do
		[[ -x $stack_bin/$name ]] || die "$stack_bin/$name is missing: build it first"
		if ! cmp -s -- "$stack_bin/$name" "$stack_home/bin/$name"; then
			# A new file beside the old one: running programs keep theirs.
			install -m 0755 -- "$stack_bin/$name" "$stack_home/bin/$name.new"
			mv -f -- "$stack_home/bin/$name.new" "$stack_home/bin/$name"
			stack_new_programs=1
		fi
	done
	if ! cmp -s -- "$karara_root/scripts/lib/pool" "$stack_home/bin/pool"; then
		install -m 0755 -- "$karara_root/scripts/lib/pool" "$stack_home/bin/pool.new"
		mv -f -- "$stack_home/bin/pool.new" "$stack_home/bin/pool"
	fi
	if [[ -n $stack_app_user ]]; then chmod 0711 -- "$stack_home" && chmod 0755 -- "$stack_home/bin"; fi
}

# stack_prepare: settings, keys, roles, database, migrations, demo data. All of it may be done again.
stack_prepare() {
	local log=$stack_home/log/kararactl.log
	stack_own "$stack_app_user" 0700 "$stack_home/keys" "$stack_home/run" "$stack_home/log/sanitizer"
	stack_new_settings=''
	if stack_settings | stack_write "$stack_home/karara.conf" 0640; then stack_new_settings=1; fi
	if [[ -n $stack_app_user ]]; then chgrp -- "$(id -g "$stack_app_user")" "$stack_home/karara.conf"; fi
	stack_environment
	quietly "$log" "kararactl setup" stack_kararactl setup
	quietly "$log" "kararactl migrate" stack_kararactl migrate
	if [[ -n $stack_opt_demo ]]; then
		say "loading the demo brand"
		quietly "$log" "kararactl demo" stack_kararactl demo
	fi
	# Keys were made by us and are for the workers.
	if [[ -n $stack_app_user ]]; then chown -R -- "$stack_app_user:$(id -g "$stack_app_user")" "$stack_home/keys" "$stack_home/run"; fi
	quietly "$log" "kararactl check" stack_as "$stack_app_user" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 TZ=UTC \
		"${stack_environ[@]}" "$stack_home/bin/kararactl" check
}

stack_start_api() {
	local pid new_count=''
	if stack_write "$stack_home/workers" 0644 <<<"$stack_opt_workers"; then new_count=1; fi
	if pid=$(stack_pid api); then
		if [[ -z $stack_new_programs$stack_new_settings$new_count ]]; then return 0; fi
		say "replacing the API workers"
		kill -s HUP "$pid"
		return 0
	fi
	# What a killed pool left behind would still take requests.
	stack_end api
	rm -f -- "$stack_sockets/api/api.sock"
	say "starting $stack_opt_workers API workers"
	stack_launch api "$stack_app_user" "${stack_environ[@]}" spawn-fcgi -n -s "$stack_sockets/api/api.sock" -M 0660 -b 1024 \
		-- "$stack_home/bin/pool" "$stack_home/workers" "$stack_home/bin/karara-api"
	stack_await api 10 test -S "$stack_sockets/api/api.sock"
}

# --- nginx --------------------------------------------------------------------------------------------

# stack_certificate: self-signed, made once, renewed when it runs out.
stack_certificate() {
	local tls=$stack_home/tls host names=DNS:localhost,IP:127.0.0.1,IP:::1
	if [[ -s $tls/key.pem ]] && openssl x509 -checkend 604800 -noout -in "$tls/cert.pem" >/dev/null 2>&1; then return 0; fi
	for host in "$(hostname 2>/dev/null)" "$(hostname -f 2>/dev/null)"; do
		if [[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ && ,$names, != *",DNS:$host,"* ]]; then names+=,DNS:$host; fi
	done
	say "making a certificate for $names"
	(
		umask 077
		quietly "$stack_home/log/nginx.log" "making the certificate" openssl req -x509 -newkey ec \
			-pkeyopt ec_paramgen_curve:P-256 -noenc -sha256 -days 397 -subj "/CN=localhost" \
			-addext "subjectAltName=$names" -addext keyUsage=critical,digitalSignature,keyCertSign \
			-addext extendedKeyUsage=serverAuth -keyout "$tls/key.pem.new" -out "$tls/cert.pem"
		mv -f -- "$tls/key.pem.new" "$tls/key.pem"
	) || exit 1
	chmod 0644 -- "$tls/cert.pem"
	stack_new_site=1
}

# stack_replace TEXT OLD NEW: sets stack_text to TEXT with every OLD replaced. It is an error if there is
# none: then the site and this script have grown apart.
stack_replace() {
	[[ $1 == *"$2"* ]] || die "nginx/conf no longer has \"$2\", which scripts/lib/stack.sh replaces"
	stack_text=${1//"$2"/"$3"}
}

# stack_listens PORT WORDS: listen lines for this port, as wide as asked, IPv6 where the kernel has it.
stack_listens() {
	local v4=127.0.0.1 v6='[::1]'
	if [[ $stack_opt_listen == all ]]; then v4=0.0.0.0 v6='[::]'; fi
	printf 'listen %s:%s%s;' "$v4" "$1" "$2"
	if grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null; then
		printf '\n\tlisten %s:%s%s ipv6only=on;' "$v6" "$1" "$2"
	fi
}

# stack_site: render nginx's files; sets stack_new_site if they changed.
stack_site() {
	local source=$karara_root/nginx/conf out=$stack_home/nginx file rate_auth=$stack_opt_rate_auth rate_all=$stack_opt_rate_all
	local burst_auth=9 burst_all=100 user='' nofile stack_text
	# "off" is a rate that nobody reaches; the same code runs.
	if [[ $rate_auth == off ]]; then rate_auth=1000000r/s burst_auth=1000000; fi
	if [[ $rate_all == off ]]; then rate_all=1000000r/s burst_all=1000000; fi
	if [[ -n $stack_app_user ]]; then user="user $stack_app_user $(id -gn "$stack_app_user");"; fi
	nofile=$(ulimit -Hn)
	if [[ $nofile == unlimited ]] || ((nofile > 16384)); then nofile=16384; fi
	mkdir -p -- "$out"/{snippets,sites,tmp}
	chmod 0711 -- "$out/tmp"

	stack_text=$(<"$source/nginx.conf")
	stack_replace "$stack_text" '@USER@' "$user"
	stack_replace "$stack_text" '@RUN_DIR@' "$stack_home"
	stack_replace "$stack_text" '@NOFILE@' "$nofile"
	if stack_write "$out/nginx.conf" 0644 <<<"$stack_text"; then stack_new_site=1; fi

	stack_text=$(sed '/^#/d' "$source/karara.conf")
	stack_replace "$stack_text" /usr/share/karara/www "$stack_home/www"
	stack_replace "$stack_text" /run/karara/api.sock "$stack_sockets/api/api.sock"
	stack_replace "$stack_text" /etc/karara/tls "$stack_home/tls"
	stack_replace "$stack_text" /var/log/nginx/karara.log "$stack_home/log/access.log"
	stack_replace "$stack_text" $'listen 443 ssl http2;\n\tlisten [::]:443 ssl http2;' "$(stack_listens "$stack_opt_port" ' ssl http2')"
	stack_replace "$stack_text" rate=10r/m "rate=$rate_auth"
	stack_replace "$stack_text" rate=50r/s "rate=$rate_all"
	stack_replace "$stack_text" burst=9 "burst=$burst_auth"
	stack_replace "$stack_text" burst=100 "burst=$burst_all"
	if stack_write "$out/sites/karara.conf" 0644 <<<"$stack_text"; then stack_new_site=1; fi

	if [[ -n $stack_opt_http_port ]]; then
		stack_text=$(sed '/^#/d' "$source/karara-redirect.conf")
		stack_replace "$stack_text" $'listen 80;\n\tlisten [::]:80;' "$(stack_listens "$stack_opt_http_port" '')"
		stack_replace "$stack_text" "https://\$host:443" "https://\$host:$stack_opt_port"
		if stack_write "$out/sites/redirect.conf" 0644 <<<"$stack_text"; then stack_new_site=1; fi
	elif [[ -e $out/sites/redirect.conf ]]; then
		rm -f -- "$out/sites/redirect.conf"
		stack_new_site=1
	fi
	for file in "$source"/snippets/*.conf; do
		if stack_write "$out/snippets/${file##*/}" 0644 <"$file"; then stack_new_site=1; fi
	done
}

# stack_web: put a copy of the built web app in place, in one step.
stack_web() {
	local stamp www
	if [[ -d $stack_opt_www ]]; then
		stamp=$(cd -- "$stack_opt_www" && find . -type f -print0 | sort -z | xargs -0r sha256sum | sha256sum | cut -c1-16)
	else
		stamp=none
	fi
	www=$stack_home/www-$stamp
	if [[ -d $www && $(readlink -- "$stack_home/www") == "www-$stamp" ]]; then return 0; fi
	rm -rf -- "$www"
	mkdir -- "$www"
	if [[ $stamp != none ]]; then cp -R -- "$stack_opt_www/." "$www/"; fi
	chmod -R u=rwX,go=rX -- "$www"
	ln -sfn -- "www-$stamp" "$stack_home/www.new"
	mv -T -- "$stack_home/www.new" "$stack_home/www"
	for www in "$stack_home"/www-*; do
		if [[ $www != *"-$stamp" ]]; then rm -rf -- "$www"; fi
	done
}

stack_start_nginx() {
	local pid
	stack_new_site=''
	stack_web
	stack_certificate
	stack_site
	local nginx=(/usr/sbin/nginx -p "$stack_home/nginx/" -c "$stack_home/nginx/nginx.conf")
	if ! have /usr/sbin/nginx; then nginx[0]=$(command -v nginx) || die "nginx is not installed"; fi
	if pid=$(stack_pid nginx); then
		if [[ -z $stack_new_site ]]; then return 0; fi
		say "reloading nginx"
		quietly "$stack_home/log/nginx.log" "nginx's check of its settings" "${nginx[@]}" -t -e stderr
		if cmp -s -- "$stack_home/port" "$stack_home/nginx/port"; then
			kill -s HUP "$pid"
			return 0
		fi
		# Another port is another address: begin anew, so that a failure shows.
	fi
	stack_end nginx
	stack_need_ports
	say "starting nginx on port $stack_opt_port"
	: >>"$stack_home/log/access.log"
	stack_launch nginx '' "${nginx[@]}" -e stderr
	stack_await nginx 10 stack_port_open
	cp -- "$stack_home/port" "$stack_home/nginx/port"
}

# stack_need_ports: end with a clear word if somebody else has a port that we are to take.
stack_need_ports() {
	local port
	for port in "$stack_opt_port" ${stack_opt_http_port:+"$stack_opt_http_port"}; do
		if [[ -n $(stack_port_inodes "$port") ]]; then
			die "port $port is taken by $(stack_port_holder "$port"): stop that, or choose another port (KARARA_PORT)"
		fi
	done
}

stack_port_open() { [[ -n $(stack_port_inodes "$stack_opt_port") ]]; }

# stack_healthy: does the API say so itself, through nginx?
stack_healthy() {
	[[ $(stack_curl "$stack_url/api/v1/health" -o /dev/null -w '%{http_code}') == 200 ]]
}

# stack_curl URL ARGS…: curl that trusts this stack's certificate and uses no proxy.
stack_curl() {
	curl -sS --noproxy '*' --max-time 5 --cacert "$stack_home/tls/cert.pem" "$@"
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
		STACK_DB_ADMIN='host=$stack_sockets/pg port=5432 dbname=karara user=postgres'
		STACK_MEMCACHED=$stack_sockets/mc/memcached.sock
		STACK_API_SOCKET=$stack_sockets/api/api.sock
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
	local piece
	# A piece that this stack no longer has.
	for piece in memcached api nginx; do
		if ! stack_with "$piece"; then stack_end "$piece"; fi
	done
	if stack_with nginx && ! stack_pid nginx >/dev/null; then stack_need_ports; fi
	stack_socket_dir
	stack_start_postgres
	if stack_with memcached; then stack_start_memcached; fi
	stack_programs
	stack_prepare
	if stack_with api; then stack_start_api; fi
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
		set -- nginx api memcached postgres
	fi
	for piece in "$@"; do
		[[ " ${stack_pieces[*]} " == *" $piece "* ]] || die "no such piece: $piece"
		stack_end "$piece"
	done
	if [[ -n $all && $stack_sockets == */karara.?????? && -d $stack_sockets && ! -L $stack_sockets && -O $stack_sockets ]]; then
		rm -rf -- "$stack_sockets"
		rm -f -- "$stack_home/sockets" "$stack_home/sockets.path"
	fi
	reports=$(find "$stack_home/log/sanitizer" -type f -size +0 2>/dev/null)
	if [[ -n $reports ]]; then
		printf 'karara: sanitizers reported:\n' >&2
		while IFS= read -r piece; do
			printf '%s\n' "$piece" >&2
			head -n 40 -- "$piece" | sed 's/^/    /' >&2
		done <<<"$reports"
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
	local -A checks=([postgres]="$stack_pg_bin/pg_isready -q -h $stack_sockets/pg" [memcached]=stack_memcached_answers
		[api]=stack_healthy [nginx]=stack_answers)
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
	local pid
	stack_open "$1" || die "nothing was started in $1"
	pid=$(stack_pid api) || die "the API workers aren't running"
	kill -s HUP "$pid"
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
