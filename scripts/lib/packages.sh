# shellcheck shell=bash disable=SC2034,SC2154
# The Debian 12 packages that Karara needs, and how the missing ones get here.
# Sourced after common.sh. A machine that has them all never touches apt.

packages_run=(
	build-essential cmake ninja-build pkg-config git
	libfcgi-dev libpq-dev libjansson-dev libjwt-dev libsodium-dev libmemcached-dev libcmocka-dev liboath-dev libqrencode-dev
	libmagic-dev libidn2-dev libmaxminddb-dev libssl-dev libcurl4-openssl-dev
	nginx-light spawn-fcgi memcached postgresql-15
	openssl curl ca-certificates python3-zxcvbn
)
packages_test=(
	chromium clang clang-format clang-tidy cppcheck libclang-rt-14-dev procps shellcheck strace
)
packages_bench=(wrk linux-perf procps)

# packages_ensure GROUP…: install what is missing of the groups run, test, bench.
# Ends the script when something is missing and we may not install it.
packages_ensure() {
	local group name status wanted=() missing=()
	for group in "$@"; do
		local -n list="packages_$group"
		wanted+=("${list[@]}")
		unset -n list
	done
	node_suffices || wanted+=(nodejs npm)

	# One query for all: dpkg-query prints a line for each package it knows and complains of the rest.
	local -A installed=()
	while read -r name status; do
		if [[ $status == installed ]]; then installed[$name]=1; fi
	done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
	# Any flavour of nginx does: they exclude each other, and the host's choice stands.
	if have nginx; then installed[nginx-light]=1; fi
	for name in "${wanted[@]}"; do
		if [[ -z ${installed[$name]:-} ]]; then missing+=("$name"); fi
	done
	if ((${#missing[@]} == 0)); then return 0; fi
	packages_install "${missing[@]}"
}

# node_suffices: is there a Node of at least 18 with npm? Then we leave it alone: packages of Node that
# aren't Debian's exclude Debian's npm.
node_suffices() {
	local version
	have node && have npm || return 1
	version=$(node --version 2>/dev/null) || return 1
	version=${version#v}
	[[ ${version%%.*} =~ ^[0-9]+$ ]] && ((${version%%.*} >= 18))
}

packages_install() {
	local as=() log=$karara_root/build/packages.log
	say "installing: $*"
	have apt-get || die "these are missing and this isn't Debian: $*"
	if ((EUID != 0)); then
		if have sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
			as=(sudo)
		else
			die "these packages are missing and need root: apt-get install --no-install-recommends $*"
		fi
	fi
	# The work is done by one process as root, so that what it puts in the way of services starting is
	# taken away again whatever happens.
	mkdir -p -- "${log%/*}"
	"${as[@]}" bash -s -- "$@" >"$log" 2>&1 <<-'ROOT' || packages_failed "$log"
		set -euo pipefail
		export DEBIAN_FRONTEND=noninteractive
		policy=/usr/sbin/policy-rc.d
		own_policy='' services=()
		clean_up() {
			if [[ -n $own_policy ]]; then rm -f "$policy"; fi
		}
		trap clean_up EXIT
		for name in "$@"; do
			case $name in
			nginx-light) services+=(nginx) ;;
			memcached) services+=(memcached) ;;
			postgresql-15) services+=(postgresql) ;;
			esac
		done
		# What Debian would start unasked on installing: kept still while we install, then disabled. Only
		# those that weren't here before.
		if ((${#services[@]})) && [[ ! -e $policy ]]; then
			own_policy=1
			{
				echo '#!/bin/sh'
				printf 'case "$1" in %s) exit 101 ;; esac\nexit 0\n' "$(IFS='|'; echo "${services[*]/%/*}")"
			} >"$policy"
			chmod 755 "$policy"
		fi
		if [[ ! -d /etc/postgresql-common ]]; then
			mkdir -p /etc/postgresql-common/createcluster.d
			echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/karara.conf
		fi
		apt-get update -qq </dev/null
		apt-get install -qq -y --no-install-recommends "$@" </dev/null
		if command -v systemctl >/dev/null; then
			for service in "${services[@]}"; do
				systemctl disable --quiet "$service" 2>/dev/null || true
			done
		fi
	ROOT
}

packages_failed() {
	printf 'karara: installing failed. The end of %s:\n' "$1" >&2
	tail -n 25 -- "$1" | sed 's/^/    /' >&2
	exit 1
}
