# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of smc-trace's command line for bash.

# _smc_trace_command: the first word that is neither an option nor an option's value.
_smc_trace_command() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-[wCGWcs] | --write | --count | --color | --metrics | --kinds | --port | --host | \
			--pid | --cgroup | --netns | --snaplen | --control-ring | --cdc-ring)
			# --kinds=clc is three words to readline, --kinds clc two
			[[ ${COMP_WORDS[i + 1]-} != = ]] || ((++i))
			((++i))
			;;
		-*) ;;
		*) echo "${COMP_WORDS[i]}" && return ;;
		esac
	done
}

_smc_trace_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "${1:--f}" -- "$2")
}

_smc_trace_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# _smc_trace_value OPTION WORD: false if OPTION takes no value.
_smc_trace_value() {
	local before=
	case $1 in
	-w | --write | --metrics | --netns) _smc_trace_files -f "$2" ;;
	--cgroup) _smc_trace_files -d "${2:-/sys/fs/cgroup/}" ;;
	--color) _smc_trace_words "auto always never" "$2" ;;
	--kinds)
		[[ $2 != *,* ]] || before=${2%,*},
		_smc_trace_words "${before}clc ${before}llc ${before}cdc ${before}life" "$2"
		;;
	--pid) _smc_trace_words "$(cd /proc && echo [0-9]*)" "$2" ;;
	-[CGWcs] | --count | --port | --host | --snaplen | --control-ring | --cdc-ring) ;;
	*) return 1 ;;
	esac
}

_smc_trace() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local options="--write --count --json --hex --quiet --color --metrics --kinds --port --host
		--pid --cgroup --netns --snaplen --aggregate --wait --strict --control-ring --cdc-ring --verbose
		--help --usage --version -w -C -G -W -c -x -q -s -v -V"

	COMPREPLY=()
	if [[ $word == = ]]; then
		word=
	elif [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_smc_trace_value "$previous" "$word" && return
	if [[ $word == -* ]]; then
		_smc_trace_words "$options" "$word"
		return
	fi
	case $(_smc_trace_command) in
	'') _smc_trace_words "capture top read stats why doctor" "$word" ;;
	read | stats | why) _smc_trace_files -f "$word" ;;
	esac
}

complete -F _smc_trace smc-trace
