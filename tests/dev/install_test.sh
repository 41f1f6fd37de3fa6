#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The files of cmake --install and their places: the plugin where this machine's tshark looks, smc-trace,
# man pages, completion. TAP.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP
. "$TOP/tests/tap.sh"
. "$TOP/lab/lib/tshark.sh"
. "$TOP/lab/lib/sources.sh"
root=$work/root
version=$(sed -n 's/^project(smckit VERSION \([0-9.]*\).*/\1/p' "$TOP/CMakeLists.txt")

# has COMMAND...: lists the installed files when it fails.
has() {
	"$@" && return
	(cd "$root" && find . -type f)
	return 1
}

DESTDIR=$root cmake --install "$TOP/build" >/dev/null
# tshark names its own folders; the global one for this version is where plugins go.
plugins=$(tshark -G folders 2>/dev/null | sed -n 's/^Global Plugins:[[:space:]]*//p')

ok "the plugin is where tshark looks" has test -f "$root$plugins/epan/smcx.so"
ok "it is a shared object" has grep -q ELF <(head -c 4 "$root$plugins/epan/smcx.so")
ok "the man page is in section 7" has test -f "$root/usr/local/share/man/man7/smcx.7"
ok "smc-trace is installed" has "$root/usr/local/bin/smc-trace" --version
ok "its man page is in section 8" has test -f "$root/usr/local/share/man/man8/smc-trace.8"
ok "smc-replay is installed" has "$root/usr/local/bin/smc-replay" --version
ok "its man page is in section 8" has test -f "$root/usr/local/share/man/man8/smc-replay.8"
is "its suite is whole" "$(cd "$root/usr/local/share/smckit/suite" && find . -type f | sort)" \
	"$(cd "$TOP/replay/suite" && find . -type f | sort)"
ok "smc-run is installed" has "$root/usr/local/bin/smc-run" --version
ok "its man page is in section 8" has test -f "$root/usr/local/share/man/man8/smc-run.8"
ok "its library is where it looks" has test -f "$root/$(strings "$root/usr/local/bin/smc-run" |
	sed -n 's,^\(/.*/smc-run-preload.so\)$,\1,p')"
completion=$root/usr/local/share/bash-completion/completions/smc-trace
ok "its completion is where bash-completion looks" has test -f "$completion"
# shellcheck disable=SC2016 # for the bash inside
is "it completes commands and values of options" "$(bash -c '. "$1"
	for line in "re" "--kinds = clc,l" "--color = never st"; do
		read -ra COMP_WORDS <<<"smc-trace $line"
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_smc_trace && echo "${COMPREPLY[*]}"
	done' bash "$completion" | paste -sd '|')" "read report|clc,llc clc,life|stats"
ok "smcx's man page is in section 4" has test -f "$root/usr/local/share/man/man4/smcx.4"
for page in man4/smcx.4 man7/smcx.7 man8/smc-trace.8 man8/smc-replay.8 man8/smc-run.8; do
	if command -v man >/dev/null; then
		is "man has no warning for $page" \
			"$(man --warnings -l "$root/usr/local/share/man/$page" 2>&1 >/dev/null)" ""
	else
		skip "man has no warning for $page" "man is missing: install man-db"
	fi
done
# One number for all: that of CMakeLists.txt. What the module's own build takes by itself has it as a copy.
for program in smc-trace smc-replay smc-run; do
	is "the version of $program" "$("$root/usr/local/bin/$program" --version)" "$program $version"
done
is "the version of the extcap" "$("$root/usr/local/bin/smc-trace" --extcap-interfaces | sed -n 's/^extcap {version=\([^}]*\)}.*/\1/p')" "$version"
make_home "$work/home" "$root$plugins/epan/smcx.so"
chmod a+rx "$work"
is "the version of the plugin" "$(in_home "$work/home" tshark -G plugins 2>/dev/null | awk '$1 == "smcx.so" { print $2 }')" "$version"
is "the version in the man pages" "$(sed -n 's/^\.TH [^"]* "[0-9]*-[0-9]*-[0-9]*" "smckit \([^"]*\)" .*/\1/p' "$root"/usr/local/share/man/man?/* |
	paste -sd ' ')" "$version $version $version $version $version"
is "the date in a man page" "$(sed -n 's/^\.TH [^"]*"\([^"]*\)" .*/\1/p' "$root/usr/local/share/man/man4/smcx.4")" \
	"$(git -C "$TOP" log -1 --format=%cs -- kmod/smcx.4 2>/dev/null | grep . || date -u -r "$TOP/kmod/smcx.4" +%F)"
is "the sources that dkms builds are all of one version" "$(
	cd "$root/usr/src" && kernel_source_dir='' && . smcx-*/dkms.conf
	echo "$(echo *) $PACKAGE_VERSION"
)" "smcx-$version $version"
# The module's own build has it from there, and from dkms.conf where the module's sources are alone.
for folder in "$TOP/kmod" "$root/usr/src/smcx-$version"; do
	is "the version that ${folder#"$root"} builds" "$(make -pn -C "$folder" KDIR=/nowhere OUT="$work/module" 2>/dev/null |
		sed -n 's/^version := //p')" "$version"
done
is "the version of the package" "$(sed -n '1s/^smckit (\([0-9.]*\).*/\1/p' "$TOP/debian/changelog")" "$version"
is "no other file has the version" "$(cd "$TOP" && source_files | grep -vE '^(tests|replay/suite)/|\.pcapng$' | LC_ALL=C sort | xargs -d '\n' grep -lFw -e "$version" 2>/dev/null | paste -sd ' ')" \
	"CHANGELOG.md CMakeLists.txt debian/changelog"
ok "nothing else is installed" has test "$(find "$root" -type f -not -path "*/share/smckit/*" \
	-not -path "*/src/smcx-*" | wc -l)" -eq 12
ok "the unit starts what is installed" grep -q "^ExecStart=/usr/local/bin/smc-trace " "$root/usr/local/lib/systemd/system/smc-trace.service"
ok "nothing loads smcx on demand" test ! -e "$root/etc/modprobe.d"
ok "what does is there to be copied" has test -f "$root/usr/local/share/smckit/smcx-autoload.conf"
tap_end
