// SPDX-License-Identifier: GPL-2.0-or-later
/* See tcp.h. */
#include "tcp.h"

static bool tcp_connected(const struct play *p)
{
	(void)p;
	return false;
}

static void tcp_fill_clc(const struct play *p, const struct message *m, __u8 *bytes, size_t len)
{
	(void)p, (void)m, (void)bytes, (void)len;
}

static int tcp_clc(struct play *p, const struct step *s, const __u8 *bytes, size_t len)
{
	(void)p, (void)s, (void)bytes, (void)len;
	return 0;
}

static int tcp_step(struct play *p, const struct step *s)
{
	(void)p, (void)s;
	return PLAY_NOT_PLAYABLE;
}

static int tcp_before_end(struct play *p, const struct step *s)
{
	(void)s;
	if (p->app.fd < 0 || !p->has_result)
		return 0;
	pace_begin(&p->pace);
	shutdown(p->app.fd, SHUT_WR);
	return 0;
}

static int tcp_expect_no_more(struct play *p)
{
	(void)p;
	return 0;
}

const struct transport tcp_transport = {
	.connected = tcp_connected,
	.fill_clc = tcp_fill_clc,
	.clc = tcp_clc,
	.our_step = tcp_step,
	.stack_step = tcp_step,
	.before_end = tcp_before_end,
	.expect_no_more = tcp_expect_no_more,
};
