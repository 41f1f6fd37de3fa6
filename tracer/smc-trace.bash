# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of smc-trace's command line for bash. The typed words are data: it is compared, and given to
# compgen as the prefix, and nothing of it is ever expanded (compgen -W and -d would do that with their
# first argument, eval with all).

# _smc_trace_command: the first word that is neither an option nor an option's value.
_smc_trace_command() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-[wCGWcso] | --write | --output | --format | --drift | --count | --color | --metrics | --by | --sort | --kinds | --port | \
			--host | --pid | --cgroup | --netns | --snaplen | --control-ring | --cdc-ring)
			# --kinds=clc is three words to readline, --kinds clc two
			[[ ${COMP_WORDS[i + 1]-} != = ]] || ((++i))
			((++i))
			;;
		-*) ;;
		*) printf '%s\n' "${COMP_WORDS[i]}" && return ;;
		esac
	done
}

# _smc_trace_files ACTION WORD: of files (-f) or folders (-d).
_smc_trace_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# _smc_trace_words PREFIX CHOICE...: those that begin with it.
_smc_trace_words() {
	local prefix=$1 choice
	shift
	COMPREPLY=()
	for choice; do
		[[ $choice != "$prefix"* ]] || COMPREPLY+=("$choice")
	done
}

# _smc_trace_kinds WORD: the last of what commas separate is completed.
_smc_trace_kinds() {
	local before= kind
	local -a choices=()
	[[ $1 != *,* ]] || before=${1%,*},
	for kind in clc llc cdc life; do
		choices+=("$before$kind")
	done
	_smc_trace_words "$1" "${choices[@]}"
}

_smc_trace_pids() {
	local -a folders=(/proc/[0-9]*)
	_smc_trace_words "$1" "${folders[@]##*/}"
}

# _smc_trace_value OPTION WORD: false if OPTION takes no value.
_smc_trace_value() {
	case $1 in
	-w | --write | -o | --output | --metrics | --netns) _smc_trace_files -f "$2" ;;
	--cgroup) _smc_trace_files -d "${2:-/sys/fs/cgroup/}" ;;
	--color) _smc_trace_words "$2" auto always never ;;
	--format) _smc_trace_words "$2" html perfetto ;;
	--by) _smc_trace_words "$2" process service cgroup peer ;;
	--sort) _smc_trace_words "$2" bytes connections latency blocked ;;
	--kinds) _smc_trace_kinds "$2" ;;
	--pid) _smc_trace_pids "$2" ;;
	-[CGWcs] | --drift | --count | --port | --host | --snaplen | --control-ring | --cdc-ring) ;;
	*) return 1 ;;
	esac
}

_smc_trace() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local -a options=(--write --output --format --count --json --hex --quiet --color --metrics --by --sort --kinds --port
		--host --pid --cgroup --netns --snaplen --aggregate --wait --strict --drift --control-ring --cdc-ring
		--verbose --help --usage --version -w -C -G -W -o -c -x -q -s -v -V)

	COMPREPLY=()
	if [[ $word == = ]]; then
		word=
	elif [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_smc_trace_value "$previous" "$word" && return
	if [[ $word == -* ]]; then
		_smc_trace_words "$word" "${options[@]}"
		return
	fi
	case $(_smc_trace_command) in
	'') _smc_trace_words "$word" capture top conns read stats why report merge doctor ;;
	conns | read | stats | why | report | merge) _smc_trace_files -f "$word" ;;
	esac
}

complete -F _smc_trace smc-trace
