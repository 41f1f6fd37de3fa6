# SPDX-License-Identifier: GPL-2.0-or-later
# Starts QEMU for lab/vm, follows what the guest says on its control port, and judges the end.
# Works on lab/vm's variables: kernel, entry, tmp, out, log, mem, cpus, timeout, wire, allow, accel.
# shellcheck shell=bash

# A debug kernel needs half a minute under TCG on an idle machine, and on a busy one ten times that.
readonly BOOT_SECONDS=600
# A guest that has panicked is ended from here after once or twice so long.
readonly PANIC_SECONDS=10
# A panic or an oops ends the guest at once. Not "quiet": it would keep WARN() from the console; level 7 costs
# nothing measurable. mitigations=off, nokaslr and nowatchdog shorten the boot. no_timer_check: on a busy host the
# emulated timer may be late for the kernel's look at it, and the kernel would panic.
readonly KERNEL_ARGUMENTS='console=ttyS0 loglevel=7 panic=-1 oops=panic mitigations=off nokaslr nowatchdog no_timer_check'

# share TAG DIR [OPTION]: a folder of the host over 9p.
share() {
	qemu_arguments+=(
		-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap${3-}"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1"
	)
}

compose_arguments() {
	qemu_arguments=(
		-M q35 "${accel[@]}" -smp "$cpus" -m "$mem"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$entry/vmlinuz" -initrd "$tmp/initramfs" -append "$KERNEL_ARGUMENTS"
		-serial "file:${log//,/,,}"
	)
	share host / ,readonly=on
	share kernel "$entry" ,readonly=on
	share out "$out"
	share output "$tmp/output"
	# Standard output is the pipe that start_qemu reads.
	qemu_arguments+=(
		-device virtio-serial-pci -chardev file,id=control,path=/dev/stdout
		-device virtserialport,chardev=control,name=control
	)
	[[ ! $shared ]] || qemu_arguments+=(
		-object "memory-backend-file,id=shared,share=on,mem-path=${shared//,/,,},size=$(stat -c %s "$shared")"
		-device ivshmem-plain,memdev=shared
	)
	[[ ! $wire ]] || add_wire "${wire%%=*}" "${wire#*=}"
}

# The two ends differ in role, hence in MAC address.
add_wire() {
	local mac=52:54:00:00:00:0a
	if [[ $1 == connect ]]; then
		mac=52:54:00:00:00:0b
		await_listener "$2"
	fi
	qemu_arguments+=(
		-netdev "socket,id=wire,$1=127.0.0.1:$2"
		-device "virtio-net-pci,netdev=wire,mac=$mac"
	)
}

# Looked up, not tried: the listener accepts a single connection.
await_listener() {
	local hex tries
	printf -v hex '0100007F:%04X' "$1"
	for ((tries = 0; tries < 600; tries++)); do
		! grep -q " $hex 00000000:0000 0A " /proc/net/tcp || return 0
		sleep 0.1
	done
	die "no VM listens on port $1: start one with --net-listen $1"
}

# The pipe of the control port ends when QEMU does. Should lab/vm be killed, QEMU goes, too.
start_qemu() {
	exec {control}< <(
		# The clock of a VM goes on while it waits for a processor, so it comes before other work where that is permitted.
		renice -n -5 -p "$BASHPID" >/dev/null 2>&1 || :
		exec setpriv --pdeathsig KILL qemu-system-x86_64 "${qemu_arguments[@]}" 2>"$tmp/qemu.log"
	)
	qemu=$!
}

# The guest writes files, so it is not held up when nobody reads any more (| head).
start_writers() {
	tail -c +1 -s 0.05 -f --pid="$qemu" "$tmp/output/stdout" &
	writers=("$!")
	tail -c +1 -s 0.05 -f --pid="$qemu" "$tmp/output/stderr" >&2 &
	writers+=("$!")
}

# await SECONDS: the next word of the guest, "died" when QEMU ended, "silent" when the time is up. A panic ends the guest at once,
# but for one that comes where the machine cannot be restarted any more: then it is ended from here.
await() {
	local end=$((SECONDS + $1)) status left panicked=''
	while :; do
		status=0 left=$((end - SECONDS))
		IFS= read -r -t $((left < 1 ? 1 : left > PANIC_SECONDS ? PANIC_SECONDS : left)) -u "$control" answer || status=$?
		((status != 0)) || return 0
		if ((status <= 128)) || [[ $panicked ]]; then
			answer=died
			return
		elif ((SECONDS >= end)); then
			answer=silent
			return
		fi
		! grep -q 'Kernel panic - not syncing' "$log" || panicked=1
	done
}

run_qemu() {
	local boot=$((timeout < BOOT_SECONDS ? timeout : BOOT_SECONDS)) end=$((SECONDS + timeout))
	compose_arguments
	start_qemu
	start_writers
	await "$boot"
	if [[ $answer == up ]]; then
		await $((end > SECONDS ? end - SECONDS : 1))
		judge_run "$answer"
	else
		judge_boot "$answer"
	fi
}

judge_boot() {
	local why="the guest did not come up within $boot s"
	[[ $1 != silent || $timeout -gt $boot ]] || judge_run "$1"
	[[ $1 != died ]] || why="the guest died while booting"
	stop_qemu
	check_log
	tail -n 3 "$tmp/qemu.log" >&2
	lose "$EXIT_LAB" "$why"
}

judge_run() {
	case $1 in
	exit*)
		stop_qemu
		check_log
		exit "${1#exit }"
		;;
	silent)
		stop_qemu
		say "out of time: ended the guest after $timeout s"
		check_log
		lose "$EXIT_TIMEOUT" "its command did not end"
		;;
	*)
		stop_qemu
		check_log
		lose "$EXIT_LAB" "the guest ended before the command did"
		;;
	esac
}

check_log() {
	local reports
	reports=$(kernel_log_reports "$log" "${allow[@]}") || return 0
	say "the kernel log holds a report:"
	head -n 20 <<<"$reports" >&2
	[[ $reports != *'Out of memory'* ]] || say "the guest ran out of memory: give it more with --mem"
	lose "$EXIT_KERNEL" "the run fails for that, whatever the command returned"
}

# lose STATUS WHY: the end of a run that went wrong, with the log kept.
lose() {
	if [[ ! $log_wanted ]]; then
		log_wanted=$(cache_dir)/logs/${kernel##*/}.$$.log
		mkdir -p "${log_wanted%/*}"
		find "${log_wanted%/*}" -mtime +7 -delete
	fi
	say "$2; kernel log: $log_wanted"
	exit "$1"
}

# Ends QEMU and waits until all that the guest wrote is out.
stop_qemu() {
	[[ $qemu ]] || return 0
	kill "$qemu" 2>/dev/null || :
	wait "$qemu" 2>/dev/null || :
	qemu=''
	wait "${writers[@]}" 2>/dev/null || :
}
