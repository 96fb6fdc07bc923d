# shellcheck shell=bash disable=SC2154
# Building: the C programs by a CMake preset, the web app by Node. Sourced after common.sh.
# Both do nothing when nothing changed, and wait for each other: tests and start may build at one time.

# build_alone NAME: hold the lock of that build until this subshell ends.
build_alone() {
	mkdir -p -- "$karara_root/build"
	exec 8>"$karara_root/build/$1.lock"
	flock 8
}

# build_native PRESET [TARGET…]: configure if need be and build into build/PRESET; everything, or only the targets.
build_native() (
	preset=$1 out=$karara_root/build/$1 began=$SECONDS targets=("${@:2}")
	build_alone "$preset"
	# A build folder that was made for another place (the checkout was copied or moved) can't be used.
	if [[ -f $out/CMakeCache.txt ]] &&
		! grep -Fqx "CMAKE_HOME_DIRECTORY:INTERNAL=$karara_root" "$out/CMakeCache.txt"; then
		say "build/$preset was made for another folder: building anew"
		rm -rf -- "$out"
	fi
	log=$karara_root/build/$preset.log
	: >"$log"
	if [[ ! -f $out/build.ninja || $karara_root/CMakePresets.json -nt $out/build.ninja ]]; then
		say "configuring ($preset)"
		(cd -- "$karara_root" && quietly "$log" "cmake --preset $preset" cmake --preset "$preset") || exit 1
	fi
	say "building ($preset)"
	quietly "$log" "the $preset build" cmake --build "$out" --parallel "$(nproc)" "${targets[@]/#/--target=}"
	if ((SECONDS - began > 5)); then say "built in $((SECONDS - began)) s"; fi
)

# build_web: nginx/www → build/www, only if a source, the lock file or Node itself changed.
build_web() (
	source=$karara_root/nginx/www out=$karara_root/build/www log=$karara_root/build/web.log
	[[ -f $source/build.mjs ]] || die "nginx/www/build.mjs is missing: this checkout is incomplete"
	build_alone www
	stamp=$(web_stamp "$source")
	if [[ -d $out && $(cat "$karara_root/build/www.stamp" 2>/dev/null) == "$stamp" ]]; then return 0; fi
	: >"$log"
	lock=$({ sha256sum <"$source/package-lock.json"; node --version; } | sha256sum)
	if [[ $(cat "$source/node_modules/.karara-lock" 2>/dev/null) != "$lock" ]]; then
		say "fetching the web app's packages"
		(cd -- "$source" && quietly "$log" "npm ci" npm ci --no-audit --no-fund --loglevel=error) || exit 1
		mkdir -p -- "$source/node_modules"
		printf '%s\n' "$lock" >"$source/node_modules/.karara-lock"
	fi
	say "building the web app"
	rm -rf -- "$out.new"
	(cd -- "$source" && quietly "$log" "the web app's build" node build.mjs --out "$out.new") || exit 1
	rm -rf -- "$out"
	mv -- "$out.new" "$out"
	printf '%s\n' "$stamp" >"$karara_root/build/www.stamp"
)

# web_stamp FOLDER: one hash over every source file's name and content, and over Node's version.
web_stamp() {
	(
		cd -- "$1" || exit
		node --version
		find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
	) | sha256sum
}
