// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-xfer's pattern: computable anywhere, different everywhere, and every wrong byte is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "xfer.h"

enum { TOTAL = 300 };

static const struct xfer_plan plan = { .direction = DIR_BOTH,
				       .bytes = TOTAL,
				       .reply_bytes = TOTAL,
				       .seed = 7,
				       .banner = "220 hello\n" };

static void sent(bool from_server, uint16_t number, uint8_t *out, struct xfer_stream *stream)
{
	stream_init(stream, &plan, from_server);
	stream_number(stream, number);
	stream_fill(stream, 0, out, (size_t)stream->total);
}

static void stream_fill__any_part_is_the_same(void **state)
{
	uint8_t whole[512], part[512];
	struct xfer_stream stream;
	size_t from, len;

	(void)state;
	sent(true, 3, whole, &stream);
	assert_int_equal(stream.total, TOTAL + strlen(plan.banner));
	for (from = 0; from < 40; from++) {
		for (len = 0; len < 40; len++) {
			stream_fill(&stream, from, part, len);
			assert_memory_equal(part, whole + from, len);
		}
	}
	assert_memory_equal(whole, plan.banner, strlen(plan.banner));
}

static void stream_fill__streams_differ(void **state)
{
	uint8_t one[512], other[512], back[512];
	struct xfer_stream stream;
	size_t i, same = 0;

	(void)state;
	sent(false, 1, one, &stream);
	sent(false, 2, other, &stream);
	sent(true, 1, back, &stream);
	for (i = 0; i + 8 <= TOTAL; i += 8) {
		same += !memcmp(one + i, other + i, 8);
		same += !memcmp(one + i, back + strlen(plan.banner) + i, 8);
	}
	assert_int_equal(same, 0);
}

/* However the bytes come in pieces, the number is learned from them. */
static void stream_check__learns_the_number(void **state)
{
	uint8_t whole[512], expected;
	struct xfer_stream stream;
	size_t cut;

	(void)state;
	for (cut = 1; cut < 30; cut++) {
		size_t at, n;

		sent(true, 0x1234, whole, &stream);
		stream_init(&stream, &plan, true);
		for (at = 0; at < stream.total; at += n) {
			n = stream.total - at < cut ? (size_t)stream.total - at : cut;
			assert_int_equal(stream_check(&stream, at, whole + at, n, &expected), n);
		}
		assert_int_equal(stream.id, 0x1234);
	}
}

/* A wrong byte in the number is seen at once after it, any other one where it is. */
static void stream_check__sees_every_wrong_bit(void **state)
{
	uint8_t whole[512], expected;
	struct xfer_stream stream;
	size_t bit;

	(void)state;
	for (bit = 0; bit < 8 * TOTAL; bit++) {
		size_t good;

		sent(false, 5, whole, &stream);
		whole[bit / 8] ^= (uint8_t)(1 << bit % 8);
		stream_init(&stream, &plan, false);
		good = stream_check(&stream, 0, whole, TOTAL, &expected);
		assert_true(bit / 8 < 2 ? good >= 2 && good < 8 : good == bit / 8);
	}
}

static void stream_check__short_streams_have_no_number(void **state)
{
	struct xfer_plan small = plan;
	uint8_t buf[16], expected;
	struct xfer_stream stream;

	(void)state;
	for (small.bytes = 1; small.bytes < 16; small.bytes++) {
		stream_init(&stream, &small, false);
		stream_number(&stream, 9);
		stream_fill(&stream, 0, buf, (size_t)small.bytes);
		buf[0] ^= 0x80;
		stream_init(&stream, &small, false);
		assert_int_equal(stream_check(&stream, 0, buf, (size_t)small.bytes, &expected), 0);
		assert_int_equal(expected, buf[0] ^ 0x80);
	}
}

static void stream_fill__text_repeats(void **state)
{
	const struct xfer_plan text = {
		.bytes = 7, .reply_bytes = 4, .text = "abc", .reply = "xy"
	};
	struct xfer_stream stream;
	uint8_t buf[8];

	(void)state;
	stream_init(&stream, &text, false);
	stream_fill(&stream, 0, buf, 7);
	assert_memory_equal(buf, "abcabca", 7);
	stream_init(&stream, &text, true);
	stream_fill(&stream, 1, buf, 3);
	assert_memory_equal(buf, "yxy", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_fill__any_part_is_the_same),
		cmocka_unit_test(stream_fill__streams_differ),
		cmocka_unit_test(stream_fill__text_repeats),
		cmocka_unit_test(stream_check__learns_the_number),
		cmocka_unit_test(stream_check__sees_every_wrong_bit),
		cmocka_unit_test(stream_check__short_streams_have_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
