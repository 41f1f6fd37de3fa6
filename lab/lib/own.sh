# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel of one's own: an image and a folder of modules, made into what lab/vm boots.
# shellcheck shell=bash

# image_release BZIMAGE prints the release that the image says it is (Documentation/arch/x86/boot.rst: kernel_version).
image_release() {
	local magic at
	magic=$(dd if="$1" bs=1 skip=514 count=4 status=none)
	[[ $magic == HdrS ]] || return 1
	at=$(od -An -tu2 -j526 -N2 "$1")
	dd if="$1" bs=1 skip=$((at + 512)) count=200 status=none | tr '\0' '\n' | head -n 1 | cut -d ' ' -f 1
}

# modules_of FOLDER RELEASE prints the folder of modules of that release: FOLDER itself, or one below it, as modules_install makes it.
modules_of() {
	local folder
	for folder in "$1" "$1/lib/modules/$2" "$1/$2"; do
		[[ -d $folder/kernel || -f $folder/modules.order ]] || continue
		[[ $(basename "$(realpath "$folder")") == "$2" ]] && realpath "$folder" && return
	done
	return 1
}

# make_own_entry BZIMAGE MODULES ENTRY
make_own_entry() {
	local image=$1 modules=$2 entry=$3 release folder
	[[ -r $image ]] || die_usage "--kernel $image: there is no such file"
	[[ -d $modules ]] || die_usage "--modules $modules: there is no such folder"
	release=$(image_release "$image") || die_usage "--kernel $image: this is no bzImage"
	folder=$(modules_of "$modules" "$release") ||
		die_usage "--modules $modules: the image is $release, and this is not the folder of its modules (make modules_install INSTALL_MOD_PATH=DIR)"
	mkdir -p "$entry/lib/modules"
	cp "$image" "$entry/vmlinuz"
	echo "$release" >"$entry/release"
	# modules_install leaves links to the source, which the guest does not want.
	cp -al "$folder" "$entry/lib/modules/$release" 2>/dev/null || {
		rm -rf "$entry/lib/modules/$release"
		cp -a "$folder" "$entry/lib/modules/$release"
	}
	rm -f "$entry/lib/modules/$release"/{build,source}
	# depmod, for one, writes to files that were there: not to those of the folder that was given.
	find "$entry/lib/modules/$release" -maxdepth 1 -name 'modules.*' -exec sh -c 'cp "$1" "$1.own" && mv -f "$1.own" "$1"' sh {} \;
	make_initramfs "$entry"
}
