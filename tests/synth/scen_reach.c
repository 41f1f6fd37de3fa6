// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways below SMC-R: RoCEv1, VLANs, InfiniBand itself. See scenario.h. */
#include "session.h"

static const char request[] = "GET /a HTTP/1.1\r\nHost: server.example\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

static void run(struct roce *r)
{
	struct session s;

	session_open(&s, r, 80, 0);
	session_text(&s, CLIENT, request);
	session_text(&s, SERVER, answer);
	session_close(&s);
}

/* GIDs of the packets are not those of CLC: the queue pairs' numbers show the link. */
static int run_rocev1(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);

	(void)arg;
	r.v1 = true;
	run(&r);
	return 0;
}

static int run_vlan(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);

	(void)arg;
	cap->vlan = 100;
	run(&r);
	return 0;
}

/* InfiniBand has no Ethernet in its files: the handshake is in one of its own. */
static int run_handshake_only(struct cap *cap, const void *arg)
{
	struct cap none;
	struct roce r = roce_init(&none);
	struct session s;

	(void)arg;
	if (cap_open(&none, DLT_EN10MB, "/dev/null"))
		return -1;
	session_open_on(&s, cap, &r, 80, 0);
	return cap_close(&none);
}

static int run_infiniband(struct cap *cap, const void *arg)
{
	struct cap none;
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	if (cap_open(&none, DLT_EN10MB, "/dev/null"))
		return -1;
	r.lrh = true;
	session_open_on(&s, &none, &r, 80, 0);
	session_text(&s, CLIENT, request);
	session_text(&s, SERVER, answer);
	return cap_close(&none);
}

static const struct scenario rows[] = {
	{ "reach-rocev1", EXPECT_CLEAN, "HTTP over SMC-R over RoCEv1", run_rocev1, NULL },
	{ "reach-vlan", EXPECT_CLEAN, "the same over RoCEv2 in a VLAN", run_vlan, NULL },
	{ "reach-handshake", EXPECT_CLEAN, "the handshake alone, for reach-infiniband",
	  run_handshake_only, NULL },
};

static const struct scenario infiniband_rows[] = {
	{ "reach-infiniband", EXPECT_CLEAN,
	  "HTTP over SMC-R over InfiniBand, without the handshake", run_infiniband, NULL },
};

const struct scenario_table reach_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
const struct scenario_table infiniband_scenarios = { infiniband_rows, ARRAY_SIZE(infiniband_rows),
						     DLT_WIRESHARK_UPPER_PDU };
