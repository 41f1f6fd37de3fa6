# SPDX-License-Identifier: GPL-2.0-or-later
# The cache of kernels. An entry is a folder CACHE/kernels/NAME@KEY, complete from the moment it
# has this name; CACHE/kernels/NAME.current holds the stamp under which it was found right.
# shellcheck shell=bash

kernels_cache() {
	printf '%s/kernels\n' "$(cache_dir)"
}

# load_kernel KERNEL: source its file. A kernel file that varies another one calls this, too.
# recipe_files are what, next to the packages, decides the content of an entry.
recipe_files=("$LAB"/lib/{recipes,initramfs}.sh)
load_kernel() {
	recipe_files+=("$LAB/kernels/$1")
	# shellcheck source=/dev/null
	. "$LAB/kernels/$1"
}

# Comments do not rebuild a kernel.
recipe_hash() {
	sed -e '/^[[:space:]]*#/d' -e '/^$/d' "${recipe_files[@]}" | sha256sum | cut -c1-16
}

# ensure_entry NAME KIND sets $entry to the entry's folder. KIND is kernel or headers: the prefix of
# the two functions of the kernel file that list the packages and build from them.
ensure_entry() {
	local prefix lock
	prefix=$(kernels_cache)/$1
	mkdir -p "${prefix%/*}" ||
		die "cannot create the cache ${prefix%/*}: set SMCKIT_CACHE to a writable folder"
	! read_current "$prefix" || return 0
	exec {lock}>"$prefix.lock"
	flock "$lock"
	# Somebody else may have made it while we waited.
	if ! read_current "$prefix"; then
		renew_entry "$prefix" "$2"
	fi
	exec {lock}>&-
}

# The input of the answer "this entry is the newest"; asking apt anew would take a second.
current_stamp() {
	{ recipe_hash && lists_stamp; } | sha256sum | cut -c1-16
}

read_current() {
	local stamp
	[[ -r $1.current ]] && read -r stamp entry <"$1.current" &&
		[[ $stamp == "$(current_stamp)" && -d $entry ]]
}

# Package lists go stale and mirrors hiccup: an update and a second try cure both.
renew_entry() {
	local prefix=$1 kind=$2 work packages
	rm -rf "$prefix".tmp.*
	work=$(mktemp -d "$prefix.tmp.XXXXXX")
	# shellcheck disable=SC2064 # the value of now is meant
	trap "rm -rf '$work'" EXIT
	if fetch_packages || { update_lists && fetch_packages; }; then
		[[ -d $entry ]] || build_entry
		printf '%s %s\n' "$(current_stamp)" "$entry" >"$prefix.current"
		remove_old_entries "$prefix"
	else
		find_old_entry "$prefix"
	fi
	rm -rf "$work"
	trap - EXIT
}

# The next two work on the variables of renew_entry. This one is used as a condition, where set -e
# does not hold: it returns every error itself.
fetch_packages() {
	packages=$("${kind}_packages") || return 1
	entry=$prefix@$({ recipe_hash && printf '%s\n' "$packages"; } | sha256sum | cut -c1-16)
	[[ ! -d $entry ]] || return 0
	require_space "${prefix%/*}" 1500
	say "preparing ${prefix##*/} from $(head -n 1 <<<"$packages")"
	rm -rf "${work:?}"/*
	# shellcheck disable=SC2086 # one word a package
	unpack_packages "$work/root" $packages
}

build_entry() {
	mkdir "$work/entry"
	"${kind}_build" "$work/root" "$work/entry"
	[[ $kind != kernel ]] || make_initramfs "$work/entry"
	printf '%s\n' "$packages" >"$work/entry/packages"
	mv -T "$work/entry" "$entry"
}

# require_space DIR MB. Stock modules, headers and one source tarball side by side stay below 1500.
require_space() {
	local free
	free=$(df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9)
	[[ $free -ge $2 ]] ||
		die "only $free MB are free for the cache $1: make room ($2 MB) or set SMCKIT_CACHE"
}

# Running guests hold a lock on the entry they read their modules from: leave it to a later run.
remove_old_entries() {
	local old
	for old in "$1"@*; do
		[[ $old == "$entry" ]] || flock -n "$old" rm -rf "$old" || :
	done
}

find_old_entry() {
	local old
	for old in "$1"@*; do
		[[ -d $old ]] || continue
		entry=$old
		say "no network: using the older $(head -n 1 "$old/packages") from the cache"
		return
	done
	die "cannot download ${1##*/} and it is not in the cache: check the network and 'apt-get update'"
}
