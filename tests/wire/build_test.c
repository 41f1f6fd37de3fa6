// SPDX-License-Identifier: GPL-2.0-or-later
/* smc_build.c: parts into messages and back, in buffers of every size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "samples.h"

/* The parts of any CLC message. */
union parts {
	struct smcw_proposal_parts proposal;
	struct smcw_accept_parts accept;
	struct smcw_decline_parts decline;
};

static int parse(const __u8 *msg, const struct smcw_layout *l, union parts *p)
{
	switch (l->type) {
	case SMCW_PROPOSAL:
		return smcw_proposal_parse(msg, l, &p->proposal);
	case SMCW_DECLINE:
		return smcw_decline_parse(msg, l, &p->decline);
	default:
		return smcw_accept_parse(msg, l, &p->accept);
	}
}

static int build(__u8 type, const union parts *p, void *buf, size_t cap)
{
	switch (type) {
	case SMCW_PROPOSAL:
		return smcw_proposal_build(&p->proposal, buf, cap);
	case SMCW_DECLINE:
		return smcw_decline_build(&p->decline, buf, cap);
	default:
		return smcw_accept_build(&p->accept, buf, cap);
	}
}

/* The one sample whose eyecatchers differ cannot come out of a builder. */
static int is_canonical(const struct sample *s)
{
	return s->kind == SAMPLE_CLC && !strstr(s->name, "eyecatcher");
}

static size_t load(const char *name, __u8 *msg, struct smcw_layout *l, union parts *p)
{
	size_t i, len;

	for (i = 0; i < samples_n && strcmp(samples[i].name, name); i++)
		;
	assert_true(i < samples_n);
	len = sample_bytes(samples[i].hex, msg);
	assert_int_equal(smcw_clc_layout(msg, len, l), 0);
	assert_int_equal(parse(msg, l, p), 0);
	return len;
}

/* ---- round trips ------------------------------------------------------------------ */

static void build__gives_back_what_parse_took(void **state)
{
	__u8 msg[SAMPLE_MAX], again[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;
	size_t i, len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		if (!is_canonical(&samples[i]))
			continue;
		len = load(samples[i].name, msg, &l, &p);
		assert_int_equal(build(l.type, &p, again, sizeof(again)), len);
		if (memcmp(again, msg, len))
			fail_msg("%s is built with other bytes", samples[i].name);
	}
}

static void build__computes_counts_and_offsets(void **state)
{
	__u8 msg[SAMPLE_MAX], again[SAMPLE_MAX], wrong[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;
	size_t i, len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		if (!is_canonical(&samples[i]))
			continue;
		len = load(samples[i].name, msg, &l, &p);
		memcpy(wrong, msg, len);
		parse(wrong, &l, &p);
		if (l.type == SMCW_PROPOSAL) {
			smcw_put16(wrong + 38, 0x7777);
			if (p.proposal.smcd)
				smcw_put16(wrong + 50, 0x7777);
			if (p.proposal.prefix)
				wrong[(const __u8 *)p.proposal.prefix + 7 - wrong] = 77;
			if (p.proposal.v2) {
				__u8 *v2 = wrong + ((const __u8 *)p.proposal.v2 - wrong);

				v2[0] = v2[1] = 77;
				smcw_put16(v2 + 6, 0x7777);
			}
		} else if (l.type == SMCW_CONFIRM && p.accept.gid_list) {
			wrong[(const __u8 *)p.accept.gid_list - wrong] = 77;
		}
		assert_int_equal(build(l.type, &p, again, sizeof(again)), len);
		if (memcmp(again, msg, len))
			fail_msg("%s is built with other bytes", samples[i].name);
	}
}

static void build__every_smaller_buffer_is_enospc_and_not_overrun(void **state)
{
	__u8 msg[SAMPLE_MAX], *small;
	struct smcw_layout l;
	size_t i, cap, len;
	union parts p;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		if (!is_canonical(&samples[i]))
			continue;
		len = load(samples[i].name, msg, &l, &p);
		for (cap = 0; cap <= len; cap++) {
			small = (__u8 *)malloc(cap + 1);
			assert_non_null(small);
			small[cap] = 0xa5;
			assert_int_equal(build(l.type, &p, small, cap),
					 cap < len ? -ENOSPC : (int)len);
			assert_int_equal(small[cap], 0xa5);
			free(small);
		}
		assert_int_equal(build(l.type, &p, NULL, 0), -ENOSPC);
	}
}

/* ---- input that the builders refuse ---------------------------------------------------- */

static void proposal_build__needs_its_parts(void **state)
{
	__u8 msg[SAMPLE_MAX], out[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p, q;

	(void)state;
	load("proposal_v2_b_8_of_each", msg, &l, &p);
#define WITHOUT(part)                                                                              \
	do {                                                                                       \
		q = p;                                                                             \
		q.proposal.part = NULL;                                                            \
		assert_int_equal(build(l.type, &q, out, sizeof(out)), -EINVAL);                    \
	} while (0)
	WITHOUT(base);
	WITHOUT(smcd);
	WITHOUT(prefix);
	WITHOUT(v2);
	WITHOUT(smcd_v2);
#undef WITHOUT
	/* But not those that its types do not ask for. */
	q = p;
	q.proposal.typev2 = SMCW_TYPE_R;
	q.proposal.smcd_v2 = NULL;
	assert_true(build(l.type, &q, out, sizeof(out)) > 0);
	q.proposal.typev1 = SMCW_TYPE_N;
	q.proposal.prefix = NULL;
	assert_true(build(l.type, &q, out, sizeof(out)) > 0);
	q.proposal.typev2 = SMCW_TYPE_N;
	q.proposal.v2 = NULL;
	assert_int_equal(build(l.type, &q, out, sizeof(out)), 84);
}

static void proposal_build__leaves_out_what_the_types_exclude(void **state)
{
	__u8 msg[SAMPLE_MAX], out[SAMPLE_MAX];
	struct smcw_layout l;
	char text[512];
	union parts p;
	int len;

	(void)state;
	load("proposal_v2_b_8_of_each", msg, &l, &p);
	p.proposal.typev2 = SMCW_TYPE_R;
	len = build(l.type, &p, out, sizeof(out));
	assert_int_equal(smcw_clc_layout(out, (size_t)len, &l), 0);
	assert_string_equal(layout_text(&l, text, sizeof(text)),
			    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 ipv6_prefix@88x8 "
			    "v2_ext@224 ueid@264x8 trailer@520");
	assert_memory_equal(out + 224, "\10\0", 2);    /* no device is counted */
	assert_memory_equal(out + 224 + 6, "\0\0", 2); /* nor its extension pointed to */
	p.proposal.version = SMCW_V1;
	len = build(l.type, &p, out, sizeof(out));
	assert_int_equal(smcw_clc_layout(out, (size_t)len, &l), 0);
	assert_string_equal(layout_text(&l, text, sizeof(text)),
			    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 ipv6_prefix@88x8 "
			    "trailer@224");
}

static void proposal_build__counts_beyond_the_limits_are_built(void **state)
{
	static __u8 out[0x12000];
	static struct smcw_eid eids[255];
	static struct smcw_gid_chid gids[255];
	static struct smcw_ipv6_prefix prefixes[255];
	__u8 msg[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;

	(void)state;
	load("proposal_v2_b_8_of_each", msg, &l, &p);
	p.proposal.eid = eids;
	p.proposal.gid = gids;
	p.proposal.ipv6 = prefixes;
	p.proposal.eid_count = p.proposal.gid_count = p.proposal.ipv6_count = 255;
	/* For tests of receivers: the limits are faults, not errors. */
	assert_int_equal(build(l.type, &p, out, sizeof(out)), 180 + 255 * (17 + 32 + 10));
	assert_int_equal(smcw_clc_layout(out, sizeof(out), &l), -EBADMSG);
	assert_int_equal(l.faults,
			 SMCW_FAULT_IPV6_COUNT | SMCW_FAULT_EID_COUNT | SMCW_FAULT_GID_COUNT);
}

static void accept_build__needs_its_parts(void **state)
{
	__u8 msg[SAMPLE_MAX], more[SAMPLE_MAX], out[SAMPLE_MAX];
	struct smcw_layout l;
	union parts r, d, q;

	(void)state;
	load("confirm_r_v21_first_2_gids", msg, &l, &r);
	load("confirm_d_v21_first", more, &l, &d);
#define WITHOUT(from, part)                                                                        \
	do {                                                                                       \
		q = from;                                                                          \
		q.accept.part = NULL;                                                              \
		assert_int_equal(smcw_accept_build(&q.accept, out, sizeof(out)), -EINVAL);         \
	} while (0)
	WITHOUT(r, smcr);
	WITHOUT(r, smcr_v2);
	WITHOUT(r, fce);
	WITHOUT(d, smcd);
	WITHOUT(d, smcd_v2);
	WITHOUT(d, fce);
#undef WITHOUT
	q = r;
	q.accept.smcd = d.accept.smcd; /* either, not both */
	assert_int_equal(smcw_accept_build(&q.accept, out, sizeof(out)), -EINVAL);
	q = r;
	q.accept.first_contact = 0;
	q.accept.fce = NULL;
	assert_int_equal(smcw_accept_build(&q.accept, out, sizeof(out)), 108);
	q.accept.version = SMCW_V1;
	q.accept.smcr_v2 = NULL;
	assert_int_equal(smcw_accept_build(&q.accept, out, sizeof(out)), 68);
}

static void accept_build__an_accept_has_no_gid_list(void **state)
{
	__u8 msg[SAMPLE_MAX], out[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;

	(void)state;
	load("confirm_r_v21_first_2_gids", msg, &l, &p);
	p.accept.type = SMCW_ACCEPT;
	assert_int_equal(smcw_accept_build(&p.accept, out, sizeof(out)), 160);
	assert_int_equal(smcw_clc_layout(out, 160, &l), 0);
}

static void decline_build__needs_its_part(void **state)
{
	struct smcw_decline_parts p = { .version = SMCW_V1 };
	static const struct smcw_decline decline;
	__u8 out[SAMPLE_MAX];

	(void)state;
	assert_int_equal(smcw_decline_build(&p, out, sizeof(out)), -EINVAL);
	p.decline = &decline;
	assert_int_equal(smcw_decline_build(&p, out, sizeof(out)), 28);
	p.version = SMCW_V2; /* zeros, when no further diagnosis is given */
	assert_int_equal(smcw_decline_build(&p, out, sizeof(out)), 44);
	assert_memory_equal(out + 24, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

/* ---- input that the parse functions refuse ------------------------------------------------ */

static void parse__refuses_other_types(void **state)
{
	__u8 msg[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;
	size_t i, len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		__u8 type;

		if (samples[i].kind != SAMPLE_CLC)
			continue;
		len = sample_bytes(samples[i].hex, msg);
		smcw_clc_layout(msg, len, &l);
		type = l.type;
		assert_int_equal(smcw_proposal_parse(msg, &l, &p.proposal),
				 type == SMCW_PROPOSAL ? 0 : -EINVAL);
		assert_int_equal(smcw_accept_parse(msg, &l, &p.accept),
				 type == SMCW_ACCEPT || type == SMCW_CONFIRM ? 0 : -EINVAL);
		assert_int_equal(smcw_decline_parse(msg, &l, &p.decline),
				 type == SMCW_DECLINE ? 0 : -EINVAL);
	}
}

static void parse__refuses_messages_without_a_base(void **state)
{
	static const char *const hex[] = { "e2d4c3d9 01 000c 10 e2d4c3d9",
					   "e2d4c3d9 02 000c 10 e2d4c3d9",
					   "e2d4c3d9 03 000c 11 e2d4c3d9",
					   "e2d4c3d9 04 000c 10 e2d4c3d9", "" };
	__u8 msg[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hex) / sizeof(hex[0]); i++) {
		assert_int_equal(smcw_clc_layout(msg, sample_bytes(hex[i], msg), &l), -EBADMSG);
		assert_int_equal(parse(msg, &l, &p), -EINVAL);
	}
}

static void parse__points_into_the_message(void **state)
{
	const struct smcw_proposal_parts *p;
	__u8 msg[SAMPLE_MAX];
	struct smcw_layout l;
	union parts all;

	(void)state;
	load("proposal_v2_b_8_of_each", msg, &l, &all);
	p = &all.proposal;
	assert_int_equal(p->version, SMCW_V2);
	assert_int_equal(p->typev1, SMCW_TYPE_B);
	assert_int_equal(p->typev2, SMCW_TYPE_B);
	assert_ptr_equal(p->base, msg + 8);
	assert_ptr_equal(p->smcd, msg + 40);
	assert_ptr_equal(p->prefix, msg + 80);
	assert_ptr_equal(p->ipv6, msg + 88);
	assert_ptr_equal(p->v2, msg + 224);
	assert_ptr_equal(p->eid, msg + 264);
	assert_ptr_equal(p->smcd_v2, msg + 520);
	assert_ptr_equal(p->gid, msg + 568);
	assert_int_equal(p->ipv6_count, 8);
	assert_int_equal(p->eid_count, 8);
	assert_int_equal(p->gid_count, 8);
}

static void parse__absent_parts_are_null(void **state)
{
	__u8 msg[SAMPLE_MAX];
	struct smcw_layout l;
	union parts p;

	(void)state;
	memset(&p, 0xff, sizeof(p));
	load("proposal_v1_r_52_bytes", msg, &l, &p);
	assert_null(p.proposal.smcd);
	assert_null(p.proposal.ipv6);
	assert_null(p.proposal.v2);
	assert_null(p.proposal.eid);
	assert_null(p.proposal.smcd_v2);
	assert_null(p.proposal.gid);
	assert_int_equal(p.proposal.ipv6_count + p.proposal.eid_count + p.proposal.gid_count, 0);
	memset(&p, 0xff, sizeof(p));
	load("accept_d_v1_first", msg, &l, &p);
	assert_null(p.accept.smcr);
	assert_null(p.accept.smcr_v2);
	assert_null(p.accept.smcd_v2);
	assert_null(p.accept.fce);
	assert_null(p.accept.fce_v2x);
	assert_null(p.accept.gid_list);
	assert_null(p.accept.gid);
	assert_int_equal(p.accept.gid_count, 0);
	assert_int_equal(p.accept.first_contact, 1);
	memset(&p, 0xff, sizeof(p));
	load("decline_v1_28_bytes", msg, &l, &p);
	assert_null(p.decline.decline_v2);
	assert_int_equal(p.decline.out_of_sync, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build__gives_back_what_parse_took),
		cmocka_unit_test(build__computes_counts_and_offsets),
		cmocka_unit_test(build__every_smaller_buffer_is_enospc_and_not_overrun),
		cmocka_unit_test(proposal_build__needs_its_parts),
		cmocka_unit_test(proposal_build__leaves_out_what_the_types_exclude),
		cmocka_unit_test(proposal_build__counts_beyond_the_limits_are_built),
		cmocka_unit_test(accept_build__needs_its_parts),
		cmocka_unit_test(accept_build__an_accept_has_no_gid_list),
		cmocka_unit_test(decline_build__needs_its_part),
		cmocka_unit_test(parse__refuses_other_types),
		cmocka_unit_test(parse__refuses_messages_without_a_base),
		cmocka_unit_test(parse__points_into_the_message),
		cmocka_unit_test(parse__absent_parts_are_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
