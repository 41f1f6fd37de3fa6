// SPDX-License-Identifier: GPL-2.0-or-later
/* The conditions that a CDC message of the stack has to follow from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer/conn.h"

enum { SIZE = 16384, TOKEN = 0x0a0b0c0d, PEER_TOKEN = 0x01020304 };

static const char data[] = "0123456789";

/* As after a handshake: RMBEs of 16 KiB, and ten bytes that the application of the stack has sent.
 */
static int set_up(void **state)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct smcw_accept_smcr smcr = { .rmbe_idx = 1 };

	if (!c)
		return -1;
	c->own_token = TOKEN;
	c->from_stack.size = SIZE;
	c->rmb.bytes = calloc(1, SIZE);
	smcw_put32(&smcr.alert_token, PEER_TOKEN);
	conn_learn(c, &smcr);
	conn_expect(c, data, 10);
	memcpy(c->rmb.bytes, data, 10);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct conn *c = *state;

	free(c->rmb.bytes);
	c->rmb.bytes = NULL;
	conn_close(c);
	free(c);
	return 0;
}

/* A message that is right: ten bytes, nothing consumed. */
static struct smcw_cdc good(void)
{
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };

	smcw_put16(&cdc.seqno, 1);
	smcw_put32(&cdc.alert_token, TOKEN);
	smcw_put32(&cdc.prod.count, 10);
	return cdc;
}

static void refused(struct conn *c, const struct smcw_cdc *cdc, size_t len, const char *field,
		    const char *statement)
{
	char why[CONN_DIFFERENCE_MAX];

	assert_int_equal(conn_received(c, (const void *)cdc, len, why), -EPROTO);
	assert_ptr_equal(strstr(why, field), why);
	assert_non_null(strstr(why, statement));
}

static void conn_received__good(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = good();
	char why[CONN_DIFFERENCE_MAX];

	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	assert_int_equal(c->from_stack.produced, 10);
}

static void conn_received__form(void **state)
{
	struct smcw_cdc cdc = good();

	refused(*state, &cdc, 43, "cdc:", "[CDC-01]");
	refused(*state, &cdc, 0, "cdc:", "[CDC-01]");
	cdc.length = 43;
	refused(*state, &cdc, sizeof(cdc), "cdc.length", "[CDC-01]");
	cdc = good();
	smcw_put32(&cdc.alert_token, TOKEN + 1);
	refused(*state, &cdc, sizeof(cdc), "cdc.alert_token", "[CDC-01]");
	cdc = good();
	cdc.reserved[16] = 1;
	refused(*state, &cdc, sizeof(cdc), "cdc.reserved", "[CDC-01]");
	cdc = good();
	cdc.credits = 1;
	refused(*state, &cdc, sizeof(cdc), "cdc.credits", "[CDC-01]");
}

static void conn_received__sequence(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = good();
	char why[CONN_DIFFERENCE_MAX];

	smcw_put16(&cdc.seqno, 2);
	refused(c, &cdc, sizeof(cdc), "cdc.seqno", "[CDC-04]");
	c->stack_seq = 0xffff;
	smcw_put16(&cdc.seqno, 0);
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
}

/* A failover says the number of a message that was sent, and nothing else of it counts. */
static void conn_received__failover(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };
	char why[CONN_DIFFERENCE_MAX];

	cdc.flags = SMCW_CDC_FAILOVER | SMCW_CDC_WRITE_BLOCKED;
	cdc.state = SMCW_CDC_ABORT;
	smcw_put32(&cdc.alert_token, TOKEN);
	smcw_put32(&cdc.prod.count, SIZE + 1);
	smcw_put16(&cdc.seqno, 4);
	c->stack_seq = 3;
	refused(c, &cdc, sizeof(cdc), "cdc.seqno: expected 3 at most", "[CDC-21]");
	smcw_put16(&cdc.seqno, 3);
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	assert_int_equal(c->last.flags, SMCW_CDC_FAILOVER);
	assert_int_equal(c->last.state, 0);
	assert_int_equal(c->stack_seq, 3);
	assert_int_equal(c->from_stack.produced, 0);
	smcw_put32(&cdc.alert_token, TOKEN + 1);
	refused(c, &cdc, sizeof(cdc), "cdc.alert_token", "[CDC-01]");
	/* The numbers of messages that were lost with the link are left out, and then none. */
	cdc = good();
	smcw_put16(&cdc.seqno, 3);
	refused(c, &cdc, sizeof(cdc), "cdc.seqno", "[CDC-04]");
	smcw_put16(&cdc.seqno, 6);
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	smcw_put16(&cdc.seqno, 8);
	refused(c, &cdc, sizeof(cdc), "cdc.seqno", "[CDC-04]");
}

/* Ours takes no number, and says nothing of cursors. */
static void conn_sent__failover(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE,
				.length = SMCW_CDC_LEN,
				.flags = SMCW_CDC_FAILOVER };

	conn_wrote(c, 0, "abcd", 4);
	conn_fill(c, &cdc);
	conn_sent(c, &cdc, sizeof(cdc));
	assert_int_equal(c->seq, 0);
	assert_int_equal(c->to_stack.stream.len, 0);
}

static void conn_received__cursors(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = good();

	smcw_put32(&cdc.prod.count, SIZE);
	refused(c, &cdc, sizeof(cdc), "cdc.prod_count", "[CDC-06]");
	smcw_put32(&cdc.prod.count, 11);
	refused(c, &cdc, sizeof(cdc), "cdc.prod:", "[CDC-11]");
	smcw_put16(&cdc.prod.wrap, 1);
	refused(c, &cdc, sizeof(cdc), "cdc.prod:", "[CDC-13]");
	cdc = good();
	smcw_put32(&cdc.cons.count, 1);
	refused(c, &cdc, sizeof(cdc), "cdc.cons:", "[CDC-15]");
	c->from_stack.produced = 11;
	cdc = good();
	refused(c, &cdc, sizeof(cdc), "cdc.prod:", "[CDC-13]");
}

static void conn_received__write_blocked(void **state)
{
	static __u8 full[SIZE];
	struct conn *c = *state;
	struct smcw_cdc cdc = good();
	char why[CONN_DIFFERENCE_MAX];

	conn_expect(c, full, SIZE - 10);
	smcw_put16(&cdc.prod.wrap, 1);
	smcw_put32(&cdc.prod.count, 0);
	refused(c, &cdc, sizeof(cdc), "cdc.write_blocked", "[CDC-14]");
	cdc.flags = SMCW_CDC_WRITE_BLOCKED;
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
}

/* The same once more is refused, unless our end has asked; a failover says nothing of it. */
static void conn_received__nothing_new(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = good(), failover = { .type = SMCW_CDC_TYPE,
						   .length = SMCW_CDC_LEN,
						   .flags = SMCW_CDC_FAILOVER };
	char why[CONN_DIFFERENCE_MAX];

	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	smcw_put16(&cdc.seqno, 2);
	refused(c, &cdc, sizeof(cdc), "cdc:", "[CDC-16.1]");
	c->asked = true;
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	smcw_put16(&cdc.seqno, 3);
	refused(c, &cdc, sizeof(cdc), "cdc:", "[CDC-16.1]");
	cdc.state = SMCW_CDC_CLOSED;
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
	smcw_put16(&cdc.seqno, 4);
	refused(c, &cdc, sizeof(cdc), "cdc:", "[CDC-20.1]");
	smcw_put32(&failover.alert_token, TOKEN);
	smcw_put16(&failover.seqno, 3);
	assert_int_equal(conn_received(c, (void *)&failover, sizeof(failover), why), 0);
	assert_int_equal(conn_received(c, (void *)&cdc, sizeof(cdc), why), 0);
}

static void conn_received__data(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = good();

	c->rmb.bytes[9] ^= 1;
	refused(c, &cdc, sizeof(cdc), "data: byte 9", "[CDC-11]");
}

static void conn_count__wraps(void **state)
{
	struct smcw_cursor cursor = { 0 };

	(void)state;
	conn_cursor(&cursor, SIZE, 65536ull * SIZE + 5);
	assert_int_equal(smcw_get16(&cursor.wrap), 0);
	assert_int_equal(conn_count(&cursor, SIZE, 65536ull * SIZE - 1), 65536ull * SIZE + 5);
	assert_int_equal(conn_count(&cursor, SIZE, 0), 5);
}

static void conn_sent__not_for_the_connection(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };

	conn_wrote(c, 0, "abcd", 4);
	conn_fill(c, &cdc);
	assert_int_equal(smcw_get32(&cdc.prod.count), 4);
	conn_sent(c, &cdc, 25);
	cdc.length = 45;
	conn_sent(c, &cdc, sizeof(cdc));
	cdc.length = SMCW_CDC_LEN;
	smcw_put32(&cdc.alert_token, PEER_TOKEN + 1);
	conn_sent(c, &cdc, sizeof(cdc));
	assert_int_equal(c->to_stack.stream.len, 0);
	smcw_put32(&cdc.alert_token, PEER_TOKEN);
	conn_sent(c, &cdc, sizeof(cdc));
	assert_int_equal(c->to_stack.stream.len, 4);
	assert_memory_equal(c->to_stack.stream.bytes, "abcd", 4);
	assert_int_equal(c->seq, 1);
}

/* A cursor that goes far ahead, or back, adds no more than the written bytes. */
static void conn_sent__any_cursor(void **state)
{
	struct conn *c = *state;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };

	conn_wrote(c, SIZE - 2, "ab", 2);
	conn_wrote(c, SIZE - 1, "too long", 8);
	conn_wrote(c, ~0ull, "nowhere", 7);
	conn_fill(c, &cdc);
	smcw_put16(&cdc.prod.wrap, 0x7fff);
	smcw_put32(&cdc.prod.count, 0xffffffff);
	conn_sent(c, &cdc, sizeof(cdc));
	assert_int_equal(c->to_stack.stream.len, 2);
}

/* The edges of the rule, from both sides: half of the RMBE, a tenth of it, the floor under that. */
static void conn_owes_update__edges(void **state)
{
	enum { LARGE = 65536, TENTH = LARGE / 10, FLOOR = 2304 };
	static const struct {
		unsigned int size, produced, read;
		__u8 flags;
		bool owes;
	} rows[] = {
		{ LARGE, LARGE / 2, TENTH, 0, false },
		{ LARGE, LARGE / 2, TENTH + 1, 0, true },
		{ LARGE, LARGE / 2 - 1, LARGE / 2 - 1, 0, false },
		{ LARGE, LARGE / 2 - 1, TENTH + 1, SMCW_CDC_WRITE_BLOCKED, true },
		{ LARGE, LARGE / 2 - 1, TENTH, SMCW_CDC_WRITE_BLOCKED, false },
		{ LARGE, 2, 1, SMCW_CDC_UPDATE_REQ, true },
		{ LARGE, 2, 0, SMCW_CDC_UPDATE_REQ, false },
		{ SIZE, SIZE / 2, FLOOR, 0, false },
		{ SIZE, SIZE / 2, FLOOR + 1, 0, true },
	};
	struct conn *c = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE,
					.length = SMCW_CDC_LEN,
					.flags = rows[i].flags };
		struct conn one = { .token = c->token, .written = rows[i].produced };

		one.to_stack.size = rows[i].size;
		one.mirror = calloc(1, rows[i].size);
		smcw_put16(&cdc.seqno, 1);
		smcw_put32(&cdc.alert_token, c->token);
		conn_cursor(&cdc.prod, rows[i].size, rows[i].produced);
		conn_sent(&one, &cdc, sizeof(cdc));
		assert_int_equal(conn_owes_update(&one, rows[i].read), rows[i].owes);
		/* An update that has been reported is owed no more. */
		one.to_stack.consumed = rows[i].read;
		assert_false(conn_owes_update(&one, rows[i].read));
		free(one.mirror);
		free(one.to_stack.stream.bytes);
	}
}

static void refused_head(struct conn *c, const struct smcw_cdc_smcd *head, const char *field)
{
	char why[CONN_DIFFERENCE_MAX];

	assert_int_equal(conn_received_smcd(c, head, why), -EPROTO);
	assert_ptr_equal(strstr(why, field), why);
	assert_non_null(strstr(why, "[ISM-01]"));
}

/* The head of a DMB has other bits without a meaning than a message of SMC-R. */
static void conn_received_smcd__head(void **state)
{
	const struct smcw_cdc_smcd right = { .type = SMCW_CDC_TYPE, .prod_count = 10 };
	struct smcw_cdc_smcd head = right;
	char why[CONN_DIFFERENCE_MAX];

	head.type = SMCW_CDC_TYPE - 1;
	refused_head(*state, &head, "cdc_smcd.type");
	head = right;
	head.flags = 1;
	refused_head(*state, &head, "cdc_smcd: flags");
	head = right;
	head.state = 1;
	refused_head(*state, &head, "cdc_smcd: flags");
	head = right;
	head.reserved1[6] = 1;
	refused_head(*state, &head, "cdc_smcd: bytes");
	head = right;
	head.reserved2[0] = 1;
	refused_head(*state, &head, "cdc_smcd: bytes");
	head = right;
	head.reserved3[7] = 1;
	refused_head(*state, &head, "cdc_smcd: bytes");
	assert_int_equal(conn_received_smcd(*state, &right, why), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(conn_owes_update__edges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_count__wraps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_sent__not_for_the_connection, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(conn_sent__any_cursor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__sequence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__failover, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_sent__failover, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__cursors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__write_blocked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__nothing_new, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received__data, set_up, tear_down),
		cmocka_unit_test_setup_teardown(conn_received_smcd__head, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
