/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR GPL-2.0-or-later */
/*
 * DMBs (direct memory buffers) of a program: how a privileged program takes
 * the part of an SMC-D stack on a loopback-ism device. A file that is opened
 * is one end of a connection: it has one DMB of its own, and is attached to
 * one of its peer.
 *
 *	open	root with CAP_NET_ADMIN; the driver stays while it is open
 *	ioctl	below; all numbers are in host order, reserved fields are zero
 *	read	struct smcw_dmb_signal of the own DMB, oldest first: as many as
 *		fit and are there; waits for one unless O_NONBLOCK is set
 *	poll	POLLIN: there are such; POLLHUP: there is no DMB to wait for
 *	close	as SMCW_DMB_RELEASE
 *
 * A signal is what an ISM device interrupts the owner of a DMB for: the peer
 * has written to it and asked for that. Each comes with the first bytes of the
 * DMB as they were then, so none hides another one.
 *
 * Calls of one file take turns. Errors: EINVAL for a size, offset, flag or
 * reserved field that cannot be, EFAULT for an address, ENOTTY for another
 * number, else as stated.
 */
#ifndef SMCKIT_SMC_DMB_H
#define SMCKIT_SMC_DMB_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Where the devices are; a machine may have both. */
#define SMCW_DMB_SMCX "smcx-dmb" /* of smcx.ko, in /dev */
#define SMCW_DMB_DIBS "dibs-dmb" /* of the kernel's loopback-ism */

#define SMCW_DMB_SIZE_MAX (1 << 20) /* bytes; sizes are 16 KiB times a power of 2 */
#define SMCW_DMB_HEAD 32	    /* bytes of a signal: struct smcw_cdc_smcd */
#define SMCW_DMB_SIGNALS 512	    /* that are kept; then the oldest ones are dropped */

struct smcw_dmb_info {
	__u8 gid[16]; /* of the device, as on the wire: GID, then its extension */
	__u64 token;  /* of the own DMB; 0: there is none */
	__u32 size;   /* of the own DMB, bytes; 0: there is none */
	__u32 peer_size;
	__u16 chid;
	__u8 reserved[6];
};

struct smcw_dmb_register {
	__u64 token; /* out: names the DMB on the wire */
	__u32 size;  /* in: bytes, the head included */
	__u32 reserved;
};

struct smcw_dmb_attach {
	__u64 token; /* in */
	__u32 size;  /* out: bytes; 0: the device does not report it */
	__u32 reserved;
};

#define SMCW_DMB_SIGNAL 1 /* smcw_dmb_copy.flags of SMCW_DMB_WRITE: and interrupt its owner */

struct smcw_dmb_copy {
	__u64 address; /* of the program's memory */
	__u32 offset;  /* in the DMB, bytes, the head included */
	__u32 len;     /* bytes; 0 is fine */
	__u32 flags;
	__u32 reserved;
};

struct smcw_dmb_signal {
	__u64 number; /* from 1 since the DMB was registered; a gap: some were dropped */
	__u8 head[SMCW_DMB_HEAD];
};

/* Any time. */
#define SMCW_DMB_INFO _IOR(0xdb, 0, struct smcw_dmb_info)

/* Make the own DMB, zeroed. EBUSY: there is one. ENOSPC: the device has no more. ENOMEM. */
#define SMCW_DMB_REGISTER _IOWR(0xdb, 1, struct smcw_dmb_register)

/*
 * Attach to the peer's DMB. EBUSY: attached already, here or by somebody else,
 * or it is the own one. ENXIO: no DMB has this token. ECONNABORTED: its owner
 * does not want anyone any more.
 */
#define SMCW_DMB_ATTACH _IOWR(0xdb, 2, struct smcw_dmb_attach)

/*
 * Write to the peer's DMB. ENOTCONN: not attached. With SMCW_DMB_SIGNAL the
 * owner takes the head as CDC of its peer, whatever it says. EPIPE: the owner
 * is gone.
 */
#define SMCW_DMB_WRITE _IOW(0xdb, 3, struct smcw_dmb_copy)

/* Read from the own DMB. ENOTCONN: there is none. No flags. */
#define SMCW_DMB_READ _IOW(0xdb, 4, struct smcw_dmb_copy)

/*
 * Give back DMB and attachment; signals that were not read are dropped. A peer
 * that was not sent closed or abort gets abort. It keeps the memory that it is
 * attached to until it lets go of it.
 */
#define SMCW_DMB_RELEASE _IO(0xdb, 5)

#endif
