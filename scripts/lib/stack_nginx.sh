# shellcheck shell=bash disable=SC2030,SC2031,SC2154
# nginx of a private stack: certificate, the site rendered from nginx/conf, the web app. Sourced by stack.sh,
# whose variables it uses.

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
	stack_replace "$stack_text" /run/karara/signin.sock "$stack_sockets/api/signin.sock"
	stack_replace "$stack_text" /etc/karara/tls "$stack_home/tls"
	stack_replace "$stack_text" /var/log/nginx/karara.log "$stack_home/log/access.log"
	stack_replace "$stack_text" $'listen 443 ssl http2;\n\tlisten [::]:443 ssl http2;' "$(stack_listens "$stack_opt_port" ' ssl http2')"
	stack_replace "$stack_text" rate=10r/m "rate=$rate_auth"
	stack_replace "$stack_text" rate=50r/s "rate=$rate_all"
	stack_replace "$stack_text" burst=9 "burst=$burst_auth"
	stack_replace "$stack_text" burst=100 "burst=$burst_all"
	if stack_write "$out/sites/karara.conf" 0644 <<<"$stack_text"; then stack_new_site=1; fi

	stack_text=$(sed '/^#/d' "$source/karara-metrics.conf")
	stack_replace "$stack_text" /run/karara-metrics/metrics.sock "$stack_sockets/metrics/metrics.sock"
	if stack_write "$out/sites/metrics.conf" 0644 <<<"$stack_text"; then stack_new_site=1; fi

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
	if ! have /usr/sbin/nginx; then nginx[0]=$(command -v nginx); fi
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
	# One that was killed leaves its socket, at which no other could listen.
	rm -f -- "$stack_sockets/metrics/metrics.sock"
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
