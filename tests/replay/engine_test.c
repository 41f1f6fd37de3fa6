// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages that are answered in the background, and those that are left to the script as they are
 * wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer/engine.h"

enum { V2 = SMCW_LLC_V2_TYPE, FLAGS = sizeof(struct smcw_llc_v1) };

static struct ibv_qp verbs;
static struct device device;

static int answer(enum end stack, __u8 type, size_t len, const void *body, size_t body_len)
{
	struct link l = { .device = &device, .stack = (__u8)stack, .qp.verbs = &verbs };
	__u8 bytes[QP_MESSAGE_MAX] = { type }, to[QP_MESSAGE_MAX];
	int n;

	if (type & V2)
		smcw_put16(bytes + 1, (__u16)len);
	else
		bytes[1] = (__u8)len;
	if (body)
		memcpy(bytes + FLAGS, body, body_len);
	n = engine_answer(&l, bytes, len, to);
	if (n > 0)
		assert_true(engine_is_response(to) || stack == END_CLIENT);
	return n;
}

/* A link is asked for by a client, and offered by a server: the other way round the script has it.
 */
static void engine_answer__of_the_right_end(void **state)
{
	(void)state;
	assert_int_equal(answer(END_SERVER, SMCW_LLC_REQ_ADD_LINK_V2, SMCW_LLC_LEN, NULL, 0),
			 -ENOENT);
	assert_true(answer(END_CLIENT, SMCW_LLC_REQ_ADD_LINK_V2, SMCW_LLC_LEN, NULL, 0) > 0);
	assert_int_equal(answer(END_CLIENT, SMCW_LLC_CONFIRM_LINK, SMCW_LLC_LEN, NULL, 0), -ENOENT);
	assert_true(answer(END_SERVER, SMCW_LLC_CONFIRM_LINK, SMCW_LLC_LEN, NULL, 0) > 0);
	assert_int_equal(answer(END_CLIENT, SMCW_LLC_ADD_LINK, SMCW_LLC_LEN, NULL, 0), -ENOENT);
	assert_true(answer(END_SERVER, SMCW_LLC_ADD_LINK, SMCW_LLC_LEN, NULL, 0) > 0);
}

static void engine_answer__either_end(void **state)
{
	(void)state;
	for (int end = END_CLIENT; end <= END_SERVER; end++) {
		assert_true(answer((enum end)end, SMCW_LLC_TEST_LINK, SMCW_LLC_LEN, NULL, 0) > 0);
		assert_true(answer((enum end)end, SMCW_LLC_CONFIRM_RKEY, SMCW_LLC_LEN, NULL, 0) >
			    0);
	}
}

/* A message of a wrong length is the stack's fault, which an answer would make good. */
static void engine_answer__nothing_malformed(void **state)
{
	__u8 bytes[SMCW_LLC_LEN] = { SMCW_LLC_TEST_LINK, SMCW_LLC_LEN - 1 }, to[QP_MESSAGE_MAX];
	struct link l = { .device = &device, .stack = END_SERVER, .qp.verbs = &verbs };

	(void)state;
	assert_int_equal(engine_answer(&l, bytes, sizeof(bytes), to), -ENOENT);
	bytes[1] = SMCW_LLC_LEN;
	assert_true(engine_answer(&l, bytes, sizeof(bytes), to) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine_answer__of_the_right_end),
		cmocka_unit_test(engine_answer__either_end),
		cmocka_unit_test(engine_answer__nothing_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
