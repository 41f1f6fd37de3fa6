// SPDX-License-Identifier: GPL-2.0-or-later
/* smc_event.c: good events are whole, bad ones are refused, layouts tile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "event_sample.h"

#define HDR sizeof(struct smcw_event)

/* Every kind without a message, with the size of its body. */
static const struct {
	__u8 kind;
	size_t body;
} bodies[] = {
	{ SMCW_EV_SYN, 8 },	    { SMCW_EV_LGR_UP, 88 },	{ SMCW_EV_LGR_DOWN, 88 },
	{ SMCW_EV_LINK_UP, 40 },    { SMCW_EV_LINK_DOWN, 40 },	{ SMCW_EV_CONN_NEW, 56 },
	{ SMCW_EV_CONN_READY, 56 }, { SMCW_EV_CONN_FREE, 56 },	{ SMCW_EV_BUF_REGISTER, 16 },
	{ SMCW_EV_BUF_ATTACH, 16 }, { SMCW_EV_BUF_DETACH, 16 }, { SMCW_EV_BUF_UNREGISTER, 16 },
	{ SMCW_EV_STATE, 8 },	    { SMCW_EV_FALLBACK, 8 },	{ SMCW_EV_CLC_FAILED, 8 },
	{ SMCW_EV_MODULE, 24 },	    { SMCW_EV_COUNTERS, 56 },	{ SMCW_EV_TRAFFIC, 64 },
	{ SMCW_EV_DELAYS, 48 },	    { SMCW_EV_FACTS, 248 },	{ SMCW_EV_CLOCK, 80 },
};

#define N (sizeof(bodies) / sizeof(bodies[0]))

static void tiles(const struct smcw_layout *l, size_t len)
{
	size_t off = 0, i;

	for (i = 0; i < l->n; i++) {
		assert_int_equal(l->piece[i].off, off);
		assert_true(l->piece[i].count);
		off += smcw_piece_len(&l->piece[i]);
	}
	assert_int_equal(off, len);
	assert_int_equal(l->len, len);
}

/* An event with a body of zeroes. */
static size_t zeroes(struct event_sample *s, __u8 kind, size_t body)
{
	event_sample(s, kind, 0, "");
	smcw_put16(&s->ev.length, (__u16)body);
	return HDR + body;
}

static void event_check__whole_ones(void **state)
{
	struct event_sample s;
	size_t i, len;

	(void)state;
	for (i = 0; i < N; i++) {
		len = zeroes(&s, bodies[i].kind, bodies[i].body);
		assert_int_equal(smcw_event_check(&s, len), len);
		/* The bytes after it are another event's. */
		assert_int_equal(smcw_event_check(&s, len + 8), len);
	}
	for (i = SMCW_EV_CLC; i <= SMCW_EV_CDC; i++) {
		assert_int_equal(smcw_event_check(&s, zeroes(&s, (__u8)i, 0)), HDR);
		assert_int_equal(smcw_event_check(&s, zeroes(&s, (__u8)i, 100)), HDR + 100);
	}
}

static void event_check__cut(void **state)
{
	struct event_sample s;
	size_t i, len, cut;

	(void)state;
	for (i = 0; i < N; i++) {
		len = zeroes(&s, bodies[i].kind, bodies[i].body);
		for (cut = 0; cut < len; cut++)
			assert_int_equal(smcw_event_check(&s, cut), -EBADMSG);
	}
	zeroes(&s, SMCW_EV_CLC, 100);
	assert_int_equal(smcw_event_check(&s, HDR + 99), -EBADMSG);
}

static void event_check__version(void **state)
{
	struct event_sample s;
	size_t len = zeroes(&s, SMCW_EV_STATE, 8);
	struct smcw_layout l;
	unsigned int v;

	(void)state;
	for (v = 0; v < 256; v++) {
		s.ev.version = (__u8)v;
		assert_int_equal(smcw_event_check(&s, len),
				 v == SMCW_EVENT_VERSION ? (int)len : -EBADMSG);
	}
	smcw_event_layout(&s, len, &l);
	assert_int_equal(l.faults, SMCW_FAULT_VERSION);
}

static void event_check__body_of_wrong_size(void **state)
{
	struct event_sample s;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		size_t body = bodies[i].body;

		assert_int_equal(smcw_event_check(&s, zeroes(&s, bodies[i].kind, 0)), -EBADMSG);
		assert_int_equal(smcw_event_check(&s, zeroes(&s, bodies[i].kind, body - 1)),
				 -EBADMSG);
		assert_int_equal(smcw_event_check(&s, zeroes(&s, bodies[i].kind, body + 1)),
				 -EBADMSG);
	}
}

static void event_check__kinds_that_are_not_known(void **state)
{
	struct event_sample s;
	struct smcw_layout l;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < 256; kind++) {
		size_t len = zeroes(&s, (__u8)kind, 8);

		if (smcw_value_text(SMCW_LIST_event_kinds, kind))
			continue;
		assert_int_equal(smcw_event_check(&s, len), -EBADMSG);
		assert_int_equal(smcw_event_layout(&s, len, &l), -EBADMSG);
		assert_true(l.faults & SMCW_FAULT_TYPE);
		tiles(&l, len);
	}
}

static void event_check__counters_are_many(void **state)
{
	struct event_sample s;
	struct smcw_layout l;
	size_t n, len;

	(void)state;
	for (n = 1; n <= SAMPLE_MAX / sizeof(struct smcw_ev_counter); n++) {
		len = zeroes(&s, SMCW_EV_COUNTERS, n * sizeof(struct smcw_ev_counter));
		assert_int_equal(smcw_event_check(&s, len), len);
		assert_int_equal(smcw_event_layout(&s, len, &l), 0);
		assert_int_equal(l.n, 2);
		assert_int_equal(l.piece[1].part, SMCW_PART_ev_counter);
		assert_int_equal(l.piece[1].count, n);
		tiles(&l, len);
	}
}

/* The pieces tile the bytes at hand for any kind and length. */
static void event_layout__tiles(void **state)
{
	struct event_sample s;
	struct smcw_layout l;
	size_t len, body, i;

	(void)state;
	for (i = 0; i < N; i++)
		for (body = 0; body < 2 * bodies[i].body; body++)
			for (len = 0; len <= HDR + body; len++) {
				zeroes(&s, bodies[i].kind, body);
				smcw_event_layout(&s, len, &l);
				tiles(&l, len);
			}
	zeroes(&s, SMCW_EV_CDC, 44);
	assert_int_equal(smcw_event_layout(&s, HDR + 44, &l), 0);
	tiles(&l, HDR);
}

/* Bodies as long as their offsets can be, and longer; what is at hand may be less. */
static void event_layout__longest(void **state)
{
	enum { HEAD = sizeof(struct smcw_event), MOST = 0xffff - HEAD };
	static __u8 bytes[HEAD + 0xffff];
	struct smcw_event *ev = (struct smcw_event *)bytes;

	(void)state;
	ev->version = SMCW_EVENT_VERSION;
	ev->kind = SMCW_EV_COUNTERS;
	for (int body = MOST - 2; body <= 0xffff; body += body < MOST + 2 ? 1 : 97) {
		for (int missing = 0; missing < 3; missing++) {
			int have = body - missing, kept = have < MOST ? have : MOST;
			struct smcw_layout l;

			smcw_put16(&ev->length, (__u16)body);
			smcw_event_layout(ev, (size_t)(HEAD + have), &l);
			assert_int_equal(!!(l.faults & SMCW_FAULT_CUT), missing > 0);
			assert_int_equal(!!(l.faults & SMCW_FAULT_LENGTH), have > MOST);
			assert_int_equal(l.len, HEAD + kept);
		}
	}
}

static void event_message__of_each_kind(void **state)
{
	struct event_sample s;
	struct smcw_layout l;
	size_t i;

	(void)state;
	event_sample(&s, SMCW_EV_CLC, 0, "e2d4c3d9 04 001c 10 00*8 03010000 00*4 e2d4c3d9");
	assert_int_equal(smcw_event_message(&s.ev, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_decline));
	tiles(&l, 28);
	event_sample(&s, SMCW_EV_LLC, 0, "07 2c 00 00*41");
	assert_int_equal(smcw_event_message(&s.ev, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_test_link));
	event_sample(&s, SMCW_EV_CDC, 0, "fe 2c 00*42");
	assert_int_equal(smcw_event_message(&s.ev, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_cdc));
	event_sample(&s, SMCW_EV_CDC, SMCW_EV_BIG, "fe 00*31");
	s.ev.mode = SMCW_MODE_SMCD;
	assert_int_equal(smcw_event_message(&s.ev, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_cdc_smcd));
	assert_int_equal(l.big, 1);
	s.ev.flags = 0;
	smcw_event_message(&s.ev, &l);
	assert_int_equal(l.big, 0);
	for (i = 0; i < N; i++) {
		zeroes(&s, bodies[i].kind, bodies[i].body);
		assert_int_equal(smcw_event_message(&s.ev, &l), -ENOENT);
		assert_int_equal(l.n, 0);
	}
}

static void event_message__cut(void **state)
{
	struct event_sample s;
	struct smcw_layout l;
	size_t len;

	(void)state;
	for (len = 0; len < 28; len++) {
		event_sample(&s, SMCW_EV_CLC, 0, "e2d4c3d9 04 001c 10 00*8 03010000 00*4 e2d4c3d9");
		smcw_put16(&s.ev.length, (__u16)len);
		assert_int_equal(smcw_event_check(&s, HDR + len), HDR + len);
		assert_int_equal(smcw_event_message(&s.ev, &l), -EBADMSG);
		assert_true(l.faults & SMCW_FAULT_CUT);
		tiles(&l, len);
	}
}

/* Filters have a bit a kind and counters a row a hook: none may be another one's. */
static void event_limits__each_has_its_own(void **state)
{
#define SMCW_V_NUMBER(name, value, ...) value,
	static const unsigned int kinds[] = { SMCW_EVENT_KINDS(SMCW_V_NUMBER) };
	static const unsigned int hooks[] = { SMCW_EVENT_HOOKS(SMCW_V_NUMBER) };
#undef SMCW_V_NUMBER
	unsigned long long bits = 0, rows = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_false(bits & SMCW_KIND_BIT(kinds[i]));
		bits |= SMCW_KIND_BIT(kinds[i]);
	}
	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		assert_false(rows & 1ull << (hooks[i] & (SMCW_HOOKS_MAX - 1)));
		rows |= 1ull << (hooks[i] & (SMCW_HOOKS_MAX - 1));
	}
}

/* Each kind is of one class, and those of no class are not known. */
static void kinds_of__share_all_kinds(void **state)
{
	static const __u8 classes[] = {
#define C_VALUE(name, value, word) value,
		SMCW_KIND_CLASSES(C_VALUE)
#undef C_VALUE
	};
	__u64 all = 0, of_class;
	unsigned int kind;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(classes); i++) {
		of_class = smcw_kinds_of(classes[i]);
		assert_true(of_class);
		assert_false(all & of_class);
		all |= of_class;
	}
	assert_true(smcw_kinds_of(0xff) == all);
	for (kind = 0; kind < SMCW_KINDS_MAX; kind++)
		assert_int_equal(!!(all & SMCW_KIND_BIT(kind)),
				 !!smcw_value_text(SMCW_LIST_event_kinds, kind));
	assert_false(smcw_kinds_of_trace() & ~all);
}

/* A class is that of the messages in it, and LIFE is the rest but what is made of CDC. */
static void kinds_of__each_class(void **state)
{
	const __u64 cdc = SMCW_KIND_BIT(SMCW_EV_CDC) | SMCW_KIND_BIT(SMCW_EV_TRAFFIC) |
			  SMCW_KIND_BIT(SMCW_EV_DELAYS);
	const __u64 clc = SMCW_KIND_BIT(SMCW_EV_CLC), llc = SMCW_KIND_BIT(SMCW_EV_LLC);

	(void)state;
	assert_true(smcw_kinds_of(SMCW_CLASS_CLC) == clc);
	assert_true(smcw_kinds_of(SMCW_CLASS_LLC) == llc);
	assert_true(smcw_kinds_of(SMCW_CLASS_CDC) == cdc);
	assert_true(smcw_kinds_of(SMCW_CLASS_LIFE) == (smcw_kinds_of(0xff) & ~(clc | llc | cdc)));
	assert_true(smcw_kinds_of_trace() ==
		    (SMCW_KIND_BIT(SMCW_EV_MODULE) | SMCW_KIND_BIT(SMCW_EV_COUNTERS) |
		     SMCW_KIND_BIT(SMCW_EV_DELAYS) | SMCW_KIND_BIT(SMCW_EV_FACTS) |
		     SMCW_KIND_BIT(SMCW_EV_CLOCK)));
}

static __u64 kinds_of_object(enum smcw_event_of of)
{
	__u64 bits = 0;
	unsigned int kind;

	for (kind = 0; kind < SMCW_KINDS_MAX; kind++)
		if (smcw_event_kinds[kind].class && smcw_event_kinds[kind].of == of)
			bits |= SMCW_KIND_BIT(kind);
	return bits;
}

/* Filters on sockets let these pass with their link group; all others are of a socket or the trace.
 */
static void event_kinds__each_object(void **state)
{
	const __u64 of_group = SMCW_KIND_BIT(SMCW_EV_LLC) | SMCW_KIND_BIT(SMCW_EV_LGR_UP) |
			       SMCW_KIND_BIT(SMCW_EV_LGR_DOWN) | SMCW_KIND_BIT(SMCW_EV_LINK_UP) |
			       SMCW_KIND_BIT(SMCW_EV_LINK_DOWN);
	const __u64 buffer = SMCW_KIND_BIT(SMCW_EV_BUF_REGISTER) |
			     SMCW_KIND_BIT(SMCW_EV_BUF_UNREGISTER) |
			     SMCW_KIND_BIT(SMCW_EV_BUF_ATTACH) | SMCW_KIND_BIT(SMCW_EV_BUF_DETACH);

	(void)state;
	assert_true(kinds_of_object(SMCW_OF_GROUP) == of_group);
	assert_true(kinds_of_object(SMCW_OF_BUFFER) == buffer);
	assert_true(kinds_of_object(SMCW_OF_TRACE) == smcw_kinds_of_trace());
	assert_true(kinds_of_object(SMCW_OF_SOCKET) ==
		    (smcw_kinds_of(0xff) & ~(of_group | buffer | smcw_kinds_of_trace())));
}

/* Events of a hook are of a kind that is known, and messages, and only they, have a direction. */
static void event_hooks__go_with_their_kind(void **state)
{
	unsigned int hook;

	(void)state;
	for (hook = 0; hook < SMCW_HOOKS_MAX; hook++) {
		const struct smcw_event_hook *h = &smcw_event_hooks[hook];

		assert_int_equal(h->dir != SMCW_DIR_NONE, smcw_kind_is_message(h->kind));
		assert_true(!h->kind || smcw_event_kinds[h->kind].class);
		assert_true(h->kind != SMCW_EV_CDC || h->mode != SMCW_MODE_UNKNOWN);
		assert_int_equal(SMCW_HOOK_IS_OUT(hook), h->dir == SMCW_DIR_OUT);
		assert_int_equal(SMCW_HOOK_IS_SMCD(hook), h->mode == SMCW_MODE_SMCD);
		if (!smcw_value_text(SMCW_LIST_event_hooks, hook))
			assert_true(!h->kind && !h->dir && !h->mode);
	}
	assert_int_equal(smcw_event_hooks[SMCW_HOOK_CDCD_TX].dir, SMCW_DIR_OUT);
	assert_int_equal(smcw_event_hooks[SMCW_HOOK_CDCR_RX].dir, SMCW_DIR_IN);
}

/* The places that only one of SMC-R and SMC-D has. */
static void event_hooks__each_mode(void **state)
{
	static const __u8 modes[SMCW_HOOKS_MAX] = {
		[SMCW_HOOK_CDCD_TX... SMCW_HOOK_CDCD_RX] = SMCW_MODE_SMCD,
		[SMCW_HOOK_DMB_REGISTER... SMCW_HOOK_DMB_DETACH] = SMCW_MODE_SMCD,
		[SMCW_HOOK_LLC_TX... SMCW_HOOK_CDCR_RX] = SMCW_MODE_SMCR,
		[SMCW_HOOK_LINK_UP... SMCW_HOOK_LINK_DOWN] = SMCW_MODE_SMCR,
		[SMCW_HOOK_RMB_REGISTER... SMCW_HOOK_RMB_UNREGISTER] = SMCW_MODE_SMCR,
	};
	unsigned int hook;

	(void)state;
	for (hook = 0; hook < SMCW_HOOKS_MAX; hook++)
		assert_int_equal(smcw_event_hooks[hook].mode, modes[hook]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_check__whole_ones),
		cmocka_unit_test(event_check__cut),
		cmocka_unit_test(event_check__version),
		cmocka_unit_test(event_check__body_of_wrong_size),
		cmocka_unit_test(event_check__kinds_that_are_not_known),
		cmocka_unit_test(event_check__counters_are_many),
		cmocka_unit_test(event_layout__tiles),
		cmocka_unit_test(event_layout__longest),
		cmocka_unit_test(event_message__of_each_kind),
		cmocka_unit_test(event_message__cut),
		cmocka_unit_test(event_limits__each_has_its_own),
		cmocka_unit_test(kinds_of__share_all_kinds),
		cmocka_unit_test(kinds_of__each_class),
		cmocka_unit_test(event_kinds__each_object),
		cmocka_unit_test(event_hooks__go_with_their_kind),
		cmocka_unit_test(event_hooks__each_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
