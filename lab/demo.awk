# SPDX-License-Identifier: GPL-2.0-or-later
# lab/demo: frames as tab-separated columns to lines that a person reads. mode is ladder or facts.
# Columns: see lab/demo.

function digit(c) {
	return index("0123456789abcdef", c) - 1
}

# The text of hexadecimal bytes, if it is text.
function text(hex,    i, code, out) {
	for (i = 1; i < length(hex) && i < 100; i += 2) {
		code = digit(substr(hex, i, 1)) * 16 + digit(substr(hex, i + 1, 1))
		if (code < 32 || code > 126)
			return ""
		out = out sprintf("%c", code)
	}
	return hex == "" ? "" : " \"" out (i < length(hex) ? "..." : "") "\""
}

function line(colour, arrow, what) {
	if (++lines <= max || !max)
		printf "  %8.1f ms  %s%s%s  %s\n", time * 1000, colour, arrow, p, what
}

function arrow(double) {
	return from_client ? (double ? "==>" : "-->") : (double ? "<==" : "<--")
}

BEGIN {
	operation["10"] = operation["6"] = 1 # RDMA write only, first
}

{
	time = $1
	source = $2 $3
	if ($5 != "" && $5 + 0 && !($6 + 0) && client == "") {
		client = source
		client_port = $4
		begin = time
	}
	if ($5 + 0 && $6 + 0 && server == "")
		server = source
	from_client = $4 != "" && server == client ? $4 == client_port : source == client
	is_smc = $10 ~ /^SMC/
	if (!is_smc && $8 + 0)
		tcp_bytes += $8
	if ($13 != "")
		rdma_bytes += $13
	if (is_smc && $4 != "")
		clc_bytes += $8
	if ($11 ~ /Confirm v/)
		confirmed = $11
	if ($11 ~ /Accept v/)
		accepted = $11
	if ($11 ~ /Decline/)
		declined = $11
	if ($11 ~ /Proposal/)
		proposed = 1
	if (confirmed != "" && ready == "" && ($11 ~ /ADD_LINK.*response|ADD_LINK.*rejected/ || confirmed ~ /SMC-D/))
		ready = time
	if (is_smc && $4 == "")
		rdma_messages++
}

mode == "ladder" {
	if ($5 + 0)
		line(d, arrow(0), "TCP SYN" ($6 + 0 ? "-ACK" : "") ($11 ~ /SMC/ ? ", with the SMC option" : ""))
	else if (is_smc)
		line($4 != "" ? c : y, arrow(0), $11)
	else if ($13 != "")
		line(g, arrow(1), "RDMA write, " $13 " bytes" text(substr($12, 1, 2 * $13)))
	else if ($8 + 0)
		line(g, arrow(1), "TCP, " $8 " bytes" text($12))
}

END {
	if (mode == "ladder" && max && lines > max)
		printf "  %s... and %d more%s\n", d, lines - max, p
	if (mode != "facts")
		exit
	printf "  %-16s %s (client) to %s (server)\n", "who", client, server
	how = declined != "" ? "TCP" : confirmed ~ /SMC-R/ ? "SMC-R" : confirmed ~ /SMC-D/ ? "SMC-D" : "TCP"
	printf "  %-16s %s%s%s%s\n", "runs as", b, how, p, declined != "" ? ", for: " declined : ""
	if (ready != "")
		printf "  %-16s %.1f ms, SYN to ready\n", "handshake", (ready - begin) * 1000
	sub(/.*first contact, /, "", accepted)
	sub(/.*first contact, /, "", confirmed)
	if (accepted != "") {
		printf "  %-16s %s\n", "server's buffer", accepted
		printf "  %-16s %s\n", "client's buffer", confirmed
	}
	printf "  %-16s %d by RDMA, %d by TCP, and %d of handshake\n", "bytes seen", rdma_bytes,
		tcp_bytes, clc_bytes
	if (how == "SMC-D")
		printf "  %-16s %s\n", "", "the data went through shared memory: it is in no packet"
}
