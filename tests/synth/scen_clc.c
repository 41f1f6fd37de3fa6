// SPDX-License-Identifier: GPL-2.0-or-later
/* Handshakes in every version and flavour. See scenario.h. */
#include "scenario.h"

#define HTTP 80

const struct handshake smcr_v1 = {
	{ .version = 1, .typev1 = SMCW_TYPE_R },
	{ .version = 1, .first_contact = true, .size = SMCW_BUF_64K },
};

const struct handshake smcr_v21 = {
	{ .version = 2, .typev1 = SMCW_TYPE_R, .typev2 = SMCW_TYPE_R, .release = 1, .eids = 1 },
	{ .version = 2, .first_contact = true, .release = 1, .gids = 1, .size = SMCW_BUF_64K },
};

const struct handshake smcd_v21 = {
	{ .version = 2,
	  .typev1 = SMCW_TYPE_N,
	  .typev2 = SMCW_TYPE_D,
	  .release = 1,
	  .eids = 1,
	  .gids = 2,
	  .emulated = true },
	{ .version = 2,
	  .smcd = true,
	  .first_contact = true,
	  .release = 1,
	  .chid = SMCW_CHID_LOOPBACK,
	  .size = SMCW_BUF_64K },
};

void handshake_run(struct tcp *t, const struct handshake *h)
{
	struct msg m;

	msg_proposal(&m, &h->offer);
	tcp_data(t, CLIENT, m.b, m.len);
	msg_answer(&m, SMCW_ACCEPT, &h->answer);
	tcp_data(t, SERVER, m.b, m.len);
	msg_answer(&m, SMCW_CONFIRM, &h->answer);
	tcp_data(t, CLIENT, m.b, m.len);
}

struct roce roce_init(struct cap *cap)
{
	return (struct roce){
		.cap = cap,
		.qpn = { selves[CLIENT].qpn, selves[SERVER].qpn },
		.psn = { selves[CLIENT].psn, selves[SERVER].psn },
	};
}

struct roce link_up(struct cap *cap)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct roce r = roce_init(cap);
	struct msg m;

	handshake_run(&t, &smcr_v21);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, SERVER, 0);
	roce_send(&r, SERVER, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, CLIENT, SMCW_LLC_RESP);
	roce_send(&r, CLIENT, m.b, m.len);
	return r;
}

static int run_handshake(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);

	handshake_run(&t, arg);
	tcp_close(&t);
	return 0;
}

/* Each offer that the server declines, on IPv6 when the prefixes are. */
static int run_offer(struct cap *cap, const void *arg)
{
	const struct offer *offer = arg;
	struct tcp t = tcp_init(cap, 12345);
	struct msg m;

	t.v6 = offer->ipv6;
	tcp_open(&t, TCP_SMC_BOTH);
	msg_proposal(&m, offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_decline(&m, offer->version, SMCW_DECL_NOSMCDEV, false);
	tcp_data(&t, SERVER, m.b, m.len);
	tcp_text(&t, CLIENT, "plain bytes after the Decline\n");
	tcp_close(&t);
	return 0;
}

static int run_declines(struct cap *cap, const void *arg)
{
	uint8_t version = *(const uint8_t *)arg;
	const struct smcw_list *reasons = &smcw_lists[SMCW_LIST_decline_reasons];
	struct handshake h = version == SMCW_V1 ? smcr_v1 : smcr_v21;
	unsigned int i;
	struct tcp t;
	struct msg m;

	for (i = 0; i < reasons->n; i++) {
		t = tcp_smc(cap, 12345);
		msg_proposal(&m, &h.offer);
		tcp_data(&t, CLIENT, m.b, m.len);
		msg_decline(&m, version, reasons->values[i].value,
			    reasons->values[i].value == SMCW_DECL_SYNCERR);
		tcp_data(&t, SERVER, m.b, m.len);
		tcp_close(&t);
	}
	return 0;
}

/* Every code of the buffer size, 16 KiB to 512 MiB. */
static int run_sizes(struct cap *cap, const void *arg)
{
	struct handshake h = *(const struct handshake *)arg;
	const struct smcw_list *sizes = &smcw_lists[SMCW_LIST_buf_sizes];
	struct tcp t;

	for (h.answer.size = 0; h.answer.size < sizes->n; h.answer.size++) {
		t = tcp_smc(cap, 12345);
		handshake_run(&t, &h);
		tcp_close(&t);
	}
	return 0;
}

#define OFFER(name, about, ...)                                                                    \
	{                                                                                          \
		name, EXPECT_CLEAN, about, run_offer, &(const struct offer)                        \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define HANDSHAKE(name, about, o, ...)                                                             \
	{                                                                                          \
		name, EXPECT_CLEAN, about, run_handshake, &(const struct handshake)                \
		{                                                                                  \
			{ UNWRAP o },                                                              \
			{                                                                          \
				__VA_ARGS__                                                        \
			}                                                                          \
		}                                                                                  \
	}
#define UNWRAP(...) __VA_ARGS__
#define SHARED(name, about, run, arg)                                                              \
	{                                                                                          \
		name, EXPECT_CLEAN, about, run, arg                                                \
	}

#define V1_R .version = 1, .typev1 = SMCW_TYPE_R
#define V2_R .version = 2, .typev1 = SMCW_TYPE_R, .typev2 = SMCW_TYPE_R, .eids = 1
#define V2_D .version = 2, .typev1 = SMCW_TYPE_D, .typev2 = SMCW_TYPE_D, .gids = 1, .seid = true

static const struct scenario rows[] = {
	OFFER("proposal-rfc-52", "Proposal as in RFC 7609, IP area at offset 0, IPv4", V1_R),
	OFFER("proposal-rfc-69", "Proposal as in RFC 7609, IP area at offset 0, an IPv6 prefix",
	      V1_R, .ipv6 = 1),
	OFFER("proposal-rfc-ipv6-8", "Proposal as in RFC 7609 with 8 IPv6 prefixes", V1_R,
	      .ipv6 = 8),
	OFFER("proposal-v1-r", "version 1 Proposal, SMC-R, with the SMC-D area", V1_R,
	      .smcd_area = true),
	OFFER("proposal-v1-d", "version 1 Proposal, SMC-D", .version = 1, .typev1 = SMCW_TYPE_D,
	      .smcd_area = true),
	OFFER("proposal-v1-b", "version 1 Proposal, both, IPv6", .version = 1,
	      .typev1 = SMCW_TYPE_B, .smcd_area = true, .ipv6 = 2),
	OFFER("proposal-v2-r", "version 2.0 Proposal, SMC-R", V2_R),
	OFFER("proposal-v2-d", "version 2.0 Proposal, SMC-D with a system EID", V2_D),
	OFFER("proposal-v2-b", "version 2.1 Proposal, both", .version = 2, .typev1 = SMCW_TYPE_B,
	      .typev2 = SMCW_TYPE_B, .release = 1, .eids = 2, .gids = 2, .seid = true),
	OFFER("proposal-v2-n-d", "version 2.1 Proposal without version 1 types", .version = 2,
	      .typev1 = SMCW_TYPE_N, .typev2 = SMCW_TYPE_D, .release = 1, .eids = 1, .gids = 2,
	      .emulated = true),
	OFFER("proposal-v2-r-n", "version 2 header, no version 2 types", .version = 2,
	      .typev1 = SMCW_TYPE_R, .typev2 = SMCW_TYPE_N),
	OFFER("proposal-v2-n-n", "version 2 header, no types at all", .version = 2,
	      .typev1 = SMCW_TYPE_N, .typev2 = SMCW_TYPE_N),
	OFFER("proposal-v2-full", "8 EIDs, 8 GID entries, 8 IPv6 prefixes", .version = 2,
	      .typev1 = SMCW_TYPE_B, .typev2 = SMCW_TYPE_B, .release = 1, .eids = 8, .gids = 8,
	      .ipv6 = 8, .seid = true),
	OFFER("proposal-v2-r-ipv6", "version 2.1 Proposal over IPv6", V2_R, .release = 1,
	      .ipv6 = 2),
	OFFER("proposal-v3", "a version that does not exist yet is read as version 2", .version = 3,
	      .typev1 = SMCW_TYPE_R, .typev2 = SMCW_TYPE_R, .release = 2, .eids = 1),

	SHARED("handshake-r-v1", "SMC-R v1, first contact", run_handshake, &smcr_v1),
	HANDSHAKE("handshake-r-v1-reuse", "SMC-R v1, a link group that exists", (V1_R),
		  .version = 1, .size = SMCW_BUF_16K),
	HANDSHAKE("handshake-r-v20", "SMC-R v2.0, first contact, long extension, no GID list",
		  (V2_R), .version = 2, .first_contact = true, .size = SMCW_BUF_64K),
	HANDSHAKE("handshake-r-v20-gid1", "SMC-R v2.0, first contact, GID list of 1", (V2_R),
		  .version = 2, .first_contact = true, .gids = 1, .size = SMCW_BUF_64K),
	SHARED("handshake-r-v21", "SMC-R v2.1, first contact, GID list of 1", run_handshake,
	       &smcr_v21),
	HANDSHAKE("handshake-r-v21-gid2", "SMC-R v2.1, first contact, GID list of 2",
		  (V2_R, .release = 1), .version = 2, .first_contact = true, .release = 1,
		  .gids = 2, .size = SMCW_BUF_1M),
	HANDSHAKE("handshake-r-v21-reuse", "SMC-R v2.1, a link group that exists",
		  (V2_R, .release = 1), .version = 2, .release = 1, .size = SMCW_BUF_64K),
	HANDSHAKE("handshake-d-v1", "SMC-D v1",
		  (.version = 1, .typev1 = SMCW_TYPE_D, .smcd_area = true), .version = 1,
		  .smcd = true, .first_contact = true, .size = SMCW_BUF_64K),
	HANDSHAKE("handshake-d-v20", "SMC-D v2.0, extension of 36 bytes", (V2_D), .version = 2,
		  .smcd = true, .first_contact = true, .fce_short = true, .chid = 0x0100,
		  .size = SMCW_BUF_64K),
	HANDSHAKE("handshake-d-v20-long", "SMC-D v2.0, extension of 52 bytes", (V2_D), .version = 2,
		  .smcd = true, .first_contact = true, .chid = 0x0100, .size = SMCW_BUF_64K),
	SHARED("handshake-d-v21", "SMC-D v2.1 by loopback-ism: extended GID, CHID 0xffff",
	       run_handshake, &smcd_v21),
	HANDSHAKE("handshake-d-v21-reuse", "SMC-D v2.1, a link group that exists",
		  (V2_D, .release = 1), .version = 2, .smcd = true, .release = 1, .chid = 0x0100,
		  .size = SMCW_BUF_64K),
	SHARED("sizes-r", "SMC-R with every buffer size code", run_sizes, &smcr_v1),
	SHARED("sizes-d", "SMC-D with every buffer size code", run_sizes, &smcd_v21),
	SHARED("declines-v1", "a version 1 Decline for every reason", run_declines,
	       &(const uint8_t){ SMCW_V1 }),
	SHARED("declines-v2", "a version 2 Decline for every reason", run_declines,
	       &(const uint8_t){ SMCW_V2 }),
};

const struct scenario_table clc_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
