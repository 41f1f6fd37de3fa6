// SPDX-License-Identifier: GPL-2.0
/*
 * Link control. Requests of the peer are answered in the receive handler, at once and without
 * memory: none of them needs more than the group's spinlock, since there is one link. Requests of
 * ours are CONFIRM_LINK, CONFIRM_RKEY (one at a time), TEST_LINK and DELETE_LINK.
 */
#include <linux/moduleparam.h>

#include "group.h"
#include "llc.h"
#include "net.h"
#include "rconn.h"
#include "rmb.h"
#include "smc_codec.h"

static unsigned int llc_wait = 2;
module_param(llc_wait, uint, 0644);
MODULE_PARM_DESC(llc_wait, "seconds that an answer of LLC is waited for; 2 if not given");

/* A CONFIRM_LINK that comes too early is lost in Linux; a double one would be taken for another. */
#define CONFIRM_AGAIN (HZ * 3 / 10)

static unsigned long llc_patience(void)
{
	return clamp(READ_ONCE(llc_wait), 1U, 3600U) * HZ;
}

struct llc_msg {
	struct smcw_llc_v2 hdr;
	union {
		u8 flags;
		struct smcw_llc_confirm_link confirm_link;
		struct smcw_llc_add_link add_link;
		struct smcw_llc_delete_link delete_link;
		struct smcw_llc_confirm_rkey confirm_rkey;
		struct smcw_llc_test_link test_link;
		struct smcw_llc_delete_rkey_v2 delete_rkey;
	};
} __packed;
static_assert(sizeof(struct llc_msg) == SMCW_LLC_LEN);

static void llc_init(struct llc_msg *msg, u8 type)
{
	memset(msg, 0, sizeof(*msg));
	msg->hdr.type = type;
	msg->hdr.length = SMCW_LLC_LEN;
}

/* ---- requests of ours ------------------------------------------------------------------------ */

void smcx_llc_send_confirm_link(struct smcx_group *group, bool response)
{
	struct smcx_link *link = &group->link;
	struct smcw_llc_confirm_link *confirm;
	struct llc_msg msg;

	llc_init(&msg, SMCW_LLC_CONFIRM_LINK_V2);
	confirm = &msg.confirm_link;
	confirm->flags =
		SMCW_LLC_NO_EYE_REQ | SMCW_LLC_NO_EYE_RESP | (response ? SMCW_LLC_RESP : 0);
	memcpy(confirm->mac, link->local.mac, sizeof(confirm->mac));
	memcpy(confirm->gid, link->local.gid, sizeof(confirm->gid));
	smcw_put24(confirm->qpn, link->qpn);
	confirm->link_num = link->number;
	memcpy(confirm->link_uid, link->uid, sizeof(confirm->link_uid));
	confirm->max_links = SMCX_GROUP_LINKS;
	confirm->max_conns = group->lgr.max_conns;
	if (!response) {
		spin_lock_bh(&group->lock);
		if (group->conf == SMCX_CONF_NONE) {
			group->conf = SMCX_CONF_ASKED;
			group->conf_began = jiffies;
		}
		group->conf_asked = jiffies;
		spin_unlock_bh(&group->lock);
		smcx_group_look_in(group, CONFIRM_AGAIN);
	}
	smcx_link_send(link, &msg);
}

/* A client's handshake waits for the server's CONFIRM_LINK. */
void smcx_llc_expect_confirm_link(struct smcx_group *group)
{
	spin_lock_bh(&group->lock);
	group->conf_began = jiffies ?: 1;
	spin_unlock_bh(&group->lock);
	smcx_group_look_in(group, 2 * llc_patience());
}

void smcx_llc_send_test_link(struct smcx_group *group)
{
	struct llc_msg msg;

	llc_init(&msg, SMCW_LLC_TEST_LINK_V2);
	memcpy(msg.test_link.user_data, group->link.uid, sizeof(group->link.uid));
	smcx_link_send(&group->link, &msg);
}

void smcx_llc_send_delete_all(struct smcx_group *group, u32 reason)
{
	struct llc_msg msg;

	llc_init(&msg, SMCW_LLC_DELETE_LINK_V2);
	msg.delete_link.flags = SMCW_LLC_DEL_ALL | SMCW_LLC_DEL_ORDERLY;
	smcw_put32(&msg.delete_link.reason, reason);
	smcx_link_send(&group->link, &msg);
}

/**
 * smcx_llc_next_flow() - if none is under way: CONFIRM_RKEY for an RMB that the peer does not know.
 * @group: it
 *
 * Any context.
 */
void smcx_llc_next_flow(struct smcx_group *group)
{
	struct smcx_region *region = NULL;
	struct llc_msg msg;

	spin_lock_bh(&group->lock);
	if (!group->flow && !smcx_group_ending(group))
		region = smcx_rmb_unconfirmed(group);
	if (region) {
		refcount_inc(&region->refs);
		group->flow = region;
		group->flow_until = jiffies + llc_patience();
	}
	spin_unlock_bh(&group->lock);
	if (!region)
		return;
	llc_init(&msg, SMCW_LLC_CONFIRM_RKEY_V2);
	smcw_put32(&msg.confirm_rkey.rkey[0].rkey, region->key);
	smcw_put64(&msg.confirm_rkey.rkey[0].vaddr, region->iova);
	smcx_group_look_in(group, llc_patience());
	smcx_link_send(&group->link, &msg);
}

/* @rkey: that the answer is about; NULL: none has come. */
static void llc_end_flow(struct smcx_group *group, const __be32 *rkey, bool ok)
{
	struct smcx_region *region;

	spin_lock_bh(&group->lock);
	region = group->flow;
	if (region && rkey && smcw_get32(rkey) != region->key)
		region = NULL;
	if (region)
		group->flow = NULL;
	spin_unlock_bh(&group->lock);
	if (!region)
		return;
	smcx_rmb_confirmed(region, ok);
	smcx_region_put(region);
	smcx_llc_next_flow(group);
	smcx_group_kick(group);
}

/* ---- messages of the peer -------------------------------------------------------------------- */

static void llc_answer(struct smcx_group *group, struct llc_msg *msg, u8 flags)
{
	msg->flags |= SMCW_LLC_RESP | flags;
	if (msg->hdr.type & SMCW_LLC_V2_TYPE)
		msg->hdr.length = SMCW_LLC_LEN;
	smcx_link_send(&group->link, msg);
}

/* A server's request, or a client's answer. */
static void llc_take_confirm_link(struct smcx_group *group, const struct llc_msg *msg)
{
	const struct smcw_llc_confirm_link *confirm = &msg->confirm_link;
	/* As net/smc: one of the two will do. */
	const u8 no_eye = SMCW_LLC_NO_EYE_REQ | SMCW_LLC_NO_EYE_RESP;
	bool response = confirm->flags & SMCW_LLC_RESP, again;
	struct smcx_link *link = &group->link;

	if (response != (group->lgr.role == SMCX_SERVER))
		return;
	spin_lock_bh(&group->lock);
	again = group->conf == SMCX_CONF_DONE;
	if (!again && (!response || group->conf == SMCX_CONF_ASKED)) {
		if (!response)
			link->number = confirm->link_num;
		memcpy(link->peer_uid, confirm->link_uid, sizeof(link->peer_uid));
		WRITE_ONCE(group->conf, confirm->flags & no_eye ? SMCX_CONF_DONE : SMCX_CONF_EYES);
	}
	spin_unlock_bh(&group->lock);
	/* Our answer may have been too late for it. */
	if (again && !response && READ_ONCE(group->lgr.usable))
		smcx_llc_send_confirm_link(group, true);
	smcx_group_kick(group);
}

/* There is one link, and none beside it: see SMCX_GROUP_LINKS. */
static void llc_take_add_link(struct smcx_group *group, struct llc_msg *msg)
{
	if (msg->flags & SMCW_LLC_RESP)
		return;
	if (!(msg->hdr.type & SMCW_LLC_V2_TYPE))
		((struct smcw_llc_v1 *)&msg->hdr)->reject = SMCW_REJ_NO_ALT_PATH;
	llc_answer(group, msg, SMCW_LLC_REJ);
}

/* A client asks for a second link: the answer names no GID, so there is none. */
static void llc_take_req_add_link(struct smcx_group *group, struct llc_msg *msg)
{
	struct llc_msg answer;

	if (msg->flags & SMCW_LLC_RESP || group->lgr.role != SMCX_SERVER)
		return;
	llc_init(&answer, SMCW_LLC_REQ_ADD_LINK_V2);
	llc_answer(group, &answer, 0);
}

/* It is the server who deletes: to a client's request it answers by one of its own. */
static void llc_take_delete_link(struct smcx_group *group, struct llc_msg *msg)
{
	struct smcw_llc_delete_link *del = &msg->delete_link;

	if (del->flags & SMCW_LLC_RESP) {
		WRITE_ONCE(group->peer_ends, true);
		return;
	}
	if (!(del->flags & SMCW_LLC_DEL_ALL) && del->link_num != group->link.number) {
		del->reason = cpu_to_be32(SMCW_DEL_NO_LINK);
		llc_answer(group, msg, 0);
		return;
	}
	/* A server's is a request of its own, which the client answers. */
	if (group->lgr.role == SMCX_SERVER) {
		smcx_link_send(&group->link, msg);
	} else {
		llc_answer(group, msg, 0);
		WRITE_ONCE(group->peer_ends, true);
	}
	smcx_group_end(group, SMCX_END_PEER);
}

/*
 * The keys of RMBs stand in each Accept and Confirm, too, and there is one link: so nothing has to
 * be kept of them.
 */
static void llc_take_rkey(struct smcx_group *group, struct llc_msg *msg)
{
	if (!(msg->flags & SMCW_LLC_RESP))
		llc_answer(group, msg, 0);
	else if ((msg->hdr.type & 0x0f) == SMCW_LLC_CONFIRM_RKEY)
		llc_end_flow(group, &msg->confirm_rkey.rkey[0].rkey, !(msg->flags & SMCW_LLC_NEG));
}

void smcx_llc_take(struct smcx_group *group, u8 *bytes, u32 len)
{
	struct llc_msg *msg = (struct llc_msg *)bytes;

	/* RFC 7609 has one length, version 2 longer ones as well. */
	if (msg->hdr.type & SMCW_LLC_V2_TYPE ?
		    msg->hdr.length < SMCW_LLC_LEN || msg->hdr.length > len :
		    bytes[1] != SMCW_LLC_LEN)
		return;
	switch (msg->hdr.type) {
	case SMCW_LLC_TEST_LINK:
	case SMCW_LLC_TEST_LINK_V2:
		if (!(msg->flags & SMCW_LLC_RESP))
			llc_answer(group, msg, 0);
		break;
	case SMCW_LLC_CONFIRM_LINK:
	case SMCW_LLC_CONFIRM_LINK_V2:
		llc_take_confirm_link(group, msg);
		break;
	case SMCW_LLC_ADD_LINK:
	case SMCW_LLC_ADD_LINK_V2:
		llc_take_add_link(group, msg);
		break;
	case SMCW_LLC_REQ_ADD_LINK_V2:
		llc_take_req_add_link(group, msg);
		break;
	case SMCW_LLC_DELETE_LINK:
	case SMCW_LLC_DELETE_LINK_V2:
		llc_take_delete_link(group, msg);
		break;
	case SMCW_LLC_CONFIRM_RKEY:
	case SMCW_LLC_CONFIRM_RKEY_V2:
	case SMCW_LLC_DELETE_RKEY:
	case SMCW_LLC_DELETE_RKEY_V2:
		llc_take_rkey(group, msg);
		break;
	default: /* to be ignored: RFC 7609, A.3 */
		break;
	}
}

/* ---- time ------------------------------------------------------------------------------------ */

static void llc_timer_confirm(struct smcx_group *group, unsigned long *next)
{
	bool again = false, over = false;

	spin_lock_bh(&group->lock);
	/* A client, which is asked. It waits longer, so that not both decline at once. */
	if (group->conf == SMCX_CONF_NONE && group->conf_began) {
		over = time_after_eq(jiffies, group->conf_began + 2 * llc_patience());
		if (over)
			WRITE_ONCE(group->conf, SMCX_CONF_LATE);
		else
			*next = min(*next, group->conf_began + 2 * llc_patience() - jiffies);
	}
	if (group->conf == SMCX_CONF_ASKED) {
		over = time_after_eq(jiffies, group->conf_began + llc_patience());
		again = !over && time_after_eq(jiffies, group->conf_asked + 2 * CONFIRM_AGAIN);
		again |= !over && group->conf_asked == group->conf_began &&
			 time_after_eq(jiffies, group->conf_began + CONFIRM_AGAIN);
		if (over)
			WRITE_ONCE(group->conf, SMCX_CONF_LATE);
		*next = min_t(unsigned long, *next, CONFIRM_AGAIN);
	}
	spin_unlock_bh(&group->lock);
	if (again)
		smcx_llc_send_confirm_link(group, false);
	if (over)
		smcx_group_kick(group);
}

static void llc_timer_flow(struct smcx_group *group, unsigned long *next)
{
	bool over;

	spin_lock_bh(&group->lock);
	over = group->flow && time_after_eq(jiffies, group->flow_until);
	if (group->flow && !over)
		*next = min(*next, group->flow_until - jiffies);
	spin_unlock_bh(&group->lock);
	if (over)
		llc_end_flow(group, NULL, false);
}

/* A peer that is silent is asked whether it is there. */
static void llc_timer_test(struct smcx_group *group, unsigned long *next)
{
	unsigned long heard = READ_ONCE(group->link.heard), silent = jiffies - heard;

	if (!group->test_every || !READ_ONCE(group->lgr.usable))
		return;
	if (group->testing && time_before(group->test_began, heard))
		group->testing = false;
	if (group->testing && time_after_eq(jiffies, group->test_began + llc_patience())) {
		smcx_group_end(group, SMCX_END_LOST);
		return;
	}
	if (!group->testing && silent >= group->test_every) {
		group->testing = true;
		group->test_began = jiffies;
		smcx_llc_send_test_link(group);
	}
	/* Its answer does not wake the timer, and the next test is due as long after it. */
	if (group->testing)
		*next = min3(*next, group->test_began + llc_patience() - jiffies,
			     group->test_every);
	else
		*next = min(*next, group->test_every - min(silent, group->test_every - 1));
}

/* Those who wait for a first contact that takes too long make a group of their own. */
static void llc_timer_first_contact(struct smcx_group *group, unsigned long *next)
{
	if (READ_ONCE(group->lgr.usable))
		return;
	if (time_before(jiffies, group->wait_until))
		*next = min(*next, group->wait_until - jiffies);
	else
		smcx_group_kick(group);
}

unsigned long smcx_llc_timer(struct smcx_group *group)
{
	unsigned long next = 30 * HZ;

	llc_timer_first_contact(group, &next);

	llc_timer_confirm(group, &next);
	llc_timer_flow(group, &next);
	llc_timer_test(group, &next);
	smcx_rconn_hurry(group);
	return max(next, 1UL);
}
