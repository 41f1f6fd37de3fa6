# SPDX-License-Identifier: GPL-2.0-or-later
# Another Debian in a folder, to run programs of it that this one does not have. Needs root.
# shellcheck shell=bash

# bootstrap SUITE PACKAGE,PACKAGE... ROOT LOG: a Debian with these packages and their dependencies only. By apt's word for
# what those are: debootstrap's own was wrong for an unstable in transition. A mirror may be old, as for debootstrap.
bootstrap() {
	local suite=$1 packages=$2 root=$3 log=$4 try
	((EUID == 0)) || die "making another Debian needs root, for chroot"
	need_program mmdebstrap mmdebstrap
	for try in 1 2; do
		rm -rf "$root"
		mmdebstrap --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' --include="$packages" \
			"$suite" "$root" "$(debian_mirror)" >"$log" 2>&1 &&
			break
		[[ $try == 1 ]] || die "mmdebstrap failed: see $log"
	done
}

# inside ROOT FOLDER... -- COMMAND...: runs it there, in the current folder if it is below one of the given,
# which are at their places. Mounts are those of this process and go with it.
inside() {
	((EUID == 0)) || die "it needs root, for chroot"
	exec unshare --mount --propagation private bash -c '
		root=$1 folder=$PWD
		shift
		while [ "$1" != -- ]; do
			mkdir -p "$root$1" && mount --bind "$1" "$root$1" || exit 123
			shift
		done
		shift
		mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 123
		exec chroot "$root" /bin/sh -c "cd \"\$0\" 2>/dev/null || cd /; exec \"\$@\"" "$folder" "$@"' \
		inside "$@"
}

# install_compiler SUITE ENTRY: the compiler that ENTRY's headers ask for, with all that a build needs, as
# ENTRY/compiler.
install_compiler() {
	local suite=$1 entry=$2 log gcc
	log=$(cache_dir)/logs/compiler.$suite.log
	gcc=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/gcc-\1/p' "$(headers_dir "$entry")/.config")
	[[ $gcc ]] || die "these headers do not say which gcc they want"
	say "preparing a Debian with $gcc: some minutes; log: $log"
	mkdir -p "${log%/*}"
	bootstrap "$suite" "$gcc,make,pahole,sparse" "$entry/compiler" "$log"
}
