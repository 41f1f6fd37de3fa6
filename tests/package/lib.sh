# SPDX-License-Identifier: GPL-2.0-or-later
# Packages and Debians for the tests of packages. To be sourced, with $TOP set and tap.sh sourced.
# shellcheck shell=bash disable=SC2154 # work is tap.sh's
LAB=$TOP/lab
. "$LAB/lib/common.sh"
. "$LAB/lib/packages.sh"
. "$LAB/lib/sources.sh"
readonly PACKAGES=(smc-run smckit smckit-replay smckit-tracer smcx-dkms wireshark-plugin-smcx)

# need PROGRAM PACKAGE
need() {
	command -v "$1" >/dev/null || skip_all "$1 is missing: install $2"
}

# ready_packages: those of this checkout, as it is, in $debs; built once for all tests. Others: SMCKIT_PACKAGES=FOLDER.
ready_packages() {
	local key lock
	((EUID == 0)) || skip_all "it needs root, for chroot"
	need dpkg-buildpackage dpkg-dev
	need dh_dkms dh-dkms
	if [[ ${SMCKIT_PACKAGES-} ]]; then
		debs=$SMCKIT_PACKAGES
		return
	fi
	mkdir -p "$TOP/build/package"
	exec {lock}>"$TOP/build/package/.lock"
	flock "$lock"
	key=$(cd "$TOP" && source_files | sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum | head -c 16)
	debs=$TOP/build/package/$key
	if [[ ! -d $debs ]]; then
		find "$TOP/build/package" -mindepth 1 -maxdepth 1 -type d -not -name 'old-*' -exec rm -rf {} +
		"$LAB/package" "$debs.new" && mv "$debs.new" "$debs"
	fi
	exec {lock}>&-
}

# old_packages: of the commit before where it has packages, else of this one, with a lower version, in $old, and $old_is names them; built once
# for all tests. Others: SMCKIT_OLD_PACKAGES=FOLDER.
old_packages() {
	local lock of=HEAD
	old=${SMCKIT_OLD_PACKAGES-} old_is="those in \$SMCKIT_OLD_PACKAGES"
	[[ ! $old ]] || return 0
	! git -C "$TOP" cat-file -e HEAD~1:debian/control 2>/dev/null || of=HEAD~1
	old_is=$(git -C "$TOP" log -1 --format='of %h, %s' "$of")
	old=$TOP/build/package/old-$(git -C "$TOP" rev-parse "$of")
	exec {lock}>"$TOP/build/package/.lock"
	flock "$lock"
	if [[ ! -d $old ]]; then
		rm -rf "$TOP"/build/package/old-*
		"$LAB/package" --of "$of" --as 0.1.99 "$TOP/build/package/old-new" && mv "$TOP/build/package/old-new" "$old"
	fi
	exec {lock}>&-
	[[ -d $old ]]
}

# base_debian [SUITE]: a minimal Debian 12, or another one, as a tarball in the cache, in $base.
base_debian() {
	local lock suite=${1-bookworm}
	need mmdebstrap mmdebstrap
	base=$(cache_dir)/debian/$suite.tar
	mkdir -p "${base%/*}"
	exec {lock}>"$base.lock"
	flock "$lock"
	if [[ ! -f $base ]]; then
		# In mounts of its own: one that is killed leaves none.
		unshare --mount --propagation private mmdebstrap --variant=minbase "$suite" "${base%.tar}.new.tar" "$(debian_mirror)" >"$base.log" 2>&1 && mv "${base%.tar}.new.tar" "$base"
	fi
	exec {lock}>&-
}

# repository FOLDER DEB...: for apt, by file:.
repository() {
	mkdir -p "$1"
	cp "${@:2}" "$1"
	(cd "$1" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
}

# make_root FOLDER: of the base, and with the network of this machine.
make_root() {
	mkdir -p "$1"
	tar -C "$1" -xf "$base" --exclude='./dev/*'
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	# All suites of this machine, so that the kernel's headers are of the kernel that the lab has.
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main' 'Origin: Debian' 'Created-By: Packages' 'Component: main' | sort -u >"$1/etc/apt/sources.list"
	# Programs of a chroot have no services to start.
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
}

# in_root FOLDER COMMAND...: with /proc and /dev of this machine, for as long as it runs.
in_root() {
	unshare --mount --propagation private env -i LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive TZ=UTC bash -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$@"' in_root "$@"
}
