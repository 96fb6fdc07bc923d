# shellcheck shell=bash disable=SC2030,SC2031,SC2154
# The processes and ports of a private stack: start, find, signal and end what is ours and nothing else.
# Sourced by stack.sh, whose variables it uses.

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

# stack_need_programs: end with a clear word, before anything is started, if a program that the pieces want isn't there.
stack_need_programs() {
	local name missing='' needed=(openssl curl "$stack_pg_bin/postgres" "$stack_bin/kararactl" "$stack_bin/karara-api" "$stack_bin/karara-worker")
	if stack_with memcached; then needed+=(memcached perl); fi
	if stack_with mail; then needed+=(node); fi
	if stack_with api; then needed+=(spawn-fcgi); fi
	if stack_with nginx; then needed+=(nginx); fi
	for name in "${needed[@]}"; do
		if ! have "$name"; then missing+=" $name"; fi
	done
	[[ -z $missing ]] || die "missing:$missing (scripts/start and scripts/test install and build what is needed)"
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
		if ((${#fields[@]} < 4)); then continue; fi # gone while it was read
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
	api | signin) limit=40 ;;
	worker) limit=70 ;;
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
	# Orphans of a leader that was killed hard, e.g. the workers of a dead master.
	for member in $(stack_members "$pid"); do
		case $(readlink -- "/proc/$member/exe") in
		*/nginx | */memcached | */postgres | "$stack_home"/bin/*) kill -s KILL "$member" 2>/dev/null || true ;;
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
