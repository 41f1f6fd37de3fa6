/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link groups: their links, the queue pairs of these, the RMBs by their rkeys and
 * the connections by their alert tokens. All of it lives as long as the file is
 * open, and is changed in the first pass only, in the order of the frames.
 */
#ifndef SMCKIT_DISSECTOR_GROUP_H
#define SMCKIT_DISSECTOR_GROUP_H

#include <epan/packet.h>
#include <stdbool.h>

#include "llc_rules.h"
#include "psn.h"
#include "smc_wire.h"
#include "tally.h"

struct conn;
struct group;
struct note;
struct strays;
struct writings;

/* The two ends of a group; which of them is 0 has no meaning where no handshake was seen. */
enum { CLIENT, SERVER, SIDES };

/* One end of a link: a queue pair as its packets name it. */
struct queue_pair {
	guint8 gid[SMCW_GID_LEN]; /* of the host; see group_address() */
	guint32 qpn;
	bool known;
	struct link *link;
	guint8 side;
	struct psn_window psn;	 /* of packets to it */
	struct writings *writes; /* to it; writing.c's */
	struct strays *strays;	 /* WRITEs to it that are nobody's so far; derive.c's */
};

struct link {
	struct group *group;
	struct queue_pair qp[SIDES];
	guint8 num; /* in its group */
	bool has_num;
	bool seen;	 /* a SEND or WRITE of it is in the capture */
	guint32 up_in;	 /* frame that confirms it, 0 if none has */
	guint32 down_in; /* frame that deletes or refuses it */
	bool mixed;	 /* its packets are not in the order in which they were sent */
	struct note *asked[SIDES][SIDES][SMCP_LLC_EXCHANGES]; /* pair.c: by asker and observer */
	nstime_t last;					      /* time of the last LLC message */
	wmem_map_t *rmbs[SIDES]; /* of that end, by the rkey on this link */
};

/* A receive buffer, as one link names it. */
struct rmb {
	guint64 vaddr;
	wmem_map_t *conns; /* by index of the RMBE; shared by the names of one RMB */
	guint32 named_in;  /* frame that names it */
};

/* Connections to search when a direction is seen without its handshake. */
#define HALVES_MAX 8

struct group {
	guint32 number;
	guint32 made_in; /* frame of the first contact's Accept, 0 if it is not in the capture */
	const char *eid; /* negotiated, version 2; NULL when it is not known */
	const char *host[SIDES]; /* names that the ends give themselves */
	struct conn *first;	 /* of the first contact */
	wmem_list_t *links;
	struct group *merged;		 /* the contents of this one are in it */
	struct conn *halves[HALVES_MAX]; /* the last ones with one end known by CLC so far */
	unsigned n_halves;
	unsigned unpaired[SIDES];  /* pairing.c: directions known by CDC alone, by sender */
	wmem_map_t *tokens[SIDES]; /* connections by the alert token that this end has given */
	bool smcd;
	struct group_tally tally;
};

/**
 * group_register() - make the maps; they empty themselves with the file.
 */
void group_register(void);

/* A new group. @smcd: of SMC-D, which has no links. */
struct group *group_new(bool smcd);

/* All that there are so far, as struct group *, by number. */
wmem_list_t *group_all(void);

/**
 * group_address() - an address of packets in the form of a GID.
 * @from: IPv4 (as mapped), IPv6, or of InfiniBand (a GID, or a LID as a form of its own)
 * @gid: filled in
 */
void group_address(const address *from, guint8 gid[SMCW_GID_LEN]);

/* The SMC-D group that a host numbers @linkid, or NULL; and to say which it is. */
struct group *group_smcd(guint64 gid, guint32 linkid);
void group_smcd_is(guint64 gid, guint32 linkid, struct group *group);

/* The group that a traced host numbers @lgr, under the number of the host, or NULL; and to say
 * which it is. */
struct group *group_traced(guint64 lgr);
void group_traced_is(guint64 lgr, struct group *group);

/* The same for the connection that such a host numbers @conn in it. */
struct conn *group_traced_conn(guint64 lgr, guint32 conn);
void group_traced_conn_is(guint64 lgr, guint32 conn, struct conn *is);

/* A new link of @group, without ends; NULL when the group has more than any can have. */
struct link *link_new(struct group *group);

/* The link that has number @num and is not deleted, or NULL. */
struct link *link_find(struct group *group, guint8 num);

/**
 * link_end() - say which queue pair is an end of a link.
 * @side: the end
 * @gid: of its host
 * @qpn: its number
 *
 * Numbers are used again: the last one to claim a number has it.
 */
void link_end(struct link *link, unsigned side, const guint8 gid[SMCW_GID_LEN], guint32 qpn);

/* The queue pair at an address, or NULL. */
struct queue_pair *queue_pair_find(const guint8 gid[SMCW_GID_LEN], guint32 qpn);

/* The number is another queue pair's from now on: not SMC's, as far as is known. */
void queue_pair_forget(struct queue_pair *qp);

/**
 * link_of_half() - a link for a queue pair of which nothing is known.
 * @src: address of the sender
 * @dst: address of the receiver, whose queue pair it is
 * @qpn: its number
 *
 * When there is one link between the two that lacks just the other end, it is
 * taken for that one; else it is a group of its own.
 */
struct queue_pair *link_of_half(const address *src, const address *dst, guint32 qpn);

/**
 * group_join() - a queue pair is the other end of a link of which one end was known.
 * @keep: that link
 * @side: its other end
 * @gone: the link that the queue pair had by itself
 * @gone_side: its end there
 *
 * Everything in the link group of @gone belongs to that of @keep afterwards.
 *
 * Return: false where either link has both ends already; then nothing changes.
 */
bool group_join(struct link *keep, unsigned side, struct link *gone, unsigned gone_side);

/* A link that CLC has announced, with these queue pairs, that no packet has had yet; or NULL. */
struct link *link_by_qps(guint32 from, guint32 to);

/* The RMB that @rkey of an end of @link means, made if need be. */
struct rmb *rmb_announce(struct link *link, unsigned side, guint32 rkey, guint64 vaddr,
			 guint32 frame);

/* The RMB known by @rkey, or NULL. */
struct rmb *rmb_find(const struct link *link, unsigned side, guint32 rkey);

/* The same RMB by its name on another link. */
void rmb_alias(struct link *link, unsigned side, guint32 rkey, guint64 vaddr, const struct rmb *rmb,
	       guint32 frame);

/* Another connection has the buffers of @gone. */
void rmb_replace(struct rmb *rmb, const struct conn *gone, struct conn *now);

/* Note a connection of which one end is known so far. */
void group_add_half(struct group *group, struct conn *conn);

/* It is no more. */
void rmb_forget(struct link *link, unsigned side, guint32 rkey);

#endif
