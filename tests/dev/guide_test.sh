#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The pages of docs/guide: each block of commands works, and its output has the lines of the block below it. TAP.
#
# A block marked sh is run here, one marked "sh vm" in a VM, with the names of installed programs. The lines of a block are one script. In
# the expected lines ... stands for anything, alone on a line for any lines. A comment "before:" has what the reader has already.
#
# Usage: guide_test.sh [--vm]. With --vm it boots once, and then calls itself in the VM.
# shellcheck disable=SC2317 # functions are called through ok
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly TOP KERNEL=6.12 SYNTH=$TOP/build/tests/synth/smc-synth
export TOP SYNTH TZ=UTC

# blocks PAGE MARK FOLDER: FOLDER/N.sh, and FOLDER/N.wanted.
blocks() {
	awk -v mark="$2" -v folder="$3" '
		/^<!-- before: / { sub(/^<!-- before: /, ""); sub(/ -->$/, ""); before = before $0 "\n"; next }
		/^```/ && inside { inside = ""; next }
		/^```sh/ { inside = "sh"; ours = $0 == "```" mark; follows = ours
			if (ours) { file = folder "/" ++n; printf "%s", before >(file ".sh"); printf "" >(file ".wanted") }
			if (ours || !/vm/) before = ours ? "" : before
			next }
		/^```/ { inside = follows ? "output" : "text"; next }
		inside == "sh" && ours { print >(file ".sh") }
		inside == "output" { print >(file ".wanted") }
		!inside && NF { follows = 0 }' "$1"
}

# shows WANTED OUTPUT: the lines, in their order. The first that is not there is printed.
shows() {
	python3 - "$@" <<'PYTHON'
import re, sys

def lines(path):
    return [" ".join(line.split()) for line in open(path, errors="replace") if line.strip()]

got, at = lines(sys.argv[2]), 0
for wanted in lines(sys.argv[1]):
    if wanted == "...":
        continue
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
    while at < len(got) and not pattern.fullmatch(got[at]):
        at += 1
    if at == len(got):
        sys.exit("not in the output, or not in this order: " + wanted)
    at += 1
PYTHON
}

# tools FOLDER: the programs by their installed names.
tools() {
	mkdir -p "$1"
	ln -s "$TOP/build/tracer/smc-trace" "$TOP/build/kmod/run/smc-run" "$1"
	printf '#!/bin/sh\nPATH=%q exec "%s" "$@"\n' "$PATH" "$TOP/lab/tshark" >"$1/tshark" # with our plugin
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$TOP/build/lab/tools/smc-ctl" >"$1/smcd"
	printf '#!/bin/bash\ncase $1 in suite) exec "%s" suite --suite "%s" "${@:2}" ;; *) exec "%s" "$@" ;; esac\n' \
		"$TOP/build/replay/smc-replay" "$TOP/replay/suite" "$TOP/build/replay/smc-replay" >"$1/smc-replay"
	chmod +x "$1"/*
	PATH=$1:$PATH
}

# run_blocks PAGE MARK FOLDER: their output beside them. What a block has left running ends with it, and what it has loaded and set stays for the
# next ones of the page, as it does for a reader.
run_blocks() {
	local script
	mkdir -p "$3/cwd"
	blocks "$1" "$2" "$3"
	for script in "$3"/*.sh; do
		[[ -f $script ]] || continue
		(cd "$3/cwd" && setsid timeout -k 10 600 bash -e "$script") >"${script%.sh}.out" 2>&1 </dev/null && echo 0 >"${script%.sh}.status" || echo $? >"${script%.sh}.status"
		[[ $2 != 'sh vm' ]] || end_programs
	done
	[[ $2 != 'sh vm' ]] || unload
}

end_programs() {
	pkill -x smc-trace || :
	pkill -f http.server || :
	for _ in {1..100}; do
		! { pgrep -x smc-run || pgrep -x smc-trace; } >/dev/null || { sleep 0.2 && continue; }
		break
	done
}

# One stack excludes the other: a page begins with none.
unload() {
	ip -all netns delete
	rmmod smcx smc_diag smc 2>/dev/null || :
	! lsmod | grep -E '^smcx? '
}

# The module is where dkms would have put it.
in_vm() {
	local page folder
	folder=/lib/modules/$(uname -r)/updates
	mkdir -p "$folder" && cp "$TOP/build/kmod/$KERNEL/smcx.ko" "$folder" && depmod -a
	ip link set lo up
	tools /run/bin
	for page in "$TOP"/docs/guide/*.md; do
		run_blocks "$page" 'sh vm' "$SMCKIT_OUT/${page##*/}"
	done
}

if [[ ${1-} == in-vm ]]; then
	in_vm
	exit
fi
. "$TOP/tests/tap.sh"
chmod a+rx "$work" # tshark runs as nobody

# works FOLDER/N
works() {
	if [[ $(<"$1.status") == 0 ]] && shows "$1.wanted" "$1.out"; then
		return
	fi
	echo "status $(<"$1.status") of:" && cat "$1.sh" && tail -n 40 "$1.out"
	return 1
}

mark=sh
if [[ ${1-} == --vm ]]; then
	mark='sh vm'
	"$TOP/lab/module" "$KERNEL" "$TOP/kmod" "$TOP/build/kmod/$KERNEL" >/dev/null
	mkdir "$work/out"
	ok guide__vm "$TOP/lab/vm" --out "$work/out" --timeout 2400 "$KERNEL" -- "${BASH_SOURCE[0]}" in-vm
else
	tools "$work/bin"
	for page in "$TOP"/docs/guide/*.md; do
		run_blocks "$page" sh "$work/out/${page##*/}"
	done
fi
count=0
for script in "$work"/out/*/*.sh; do
	count=$((count + 1))
	name=${script#"$work/out/"}
	ok "${name/.md\//__block_}" works "${script%.sh}"
done
ok guide__has_commands test "$count" -ge 4
if [[ $mark == sh ]]; then
	for page in "$TOP"/docs/guide/*.md; do
		[[ ${page##*/} != README.md ]] || continue
		ok "${page##*/}__has_commands" grep -q '^```sh' "$page"
		ok "${page##*/}__is_in_the_index" grep -qF "(${page##*/})" "$TOP/docs/guide/README.md"
		ok "${page##*/}__fits_two_screens" test "$(wc -l <"$page")" -le 100
	done
	printf 'one\n\n  two 2\nthree\n' >"$work/got"
	ok shows__gaps shows <(printf 'o...\n...\nthree\n') "$work/got"
	ok shows__what_is_missing eval '! shows <(echo four) "$work/got" 2>/dev/null'
	ok shows__another_order eval '! shows <(printf "three\ntwo 2\n") "$work/got" 2>/dev/null'
fi
tap_end
