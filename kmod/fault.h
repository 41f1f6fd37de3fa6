/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults on demand: knobs in /sys/kernel/debug/smcx/fault/. Kinds: F fails a
 * step of our own, B breaks a rule of the protocol towards the peer, T takes its
 * time where a thread may lose the processor. They are for tests: nothing is left of them unless
 * the module is built with SMCX_FAULTS=y, which lab/module does.
 */
#ifndef SMCX_FAULT_H
#define SMCX_FAULT_H

#include <linux/jump_label.h>

/* X(name, kind, "statement that it is about", "what it does"); see proto/rules.def for statements
 */
#define SMCX_FAULT_LIST(X)                                                                         \
	X(dmb_alloc, F, "SRV-22", "no memory for a DMB")                                           \
	X(dmb_register, F, "SRV-20", "the device has no DMB left")                                 \
	X(dmb_attach, F, "ISM-09", "attaching to the peer's DMB fails")                            \
	X(lgr_create, F, "", "no memory for a link group")                                         \
	X(lgr_join, F, "", "no link group to join is found")                                       \
	X(clc_send, F, "", "sending a CLC message fails")                                          \
	X(clc_recv, F, "", "receiving a CLC message fails")                                        \
	X(clc_timeout, F, "CLC-19", "waiting for a CLC message times out at once")                 \
	X(hs_alloc, F, "", "no memory for the handshake")                                          \
	X(child_alloc, F, "", "no memory for an accepted socket")                                  \
	X(no_option, F, "OPT-01", "connect(), listen(): the TCP option is not sent")               \
	X(no_eid, F, "SRV-09", "no EID in common")                                                 \
	X(tx_stall, F, "", "send space counts as used up, once a call")                            \
	X(rx_stall, F, "", "received data is not seen, once a call")                               \
	X(conn_abort, F, "CDC-28", "a connection is aborted in sendmsg()")                         \
	X(clc_eyecatcher, B, "CLC-01", "CLC: leading eyecatcher is wrong")                         \
	X(clc_trailer, B, "CLC-01", "CLC: trailing eyecatcher is wrong")                           \
	X(clc_length, B, "CLC-01", "CLC: length is one too great")                                 \
	X(clc_short, B, "CLC-01", "CLC: length is that of the header")                             \
	X(clc_type, B, "CLC-01", "CLC: type 9")                                                    \
	X(clc_version, B, "CLC-01", "CLC: version 0")                                              \
	X(clc_split, B, "CLC-12", "CLC: sent byte by byte (allowed, but rare)")                    \
	X(clc_garbage, B, "CLC-22", "CLC: a byte too many after the message")                      \
	X(prop_no_d, B, "PRP-18", "Proposal: SMC-Dv2 not offered, its extension sent")             \
	X(prop_eid_count, B, "PRP-17", "Proposal: more EIDs counted than sent")                    \
	X(prop_gid_single, B, "PRP-24", "Proposal: the second GID entry is missing")               \
	X(prop_chid, B, "PRP-24", "Proposal: CHIDs of the two GID entries differ")                 \
	X(acc_gid, B, "ISM-05", "Accept, Confirm: a GID that is not ours")                         \
	X(acc_chid, B, "ISM-05", "Accept, Confirm: a CHID that was not proposed")                  \
	X(acc_token, B, "ISM-07", "Accept, Confirm: a token that names no DMB")                    \
	X(acc_index, B, "ACC-03", "Accept, Confirm: DMBE index 1")                                 \
	X(acc_eid, B, "SRV-09", "Accept, Confirm: an EID that was not proposed")                   \
	X(acc_first, B, "ACC-09", "Accept: first contact the wrong way round")                     \
	X(cdc_type, B, "ISM-01", "CDC: wrong type")                                                \
	X(cdc_prod_over, B, "CDC-06", "CDC: producer cursor beyond the buffer")                    \
	X(cdc_prod_back, B, "CDC-13", "CDC: producer cursor goes back")                            \
	X(cdc_wrap, B, "CDC-13", "CDC: producer wrap counter skips two")                           \
	X(cdc_cons_over, B, "CDC-06", "CDC: consumer cursor beyond the buffer")                    \
	X(cdc_flags, B, "ISM-01", "CDC: reserved flags set")                                       \
	X(cdc_twice, B, "", "CDC: message sent twice (allowed)")                                   \
	X(cdc_abort, B, "CDC-20", "CDC: abort out of the blue")                                    \
	X(hs_hold, T, "", "a server keeps TCP's lock for a while after its Accept")                \
	X(group_busy, T, "", "a server finds its link group being made by somebody else")

enum smcx_fault {
#define SMCX_X_ENUM(name, kind, statement, text) SMCX_FAULT_##name,
	SMCX_FAULT_LIST(SMCX_X_ENUM)
#undef SMCX_X_ENUM
		SMCX_FAULT_COUNT
};

struct sock;

#ifdef SMCX_FAULTS_BUILT

DECLARE_STATIC_KEY_FALSE(smcx_faults_on);
extern bool smcx_faults_wrong; /* any knob but those of kind T is set */

bool smcx_fault_hit(enum smcx_fault fault, const struct sock *sk);

/**
 * smcx_fault() - is this the time for a fault?
 * @name: of SMCX_FAULT_LIST
 * @sk: the socket it would happen to, or NULL
 *
 * A no-op in the code while no knob is set. Each hit is counted and traced.
 */
#define smcx_fault(name, sk)                                                                       \
	(static_branch_unlikely(&smcx_faults_on) && smcx_fault_hit(SMCX_FAULT_##name, sk))

/* Is any knob set that makes something go wrong? */
static inline bool smcx_faults(void)
{
	return static_branch_unlikely(&smcx_faults_on) && READ_ONCE(smcx_faults_wrong);
}

int smcx_fault_init(void);
void smcx_fault_exit(void);

#else /* without knobs */

#define smcx_fault(name, sk) ((void)SMCX_FAULT_##name, (void)(sk), false)

static inline bool smcx_faults(void)
{
	return false;
}

static inline int smcx_fault_init(void)
{
	return 0;
}

static inline void smcx_fault_exit(void)
{
}

#endif

#endif
