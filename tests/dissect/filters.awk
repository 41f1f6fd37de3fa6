# SPDX-License-Identifier: GPL-2.0-or-later
# Do the names of Wireshark's own dissector find the same with the plugin as without it?
#
#	awk -f filters.awk -v capture=NAME NAMES KNOWN BUILTIN PLUGIN
#
# NAMES has a name a line. KNOWN has what differs for a reason, tabs between: names and captures as
# regular expressions, "frames" or "values", the reason. BUILTIN and PLUGIN are of "tshark -T fields
# -E quote=d -E separator=/t": the number of the frame, a column a name, and in PLUGIN a column a
# fault. Prints what differs without a reason, and the rows of KNOWN that were needed.

BEGIN { FS = "\t" }

FNR == 1 { file++ }

file == 1 { name[++names] = $1; next }

file == 2 {
	if ($0 !~ /^#/ && $0 != "") {
		known++
		known_name[known] = "^(" $1 ")$"
		known_capture[known] = "^(" $2 ")$"
		known_what[known] = $3
	}
	next
}

file == 3 {
	frame[++frames] = $1
	for (i = 1; i <= names; i++)
		builtin[frames, i] = $(i + 1)
	next
}

{
	for (i = 1; i <= names; i++)
		plugin[$1, i] = $(i + 1)
	for (i = names + 2; i <= NF; i++)
		fault[$1] = fault[$1] $i
}

# The same value in the form of another display base.
function value(text) {
	if (text ~ /^0x[0-9a-f]+$/) {
		text = substr(text, 3)
		sub(/^0+/, "", text)
		return length(text) > 8 ? "0x" text : hex(text)
	}
	return text == "True" ? 1 : text == "False" ? 0 : text
}

function hex(digits, i, n) {
	for (i = 1; i <= length(digits); i++)
		n = n * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
	return n + 0
}

# The first value of the built-in that the plugin has not, or nothing.
function missing(theirs, ours, i, n, part, has) {
	gsub(/"/, "", theirs)
	gsub(/"/, "", ours)
	n = split(ours, part, ",")
	for (i = 1; i <= n; i++)
		has[value(part[i])] = 1
	n = split(theirs, part, ",")
	for (i = 1; i <= n; i++)
		if (!(value(part[i]) in has))
			return part[i] == "" ? "(empty)" : part[i]
	return ""
}

function is_known(what, of, k) {
	for (k = 1; k <= known; k++)
		if (known_what[k] == what && of ~ known_name[k] && capture ~ known_capture[k]) {
			needed[k] = 1
			return 1
		}
	return 0
}

function complain(what, of, text) {
	if (!is_known(what, of))
		printf "%s: %s\n", capture, text
}

END {
	for (f = 1; f <= frames; f++)
		for (i = 1; i <= names; i++) {
			if (builtin[f, i] == "")
				continue
			at = frame[f]
			if (plugin[at, i] == "") {
				# The built-in reads fields that are not there in a message that is wrong.
				if (fault[at] == "" || name[i] == "smc")
					complain("frames", name[i], "frame " at ": no " name[i])
			} else if (fault[at] == "" && (bad = missing(builtin[f, i], plugin[at, i])) != "")
				complain("values", name[i], "frame " at ": no " name[i] " == " bad)
		}
	for (k in needed)
		printf "needed %d\n", k
}
