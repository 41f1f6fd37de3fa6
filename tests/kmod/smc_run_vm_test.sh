#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smc-run in a VM: by BPF where the kernel has the hook, by preload on 6.1.
#
#   curl, client ---> :8000 Python's http.server, both under smc-run unless a case says otherwise
#
# Usage: smc_run_vm_test.sh [smcx-]KERNEL. It boots once, and then calls itself in the VM. smcx-KERNEL: with smcx.ko in
# place of the kernel's own smc.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/kmod/stack.sh"
stack_of "${1-6.12-lo}"
PORT=8000 URL=http://127.0.0.1:8000/hello NOBODY=65534

if [[ ${2-} != in-vm ]]; then
	for program in qemu-system-x86_64 python3 curl; do
		command -v "$program" >/dev/null || skip_all "$program is missing"
	done
	build_stack
	status=0
	"$TOP/lab/vm" --timeout 300 "$kernel" -- "$0" "${1-6.12-lo}" in-vm || status=$?
	exit "$status"
fi

# ---- in the VM --------------------------------------------------------------------------------

PATH=$TOP/build/kmod/run:$TOP/build/lab/tools:$TOP/build/tests/kmod:/usr/sbin:$PATH
cgroups=/sys/fs/cgroup
# 6.1 has no loopback-ism of its own.
way='by BPF' mode=SMC-D
[[ $kernel != 6.1 ]] || way='by LD_PRELOAD'
[[ $kernel != 6.1 || $module ]] || mode=TCP

# status WANTED COMMAND...: what it says is in said and in stderr.
status() {
	local wanted=$1 got=0
	"${@:2}" >"$work/said" 2>"$work/stderr" </dev/null || got=$?
	[[ $got == "$wanted" ]] && return
	echo "status $got, not $wanted, of: ${*:2}"
	cat "$work/said" "$work/stderr"
	return 1
}

# told REGEX: on stderr there is such a line.
told() {
	grep -Eq -e "$1" "$work/stderr" && return
	echo "no line matches '$1':"
	cat "$work/stderr"
	return 1
}

until_true() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "not after 60 s: $*"
	return 1
}

listens() {
	[[ $(ss -Hltn "sport = :$PORT") ]]
}

start_server() {
	(cd "$work" && exec smc-run --check --output "$work/server.check" python3 -m http.server \
		--bind 127.0.0.1 "$PORT") >"$work/server" 2>&1 &
	server=$!
	until_true listens
}

# Python ends by SIGTERM, which smc-run passes on.
end_server() {
	local got=0
	kill -TERM "$server"
	wait "$server" || got=$?
	[[ $got == 143 ]] && return
	echo "status $got"
	cat "$work/server"
	return 1
}

# ---- sockets become SMC

smc() {
	status 0 smc-run --check curl -sS "$URL" && told "^smc-run: $way" &&
		[[ $(<"$work/said") == hello ]] && told "^smc-run: +1 $mode +to +port 127.0.0.1:$PORT \(curl\)"
}

children() {
	status 0 smc-run --check sh -c "curl -sS $URL; (curl -sS $URL & wait)" && told "^smc-run: +2 $mode +to +port .*curl"
}

other_processes() {
	status 0 curl -sS "$URL" && [[ $(<"$work/said") == hello ]] &&
		[[ $(python3 -c 'import socket; print(socket.socket().getsockopt(1, 38))') == 6 ]]
}

strict() {
	if [[ $mode == SMC-D ]]; then
		status 0 smc-run --strict curl -sS "$URL"
	else
		status 123 smc-run --strict curl -sS "$URL"
	fi && status 123 smc-run --strict true
}

# The peer has no SMC.
tcp_peer() {
	(cd "$work" && exec python3 -m http.server --bind 127.0.0.1 $((PORT + 1)) >/dev/null 2>&1) &
	local peer=$! got=0
	until_true curl -sS "http://127.0.0.1:$((PORT + 1))/hello"
	status 123 smc-run --strict curl -sS "http://127.0.0.1:$((PORT + 1))/hello" &&
		told 'TCP +to +port 127.0.0.1:8001' && told 'reason 0x03010000: peer did not offer SMC' || got=1
	kill "$peer"
	return $got
}

ipv6() {
	(cd "$work" && exec smc-run -q python3 -m http.server --bind ::1 $((PORT + 2)) >/dev/null 2>&1) &
	local peer=$! got=0
	until_true curl -sS "http://[::1]:$((PORT + 2))/hello"
	status 0 smc-run --check curl -sS "http://[::1]:$((PORT + 2))/hello" &&
		told "$mode +to +port \[::1\]:8002" || got=1
	kill "$peer"
	return $got
}

# A connection of microseconds, closed by SIGKILL, is not missed.
killed_at_once() {
	status 137 smc-run --check python3 -c "
import os, socket
s = socket.create_connection(('127.0.0.1', $PORT))
os.kill(os.getpid(), 9)" && told "^smc-run: +1 $mode +to +port 127.0.0.1:$PORT \(python3\)"
}

static_by_preload() {
	status 0 smc-run --method preload --check kmod_static_client "$PORT" &&
		told 'warning: .*kmod_static_client is statically linked' &&
		told 'TCP +to +port 127.0.0.1:8000' && told "without smc-run's help"
}

static_by_bpf() {
	status 0 smc-run --strict kmod_static_client "$PORT" && told "^smc-run: +1 SMC-D +to"
}

setuid_by_preload() {
	install -m 4755 -o "$NOBODY" "$(command -v curl)" "$work/curl" &&
		status 0 smc-run --method preload "$work/curl" -sS "$URL" && told 'warning: .* is set-user-ID'
}

is_same() {
	[[ $1 == "$2" ]] && return
	echo "not the same: $1 and $2"
	return 1
}

# ---- the command

exit_statuses() {
	status 7 smc-run sh -c 'exit 7' && status 137 smc-run sh -c 'kill -9 $$' &&
		status 127 smc-run nosuch && told 'nosuch: No such file' &&
		status 126 smc-run "$work/hello" && told 'hello: Permission denied' &&
		status 125 smc-run && status 125 smc-run --method x true && status 125 smc-run --user nosuch true &&
		told 'looking for the user: No such'
}

# Numbers that no user can have: 2^32 must not become root's.
no_users() {
	local user
	for user in 4294967296 -1 ' 0' 0x0 99999999999999999999; do
		status 125 smc-run --user "$user" true && told 'looking for the user: ' || return
	done
}

quiet() {
	status 0 smc-run -q true && [[ ! -s $work/stderr ]]
}

as_user() {
	status 0 smc-run --user "$NOBODY" sh -c 'id -u; id -g; id -G; grep CapEff /proc/self/status' &&
		[[ $(xargs <"$work/said") == "$NOBODY $NOBODY $NOBODY CapEff: 0000000000000000" ]]
}

user_is_smc() {
	status 0 smc-run --user "$NOBODY" --check curl -sS "$URL" && told "^smc-run: +1 $mode +to"
}

no_descriptors() {
	status 0 ls /proc/self/fd && mv "$work/said" "$work/without" && status 0 smc-run ls /proc/self/fd && is_same "$(<"$work/without")" "$(<"$work/said")"
}

signal_mask() {
	status 0 smc-run grep SigBlk /proc/self/status && grep -q '0000000000000000' "$work/said"
}

forwards() {
	smc-run -q bash -c 'trap "echo got; exit 3" USR1; : >'"$work/ready"'; while :; do sleep 0.1; done' >"$work/said" &
	local pid=$! got=0
	until_true test -e "$work/ready"
	kill -USR1 "$pid"
	wait "$pid" || got=$?
	[[ $got == 3 && $(<"$work/said") == got ]]
}

# Its parent does not want to hear of children. It does, and the command is left as it was.
ignored_children() {
	status 3 timeout 60 env --ignore-signal=CHLD smc-run sh -c 'exit 3' &&
		status 0 env --ignore-signal=CHLD smc-run grep SigIgn /proc/self/status &&
		grep -q '[13579bdf]0000$' "$work/said" && return
	cat "$work/said"
	return 1
}

# Signals that the kernel sends to smc-run alone: a timer's that was set before it, and a terminal's that hangs up.
timer_before() {
	status 142 timeout 60 python3 -c '
import os, signal
signal.alarm(1)
os.execvp("smc-run", ["smc-run", "-q", "sleep", "61"])'
}

hang_up() {
	rm -f "$work/ready" "$work/hup"
	timeout 60 python3 - "$work" <<-'END' || return
		import os, pty, sys, time
		work = sys.argv[1]
		script = "trap 'echo got >%s/hup; exit' HUP; : >%s/ready; while :; do sleep 0.1; done" % (work, work)
		pid, master = pty.fork()
		if not pid:
		    os.execvp("smc-run", ["smc-run", "-q", "bash", "-c", script])
		while not os.path.exists(work + "/ready"):
		    time.sleep(0.1)
		os.close(master)
		os.waitpid(pid, 0)
	END
	[[ $(<"$work/hup") == got ]]
}

unprivileged() {
	if [[ $kernel == 6.1 ]]; then
		status 0 setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups smc-run curl -sS "$URL"
	else
		status 0 setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups smc-run curl -sS "$URL" &&
			told 'by LD_PRELOAD \(.*it needs root\)'
	fi && [[ $(<"$work/said") == hello ]] &&
		status 125 setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups smc-run --check true &&
		told 'check cannot be done: .*needs root'
}

# ---- strangers: --user and what the user may do meanwhile

# The command may write where its report goes, and calls itself what it likes.
planted_link() {
	local home=$work/home log
	log=$home/log
	rm -rf "$home" && mkdir "$home" && chown "$NOBODY" "$home" && echo root-only >"$work/victim" && chmod 600 "$work/victim"
	cat >"$work/evil.py" <<-END
		import ctypes, os, socket
		if os.path.lexists("$log"):
		    os.unlink("$log")
		os.symlink("$work/victim", "$log")
		ctypes.CDLL(None).prctl(15, b"\\n* * \\x1b[2J ro", 0, 0, 0)
		socket.create_connection(("127.0.0.1", $PORT)).close()
	END
	status 0 smc-run -q --check -o "$log" --user "$NOBODY" python3 "$work/evil.py" &&
		[[ -L $log && $(<"$work/victim") == root-only ]] || { ls -l "$home" "$work/victim" && return 1; }
	# The second time the link is there before.
	status 125 smc-run -q --check -o "$log" --user "$NOBODY" true && told 'symbolic link' &&
		[[ $(<"$work/victim") == root-only ]]
}

names_are_clean() {
	status 0 smc-run -q --check -o "$work/clean" --user "$NOBODY" python3 "$work/evil.py" &&
		grep -q "port 127.0.0.1:$PORT (\\\\x0a\\* \\* \\\\x1b\[2J ro)\$" "$work/clean" &&
		! LC_ALL=C grep -q '[^[:print:]]' "$work/clean" && return
	cat -v "$work/clean"
	return 1
}

# Process 1 in each of them.
pid_namespaces() {
	local first got=0
	unshare -pf --mount-proc smc-run -q sleep 61 &
	first=$!
	until_true pgrep -x sleep
	[[ $(made) == 2 ]] && status 0 timeout 60 unshare -pf --mount-proc smc-run -q true && [[ $(made) == 2 ]] || got=1
	pkill -x sleep
	wait "$first" || :
	[[ $(made) == 1 ]] && return $got
}

# Nobody but root may lock what tells that a run is alive.
register_is_roots() {
	local file
	for file in /run/smc-run/*; do
		! setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups flock -n "$file" true || return
	done 2>/dev/null
	[[ $(stat -c %U:%a "$file") == root:600 ]]
}

clean_environment() {
	SECRET=yes status 0 smc-run -q --user "$NOBODY" sh -c 'echo "$SECRET"' && [[ $(<"$work/said") == yes ]] &&
		SECRET=yes status 0 smc-run -q --user "$NOBODY" --reset-env sh -c 'echo "$SECRET:$USER:$HOME"' &&
		[[ $(<"$work/said") == :nobody:/nonexistent ]] && status 125 smc-run --reset-env true
}

# It has no terminal to push characters into, and Ctrl-C still ends it.
own_session() {
	rm -f "$work/ready" "$work/int"
	timeout 60 python3 - "$work" <<-'END' || return
		import os, pty, sys, time
		work = sys.argv[1]
		script = """trap 'echo got >%s/int; exit' INT
		(: </dev/tty) 2>/dev/null && echo terminal >%s/int
		: >%s/ready
		while :; do sleep 0.1; done""" % (work, work, work)
		pid, master = pty.fork()
		if not pid:
		    os.execvp("smc-run", ["smc-run", "-q", "--new-session", "bash", "-c", script])
		while not os.path.exists(work + "/ready"):
		    time.sleep(0.1)
		os.write(master, b"\x03")
		os.waitpid(pid, 0)
	END
	is_same "$(<"$work/int")" got
}

# ---- what falls back before connect() or listen() is counted once, as what it is

fast_open() {
	cat >"$work/tfo.py" <<-'END'
		import socket, sys
		listener, client, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
		l = socket.socket()
		l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		if listener == "fast":
		    l.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
		l.bind(("127.0.0.1", port))
		l.listen()
		for i in range(3):
		    c = socket.socket()
		    if client == "fast":
		        c.setsockopt(socket.IPPROTO_TCP, 30, 1)
		    c.connect(("127.0.0.1", port))
		    c.send(b"x")
		    s, _ = l.accept()
		    s.recv(1)
		    c.close()
		    s.close()
	END
	local listener client ends from
	for listener in fast plain; do
		for client in fast plain; do
			[[ $listener$client != plainplain ]] || continue
			# A listener of smcx stays SMC: who sends bytes in a SYN has not asked for it.
			if [[ $module && $client == plain ]]; then
				status 0 smc-run -q --check python3 "$work/tfo.py" $listener $client 8201 &&
					told '^smc-run: ends of connections: 6, 6 SMC-D$' || return
				continue
			fi
			# The kernel's own stack lets nobody see what a listener accepts that has fallen back.
			ends=6 from='3 TCP +from +port 127.0.0.1:8201'
			[[ $module || $listener == plain ]] || ends=3 from='what it accepts is not counted'
			status 0 smc-run -q --check python3 "$work/tfo.py" $listener $client 8201 &&
				told "^smc-run: ends of connections: $ends, $ends TCP\$" && told "$from" &&
				told '3 TCP +to +port 127.0.0.1:8201' && ! told "without smc-run's help" >/dev/null &&
				! told 'no reason is known' >/dev/null || { echo "$listener $client" && cat "$work/stderr" && return 1; }
			[[ $listener == plain || $module ]] || told 'became TCP before listen' || return
		done
	done
}

# ---- nothing is left

made() {
	find "$cgroups" -maxdepth 1 -name 'smc-run.*' | wc -l
}

attached() {
	bpftool prog | grep -cE 'name (change_protocol|closes|plain_tcp)' || :
}

killed() {
	local before after
	before=$(attached)
	smc-run -q sleep 61 &
	local pid=$! child
	until_true pgrep -P "$pid" sleep
	child=$(pgrep -P "$pid" sleep)
	kill -9 "$pid"
	wait "$pid" || :
	until_true eval '[[ $(attached) == '"$before"' ]]' || return 1
	kill "$child"
	until_true eval '! kill -0 '"$child"
	smc-run -q true
	after=$(made)
	# The server's is there.
	[[ $after == 1 && $(find /run/smc-run -type f | wc -l) == 1 ]] && return
	echo "cgroups left: $after"
	return 1
}

left_behind() {
	status 0 smc-run sh -c 'sleep 2 & exit 0' && told '1 processes go on without smc-run' &&
		until_true eval '! pgrep -x sleep' && smc-run -q true && [[ $(made) == 1 ]]
}

# A cgroup below ours keeps it, until a later run finds it empty.
cgroup_below() {
	local dir
	status 0 smc-run -q sh -c 'd='"$cgroups"'$(cut -d: -f3 /proc/self/cgroup); mkdir "$d/below"; echo "$d"' || return
	dir=$(<"$work/said")
	[[ -d $dir && $(made) == 2 && $(find /run/smc-run -type f | wc -l) == 2 ]] || { echo "$dir is not kept" && return 1; }
	rmdir "$dir/below" && smc-run -q true && [[ $(made) == 1 && $(find /run/smc-run -type f | wc -l) == 1 ]]
}

nested() {
	status 0 smc-run smc-run --check curl -sS "$URL" && told "^smc-run: +1 $mode +to" && [[ $(made) == 1 ]]
}

# smcx brings IPPROTO_SMC to any kernel.
no_hook() {
	local why='has no IPPROTO_SMC'
	[[ ! $module ]] || why='does not have the hook update_socket_protocol'
	status 125 smc-run --method bpf true && told "no BPF: this kernel $why"
}

# ---- who loads smcx

as_nobody() {
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$@"
}

nobodys_socket() {
	as_nobody python3 -c 'import socket; socket.socket(43, socket.SOCK_STREAM)' 2>/dev/null
}

# The kernel calls it for a socket() of a family that is not there.
on_demand() {
	modprobe -q -- net-pf-43 && [[ -e /sys/module/smcx ]]
}

# Root by smc-run, and nobody by a socket, unless smcx-autoload.conf is where its head says.
loads_smcx() {
	printf 'blacklist smc\ninstall smcx /sbin/insmod %s ueid=SMCKIT.LAB\n' "$module" >/etc/modprobe.d/smckit-test.conf
	! nobodys_socket && ! as_nobody smc-run -q true 2>/dev/null && ! on_demand && [[ ! -e /sys/module/smcx ]] ||
		{ echo "loaded for anybody" && return 1; }
	status 0 smc-run -q true && [[ -e /sys/module/smcx ]] || { echo "not loaded for root's smc-run" && return 1; }
	until_true rmmod smcx || return
	cp "$TOP/kmod/smcx-autoload.conf" /etc/modprobe.d/
	on_demand || { echo "not loaded on demand" && return 1; }
	until_true rmmod smcx && rm /etc/modprobe.d/{smcx-autoload,smckit-test}.conf
}

echo hello >"$work/hello"
chmod 755 "$work"
[[ ! $module ]] || ok module__is_loaded_by_root_only loads_smcx
load_stack
ok "server__starts_under_smc_run" start_server
for name in smc children other_processes strict tcp_peer ipv6 killed_at_once static_by_preload setuid_by_preload; do
	ok "sockets__$name" "$name"
done
[[ $kernel == 6.1 ]] || ok sockets__static_by_bpf static_by_bpf
for name in exit_statuses no_users quiet as_user user_is_smc no_descriptors signal_mask forwards ignored_children timer_before \
	hang_up unprivileged; do
	ok "command__$name" "$name"
done
for name in planted_link names_are_clean clean_environment own_session; do
	ok "strangers__$name" "$name"
done
ok counts__fast_open fast_open
if [[ $kernel == 6.1 ]]; then
	ok method__bpf_is_not_there no_hook
else
	for name in pid_namespaces register_is_roots killed left_behind cgroup_below nested; do
		ok "left__$name" "$name"
	done
fi
ok server__ends_by_a_passed_on_signal end_server
server_check() {
	grep -Eq "^smc-run: +[0-9]+ $mode +from +port 127.0.0.1:$PORT \(python3\)" "$work/server.check" && return
	cat "$work/server.check"
	return 1
}
ok server__check_tells_of_its_ends server_check
is left__no_cgroup "$(made)" 0
is left__nothing_attached "$(attached)" 0
is left__nothing_registered "$(find /run/smc-run -type f)" ""
tap_end
