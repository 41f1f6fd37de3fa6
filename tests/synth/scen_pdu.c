// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages that no packet carries, as exported PDUs: each names its dissector. */
#include <arpa/inet.h>
#include <string.h>

#include "scenario.h"
#include "smc_codec.h"

/* Tags of link type 252, each with its length, padded to 4 bytes. */
#define TAG_DISSECTOR 12
#define TAG_END 0

void pdu_put(struct cap *cap, const char *dissector, const void *tags, size_t tags_len,
	     const void *msg, size_t len)
{
	struct {
		uint16_t tag, len;
		char name[16];
	} __attribute__((packed)) head = { htons(TAG_DISSECTOR), htons(sizeof(head.name)), "" };
	const uint16_t end[2] = { htons(TAG_END), 0 };
	uint8_t pdu[CAP_PAYLOAD_MAX];
	size_t at = 0;

	strncpy(head.name, dissector, sizeof(head.name) - 1);
	memcpy(pdu, &head, sizeof(head));
	at += sizeof(head);
	if (tags_len)
		memcpy(pdu + at, tags, tags_len);
	at += tags_len;
	memcpy(pdu + at, end, sizeof(end));
	at += sizeof(end);
	memcpy(pdu + at, msg, len);
	cap_raw(cap, pdu, at + len);
}

static uint16_t order16(uint16_t v, bool big)
{
	return big ? htons(v) : v;
}

static uint32_t order32(uint32_t v, bool big)
{
	return big ? htonl(v) : v;
}

/* On this machine, little-endian, and on one that is not. */
static int run_cdc_smcd(struct cap *cap, const void *arg)
{
	struct smcw_layout layout;
	int big;

	(void)arg;
	for (big = 0; big <= 1; big++) {
		struct smcw_cdc_smcd cdc = { .type = SMCW_CDC_TYPE,
					     .prod_wrap = order16(2, big),
					     .prod_count = order32(65000, big),
					     .cons_wrap = order16(1, big),
					     .cons_count = order32(300, big),
					     .flags = SMCW_CDC_WRITE_BLOCKED,
					     .state = SMCW_CDC_DONE_WRITING };

		if (smcw_cdc_smcd_layout(&cdc, sizeof(cdc), big, &layout))
			return -1;
		pdu_put(cap, "smcx.cdc_smcd", NULL, 0, &cdc, sizeof(cdc));
	}
	return 0;
}

static const struct scenario rows[] = {
	{ "cdc-smcd", EXPECT_CLEAN, "CDC of SMC-D in both byte orders, as exported PDUs",
	  run_cdc_smcd, NULL },
};

const struct scenario_table pdu_scenarios = { rows, ARRAY_SIZE(rows), DLT_WIRESHARK_UPPER_PDU };
