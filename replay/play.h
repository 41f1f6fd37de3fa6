/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case is played: one end is ours, the other is the stack under test. */
#ifndef SMCKIT_REPLAY_PLAY_H
#define SMCKIT_REPLAY_PLAY_H

#include "bind.h"
#include "peer.h"

/* Protocol timers in ms (RFC 7609 and Linux); waiting for an event is limited by them. */
#define PLAY_CLC_MS 6000     /* for a CLC message */
#define PLAY_RESULT_MS 12000 /* connect() may wait for two of them */
#define PLAY_NONE_MS 7000    /* accept() may have to wait for one of them, to see it fail */
#define PLAY_ENDED_MS 500    /* the same, when the peer has seen the end already */
#define PLAY_DIAG_MS 2000

#define PLAY_TEXT_MAX 8192
#define PLAY_SEEN_MAX 16384
#define PLAY_MAP_MAX 4096
#define PLAY_LOG_MAX 8192
#define PLAY_NOTES_MAX 1024

/* Properties that a host may be known to have; N(NAME, word in `needs`) */
#define PLAY_NEEDS(N)                                                                              \
	N(APP, app)		    /* the application's end is on this host */                    \
	N(PROPOSAL, proposal)	    /* the stack sends a Proposal */                               \
	N(NO_PROPOSAL, no_proposal) /* it declines at once */                                      \
	N(ISM, ism)		    /* it offers SMC-Dv2 */                                        \
	N(NO_ISM, no_ism)                                                                          \
	N(NO_ISM_DEVICE, no_ism_device) /* it has none, offered or not */                          \
	N(RDMA, rdma)			/* it offers SMC-Rv2 */                                    \
	N(NO_RDMA, no_rdma)                                                                        \
	N(RELEASE_1, release_1) /* its Proposal says version 2.1 */                                \
	N(IPV4, ipv4)		/* the address is one of IPv4 */                                   \
	N(IPV6, ipv6)                                                                              \
	N(SECOND_GID, second_gid) /* the second link has an address of its own */                  \
	N(SECOND_DEVICE,                                                                           \
	  second_device) /* that address is of another device; the stack has two, too */           \
	N(VIRTUAL, virtual_buffers) /* buffers of SMC-R need not be contiguous: smcr_buf_type */   \
	N(ONE_DEVICE, one_device)   /* ... is of the same device, or there is none */              \
	N(PORT, port) /* the port of the stack's address has a cable that can be pulled: port.h */ \
	N(SLOW, slow) /* there is time for what takes minutes */                                   \
	N(GROUP, group)	    /* the link group of the case before, which has passed */              \
	N(ALONE, alone)	    /* with --jobs: while it is played no other case is */                 \
	N(TURN, turn)	    /* with --jobs: of the cases that need it, one is played at a time */  \
	N(DMB, dmb)	    /* our end can have a DMB on the device of the stack */                \
	N(NET_SMC, net_smc) /* the stack is that of the kernel's tree */                           \
	N(V1, v1)	    /* it proposes version 1 alone, or answers so: Linux does not */

enum play_need {
#define PLAY_NEED_ENUM(name, word) NEED_##name,
	PLAY_NEEDS(PLAY_NEED_ENUM)
#undef PLAY_NEED_ENUM
		NEED_COUNT
};

struct port;
struct host;
struct leaks;
struct rdma;
struct smcd;

struct setup {
	const struct tap *tap;
	union address address; /* of the stack; a port of 0 is the application's to choose */
	union address ours;    /* of the end that is played */
	union address second;  /* of its second link: the same, or another one */
	bool remote;	       /* no application end on this host */
	double time_scale;
	int klog;     /* -1: not to be read */
	bool survive; /* the stack may answer what it likes, as long as it stands: see survive.h */
	bool have[NEED_COUNT];
	struct arena arena;
	bool no_diag;		/* module smc_diag is not loaded */
	bool no_eid;		/* the host has none */
	struct bindings kept;	/* by the cases before */
	struct bindings stack;	/* shown by the stack */
	struct bindings chosen; /* set by the user */
	struct port *port;	/* ports of the stack; NULL: they stay as they are */
	struct host *host;	/* who changes it; NULL: nobody can */
	struct rdma *rdma;	/* of our end; NULL as long as it is not open */
	struct smcd *smcd;	/* likewise; NULL where no DMB can be had */
	struct leaks *leaks;	/* counters of the kernel */
};

/* V(NAME, word) */
#define PLAY_VERDICTS(V)                                                                           \
	V(PASS, "pass")                                                                            \
	V(FAIL, "fail")                                                                            \
	V(KNOWN, "known deviation") /* fails, and is known to */                                   \
	V(XPASS, "unexpected pass") /* is known to fail, and does not */                           \
	V(SKIP, "skip")                                                                            \
	V(ERROR, "error") /* of ours, not of the stack */

enum verdict {
#define PLAY_VERDICT_ENUM(name, word) VERDICT_##name,
	PLAY_VERDICTS(PLAY_VERDICT_ENUM)
#undef PLAY_VERDICT_ENUM
		VERDICT_COUNT
};

extern const char *const play_verdict_words[];

struct outcome {
	enum verdict verdict;
	char text[PLAY_TEXT_MAX];	 /* lines: where, what was expected, what came */
	char seen[PLAY_SEEN_MAX];	 /* lines of what the stack did: see seen.h */
	char notes[PLAY_NOTES_MAX];	 /* lines of what our end did that no step says */
	char map[PLAY_MAP_MAX];		 /* lines "NAME=VALUE": the final values of names */
	char log[PLAY_LOG_MAX];		 /* of the kernel, meanwhile */
	unsigned int port;		 /* of our end, 0: there was none */
	__u32 qpn[2 * SCRIPT_LINKS_MAX]; /* of each link: ours, the stack's; 0: there was none */
	unsigned int ms;
};

/**
 * play_learn() - find the offers of the stack.
 * @s: have[], stack are filled in
 *
 * A connect() of the application shows them: by its Proposal, or by the lack of it.
 *
 * Return: 0 or -errno.
 */
int play_learn(struct setup *s);

/**
 * play_case() - play one end of a case.
 * @path: of the script, for messages
 * @role: the end that is ours
 * @o: filled in
 */
void play_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
	       struct outcome *o);

#endif
