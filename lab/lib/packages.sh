# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages as raw material: found by pattern, downloaded and unpacked, never installed.
# shellcheck shell=bash

# Where apt keeps its lists. A kernel file that takes its packages from another suite calls
# use_suite, which points this and apt_options at a private apt state in the cache.
apt_lists=/var/lib/apt/lists
apt_options=(-o APT::Sandbox::User="$(id -un)")

# debian_mirror: the one the machine uses anyway.
debian_mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' | sed -n 1p
}

# use_suite SUITE: look in another Debian suite, without adding it to the machine's own sources.
use_suite() {
	local state
	state=$(cache_dir)/apt/$1
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	printf 'deb %s %s main\n' "$(debian_mirror)" "$1" >"$state/sources.list"
	apt_lists=$state/lists
	apt_options+=(
		-o Dir::State::Lists="$apt_lists" -o Dir::Cache="$state"
		-o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
	)
}

update_lists() {
	if [[ ! -w $apt_lists ]]; then
		say "the package lists are missing or out of date: run 'apt-get update' as root"
		return 1
	fi
	say "updating the package lists"
	apt-get "${apt_options[@]}" -qq update >&2
}

# A stamp that changes whenever the lists do; much cheaper than asking apt-cache.
lists_stamp() {
	stat -c '%n %Y' "$apt_lists"/*Packages* 2>/dev/null || :
}

# find_package PATTERN prints NAME=VERSION of the highest available package whose whole name matches.
find_package() {
	local name version
	while read -r name; do
		version=$(apt-cache "${apt_options[@]}" madison "$name" | awk 'NR == 1 { print $3 }')
		if [[ $version ]]; then
			printf '%s=%s\n' "$name" "$version"
			return
		fi
	done < <(apt-cache "${apt_options[@]}" pkgnames | grep -Ex -e "$1" | sort -Vr)
	return 1
}

# unpack_packages DIR NAME=VERSION...: download the packages and unpack them all into DIR.
unpack_packages() {
	local dir=$1 debs=$1.debs deb
	shift
	mkdir -p "$dir" "$debs"
	(cd "$debs" && apt-get "${apt_options[@]}" -qq download "$@" >&2) || return 1
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$dir" || return 1
	done
	rm -r "$debs"
}
