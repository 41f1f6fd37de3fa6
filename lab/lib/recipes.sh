# SPDX-License-Identifier: GPL-2.0-or-later
# The steps that kernel files are composed of. Each works on ROOT, the folder into which the
# packages of the kernel were unpacked, and fills ENTRY: vmlinuz, release, lib/modules/RELEASE.
# shellcheck shell=bash

# stock_headers IMAGE=VERSION prints the packages needed to build modules for that image.
stock_headers() {
	local image=${1%%=*} release flavour abi
	release=${image#linux-image-}
	flavour=${release##*-}
	abi=${release%-"$flavour"}
	find_package "linux-headers-${release//+/\\+}" &&
		find_package "linux-headers-${abi//+/\\+}-common" &&
		find_kbuild "$abi"
}

# Old kernels share one kbuild package per series (6.1), newer ones have one per ABI.
find_kbuild() {
	local abi=$1
	find_package "linux-kbuild-${abi//+/\\+}" ||
		find_package "linux-kbuild-$(cut -d. -f1,2 <<<"$abi")"
}

# install_stock_kernel ROOT ENTRY: take kernel and modules as Debian built them. Debian 12 has
# the image under /boot, newer suites have it beside the modules.
install_stock_kernel() {
	local root=$1 entry=$2 modules release image
	modules=$(find "$root/lib/modules" "$root/usr/lib/modules" -mindepth 1 -maxdepth 1 -type d \
		-exec test -e '{}/kernel' ';' -print -quit 2>/dev/null) || :
	[[ $modules ]] || die "the kernel package has no modules: did its layout change?"
	release=${modules##*/}
	mkdir -p "$entry/lib/modules"
	for image in "$root/boot/vmlinuz-$release" "$modules/vmlinuz"; do
		[[ ! -f $image ]] || mv "$image" "$entry/vmlinuz"
	done
	mv "$modules" "$entry/lib/modules/$release"
	# They point into /usr/src, where nothing is.
	rm -f "$entry/lib/modules/$release/build" "$entry/lib/modules/$release/source"
	printf '%s\n' "$release" >"$entry/release"
}

# install_headers ROOT ENTRY: the unpacked header packages, made independent of their place.
# Only one reference in them is absolute: the flavour's Makefile includes the common one.
install_headers() {
	local root=$1 entry=$2 flavour
	mkdir -p "$entry/usr"
	cp -al "$root/usr/src" "$root/usr/lib" "$entry/usr/"
	flavour=$(headers_dir "$entry")
	# shellcheck disable=SC2016 # make is to expand it
	sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' "$flavour/Makefile"
}

# The folder to give to `make -C`.
headers_dir() {
	find "$1/usr/src" -mindepth 2 -maxdepth 2 -name .config -printf '%h\n' -quit
}

# rebuild_modules ROOT ENTRY SOURCE_DIR SETTING...: build one folder of the packaged kernel source
# with other settings than Debian's and put the result in place of the stock modules. Settings
# that are =y are also defined for the compiler, since the stock autoconf.h does not have them.
rebuild_modules() {
	local root=$1 entry=$2 source=$3 tree=$1.build setting flags=() module
	shift 3
	mkdir "$tree"
	tar -xf "$root"/usr/src/linux-source-*.tar.xz -C "$tree" --strip-components=1 --wildcards \
		"*/$source/*"
	install_headers "$root" "$root.headers"
	for setting in "$@"; do
		[[ $setting != *=y ]] || flags+=("-D${setting%=y}=1")
	done
	make -s -j"$(nproc)" -C "$(headers_dir "$root.headers")" M="$tree/$source" "$@" \
		KCFLAGS="${flags[*]}" modules >&2
	while read -r module; do
		replace_module "$entry" "$module"
	done < <(find "$tree/$source" -name '*.ko')
}

# The stock module may be compressed; the new one is not.
replace_module() {
	local entry=$1 module=$2 old
	old=$(find "$entry/lib/modules" -name "${module##*/}*" -print -quit)
	[[ $old ]] || die "the stock kernel has no ${module##*/} to replace"
	strip --strip-debug "$module"
	rm "$old"
	mv "$module" "${old%/*}/"
}
