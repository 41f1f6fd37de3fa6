# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel built whole from a packaged source: image, modules, and headers to build more modules.
# It takes minutes and gigabytes, so what comes out is kept in CACHE/images, by source, configuration
# and this file. An entry of the kernel is links to it, and is made anew at little cost.
# shellcheck shell=bash

# MB for the unpacked source (1100), its build (2000, with KASAN more) and the package.
readonly IMAGE_SPACE=4500

readonly IMAGE_RECIPE=${BASH_SOURCE[0]}

# use_config NAME: configure by lab/kernels/NAME.config. A kernel file that varies another one calls
# it again, to add to and to change what the other one says.
configs=() headers_are_in=packages
use_config() {
	configs+=("$LAB/kernels/$1.config")
	recipe_files+=("$LAB/kernels/$1.config" "$IMAGE_RECIPE")
	headers_are_in=kernel
}

# build_image ROOT ENTRY: from the linux-source package in ROOT. As a last step of kernel_build.
build_image() {
	local root=$1 entry=$2 tarball name image
	tarball=$(find "$root/usr/src" -name 'linux-source-*.tar.xz' -print -quit)
	[[ $tarball ]] || die "the source package has no tarball: did its layout change?"
	name=${configs[-1]##*/}
	name=${name%.config}
	image=$(cache_dir)/images/$name@$(image_key)
	if [[ ! -d $image ]]; then
		make_image "$name" "$tarball" "$root.tree" "$root.image"
		mkdir -p "${image%/*}"
		# Entries keep their files of older ones.
		rm -rf "${image%@*}"@*
		mv -T "$root.image" "$image"
	fi
	cp -al "$image/." "$entry/"
}

# Hash of the packages (renew_entry's variable), the configuration and the recipe, without comments.
image_key() {
	{
		printf '%s\n' "$packages"
		sed -e '/^[[:space:]]*#/d' -e '/^$/d' "${configs[@]}" "$IMAGE_RECIPE"
	} | sha256sum | cut -c1-16
}

# make_image NAME TARBALL TREE RESULT: unpack into TREE, build there, leave in RESULT what an entry needs.
make_image() {
	local name=$1 tarball=$2 tree=$3 result=$4 log start=$SECONDS
	require_space "${tree%/*}" "$IMAGE_SPACE"
	log=$(cache_dir)/logs/$name.build.log
	mkdir -p "${log%/*}" "$tree" "$result"
	say "building $name takes ten minutes on two processors, and is done once; log: $log"
	# Big, and of no use for x86 in a VM.
	tar -xf "$tarball" -C "$tree" --strip-components=1 --exclude='*/drivers/gpu/drm/*.h' \
		--exclude='*/boot/dts' --exclude='*/tools/testing/*' --exclude='*/Documentation/*.rst'
	: >"$log"
	logged configure_image
	check_config
	logged tree_make bzImage modules
	logged install_image
	rm -rf "$tree"
	say "built $name in $((SECONDS - start)) s"
}

# The next ones work on the variables of make_image.
# logged COMMAND...: with what it says in the log, and a sign of life now and then.
logged() {
	local status=0
	("$@") 2>&1 | tee -a "$log" | show_progress || status=$?
	[[ $status != 0 ]] || return 0
	grep -E 'error:|Error |\*\*\*|undefined reference|No space' "$log" | tail -n 5 >&2 || :
	die "building $name failed (status $status): the whole log is in $log"
}

# Links and BTF are silent for a while, hence the limit of read.
show_progress() {
	local line last='' steps=0 next=$((SECONDS + 15)) status
	while :; do
		status=0
		read -r -t 5 line || status=$?
		if ((status == 0)); then
			steps=$((steps + 1)) last=$line
		elif ((status <= 128)); then
			return 0
		fi
		if ((SECONDS >= next)); then
			say "building $name: $steps steps, $(xargs <<<"${last//[^[:alnum:]_.\/ -]/}")"
			next=$((SECONDS + 15))
		fi
	done
}

# Neither a make around us nor its options are to be seen.
tree_make() {
	nice -n 10 env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL LC_ALL=C make -C "$tree" -j"$(nproc)" \
		KBUILD_BUILD_USER=smckit KBUILD_BUILD_HOST=lab "$@"
}

configure_image() {
	cat "${configs[@]}" >"$tree/smckit.config" &&
		tree_make KCONFIG_ALLCONFIG=smckit.config allnoconfig
}

# Kconfig silently leaves out options that it does not know and those with unmet dependencies.
check_config() {
	local lost
	lost=$(awk -F= '/^CONFIG_/ {
			if (NR == FNR) wanted[$1] = $2; else got[$1] = $2
		} END {
			for (name in wanted)
				if (wanted[name] != (name in got ? got[name] : "n")) print name "=" wanted[name]
		}' "$tree/smckit.config" "$tree/.config" | sort | paste -sd ' ')
	[[ ! $lost ]] || die "this source does not take $lost: do they depend on something that is off?"
}

# Used as a condition by `logged`, where set -e does not hold.
install_image() {
	local release headers
	release=$(<"$tree/include/config/kernel.release") || return 1
	headers=$result/usr/src/linux-headers-$release
	# shellcheck disable=SC2016 # make is to expand it
	cp "$tree/arch/x86/boot/bzImage" "$result/vmlinuz" &&
		printf '%s\n' "$release" >"$result/release" &&
		tree_make INSTALL_MOD_PATH="$result" INSTALL_MOD_STRIP=1 modules_install &&
		rm -f "$result/lib/modules/$release/build" &&
		tree_make run-command \
			KBUILD_RUN_COMMAND='$(srctree)/scripts/package/install-extmod-build '"$headers" &&
		cp "$tree/.config" "$headers/" &&
		# Modules need its BTF only.
		objcopy --only-section=.BTF "$tree/vmlinux" "$headers/vmlinux"
}
