// SPDX-License-Identifier: GPL-2.0-or-later
/* See farewell.h. */
#include "farewell.h"

#include <poll.h>

#include "stack/stats.h"

enum {
	FAREWELL_MS = 500,
	GONE_MS = 400,
	TIMES = 4,
	ABORT_MS = 150,
	SETTLE_MS = 10000,
	LOOK_MS = 10
};

/* Links of the stack, which groups of SMC-D have not; 0 if it cannot be asked. */
static __u64 count_links(void)
{
	struct stats now;

	if (stats_read(&now))
		return 0;
	return now.end[END_CLIENT].count[STAT_LINKS] + now.end[END_SERVER].count[STAT_LINKS];
}

/*
 * Return: whether there are no more than before. Some of those from before may have gone, too, with
 * a device say: from then on there are fewer.
 */
static bool wait_links(struct rdma *r, unsigned int ms)
{
	__u64 end = clock_now() + ms, now;

	while ((now = count_links()) > r->links_before && clock_now() < end)
		poll(NULL, 0, LOOK_MS);
	if (now > r->links_before)
		return false;
	r->links_before = now;
	return true;
}

/* Return: whether it was sent. */
static bool send_farewell(struct rdma *r)
{
	struct {
		struct smcw_llc_v2 head;
		struct smcw_llc_delete_link body;
	} SMCW_PACKED all = { .head = { SMCW_LLC_DELETE_LINK_V2, SMCW_LLC_LEN } };

	all.body.flags = SMCW_LLC_DEL_ALL | SMCW_LLC_DEL_ORDERLY;
	smcw_put32(&all.body.reason, SMCW_DEL_PROGRAM);
	/* The newest link first. */
	for (unsigned int i = RDMA_LINKS; i--;)
		if (r->links[i].open && r->links[i].link.connected &&
		    !link_fault(&r->links[i].link) &&
		    !link_send(&r->links[i].link, &all, sizeof(all), true, FAREWELL_MS))
			return true;
	return false;
}

void farewell_begin(struct rdma *r)
{
	r->links_before = count_links();
}

void farewell_say(struct rdma *r)
{
	int sent = 0;

	for (int i = 0; i < RDMA_LINKS; i++)
		if (r->links[i].open)
			link_receive(&r->links[i].link, true);
	/* Linux loses one that comes while an exchange about ADD_LINK ends. */
	while (sent < TIMES && send_farewell(r)) {
		sent++;
		if (wait_links(r, GONE_MS))
			break;
	}
	/*
	 * Each connection is aborted by a message, after its group is gone from the counts. It has
	 * to arrive: else Linux may wait for its completion for good, and its other work with it.
	 */
	if (sent)
		poll(NULL, 0, (int)r->conns * ABORT_MS);
	r->conns = 0;
}

/* A group that has not ended by then is another program's, or stays for its ten minutes. */
void farewell_settle(struct rdma *r)
{
	if (!wait_links(r, SETTLE_MS))
		r->links_before = count_links();
}
