# SPDX-License-Identifier: GPL-2.0-or-later
# Scenarios of two VMs share this: words between them, and a transfer whose server is VM a and whose client is VM b. The words are files
# in $SMCKIT_OUT, which is one folder for both.
# shellcheck shell=bash disable=SC2034,SC2154 # used and set by the scenarios

role=${SMCKIT_ROLE-}

# begin_pair: called first by such a scenario.
begin_pair() {
	begin
	[[ $role == [ab] ]] || fail "it is for two VMs: see $SCENARIO --help"
	[[ $role == a ]] || capture=
	# Only the own end is in this VM, and packets are captured where they come in, too.
	ends=1 capture_direction=
}

# send WHAT [TEXT], hear WHAT: between the VMs.
send() {
	printf '%s\n' "${2-yes}" >"$SMCKIT_OUT/$1.part"
	mv "$SMCKIT_OUT/$1.part" "$SMCKIT_OUT/$1"
}

hear() {
	# The other VM may have got less of the machine, so it is not waited for as for the own one.
	patience=120 until_true "the other VM says: $1" test -s "$SMCKIT_OUT/$1"
}

# meet WHAT: both are there.
meet() {
	send "$1.$role"
	hear "$1.a"
	hear "$1.b"
}

# own A B: of two words the one for this VM.
own() {
	case $role in
	a) printf '%s\n' "$1" ;;
	b) printf '%s\n' "$2" ;;
	esac
}

# has_ipv6 NETDEV: duplicate address detection is over.
has_ipv6() {
	ip -6 -o address show dev "$1" scope link | grep -v tentative | grep -q inet6
}

# serve ADDRESS OPTION...: VM a's end until it is SMC-R.
serve() {
	start_server 1 smc-xfer server -f smc -b "$1" -p 0 -n 1 --ready-file READY --timeout 40 "${@:2}"
	ports[1]=$port
	send port "$port"
	expect_mode 1 smcr
	send seen.a
}

# join_server ADDRESS OPTION...: VM b's end until both are SMC-R.
join_server() {
	hear port
	start_client 1 smc "$1" "$(<"$SMCKIT_OUT/port")" "${@:2}"
	expect_mode 1 smcr
	hear seen.a
}

# leave_server: end the client; its connection is gone.
leave_server() {
	touch "$work/end.1"
	end_client 1
	smc-ctl wait --gone --port "$(<"$SMCKIT_OUT/port")" || fail "the connection stays"
	send closed
	# Until then the other VM needs this one.
	hear "done"
}
