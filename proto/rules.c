// SPDX-License-Identifier: GPL-2.0-or-later
/* See rules.h. */
#include <string.h>

#include "rules.h"
#include "smc_codec.h"
#include "smc_fields.h"

_Static_assert(SMCP_FINDINGS <= 0xff, "a finding's number is of 8 bits");

const struct smcp_rule_row smcp_rules[SMCP_RULES] = {
#define RULE(symbol, id, level, where, finding, text)                                              \
	[SMCP_##symbol] = { id, level, where, text, SMCP_SHOWS_##finding },
#include "rules.def"
};

static const char *const marks[SMCP_RULES + 1] = {
#define RULE(symbol, id, level, where, finding, text) [SMCP_##symbol] = " [" id "]",
#include "rules.def"
	[SMCP_NO_RULE] = "",
};

enum smcp_rule smcp_rule_find(const char *id)
{
	unsigned int i = 0;

	while (i < SMCP_RULES && strcmp(smcp_rules[i].id, id))
		i++;
	return (enum smcp_rule)i;
}

const char *smcp_rule_mark(enum smcp_rule rule)
{
	return marks[rule];
}

enum smcp_rule smcp_rule_of_layer(unsigned int part)
{
	if (part == SMCW_PART_cdc)
		return SMCP_CDC_01;
	if (part == SMCW_PART_cdc_smcd)
		return SMCP_ISM_01;
	return part >= SMCW_PART_llc_v1 && part <= SMCW_PART_llc_other ? SMCP_LLC_01 : SMCP_CLC_01;
}

/* The statements about single fields. */
static const struct {
	__u16 field;
	__u8 rule;
} of_fields[] = {
	{ SMCW_F_confirm_link_link_num, SMCP_LLC_12 },
	{ SMCW_F_confirm_link_max_links, SMCP_LLC_13 },
	{ SMCW_F_confirm_link_max_conns, SMCP_LLC_13 },
	{ SMCW_F_confirm_link_no_eye_resp, SMCP_LLC_10 },
	{ SMCW_F_confirm_link_no_eye_req, SMCP_LLC_10 },
	{ SMCW_F_add_link_rejected, SMCP_LLC_17 },
	{ SMCW_F_delete_link_reason, SMCP_LLC_29 },
	{ SMCW_F_delete_rkey_error_mask, SMCP_LLC_36 },
	{ SMCW_F_delete_rkey_v2_negative, SMCP_LLC_37 },
	{ SMCW_F_delete_rkey_v2_invalid_count, SMCP_LLC_37 },
	{ SMCW_F_confirm_rkey_negative, SMCP_LLC_31 },
	{ SMCW_F_confirm_rkey_retry, SMCP_LLC_31 },
	{ SMCW_F_test_link_user_data, SMCP_LLC_39 },
};

enum smcp_rule smcp_rule_of_field(unsigned int field)
{
	enum smcp_rule layer = smcp_rule_of_layer(smcw_fields[field].part);
	unsigned int i;

	for (i = 0; i < sizeof(of_fields) / sizeof(of_fields[0]); i++)
		if (of_fields[i].field == field)
			return (enum smcp_rule)of_fields[i].rule;
	if (smcw_fields[field].kind != SMCW_K_RSVD)
		return SMCP_NO_RULE;
	return layer == SMCP_CLC_01 ? SMCP_CLC_06 : layer;
}

/* Faults of CLC that a statement of its own is about; the others are of the layout. */
static const __u8 of_faults[SMCW_FAULT_COUNT] = {
	[SMCW_FAULT_BIT_EYECATCHER] = SMCP_CLC_02, [SMCW_FAULT_BIT_TRAILER] = SMCP_CLC_03,
	[SMCW_FAULT_BIT_TYPE] = SMCP_CLC_07,	   [SMCW_FAULT_BIT_VERSION] = SMCP_CLC_08,
	[SMCW_FAULT_BIT_SMC_TYPE] = SMCP_ACC_06,   [SMCW_FAULT_BIT_IPAREA] = SMCP_PRP_02,
	[SMCW_FAULT_BIT_IPV6_COUNT] = SMCP_PRP_05, [SMCW_FAULT_BIT_V2_EXT] = SMCP_PRP_11,
	[SMCW_FAULT_BIT_EID_COUNT] = SMCP_PRP_13,  [SMCW_FAULT_BIT_SMCD_V2_EXT] = SMCP_PRP_15,
	[SMCW_FAULT_BIT_GID_COUNT] = SMCP_PRP_14,  [SMCW_FAULT_BIT_FCE] = SMCP_ACC_03,
};

enum smcp_rule smcp_rule_of_fault(unsigned int bit, unsigned int part)
{
	enum smcp_rule layer = smcp_rule_of_layer(part);

	if (layer != SMCP_CLC_01)
		return layer;
	if (bit == SMCW_FAULT_BIT_SMC_TYPE && part == SMCW_PART_proposal_hdr)
		return SMCP_PRP_06;
	return of_faults[bit] ? (enum smcp_rule)of_faults[bit] : layer;
}

/* Where the two ends find one thing by different statements. */
#define REASON(reason, by_server, by_client)                                                       \
	{                                                                                          \
		SMCW_DECL_##reason,                                                                \
		{                                                                                  \
			SMCP_##by_server, SMCP_##by_client                                         \
		}                                                                                  \
	}

static const struct {
	__u32 reason;
	__u8 by[2]; /* the server, the client */
} of_reasons[] = {
	REASON(MEM, SRV_22, ISM_07),	     REASON(TIMEOUT_CL, LLC_09, LLC_08),
	REASON(PEERNOSMC, OPT_03, OPT_04),   REASON(IPSEC, OPT_12, OPT_12),
	REASON(NOSMCDEV, SRV_11, PRP_18),    REASON(NOSMCDDEV, SRV_10, NO_RULE),
	REASON(NOSMCRDEV, NO_RULE, NO_RULE), REASON(NOISM2SUPP, SRV_07, NO_RULE),
	REASON(NOV2EXT, SRV_06, NO_RULE),    REASON(NOV2DEXT, PRP_15, NO_RULE),
	REASON(NOSMCD2DEV, SRV_12, NO_RULE), REASON(NOUEID, SRV_08, NO_RULE),
	REASON(RELEASEERR, ACC_15, NO_RULE), REASON(MAXCONNERR, SRV_15, ACC_14),
	REASON(MAXLINKERR, SRV_16, ACC_14),  REASON(MODEUNSUPP, NO_RULE, ACC_08),
	REASON(RMBE_EC, LLC_10, LLC_10),     REASON(OPTUNSUPP, OPT_11, OPT_11),
	REASON(DIFFPREFIX, SRV_02, NO_RULE), REASON(GETVLANERR, SRV_19, SRV_19),
	REASON(ISMVLANERR, SRV_19, SRV_19),  REASON(NOACTLINK, ACC_12, ACC_12),
	REASON(NOSRVLINK, NO_RULE, ACC_11),  REASON(MAX_DMB, SRV_20, SRV_20),
	REASON(NOROUTE, NO_RULE, ACC_13),    REASON(NOINDIRECT, NO_RULE, ACC_13),
	REASON(SYNCERR, NO_RULE, ACC_10),    REASON(ERR_RTOK, ACC_23, ACC_23),
	REASON(ERR_RDYLNK, LLC_47, LLC_47),  REASON(ERR_REGBUF, LLC_33, LLC_33),
};

enum smcp_rule smcp_rule_of_reason(__u32 reason, int by_client)
{
	unsigned int i;

	for (i = 0; i < sizeof(of_reasons) / sizeof(of_reasons[0]); i++)
		if (of_reasons[i].reason == reason)
			return (enum smcp_rule)of_reasons[i].by[!!by_client];
	return SMCP_NO_RULE;
}
