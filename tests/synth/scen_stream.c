// SPDX-License-Identifier: GPL-2.0-or-later
/* Data of applications over SMC-R, and the ways of its bytes. See scenario.h. */
#include <stdio.h>
#include <string.h>

#include "session.h"
#include "tls_session.h"

#define BODY 40000u /* more than twice the RMBE */
#define STEP 3000u  /* bytes between two CDC messages */
#define BOTH 50000u /* sent each way at once */

static const char request[] = "GET /big HTTP/1.1\r\nHost: server.example\r\n\r\n";

static uint8_t page[BODY + 200];

/* An answer with a body that is known. Return: its length. */
static size_t make_page(const char *head)
{
	size_t len = strlen(head), i;

	memcpy(page, head, len);
	for (i = 0; i < BODY; i++)
		page[len + i] = (uint8_t)('a' + i % 26);
	return len + BODY;
}

static size_t make_sized_page(void)
{
	char head[100];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", BODY);
	return make_page(head);
}

static void send_all(struct session *s, enum side from, const uint8_t *data, size_t len)
{
	size_t at, now;

	for (at = 0; at < len; at += now) {
		now = len - at < STEP ? len - at : STEP;
		session_send(s, from, data + at, now);
	}
}

/* The buffer comes round twice; the answer spans many WRITEs. */
static int run_wrap(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	session_open(&s, &r, 80, 0);
	session_text(&s, CLIENT, request);
	send_all(&s, SERVER, page, make_sized_page());
	session_text(&s, CLIENT, request);
	session_close(&s);
	return 0;
}

/* The body ends where the connection does. */
static int run_until_close(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	session_open(&s, &r, 80, 0);
	session_text(&s, CLIENT, request);
	session_text(&s, SERVER, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
	session_text(&s, SERVER, "until the end\n");
	session_close(&s);
	return 0;
}

enum disorder { AGAIN, SWAPPED, LATE_CDC, LOST };

/* The number of packets that session_write() makes of @len bytes at a cursor. */
static uint32_t writes_of(const struct cursors *at, size_t len)
{
	size_t first = SESSION_SIZE - at->prod < len ? SESSION_SIZE - at->prod : len;

	return (uint32_t)((first + ROCE_MTU - 1) / ROCE_MTU +
			  (len - first + ROCE_MTU - 1) / ROCE_MTU);
}

/* Parts of the body: sent twice, in the wrong order, after their CDC, or not at all. */
static int run_disorder(struct cap *cap, const void *arg)
{
	enum disorder how = *(const enum disorder *)arg;
	struct roce r = roce_init(cap);
	struct cursors before, told;
	uint32_t psn;
	struct session s;
	size_t len = make_sized_page(), at, now;

	session_open(&s, &r, 80, 0);
	session_text(&s, CLIENT, request);
	for (at = 0; at < len; at += now) {
		now = len - at < STEP ? len - at : STEP;
		psn = r.psn[SERVER];
		before = s.at[SERVER];
		if (how == SWAPPED && now > 1000)
			session_write(&s, SERVER, 1000, page + at + 1000, now - 1000, ROCE_MTU);
		if (how == SWAPPED && now > 1000)
			session_write(&s, SERVER, 0, page + at, 1000, ROCE_MTU);
		else if (how == SWAPPED || how == AGAIN || (how == LOST && at != 2 * STEP))
			session_write(&s, SERVER, 0, page + at, now, ROCE_MTU);
		if (how == AGAIN) {
			r.psn[SERVER] = psn;
			session_write(&s, SERVER, 0, page + at, now, ROCE_MTU);
		}
		told = before;
		session_produce(&s, SERVER, now);
		if (how == LATE_CDC) /* in the capture; RDMA has sent the WRITEs before it */
			r.psn[SERVER] += writes_of(&told, now);
		session_cdc(&s, SERVER, 0, 0);
		if (how == LATE_CDC) {
			told = s.at[SERVER];
			s.at[SERVER] = before;
			r.psn[SERVER] = psn;
			session_write(&s, SERVER, 0, page + at, now, ROCE_MTU);
			s.at[SERVER] = told;
			r.psn[SERVER]++;
		}
		session_consume(&s, CLIENT);
		session_cdc(&s, CLIENT, 0, 0);
	}
	session_close(&s);
	return 0;
}

static void put_record(uint8_t *to, uint8_t type, uint16_t len)
{
	memset(to, 0x5c, len + 5u);
	to[0] = type;
	to[1] = 3;
	to[2] = 3;
	smcw_put16(to + 3, len);
}

/* Records of TLS 1.2: an alert, and data that need several WRITEs. */
static int run_tls(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	session_open(&s, &r, 443, 0);
	put_record(page, 0x17, 5000);
	send_all(&s, CLIENT, page, 5005);
	put_record(page, 0x17, 100);
	send_all(&s, SERVER, page, 105);
	session_close(&s);
	return 0;
}

/* A session that its key opens. */
static int run_tls_psk(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	session_open(&s, &r, 443, 0);
	for (size_t i = 0; i < ARRAY_SIZE(tls_session); i++)
		session_send(&s, tls_session[i].from, tls_session[i].bytes, tls_session[i].len);
	session_close(&s);
	return 0;
}

static int run_resp(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;

	(void)arg;
	session_open(&s, &r, 6379, 0);
	session_text(&s, CLIENT, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
	session_text(&s, SERVER, "$5\r\nval");
	session_text(&s, SERVER, "ue\r\n");
	session_close(&s);
	return 0;
}

/* Bytes that look like CLC are the application's all the same. */
static int run_clc_lookalike(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;
	struct msg m;

	(void)arg;
	session_open(&s, &r, 12345, 0);
	msg_decline(&m, 2, SMCW_DECL_NOSMCDEV, false);
	session_send(&s, CLIENT, m.b, m.len);
	session_close(&s);
	return 0;
}

/* Numbered lines, so that no two places have the same bytes. */
static size_t make_lines(uint8_t *to, size_t size, const char *word)
{
	char line[40];
	size_t at = 0, len;
	unsigned int n;

	for (n = 1; at < size; n++, at += len) {
		len = (size_t)snprintf(line, sizeof(line), "%s line %u\n", word, n);
		len = len < size - at ? len : size - at;
		memcpy(to + at, line, len);
	}
	return size;
}

/* Both ways at once: some WRITEs for each CDC message, and consumers that take half of what is
 * there. */
static int run_both(struct cap *cap, const void *arg)
{
	static uint8_t lines[2][BOTH];
	struct roce r = roce_init(cap);
	size_t at[2] = { 0 }, step, i, n = 0;
	struct session s;
	int side;

	(void)arg;
	make_lines(lines[CLIENT], BOTH, "client");
	make_lines(lines[SERVER], BOTH, "server");
	session_open(&s, &r, 12345, 0);
	while (at[CLIENT] < BOTH || at[SERVER] < BOTH)
		for (side = CLIENT; side <= SERVER; side++, n++) {
			for (i = 0; i < 1 + n % 3 && at[side] < BOTH; i++) {
				step = 300 + n * 997 % 2600;
				step = step < BOTH - at[side] ? step : BOTH - at[side];
				session_write(&s, side, 0, lines[side] + at[side], step, ROCE_MTU);
				session_produce(&s, side, step);
				at[side] += step;
			}
			if (n % 4 < 2)
				session_consume(&s, side);
			session_cdc(&s, side, 0, 0);
		}
	session_close(&s);
	return 0;
}

#define HOW(h) (&(const enum disorder){ h })

static const struct scenario rows[] = {
	{ "stream-wrap", EXPECT_CLEAN, "HTTP over SMC-R, the buffer comes round", run_wrap, NULL },
	{ "stream-until-close", EXPECT_CLEAN, "an HTTP body that ends with the connection",
	  run_until_close, NULL },
	{ "stream-again", "data.again", "every WRITE twice", run_disorder, HOW(AGAIN) },
	{ "stream-swapped", "data.early", "WRITEs in the wrong order", run_disorder, HOW(SWAPPED) },
	{ "stream-late", EXPECT_CLEAN, "CDC before the WRITEs that it tells of", run_disorder,
	  HOW(LATE_CDC) },
	{ "stream-lost", "data.early,data.lost", "a WRITE is missing", run_disorder, HOW(LOST) },
	{ "stream-both", EXPECT_CLEAN, "both ways at once, three times the buffer", run_both,
	  NULL },
	{ "stream-tls", EXPECT_CLEAN, "TLS over SMC-R", run_tls, NULL },
	{ "stream-tls-psk", EXPECT_CLEAN, "a TLS session over SMC-R that its key opens",
	  run_tls_psk, NULL },
	{ "stream-resp", EXPECT_CLEAN, "RESP over SMC-R", run_resp, NULL },
	{ "stream-lookalike", EXPECT_CLEAN, "data that look like a Decline", run_clc_lookalike,
	  NULL },
};

const struct scenario_table stream_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
