// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clc-bytes: CLC messages in hexadecimal, for smc-rawpeer to send; so the scenarios know nothing of
 * the layout.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "smc_address.h"
#include "smc_codec.h"

#define LOOPBACK_ENTRIES 2 /* GID and its extension */

/* The values that the command line can set, with their defaults. */
struct wish {
	unsigned int version, release, max_conns, max_links;
	uint8_t typev1, typev2, prefix_len;
	struct in_addr address;
	const char *ueid;
	uint64_t ism_gid, peer_id;
	uint32_t reason;
};

static void usage(FILE *to)
{
	fputs("Usage: clc-bytes proposal|accept|decline [KEY=VALUE...]\n\n"
	      "Writes a CLC message in hexadecimal. Keys:\n"
	      "  version=2 release=1 reason=HEX (decline)\n"
	      "  typev1=N typev2=R       SMC types: R, D, N(one) or B(oth); accept: typev1=D or R\n"
	      "  address=10.9.0.1/24     of the client: its subnet and its RoCEv2 GID\n"
	      "  ueid=NAME               none if it is empty\n"
	      "  max-conns=32 max-links=2\n"
	      "  ism-gid=HEX             GID of a loopback-ism device\n"
	      "  peer-id=010102000000000a  Linux without version 1 has 0\n"
	      "accept takes GIDs and CHID from the Proposal on stdin (hexadecimal, maybe after "
	      "words),\n"
	      "and has a DMB token that does not exist.\n",
	      to);
}

static void die(int status, const char *what, const char *word)
{
	fprintf(stderr, "clc-bytes: %s%s\n", what, word);
	exit(status);
}

static uint8_t type_of(const char *text)
{
	switch (*text) {
	case 'R':
		return SMCW_TYPE_R;
	case 'D':
		return SMCW_TYPE_D;
	case 'B':
		return SMCW_TYPE_B;
	case 'N':
		return SMCW_TYPE_N;
	}
	die(EX_USAGE, "not an SMC type: ", text);
	return 0;
}

static void set_address(struct wish *wish, char *text)
{
	char *slash = strchr(text, '/');

	if (slash) {
		*slash = '\0';
		wish->prefix_len = (uint8_t)atoi(slash + 1);
	}
	if (inet_pton(AF_INET, text, &wish->address) != 1)
		die(EX_USAGE, "not an IPv4 address: ", text);
}

static void set_wish(struct wish *wish, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		die(EX_USAGE, "KEY=VALUE is meant: ", word);
	*value++ = '\0';
	if (!strcmp(word, "version"))
		wish->version = (unsigned int)atoi(value);
	else if (!strcmp(word, "release"))
		wish->release = (unsigned int)atoi(value);
	else if (!strcmp(word, "reason"))
		wish->reason = (uint32_t)strtoul(value, NULL, 16);
	else if (!strcmp(word, "typev1"))
		wish->typev1 = type_of(value);
	else if (!strcmp(word, "typev2"))
		wish->typev2 = type_of(value);
	else if (!strcmp(word, "address"))
		set_address(wish, value);
	else if (!strcmp(word, "ueid"))
		wish->ueid = value;
	else if (!strcmp(word, "max-conns"))
		wish->max_conns = (unsigned int)atoi(value);
	else if (!strcmp(word, "max-links"))
		wish->max_links = (unsigned int)atoi(value);
	else if (!strcmp(word, "ism-gid"))
		wish->ism_gid = strtoull(value, NULL, 16);
	else if (!strcmp(word, "peer-id"))
		wish->peer_id = strtoull(value, NULL, 16);
	else
		die(EX_USAGE, "no such key: ", word);
}

static void put_eid(struct smcw_eid *eid, const char *name)
{
	size_t len = strlen(name);

	if (len > sizeof(eid->eid))
		die(EX_USAGE, "too long a UEID: ", name);
	memset(eid->eid, ' ', sizeof(eid->eid));
	memcpy(eid->eid, name, len);
}

/* RoCEv2's GID of an IPv4 address. */
static void put_mapped(uint8_t gid[SMCW_GID_LEN], struct in_addr address)
{
	smcw_put_mapped(gid, &address);
}

static int proposal(const struct wish *wish, uint8_t *buf, size_t cap)
{
	struct smcw_proposal base = { 0 };
	struct smcw_proposal_smcd smcd = { 0 };
	struct smcw_proposal_prefix prefix = { .prefix_len = wish->prefix_len };
	struct smcw_v2_ext v2 = {
		.flags = (uint8_t)(wish->release << 4),
		.max_conns = (uint8_t)wish->max_conns,
		.max_links = (uint8_t)wish->max_links,
	};
	struct smcw_smcd_v2_ext smcd_v2 = { 0 };
	struct smcw_gid_chid gid[LOOPBACK_ENTRIES] = { 0 };
	struct smcw_eid eid;
	struct smcw_proposal_parts parts = {
		.version = (uint8_t)wish->version,
		.typev1 = wish->typev1,
		.typev2 = wish->typev2,
		.eid_count = *wish->ueid != '\0',
		.gid_count = LOOPBACK_ENTRIES,
		.base = &base,
		.smcd = wish->version >= SMCW_V2 ? &smcd : NULL,
		.prefix = &prefix,
		.v2 = &v2,
		.eid = &eid,
		.smcd_v2 = &smcd_v2,
		.gid = gid,
	};
	uint32_t mask = wish->prefix_len ? htonl(~0u << (32 - wish->prefix_len)) : 0;
	uint32_t subnet = wish->address.s_addr & mask;
	int i;

	memcpy(prefix.subnet, &subnet, sizeof(prefix.subnet));
	smcw_put64(base.peer_id, wish->peer_id);
	memcpy(base.mac, base.peer_id + 2, sizeof(base.mac));
	put_mapped(base.gid, wish->address);
	put_mapped(v2.roce_gid, wish->address);
	put_eid(&eid, wish->ueid);
	for (i = 0; i < LOOPBACK_ENTRIES; i++) {
		smcw_put64(&gid[i].gid, wish->ism_gid);
		smcw_put16(&gid[i].chid, SMCW_CHID_LOOPBACK);
	}
	return smcw_proposal_build(&parts, buf, cap);
}

/* The last word of the input; smc-rawpeer prints the bytes that it received after a word. */
static size_t read_hex(uint8_t *buf, size_t cap)
{
	static char word[2 * UINT16_MAX];
	unsigned int byte;
	size_t len = 0;

	while (scanf("%131069s", word) == 1)
		;
	while (len < cap && sscanf(word + 2 * len, "%2x", &byte) == 1)
		buf[len++] = (uint8_t)byte;
	return len;
}

static int accept_smcr(const struct wish *wish, uint8_t *buf, size_t cap)
{
	struct smcw_accept_smcr smcr = { .rmbe_idx = 1 };
	struct smcw_accept_smcr_v2 v2 = { 0 };
	struct smcw_fce fce = { .flags = SMCW_V2_DIRECT, .os_release = (uint8_t)wish->release };
	struct smcw_fce_v2x v2x = { 0 };
	struct smcw_accept_parts parts = {
		.type = SMCW_ACCEPT,
		.version = (uint8_t)wish->version,
		.first_contact = 1,
		.smcr = &smcr,
		.smcr_v2 = &v2,
		.fce = &fce,
		.fce_v2x = &v2x,
	};

	put_mapped(smcr.gid, wish->address);
	return smcw_accept_build(&parts, buf, cap);
}

/* With the GIDs of the Proposal, so that it is a device of the client's own host. */
static int accept_smcd(const struct wish *wish, uint8_t *buf, size_t cap)
{
	static uint8_t offer[UINT16_MAX];
	struct smcw_proposal_parts offered = { 0 };
	struct smcw_layout layout;
	size_t len = read_hex(offer, sizeof(offer));
	struct smcw_accept_smcd smcd = { 0 };
	struct smcw_accept_smcd_v2 v2 = { 0 };
	struct smcw_fce fce = { .os_release = (uint8_t)wish->release };
	struct smcw_fce_v2x v2x = { 0 };
	struct smcw_accept_parts parts = {
		.type = SMCW_ACCEPT,
		.version = (uint8_t)wish->version,
		.first_contact = 1,
		.smcd = &smcd,
		.smcd_v2 = &v2,
		.fce = &fce,
		.fce_v2x = wish->release ? &v2x : NULL,
	};

	if (smcw_clc_layout(offer, len, &layout) < 0 ||
	    smcw_proposal_parse(offer, &layout, &offered) < 0 || !offered.gid ||
	    offered.gid_count < LOOPBACK_ENTRIES || !offered.eid)
		die(EX_DATAERR, "stdin has no Proposal with a loopback-ism device", "");
	smcd.gid = offered.gid[0].gid;
	v2.gid_ext = offered.gid[1].gid;
	v2.chid = offered.gid[0].chid;
	memcpy(v2.eid, offered.eid->eid, sizeof(v2.eid));
	memset(&smcd.dmb_token, 0xbb, sizeof(smcd.dmb_token));
	return smcw_accept_build(&parts, buf, cap);
}

static int decline(const struct wish *wish, uint8_t *buf, size_t cap)
{
	struct smcw_decline body = { 0 };
	struct smcw_decline_v2 v2 = { 0 };
	struct smcw_decline_parts parts = {
		.version = (uint8_t)wish->version,
		.decline = &body,
		.decline_v2 = &v2,
	};

	smcw_put32(&body.diagnosis, wish->reason);
	return smcw_decline_build(&parts, buf, cap);
}

int main(int argc, char **argv)
{
	struct wish wish = {
		.version = SMCW_V2,
		.release = 1,
		.max_conns = 32,
		.max_links = 2,
		.typev1 = SMCW_TYPE_N,
		.typev2 = SMCW_TYPE_R,
		.prefix_len = 24,
		.address = { htonl(0x0a090001) },
		.ueid = "SMCKIT.LAB",
		.peer_id = 0x010102000000000a,
	};
	static uint8_t buf[UINT16_MAX];
	int i, len;

	if (argc < 2 || !strcmp(argv[1], "--help")) {
		usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EX_USAGE : 0;
	}
	for (i = 2; i < argc; i++)
		set_wish(&wish, argv[i]);
	if (!strcmp(argv[1], "proposal"))
		len = proposal(&wish, buf, sizeof(buf));
	else if (!strcmp(argv[1], "accept"))
		len = (wish.typev1 == SMCW_TYPE_R ? accept_smcr : accept_smcd)(&wish, buf,
									       sizeof(buf));
	else if (!strcmp(argv[1], "decline"))
		len = decline(&wish, buf, sizeof(buf));
	else
		die(EX_USAGE, "no such message: ", argv[1]);
	if (len < 0)
		die(EX_SOFTWARE, "the builder: ", strerror(-len));
	for (i = 0; i < len; i++)
		printf("%02x", buf[i]);
	putchar('\n');
	return 0;
}
