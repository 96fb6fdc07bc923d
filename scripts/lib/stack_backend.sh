# shellcheck shell=bash disable=SC2030,SC2031,SC2154
# PostgreSQL, memcached and the API workers of a private stack. Sourced by stack.sh, whose variables it uses.

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
		max_connections = $((stack_opt_workers > 20 ? stack_opt_workers * 2 + 60 : 100))
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
		# What initdb found out about this machine (kind of shared memory) stays; ours comes last and wins.
		printf "include 'karara.conf'\n" >>"$data.new/postgresql.conf"
		mv -- "$data.new" "$data"
	fi
	if stack_postgres_conf | stack_write "$data/karara.conf" 0600; then changed=1; fi
	# The superuser is for whoever runs the stack (and the cluster's own account). Everyone else's way in is
	# guarded by the folder that the socket is in.
	if stack_write "$data/pg_hba.conf" 0600 <<-'CONF'; then changed=1; fi
		local all postgres peer map=karara
		local all all      trust
	CONF
	if for account in "$(id -un)" ${stack_pg_user:+"$stack_pg_user"}; do printf 'karara "%s" postgres\n' "$account"; done |
		stack_write "$data/pg_ident.conf" 0600; then changed=1; fi
	if [[ -n $stack_pg_user ]]; then chown -- "$stack_pg_user:" "$data"/{karara,pg_hba,pg_ident}.conf; fi
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

# --- mail ---------------------------------------------------------------------------------------------

# A mail server that keeps what it gets (mails/*.eml) and passes nothing on.
stack_start_mail() {
	if stack_pid mail >/dev/null && [[ -z $stack_new_catcher ]]; then return 0; fi
	stack_end mail
	local port
	# The same port as last time where it is free.
	if ! { read -r port <"$stack_home/mail.port"; } 2>/dev/null || [[ -n $(stack_port_inodes "$port") ]]; then
		port=$(stack_free_port)
		printf '%s\n' "$port" >"$stack_home/mail.port"
	fi
	mkdir -p -- "$stack_home/mails"
	stack_own "$stack_app_user" 0700 "$stack_home/mails"
	say "starting the mail catcher"
	stack_launch mail "$stack_app_user" "$(command -v node)" "$stack_home/bin/mail-catcher.mjs" "$port" "$stack_home/mails"
	stack_await mail 20 stack_mail_answers
}

# stack_mail_answers: does it greet?
stack_mail_answers() {
	local port
	read -r port <"$stack_home/mail.port" || return 1
	# shellcheck disable=SC2016 # it is the inner shell's
	timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r line <&3 && [[ $line == 220* ]]' - "$port"
}

# --- workers ------------------------------------------------------------------------------------------

# stack_settings: karara.conf's text. A later line for a key takes the place of an earlier one.
stack_settings() {
	{
		printf '%s = %s\n' \
			database "host=$stack_sockets/pg port=5432 dbname=karara user=karara_app" \
			database_worker "host=$stack_sockets/pg port=5432 dbname=karara user=karara_worker" \
			database_admin "host=$stack_sockets/pg port=5432 dbname=postgres user=postgres" \
			memcached "$stack_sockets/mc/memcached.sock" \
			keys_dir "$stack_home/keys" \
			run_dir "$stack_home/run" \
			sql_dir "$karara_root/sql" \
			public_url "$stack_url" \
			api_workers "$stack_opt_workers"
		if ! stack_with memcached; then printf 'memcached = \n'; fi
		if stack_with mail; then printf 'mail_server = smtp://127.0.0.1:%s\n' "$(<"$stack_home/mail.port")"; else printf 'mail_server = \n'; fi
		if [[ -n $stack_opt_demo ]]; then printf 'email_verification = off\nmail_readable = on\nmail_bodies_kept = 31536000\n'; fi
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
	for name in karara-api karara-worker kararactl; do
		if ! cmp -s -- "$stack_bin/$name" "$stack_home/bin/$name"; then
			# A new file beside the old one: running programs keep theirs.
			install -m 0755 -- "$stack_bin/$name" "$stack_home/bin/$name.new"
			mv -f -- "$stack_home/bin/$name.new" "$stack_home/bin/$name"
			stack_new_programs=1
		fi
	done
	stack_new_catcher=''
	if ! cmp -s -- "$karara_root/scripts/lib/mail-catcher.mjs" "$stack_home/bin/mail-catcher.mjs"; then
		install -m 0644 -- "$karara_root/scripts/lib/mail-catcher.mjs" "$stack_home/bin/mail-catcher.mjs"
		stack_new_catcher=1
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
	# What computes passwords is niced: everything else goes first.
	stack_start_pool api 0
	stack_start_pool signin 10
}

# stack_start_pool NAME NICE: a pool of API workers behind a socket of this name.
stack_start_pool() {
	local pid socket=$stack_sockets/api/$1.sock
	if pid=$(stack_pid "$1"); then
		if [[ -z $stack_new_programs$stack_new_settings ]]; then return 0; fi
		say "replacing the workers ($1)"
		kill -s HUP "$pid"
		return 0
	fi
	# What a killed master left behind would still take requests.
	stack_end "$1"
	rm -f -- "$socket"
	say "starting API workers ($1)"
	# Where the kernel groups processes by session, only the group's niceness counts beside other sessions.
	# shellcheck disable=SC2016
	stack_launch "$1" "$stack_app_user" "${stack_environ[@]}" \
		sh -c '{ echo "$0" >/proc/self/autogroup; } 2>/dev/null; exec nice -n "$0" "$@"' "$2" \
		spawn-fcgi -n -s "$socket" -M 0660 -b 1024 -- "$stack_home/bin/karara-api" "--pool=$1"
	stack_await "$1" 10 test -S "$socket"
}

# stack_worker_ready: does it hear?
stack_worker_ready() { [[ -S $stack_home/run/worker.sock ]]; }

stack_start_worker() {
	if stack_pid worker >/dev/null; then
		if [[ -z $stack_new_programs$stack_new_settings ]]; then return 0; fi
	fi
	# Also what a killed master might have left behind. It finishes what it does.
	stack_end worker
	rm -f -- "$stack_home/run/worker.sock"
	say "starting the worker"
	stack_launch worker "$stack_app_user" "${stack_environ[@]}" "$stack_home/bin/karara-worker"
	stack_await worker 10 stack_worker_ready
}
