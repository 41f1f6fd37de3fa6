#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bare Debian 12: the packages of another version are installed from a folder, upgraded to ours, used, and purged; nothing is left.
# The programs of the man pages' first examples run in there, in a VM with that Debian's own kernel and the module that dkms has built in it.
#
#	mmdebstrap -> a root + tools that examples use -> old packages -> ours -> VM: modprobe smcx, examples -> purge
#
# Usage: install_test.sh [--no-vm]   TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/tests/package/lib.sh"
need dpkg-scanpackages dpkg-dev
ready_packages
base_debian
root=$work/debian

# apt ARGUMENT...: in there.
apt() {
	in_root "$root" apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >>"$work/apt.log" 2>&1 </dev/null || {
		tail -n 30 "$work/apt.log"
		return 1
	}
}

# offer FOLDER: as the only repository of ours.
offer() {
	ln -sfn "$1" "$root/srv/smckit/current"
	printf 'deb [trusted=yes] file:/srv/smckit/current ./\n' >"$root/etc/apt/sources.list.d/smckit.list"
	apt update
}

# files: all of the Debian with their contents, but for what apt and dpkg keep of any package.
files() {
	(cd "$root" && find . \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./srv -o -path ./tmp -o -path ./run \
		-o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./etc/apt \) -prune -o \
		\( -type f -fprint0 "$work/regular" -o -printf '%p %y %l\n' \) && xargs -0 md5sum <"$work/regular" | sed 's/^\([^ ]*\)  \(.*\)/\2 \1/') |
		grep -vE '^\./(etc/ld\.so\.cache|lib/modules/[^/]*/modules\..*|usr/lib/modules/[^/]*/modules\..*) ' | sort
}

# installed: versions of our packages.
versions() {
	in_root "$root" dpkg-query -W -f '${Version}\n' "${PACKAGES[@]}" | sort | uniq -c | xargs
}

# example PAGE: the commands of its first example, as they stand there. It reads on to the end: a page that is cut short ends zcat.
example() {
	zcat "$root/usr/share/man/$1.gz" | awk '
		shown { next }
		/^\.SH/ { inside = $2 == "EXAMPLES"; next }
		!inside { next }
		/^\.(nf|EX)$/ { block = 1; next }
		/^\.(fi|EE)$/ { shown = 1; next }
		block { print; next }
		/^\.B / && !block { sub(/^\.B /, ""); print; shown = 1 }' | sed "s/\\\\-/-/g; s/\\\\(aq/'/g"
}

# is_off: nobody has asked for the service.
is_off() {
	[[ -f $root/lib/systemd/system/smc-trace.service ]] &&
		! find "$root/etc/systemd" -name 'smc-trace*' | grep .
}

# ---- install, upgrade ----

ok old__packages_build old_packages
note "the packages of before: $old_is"
make_root "$root"
repository "$root/srv/smckit/old" "$old"/*.deb
repository "$root/srv/smckit/new" "$debs"/*.deb
offer old
# What they depend on, and what the examples run, is no file of ours.
ok tools__install apt install linux-headers-amd64 nginx-light curl tshark dkms libbpf1 libcap2 libibverbs1 libjansson4 libmnl0 libpcap0.8 libseccomp2 kmod
files >"$work/before"
ok old__install apt install smckit smcx-dkms
is old__versions "$(versions)" "${#PACKAGES[@]} 0.1.99"
is old__dkms_status "$(in_root "$root" dkms status | sed 's/, [^,]*-amd64, [^:]*:/:/')" "smcx/0.1.99: installed"
# An administrator has changed a setting, and the service has written.
echo 'SMC_TRACE_FILES=3' >>"$root/etc/default/smc-trace"
setting=$(cksum <"$root/etc/default/smc-trace")
mkdir "$root/var/lib/smc-trace" && echo >"$root/var/lib/smc-trace/smc.pcapng0"
ok old__service_is_off is_off
offer new
ok new__upgrade apt install smckit smcx-dkms
version=$(dpkg-parsechangelog -l "$TOP/debian/changelog" -S Version)
is new__versions "$(versions)" "${#PACKAGES[@]} $version"
is new__dkms_status "$(in_root "$root" dkms status | sed 's/, [^,]*-amd64, [^:]*:/:/')" "smcx/$version: installed"
note "$(in_root "$root" dkms status)"
# of_modules FIELD: of both, as modinfo has it.
of_modules() {
	# shellcheck disable=SC2016 # for the shell in there
	in_root "$root" sh -c 'for module in smcx smcx_rdma; do modinfo -k "$(ls /lib/modules)" -F "$0" $module || echo "no $module"; done' "$1" | paste -sd ' '
}
is new__modules_are_built "$(of_modules version)" "$version $version"
is new__modules_have_no_alias "$(of_modules alias)" ""
is new__setting_is_kept "$(cksum <"$root/etc/default/smc-trace")" "$setting"
ok new__service_is_off is_off
is new__modprobe_loads_nothing "$(grep -rl smcx "$root"/etc/modprobe.d "$root"/lib/modprobe.d "$root"/etc/modules-load.d "$root"/lib/modules-load.d 2>/dev/null || :)" ""

# ---- use ----

ok plugin__wireshark_lists_it grep -E "^smcx\.so[[:space:]]+$version" <(in_root "$root" tshark -G plugins 2>/dev/null)
mkdir "$root/tmp/captures"
cp "$TOP"/captures/{smcr-http,fallback-prefix,fallback-v1-no-device}.pcapng "$root/tmp/captures"
ok plugin__decodes grep -F 'GET /file.txt' <(in_root "$root" tshark -r /tmp/captures/smcr-http.pcapng -Y http 2>/dev/null)
ok plugin__has_a_profile grep -F CDC <(in_root "$root" env HOME=/tmp tshark -C SMC -r /tmp/captures/smcr-http.pcapng -Y smcx 2>&1)
ok extcap__tshark_lists_it grep -E '^[0-9]+\. smc( |$)' <(in_root "$root" tshark -D 2>/dev/null)
# shellcheck disable=SC2016 # for the bash in there
ok completion__loads in_root "$root" bash -c '. /usr/share/bash-completion/completions/smc-trace && complete -p smc-trace'
for page in man8/smc-trace.8 man8/smc-replay.8 man8/smc-run.8 man7/smcx.7 man4/smcx.4; do
	ok "${page#*/}__has_an_example" test "$(example "$page")"
	ok "${page#*/}__has_version_and_date" grep -E "^\.TH .* \"20[0-9]{2}-[0-9]{2}-[0-9]{2}\" \"smckit $version\"" <(zcat "$root/usr/share/man/$page.gz")
done

kernel=$(in_root "$root" sh -c 'ls /lib/modules')
if [[ ${1-} == --no-vm || $("$LAB/kernel" 6.1 >/dev/null 2>&1 && cat "$("$LAB/kernel" 6.1)/release") != "$kernel" ]]; then
	skip examples__run "the lab's kernel 6.1 is not $kernel, for which the module was built"
else
	for page in man4/smcx.4 man8/smc-run.8 man8/smc-trace.8 man8/smc-replay.8 man7/smcx.7; do
		example "$page" >"$root/tmp/${page##*/}"
	done
	mkdir "$work/out"
	"$LAB/vm" --out "$work/out" --timeout 1200 6.1 -- bash "$TOP/tests/package/examples.sh" "$root" >"$work/out/vm" 2>&1 || note "$(tail -n 30 "$work/out/vm")"
	# says NAME PATTERN: of what the example in the VM has printed.
	says() {
		grep -E -e "$2" "$work/out/$1" || { cat "$work/out/$1" && return 1; }
	}
	ok smcx__is_loaded says modules '^smcx '
	ok smc-run__example says smc-run.8 'SMC-D +to +port 127\.0\.0\.1:80 \(curl\)'
	ok smc-trace__example says smc-trace.8 'SMC-D Proposal'
	ok smc-trace__example_observes says smc-trace.8 '^smc-trace: observed: .*CLC'
	ok smc-replay__example says smc-replay.8 '^ok 1 - '
	ok smcx.7__example says smcx.7 'IP prefixes do not match'
fi

# ---- purge ----

ok remove__works apt remove "${PACKAGES[@]}"
is remove__keeps_the_setting "$(cksum <"$root/etc/default/smc-trace")" "$setting"
ok remove__keeps_the_traces test -f "$root/var/lib/smc-trace/smc.pcapng0"
is remove__dkms_forgets "$(in_root "$root" dkms status)" ""
ok purge__works apt purge "${PACKAGES[@]}"
files >"$work/after"
is purge__leaves_nothing "$(diff "$work/before" "$work/after" | grep '^[<>]' | head -n 20)" ""
tap_end
