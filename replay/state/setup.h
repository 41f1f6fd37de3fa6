/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a run knows of the host and of the stack under test, before a case and through all of
 * them.
 */
#ifndef SMCKIT_REPLAY_SETUP_H
#define SMCKIT_REPLAY_SETUP_H

#include "base/address.h"
#include "bind.h"

/* Properties that a host may be known to have; N(NAME, word in `needs`) */
#define SETUP_NEEDS(N)                                                                             \
	N(APP, app)		    /* the application's end is on this host */                    \
	N(PROPOSAL, proposal)	    /* the stack sends a Proposal */                               \
	N(NO_PROPOSAL, no_proposal) /* it declines at once */                                      \
	N(ISM, ism)		    /* it offers SMC-Dv2 */                                        \
	N(NO_ISM, no_ism)                                                                          \
	N(NO_ISM_DEVICE, no_ism_device) /* it has none, offered or not */                          \
	N(RDMA, rdma)			/* it offers SMC-Rv2 */                                    \
	N(NO_RDMA, no_rdma)                                                                        \
	N(LAB_EID, lab_eid)	/* the host has the EID that messages of our end name */           \
	N(RELEASE_1, release_1) /* its Proposal says version 2.1 */                                \
	N(IPV4, ipv4)		/* the address is one of IPv4 */                                   \
	N(IPV6, ipv6)                                                                              \
	N(SECOND_GID, second_gid) /* the second link has an address of its own */                  \
	N(SECOND_DEVICE,                                                                           \
	  second_device)	/* that address is of another device; the stack has two, too */    \
	N(TWO_LINKS, two_links) /* a link group may have two links: smcr_max_links_per_lgr */      \
	N(VIRTUAL, virtual_buffers) /* buffers of SMC-R need not be contiguous: smcr_buf_type */   \
	N(ONE_DEVICE, one_device)   /* ... is of the same device, or there is none */              \
	N(PORT, port) /* the port of the stack's address has a cable that can be pulled: port.h */ \
	N(SLOW, slow) /* there is time for what takes minutes */                                   \
	N(GROUP, group)	    /* the link group of the case before, which has passed */              \
	N(ALONE, alone)	    /* with --jobs: while it is played no other case is */                 \
	N(TURN, turn)	    /* with --jobs: of the cases that need it, one is played at a time */  \
	N(DMB, dmb)	    /* our end can have a DMB on the device of the stack */                \
	N(SMCX, smcx)	    /* the stack is smcx.ko: cases that hang that of the kernel's tree */  \
	N(NET_SMC, net_smc) /* the stack is that of the kernel's tree */                           \
	N(V1, v1)	    /* it proposes version 1 alone, or answers so: Linux does not */

enum need {
#define SETUP_NEED_ENUM(name, word) NEED_##name,
	SETUP_NEEDS(SETUP_NEED_ENUM)
#undef SETUP_NEED_ENUM
		NEED_COUNT
};

struct observer;
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
	const struct observer *observer; /* of the application: here, or elsewhere */
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

#endif
