/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking messages apart into checked parts, and making messages of parts.
 *
 * A layout tiles the message: every byte of it belongs to exactly one piece,
 * and a piece never ends beyond the message, whatever the bytes say. Errors
 * of the message are reported as faults beside it, so that a dissector can
 * show the rest and a kernel can refuse it. The same code runs in user space,
 * in smcx.ko, in the dissector and under the fuzzer; it allocates nothing.
 */
#ifndef SMCKIT_SMC_CODEC_H
#define SMCKIT_SMC_CODEC_H

#include "smc_fields.h"

#include <linux/errno.h>
#if defined(__KERNEL__)
#include <linux/stddef.h>
#elif !defined(__VMLINUX_H__)
#include <stddef.h>
#else /* size_t is in vmlinux.h, and a wchar_t that <stddef.h> does not bear */
#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#endif

/* Big-endian numbers at any address. */
static inline __u16 smcw_get16(const void *at)
{
	const __u8 *b = (const __u8 *)at;

	return (__u16)(b[0] << 8 | b[1]);
}

static inline __u32 smcw_get24(const void *at)
{
	const __u8 *b = (const __u8 *)at;

	return (__u32)b[0] << 16 | (__u32)b[1] << 8 | b[2];
}

static inline __u32 smcw_get32(const void *at)
{
	const __u8 *b = (const __u8 *)at;

	return (__u32)smcw_get16(b) << 16 | smcw_get16(b + 2);
}

static inline __u64 smcw_get64(const void *at)
{
	const __u8 *b = (const __u8 *)at;

	return (__u64)smcw_get32(b) << 32 | smcw_get32(b + 4);
}

static inline void smcw_put16(void *at, __u16 v)
{
	__u8 *b = (__u8 *)at;

	b[0] = (__u8)(v >> 8);
	b[1] = (__u8)(v & 0xff);
}

static inline void smcw_put24(void *at, __u32 v)
{
	__u8 *b = (__u8 *)at;

	b[0] = (__u8)(v >> 16);
	smcw_put16(b + 1, (__u16)v);
}

static inline void smcw_put32(void *at, __u32 v)
{
	__u8 *b = (__u8 *)at;

	smcw_put16(b, (__u16)(v >> 16));
	smcw_put16(b + 2, (__u16)v);
}

static inline void smcw_put64(void *at, __u64 v)
{
	__u8 *b = (__u8 *)at;

	smcw_put32(b, (__u32)(v >> 32));
	smcw_put32(b + 4, (__u32)v);
}

/**
 * smcw_bits() - a number as it lies in some bits of a byte, such as SMCW_SIZE_HI.
 * @mask: these bits, adjacent; not 0
 * @v: the number; digits beyond the bits of the field are lost
 */
static inline __u8 smcw_bits(__u8 mask, __u8 v)
{
	return (__u8)(v * (mask & -mask)) & mask;
}

/* The number that smcw_bits() has put into a byte. */
static inline __u8 smcw_get_bits(__u8 byte, __u8 mask)
{
	return (__u8)((byte & mask) / (mask & -mask));
}

/* The release of version 2 that a first contact extension names. */
static inline __u8 smcw_fce_release(const struct smcw_fce *fce)
{
	return smcw_get_bits(fce->os_release, SMCW_RELEASE_LO);
}

/* Does a message that offers @types (SMCW_TYPE_*) offer @type, SMCW_TYPE_R or SMCW_TYPE_D? */
static inline int smcw_type_includes(__u8 types, __u8 type)
{
	return types == type || types == SMCW_TYPE_B;
}

/* X(NAME, "text"): faults in the form of a message. */
#define SMCW_FAULTS(X)                                                                             \
	X(CUT, "the message ends before its length says")                                          \
	X(EYECATCHER, "the leading eyecatcher is neither SMCR nor SMCD")                           \
	X(TRAILER, "the trailing eyecatcher is neither SMCR nor SMCD")                             \
	X(TYPE, "unknown message type")                                                            \
	X(VERSION, "version 0 does not exist")                                                     \
	X(LENGTH, "the length is not the sum of the message's parts")                              \
	X(SMC_TYPE, "this combination of SMC types is not allowed here")                           \
	X(IPAREA, "the offset of the IP area points outside the message or to no known place")     \
	X(IPV6_COUNT, "more than 8 IPv6 prefixes, or more than fit")                               \
	X(V2_EXT, "version 2 is offered, but its extension is not in the message")                 \
	X(EID_COUNT, "more than 8 EIDs, or more than fit")                                         \
	X(SMCD_V2_EXT, "SMC-Dv2 is offered, but its extension is not in the message")              \
	X(GID_COUNT, "more than 8 GID entries, or more than fit")                                  \
	X(OVERLAP, "areas of the message overlap")                                                 \
	X(FCE, "first contact is set, but its extension is not in the message")                    \
	X(RKEY_COUNT, "more rkeys than the message can hold")                                      \
	X(UNCLAIMED, "bytes that belong to no part of the message")

enum smcw_fault_bit {
#define SMCW_X_ENUM(name, text) SMCW_FAULT_BIT_##name,
	SMCW_FAULTS(SMCW_X_ENUM)
#undef SMCW_X_ENUM
		SMCW_FAULT_COUNT
};

enum smcw_fault {
#define SMCW_X_ENUM(name, text) SMCW_FAULT_##name = 1 << SMCW_FAULT_BIT_##name,
	SMCW_FAULTS(SMCW_X_ENUM)
#undef SMCW_X_ENUM
};

/* A run of one part, or bytes that no part describes. */
struct smcw_piece {
	__u8 part;   /* enum smcw_part_id; SMCW_PART_NONE for bytes of no part */
	__u16 off;   /* bytes from the start of the message */
	__u16 count; /* parts, or bytes of SMCW_PART_NONE */
};

#define SMCW_PIECES_MAX 24

struct smcw_layout {
	__u32 faults;  /* enum smcw_fault */
	__u16 len;     /* bytes that the pieces tile, from the start of the message */
	__u8 type;     /* the message's */
	__u8 n;	       /* pieces */
	__u8 big;      /* fields of kind HOST are big-endian */
	__u16 missing; /* bytes at its end that are not at hand, and read as zero */
	struct smcw_piece piece[SMCW_PIECES_MAX]; /* in the order of the bytes */
};

/**
 * smcw_piece_len() - bytes of a piece.
 * @p: a piece of a layout
 */
static inline __u32 smcw_piece_len(const struct smcw_piece *p)
{
	return p->part == SMCW_PART_NONE ? p->count : (__u32)p->count * smcw_parts[p->part].size;
}

/**
 * smcw_has() - is a part of a message at hand, if the capture has cut its end off?
 * @l: the message's layout
 * @msg: the message
 * @end: after the last byte that is needed, in @msg
 */
static inline int smcw_has(const struct smcw_layout *l, const void *msg, const void *end)
{
	return (const __u8 *)end - (const __u8 *)msg <= (long)l->len - l->missing;
}

/* The same for a member of a part. */
#define SMCW_HAS(l, msg, member) smcw_has(l, msg, (const __u8 *)&(member) + sizeof(member))

/**
 * smcw_layout_find() - the piece of a part.
 * @l: a layout
 * @part: enum smcw_part_id
 *
 * Return: the first piece of that part, or NULL.
 */
const struct smcw_piece *smcw_layout_find(const struct smcw_layout *l, unsigned int part);

/**
 * smcw_clc_frame() - the length of the CLC message at the head of a stream.
 * @buf: bytes of the TCP stream
 * @len: how many
 *
 * RFC 7609 A.2: eyecatcher, type, length. A length below that of the header
 * is taken as the header's, so that a reader always moves on.
 *
 * Return: bytes of the message (>0, may be more than @len), 0 when @len is too
 * short to decide, -EPROTO when this is not CLC.
 */
int smcw_clc_frame(const void *buf, size_t len);

/**
 * smcw_clc_layout() - the parts of a CLC message.
 * @msg: the message
 * @len: bytes at hand; bytes after the message's own length are left alone
 * @l: filled in whatever the bytes are
 *
 * Return: 0, or -EBADMSG when l->faults is not 0.
 */
int smcw_clc_layout(const void *msg, size_t len, struct smcw_layout *l);

/**
 * smcw_clc_layout_cut() - the parts of a CLC message whose end the capture has cut off.
 * @msg: the message; the bytes from @have on are there, and zero
 * @len: its length, as far as it is known
 * @have: bytes of it that were captured
 * @l: filled in; pieces reach beyond @have, and smcw_has() says which were captured
 *
 * Nothing that was cut off is a fault, and no fault is given that depends on it.
 *
 * Return: 0, or -EBADMSG when l->faults is not 0.
 */
int smcw_clc_layout_cut(const void *msg, size_t len, size_t have, struct smcw_layout *l);

/**
 * smcw_llc_layout() - the parts of an LLC or SMC-R CDC message.
 * @msg: payload of an RDMA SEND, without pad bytes
 * @len: its length
 * @l: filled in whatever the bytes are
 *
 * The length and the rkey count of version 2 are in the host order of the
 * sender; the order in which the length makes sense is taken for both.
 *
 * Return: 0, or -EBADMSG when l->faults is not 0.
 */
int smcw_llc_layout(const void *msg, size_t len, struct smcw_layout *l);

/* As smcw_clc_layout_cut(), for LLC and CDC. */
int smcw_llc_layout_cut(const void *msg, size_t len, size_t have, struct smcw_layout *l);

/**
 * smcw_llc_check() - does an RDMA SEND look like LLC or CDC?
 * @msg: its payload, without pad bytes
 * @len: its length
 *
 * Return: 1 when type and length belong to LLC or CDC, else 0.
 */
int smcw_llc_check(const void *msg, size_t len);

/**
 * smcw_cdc_smcd_layout() - the parts of an SMC-D CDC message.
 * @msg: the head of a DMB
 * @len: bytes at hand
 * @big_endian: byte order of the machine that wrote it; not in the message
 * @l: filled in whatever the bytes are
 *
 * Return: 0, or -EBADMSG when l->faults is not 0.
 */
int smcw_cdc_smcd_layout(const void *msg, size_t len, int big_endian, struct smcw_layout *l);

/* As smcw_clc_layout_cut(), for SMC-D CDC. */
int smcw_cdc_smcd_layout_cut(const void *msg, size_t len, size_t have, int big_endian,
			     struct smcw_layout *l);

/**
 * smcw_event_check() - is this a whole trace event?
 * @ev: its bytes
 * @len: how many
 *
 * Return: bytes of header and body (>0), or -EBADMSG: cut, of a version that
 * is not known, or with a body too short for its kind.
 */
int smcw_event_check(const void *ev, size_t len);

/**
 * smcw_event_layout() - the parts of a trace event.
 * @ev: the event
 * @len: bytes at hand
 * @l: filled in whatever the bytes are; a message in the body is left out of
 *     it: smcw_event_message() has that
 *
 * Return: 0, or -EBADMSG when l->faults is not 0.
 */
int smcw_event_layout(const void *ev, size_t len, struct smcw_layout *l);

/* A row of SMCW_EVENT_KINDS, and one of SMCW_EVENT_HOOKS. */
struct smcw_event_kind {
	__u8 class; /* enum smcw_kind_classes; 0: this kind is not known */
	__u8 of;    /* enum smcw_event_of */
	__u8 part;  /* enum smcw_part_id, of the body; SMCW_PART_NONE: a message */
};
struct smcw_event_hook {
	__u8 kind; /* enum smcw_event_kinds, or SMCW_EV_NONE */
	__u8 dir;  /* enum smcw_event_dirs */
	__u8 mode; /* enum smcw_event_modes */
};
extern const struct smcw_event_kind smcw_event_kinds[256];
extern const struct smcw_event_hook smcw_event_hooks[SMCW_HOOKS_MAX];

/* Is the body of an event of that kind a message? */
static inline int smcw_kind_is_message(__u8 kind)
{
	return smcw_event_kinds[kind].part == SMCW_PART_NONE && smcw_event_kinds[kind].class;
}

/* Is it a fact on a class of events: observed, not observed, not asked for? */
static inline int smcw_fact_is_class(const struct smcw_ev_fact *f)
{
	return f->topic == SMCW_FACT_OBSERVED || f->topic == SMCW_FACT_NOT_OBSERVED ||
	       f->topic == SMCW_FACT_NOT_ASKED;
}

/* SMCW_KIND_BIT() of all kinds of some classes. @classes: enum smcw_kind_classes, ored */
__u64 smcw_kinds_of(unsigned int classes);

/* SMCW_KIND_BIT() of the kinds that are of the trace itself. */
__u64 smcw_kinds_of_trace(void);

/**
 * smcw_event_message() - the parts of the message in a trace event.
 * @ev: an event that smcw_event_check() is content with
 * @l: its layout; offsets count from the body, &ev[1]
 *
 * Return: 0, -EBADMSG when l->faults is not 0 (a cut message, for one), or
 * -ENOENT when it is not the event of a message; then @l has no piece.
 */
int smcw_event_message(const struct smcw_event *ev, struct smcw_layout *l);

/* The same where the capture has cut the event off after @have bytes of its message. */
int smcw_event_message_cut(const struct smcw_event *ev, size_t have, struct smcw_layout *l);

/*
 * The parts of a CLC message as pointers: read from a message by the parse
 * functions (into the message; NULL when absent), or given to the build
 * functions. Lists are given as pointer and count.
 */
struct smcw_proposal_parts {
	__u8 version;
	__u8 typev1; /* enum smcw_smc_types */
	__u8 typev2;
	__u8 ipv6_count;
	__u8 eid_count;
	__u8 gid_count;
	const struct smcw_proposal *base;
	const struct smcw_proposal_smcd *smcd;
	const struct smcw_proposal_prefix *prefix;
	const struct smcw_ipv6_prefix *ipv6;
	const struct smcw_v2_ext *v2;
	const struct smcw_eid *eid;
	const struct smcw_smcd_v2_ext *smcd_v2;
	const struct smcw_gid_chid *gid;
};

struct smcw_accept_parts {
	__u8 type; /* SMCW_ACCEPT or SMCW_CONFIRM */
	__u8 version;
	__u8 first_contact;
	__u8 gid_count;
	const struct smcw_accept_smcr *smcr; /* this one or smcd */
	const struct smcw_accept_smcr_v2 *smcr_v2;
	const struct smcw_accept_smcd *smcd;
	const struct smcw_accept_smcd_v2 *smcd_v2;
	const struct smcw_fce *fce;
	const struct smcw_fce_v2x *fce_v2x;
	const struct smcw_gid_list *gid_list; /* SMC-Rv2 Confirm */
	const struct smcw_gid *gid;
};

struct smcw_decline_parts {
	__u8 version;
	__u8 out_of_sync;
	const struct smcw_decline *decline;
	const struct smcw_decline_v2 *decline_v2;
};

/**
 * smcw_proposal_parse() - the parts of a Proposal, by a layout of it.
 * @msg: the message that @l describes
 * @l: from smcw_clc_layout(), without faults that the caller does not bear
 * @p: filled in
 *
 * Return: 0, or -EINVAL when @l is not of a Proposal or has no base part.
 */
int smcw_proposal_parse(const void *msg, const struct smcw_layout *l,
			struct smcw_proposal_parts *p);

/* As smcw_proposal_parse(), for Accept and Confirm. */
int smcw_accept_parse(const void *msg, const struct smcw_layout *l, struct smcw_accept_parts *p);

/* As smcw_proposal_parse(), for Decline. */
int smcw_decline_parse(const void *msg, const struct smcw_layout *l, struct smcw_decline_parts *p);

/**
 * smcw_proposal_build() - write a Proposal.
 * @p: its parts; offsets and counts in them are ignored and computed
 * @buf: for the message
 * @cap: bytes of @buf
 *
 * Parts that @p->version and the types do not allow are left out. In version
 * 1, @p->smcd NULL gives RFC 7609's layout with the IP area at offset 0.
 *
 * Return: bytes written, -ENOSPC, or -EINVAL when a needed part is missing.
 */
int smcw_proposal_build(const struct smcw_proposal_parts *p, void *buf, size_t cap);

/* As smcw_proposal_build(), for Accept and Confirm. */
int smcw_accept_build(const struct smcw_accept_parts *p, void *buf, size_t cap);

/* As smcw_proposal_build(), for Decline. */
int smcw_decline_build(const struct smcw_decline_parts *p, void *buf, size_t cap);

#endif
