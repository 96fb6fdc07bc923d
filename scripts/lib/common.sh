# shellcheck shell=bash disable=SC2034
# What every script here shares: how it speaks and how it ends.
# Sourced, never run. Sets: karara_root (the checkout, absolute).

karara_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
export LC_ALL=C.UTF-8
# Debian keeps nginx where ordinary accounts don't look.
PATH=$PATH:/usr/sbin:/sbin

# say WORDS…: one line of progress on stdout.
say() { printf '%s\n' "$*"; }

# die WORDS…: one line on stderr, then exit status 1.
die() {
	printf 'karara: %s\n' "$*" >&2
	exit 1
}

# have COMMAND: is there such a command on the path?
have() { command -v -- "$1" >/dev/null 2>&1; }

# quietly LOG WHAT COMMAND…: run COMMAND with its output in LOG; if it fails, say what failed, name
# the log and show its end.
quietly() {
	local log=$1 what=$2
	shift 2
	if "$@" >>"$log" 2>&1 </dev/null; then return 0; fi
	printf 'karara: %s failed. The end of %s:\n' "$what" "$log" >&2
	tail -n 25 -- "$log" | sed 's/^/    /' >&2
	exit 1
}
