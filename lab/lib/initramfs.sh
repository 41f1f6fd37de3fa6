# SPDX-License-Identifier: GPL-2.0-or-later
# The part of the initramfs that depends on the kernel only: busybox, and the modules without
# which the guest sees neither the host's files nor its own output. lab/vm appends the scripts.
# shellcheck shell=bash

# virtio_net is the wire between two guests; everything else comes from /lib/modules later.
guest_modules=(virtio_pci virtio_console 9pnet_virtio 9p overlay virtio_net)

# make_initramfs ENTRY
make_initramfs() {
	local entry=$1 tree=$1.initramfs path count=0 target
	mkdir -p "$tree/bin" "$tree/modules"
	cp "$(type -P busybox)" "$tree/bin/busybox"
	depmod -b "$entry" "$(<"$entry/release")"
	while read -r path; do
		# Numbered, for the guest loads them in this order.
		printf -v target '%s/modules/%02d.ko' "$tree" $((count++))
		decompress "$path" >"$target"
	done < <(modules_in_order "$entry")
	(cd "$tree" && find . | cpio -o -H newc --quiet) >"$entry/initramfs"
	rm -r "$tree"
}

# A module built into the kernel needs no file; one that the kernel lacks is an error of modprobe.
modules_in_order() {
	local entry=$1 module
	for module in "${guest_modules[@]}"; do
		modprobe -d "$entry" -C /dev/null -S "$(<"$entry/release")" --show-depends "$module" ||
			say "this kernel has no $module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

decompress() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dcq "$1" ;;
	*) cat "$1" ;;
	esac
}
