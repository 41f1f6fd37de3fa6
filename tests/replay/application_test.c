// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The application of the stack does what a script's CDC takes: it reads, sends, shuts down and
 * closes. Its connection is one of TCP, whose other end is the test's, and so is the way that CDC
 * goes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "state/observer.h"
#include "state/transport.h"
#include "text/script_text.h"
#include "transport/application.h"
#include "transport/cdc.h"
#include "transport/transfer.h"

enum { SIZE = 16384, TOKEN = 0x0a0b0c0d };

static struct {
	struct play p;
	struct setup setup;
	struct conn conn;
	struct script script;
	int end; /* the other one of the application's connection */
	char *text;
	size_t len;
	/* CDC: messages that come when they are waited for, and those that went */
	struct smcw_cdc come[8];
	unsigned int n_come, taken, waited, sent;
	bool makes_room; /* somebody reads what fills the connection */
	struct smcw_cdc last;
} t;

/* ---- the way of CDC ----------------------------------------------------------------------- */

static int send_cdc(struct play *p, const struct smcw_cdc *cdc)
{
	assert_ptr_equal(p, &t.p);
	t.sent++;
	t.last = *cdc;
	return 0;
}

static int take_cdc(struct play *p, unsigned int ms)
{
	char why[CONN_DIFFERENCE_MAX], rest[65536];

	t.waited++;
	while (t.makes_room && recv(t.end, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		ms = 1;
	if (t.taken == t.n_come) {
		poll(NULL, 0, ms < 20 ? (int)ms : 20);
		return PEER_LATE;
	}
	if (conn_received(p->conn, (const void *)&t.come[t.taken++], SMCW_CDC_LEN, why))
		return play_failed(p, "%s", why);
	return 0;
}

static const char *fault(struct play *p)
{
	(void)p;
	return NULL;
}

static const struct transport way = { .send_cdc = send_cdc, .take_cdc = take_cdc, .fault = fault };

static __u64 has_read(const struct play *p, __u64 wanted)
{
	(void)wanted;
	return p->conn->app_read;
}

static const struct observer observer = { .here = true,
					  .before_cdc = application_before_cdc,
					  .send = application_send,
					  .has_read = has_read };

/* ---- before and after ---------------------------------------------------------------------- */

static void connect_ends(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), small = 4096;

	assert_int_equal(bind(listener, (void *)&a, len), 0);
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (void *)&a, &len);
	t.p.app.fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(t.p.app.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	assert_int_equal(connect(t.p.app.fd, (void *)&a, len), 0);
	t.end = accept(listener, NULL, NULL);
	close(listener);
}

/* The steps of a script in which our end is the client. */
static const struct step *begin(const char *steps)
{
	struct smcw_accept_smcr smcr = { .rmbe_idx = 1 };
	char text[4096], error[SCRIPT_ERROR_MAX];

	memset(&t, 0, sizeof(t));
	snprintf(text, sizeof(text), "smc-replay 1\ncase x\n%s", steps);
	if (script_parse("x", text, strlen(text), &t.script, error))
		fail_msg("%s", error);
	t.setup.observer = &observer;
	t.setup.time_scale = 0.02;
	app_init(&t.p.app);
	t.p.setup = &t.setup;
	t.p.test = t.script.cases;
	t.p.role = END_CLIENT;
	t.p.has_result = true;
	t.p.transport = &way;
	t.p.conn = &t.conn;
	t.p.step = t.script.cases->steps;
	t.p.out = t.p.seen = t.p.notes = open_memstream(&t.text, &t.len);
	t.conn.own_token = TOKEN;
	t.conn.from_stack.size = SIZE;
	t.conn.rmb.bytes = calloc(1, SIZE);
	conn_learn(&t.conn, &smcr);
	connect_ends();
	return t.script.cases->steps;
}

/* What the play says went wrong; freed by the next begin(). */
static const char *said(void)
{
	fflush(t.p.out);
	return t.text;
}

static void end(void)
{
	fclose(t.p.out);
	free(t.text);
	free(t.conn.rmb.bytes);
	t.conn.rmb.bytes = NULL;
	conn_close(&t.conn);
	app_close(&t.p.app);
	close(t.end);
	script_free(&t.script);
}

/* Our end has written bytes, and says so; they are on their way to the application. */
static void write_bytes(const char *bytes, size_t len, int flags)
{
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };

	conn_wrote(&t.conn, t.conn.written, bytes, len);
	conn_fill(&t.conn, &cdc);
	if (flags & MSG_OOB)
		cdc.flags |= SMCW_CDC_URG_PENDING | SMCW_CDC_URG_PRESENT;
	conn_sent(&t.conn, &cdc, sizeof(cdc));
	assert_int_equal(send(t.end, bytes, len, flags), len);
}

/* A message of the stack. */
static struct smcw_cdc *comes(__u32 produced, __u32 consumed, __u8 flags, __u8 state)
{
	struct smcw_cdc *cdc = &t.come[t.n_come++];

	*cdc = (struct smcw_cdc){
		.type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN, .flags = flags, .state = state
	};
	smcw_put16(&cdc->seqno, (__u16)t.n_come);
	smcw_put32(&cdc->alert_token, TOKEN);
	smcw_put32(&cdc->prod.count, produced);
	smcw_put32(&cdc->cons.count, consumed);
	return cdc;
}

#define CDC(fields) "\tserver llc cdc\n\t\tcdc " fields "\n"

/* ---- it reads -------------------------------------------------------------------------------- */

static void application_before_cdc__reads_what_is_said_to_be_read(void **state)
{
	const struct step *s = begin("\tclient wait 1\n" CDC("cons_count=5") CDC("cons_count=10"));

	(void)state;
	write_bytes("0123456789", 10, 0);
	assert_int_equal(application_before_cdc(&t.p, s), 0);
	assert_int_equal(t.conn.app_read, 5);
	assert_int_equal(application_before_cdc(&t.p, s->next), 0);
	assert_int_equal(t.conn.app_read, 5);
	assert_int_equal(application_before_cdc(&t.p, s->next->next), 0);
	assert_int_equal(t.conn.app_read, 10);
	/* Nothing follows. */
	assert_int_equal(application_before_cdc(&t.p, NULL), 0);
	end();
}

/* More than there is cannot be read, and less than was written before is nothing. */
static void application_before_cdc__no_more_than_there_is(void **state)
{
	const struct step *s = begin(CDC("cons_count=50") CDC("cons_count=50"));

	(void)state;
	write_bytes("0123", 4, 0);
	assert_int_equal(application_before_cdc(&t.p, s), 0);
	assert_int_equal(t.conn.app_read, 4);
	write_bytes("45", 2, 0);
	t.p.app.closed = true;
	assert_int_equal(application_before_cdc(&t.p, s), 0);
	assert_int_equal(t.conn.app_read, 4);
	end();
}

static void application_before_cdc__another_byte(void **state)
{
	const struct step *s = begin(CDC("cons_count=4"));

	(void)state;
	write_bytes("0123", 4, 0);
	t.conn.to_stack.stream.bytes[2] = 'x';
	assert_int_equal(application_before_cdc(&t.p, s), PLAY_FAILED);
	assert_non_null(
		strstr(said(), "expected 0x78 as byte 2 for the application, got 0x32 [CDC-11]"));
	end();
}

static void application_before_cdc__the_end_of_the_stream(void **state)
{
	const struct step *s = begin(CDC("cons_count=4"));

	(void)state;
	write_bytes("01", 2, 0);
	conn_wrote(&t.conn, 2, "23", 2);
	shutdown(t.end, SHUT_WR);
	t.conn.to_stack.stream.len = 2;
	conn_expect(&t.conn, "", 0);
	t.conn.to_stack.stream.bytes = realloc(t.conn.to_stack.stream.bytes, 16);
	t.conn.to_stack.stream.len = 4;
	assert_int_equal(application_before_cdc(&t.p, s), PLAY_FAILED);
	assert_non_null(strstr(said(), "expected 4 bytes for the application, got 0, then "));
	end();
}

/* It is not in the stream, and what is before it is read first. */
static void application_before_cdc__an_urgent_byte(void **state)
{
	const struct step *s = begin(CDC("cons_count=7") CDC("cons_count=9"));

	(void)state;
	write_bytes("Before!", 7, MSG_OOB);
	assert_true(t.conn.urgent);
	assert_int_equal(application_before_cdc(&t.p, s), 0);
	assert_int_equal(t.conn.app_read, 7);
	assert_false(t.conn.urgent);
	write_bytes("by", 2, 0);
	assert_int_equal(application_before_cdc(&t.p, s->next), 0);
	assert_int_equal(t.conn.app_read, 9);
	end();
}

static void application_before_cdc__no_urgent_byte(void **state)
{
	const struct step *s = begin(CDC("cons_count=1"));

	(void)state;
	write_bytes("!", 1, 0);
	t.conn.urgent = true;
	t.conn.urgent_at = 0;
	assert_int_equal(application_before_cdc(&t.p, s), PLAY_FAILED);
	assert_non_null(strstr(said(), "expected an urgent byte, got none in time [CDC-17]"));
	close(t.p.app.fd);
	t.p.app.fd = dup(STDIN_FILENO);
	assert_int_equal(application_before_cdc(&t.p, s), PLAY_FAILED);
	assert_non_null(strstr(said(), "expected a byte by recv(MSG_OOB), got "));
	end();
}

/* ---- it ends
 * --------------------------------------------------------------------------------------- */

static bool sees_the_end(void)
{
	struct pollfd fd = { .fd = t.end, .events = POLLRDHUP };

	return poll(&fd, 1, 20) > 0;
}

static void application_before_cdc__ends_as_is_said(void **state)
{
	static const struct {
		const char *steps;
		bool by_hand, ends, closes;
	} rows[] = {
		{ CDC("cons_count=0"), false, false, false },
		{ CDC("done_writing=1"), false, true, false },
		{ CDC("closed=1"), false, true, true },
		{ CDC("abort=1"), false, true, true },
		{ CDC("done_writing=1"), true, false, false },
		{ CDC("closed=1"), true, false, false },
		{ "\tserver llc 254\n\t\tbytes 0xfe2cffffffffffffff\n", false, false, false },
		{ "\tserver llc test_link_v2\n\t\tllc_v2\n\t\ttest_link\n", false, false, false },
		{ "\tclient llc cdc\n\t\tcdc closed=1\n", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step *s = begin(rows[i].steps);

		t.p.app.by_hand = rows[i].by_hand;
		assert_int_equal(application_before_cdc(&t.p, s), 0);
		assert_int_equal(sees_the_end(), rows[i].ends);
		assert_int_equal(t.p.app.closed, rows[i].closes);
		assert_int_equal(t.p.app.shut, rows[i].ends && !rows[i].closes);
		/* Once. */
		assert_int_equal(application_before_cdc(&t.p, s), 0);
		end();
	}
}

static void application_before_cdc__cannot_shut_down(void **state)
{
	const struct step *s = begin(CDC("done_writing=1"));

	(void)state;
	close(t.p.app.fd);
	t.p.app.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(application_before_cdc(&t.p, s), PLAY_FAILED);
	assert_non_null(
		strstr(said(), "expected shutdown() to go well, got Transport endpoint is not"));
	end();
}

/* ---- it sends
 * ------------------------------------------------------------------------------------- */

static size_t gets(char *bytes, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap && (n = recv(t.end, bytes + len, cap - len, MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	return len;
}

static void application_send__all(void **state)
{
	const struct step *s =
		begin("\tserver write $rkey2 0 \"Hello\"\n" CDC("prod_count=5 cons_count=2"));
	char bytes[16];

	(void)state;
	write_bytes("0123", 4, 0);
	assert_int_equal(application_send(&t.p, s), 0);
	/* What it is said to have read by then it reads first. */
	assert_int_equal(t.conn.app_read, 2);
	assert_int_equal(t.conn.from_stack.stream.len, 5);
	assert_memory_equal(t.conn.from_stack.stream.bytes, "Hello", 5);
	assert_int_equal(gets(bytes, sizeof(bytes)), 5);
	assert_memory_equal(bytes, "Hello", 5);
	assert_int_equal(t.waited, 0);
	end();
}

/* The last byte of the last write before an urgent message is. */
static void application_send__urgent(void **state)
{
	static const struct {
		const char *steps;
		bool urgent;
	} rows[] = {
		{ "\tserver write $rkey2 0 \"ab!\"\n" CDC("prod_count=3 urgent_present=1"), true },
		{ "\tserver write $rkey2 0 \"ab!\"\n" CDC("prod_count=3"), false },
		{ "\tserver write $rkey2 0 \"ab!\"\n", false },
		{ "\tserver write $rkey2 0 \"ab!\"\n\tserver write $rkey2 3 \"c\"\n" CDC(
			  "prod_count=4 urgent_present=1"),
		  false },
		{ "\tserver write $rkey2 0 \"ab!\"\n\tclient write $rkey1 3 \"c\"\n" CDC(
			  "prod_count=4 urgent_present=1"),
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step *s = begin(rows[i].steps);
		char byte = 0, bytes[8];

		assert_int_equal(application_send(&t.p, s), 0);
		poll(NULL, 0, 5);
		assert_int_equal(recv(t.end, &byte, 1, MSG_OOB) == 1, rows[i].urgent);
		assert_int_equal(byte, rows[i].urgent ? '!' : 0);
		assert_int_equal(gets(bytes, sizeof(bytes)), rows[i].urgent ? 2 : 3);
		end();
	}
}

#define MUCH "\tserver write $rkey2 0 \"0123456789abcdef\"*65536\n"

/* As long as there is no room CDC is taken, and room is made. */
static void application_send__waits_for_room(void **state)
{
	const struct step *s = begin(MUCH);

	(void)state;
	t.setup.time_scale = 1;
	t.makes_room = true;
	assert_int_equal(application_send(&t.p, s), 0);
	assert_true(t.waited > 0);
	assert_int_equal(t.sent, 0);
	end();
}

static void application_send__no_room_in_time(void **state)
{
	const struct step *s = begin(MUCH);

	(void)state;
	assert_int_equal(application_send(&t.p, s), PLAY_FAILED);
	assert_non_null(strstr(said(), "expected 1048576 bytes to be sent, got "));
	end();
	s = begin("\tserver write $rkey2 0 \"x\"\n");
	close(t.p.app.fd);
	t.p.app.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(application_send(&t.p, s), PLAY_FAILED);
	assert_non_null(strstr(said(), "expected the application to send, got Broken pipe"));
	end();
}

/* What came is said to be taken, so that the stack may write more. */
static void application_send__makes_room(void **state)
{
	const struct step *s = begin(MUCH);

	(void)state;
	t.makes_room = true;
	t.setup.time_scale = 1;
	conn_expect(&t.conn, "0123456789", 10);
	memcpy(t.conn.rmb.bytes, "0123456789", 10);
	comes(10, 0, 0, 0);
	assert_int_equal(application_send(&t.p, s), 0);
	assert_int_equal(t.sent, 1);
	assert_int_equal(smcw_get32(&t.last.cons.count), 10);
	assert_int_equal(t.conn.updates, 1);
	end();
}

/* ---- CDC of the stack
 * --------------------------------------------------------------------------------- */

static void expect(int rc, const char *text)
{
	const struct step *s = t.p.step;

	assert_int_equal(cdc_receive(&t.p, s), rc);
	if (text && !strstr(said(), text))
		fail_msg("expected %s, got %s", text, said());
}

static void bytes_of_the_stack(const char *bytes)
{
	size_t len = strlen(bytes);

	conn_expect(&t.conn, bytes, len);
	memcpy(t.conn.rmb.bytes, bytes, len);
}

static void cdc_receive__one_or_several(void **state)
{
	(void)state;
	begin(CDC("prod_count=5"));
	bytes_of_the_stack("Hello");
	comes(5, 0, 0, 0);
	expect(0, NULL);
	end();
	begin(CDC("prod_count=5"));
	bytes_of_the_stack("Hello");
	comes(2, 0, 0, 0);
	comes(5, 0, 0, 0);
	expect(0, NULL);
	assert_int_equal(t.taken, 2);
	/* It came early for the next step, too. */
	expect(0, NULL);
	assert_int_equal(t.taken, 2);
	end();
}

static void cdc_receive__states(void **state)
{
	static const struct {
		const char *steps;
		__u8 flags, state;
		const char *text;
	} rows[] = {
		{ CDC("closed=1"), 0, SMCW_CDC_CLOSED, NULL },
		{ CDC("prod_count=0"), 0, SMCW_CDC_CLOSED, "cdc.closed: expected 0, got 1" },
		{ CDC("prod_count=0"), 0, SMCW_CDC_ABORT, "cdc.abort: expected 0, got 1" },
		{ CDC("prod_count=0"), 0, SMCW_CDC_DONE_WRITING, "cdc.done_writing: expected 0" },
		{ CDC("done_writing=1"), 0, SMCW_CDC_DONE_WRITING, NULL },
		{ CDC("closed=1"), 0, SMCW_CDC_DONE_WRITING, "cdc.done_writing: expected 0" },
		{ CDC("prod_count=0"), SMCW_CDC_FAILOVER, 0, "cdc.failover: expected 0, got 1" },
		{ CDC("failover=1"), SMCW_CDC_FAILOVER, 0, NULL },
		{ CDC("failover=1 seqno=0"), SMCW_CDC_FAILOVER, 0, NULL },
		{ CDC("failover=1 seqno=7"), SMCW_CDC_FAILOVER, 0, "cdc.seqno: expected 7, got" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smcw_cdc *cdc;

		begin(rows[i].steps);
		cdc = comes(0, 0, rows[i].flags, rows[i].state);
		/* It takes no number of its own. */
		if (rows[i].flags & SMCW_CDC_FAILOVER)
			smcw_put16(&cdc->seqno, 0);
		expect(rows[i].text ? PLAY_FAILED : 0, rows[i].text);
		end();
	}
}

/* A message that only says what was read may come later, unless an update is owed. */
static void cdc_receive__may_be_late(void **state)
{
	(void)state;
	begin(CDC("cons_count=4"));
	write_bytes("0123", 4, 0);
	expect(0, NULL);
	assert_int_equal(t.conn.app_read, 4);
	end();
	begin(CDC("prod_count=4"));
	bytes_of_the_stack("0123");
	expect(PLAY_FAILED, "expected CDC with prod 4, cons 0, flags 0x00, state 0x00, got nothing "
			    "in time; the last "
			    "one has prod 0, cons 0, flags 0x00, state 0x00");
	end();
}

static void cdc_receive__answers_a_stack_that_is_stopped(void **state)
{
	(void)state;
	begin(CDC("prod_count=5 closed=1"));
	bytes_of_the_stack("Hello");
	comes(3, 0, SMCW_CDC_UPDATE_REQ, 0);
	comes(5, 0, 0, SMCW_CDC_CLOSED);
	expect(0, NULL);
	assert_int_equal(t.sent, 1);
	assert_int_equal(smcw_get32(&t.last.cons.count), 3);
	end();
}

static void cdc_expect_no_more__messages(void **state)
{
	(void)state;
	begin(CDC("closed=1"));
	assert_int_equal(cdc_expect_no_more(&t.p, 0), 0);
	comes(0, 0, 0, SMCW_CDC_CLOSED);
	assert_int_equal(cdc_expect_no_more(&t.p, 0), PLAY_FAILED);
	end();
	begin(CDC("closed=1"));
	comes(0, 0, 0, SMCW_CDC_CLOSED);
	assert_int_equal(cdc_expect_no_more(&t.p, SMCW_CDC_CLOSED), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(application_before_cdc__reads_what_is_said_to_be_read),
		cmocka_unit_test(application_before_cdc__no_more_than_there_is),
		cmocka_unit_test(application_before_cdc__another_byte),
		cmocka_unit_test(application_before_cdc__the_end_of_the_stream),
		cmocka_unit_test(application_before_cdc__an_urgent_byte),
		cmocka_unit_test(application_before_cdc__no_urgent_byte),
		cmocka_unit_test(application_before_cdc__ends_as_is_said),
		cmocka_unit_test(application_before_cdc__cannot_shut_down),
		cmocka_unit_test(application_send__all),
		cmocka_unit_test(application_send__urgent),
		cmocka_unit_test(application_send__waits_for_room),
		cmocka_unit_test(application_send__no_room_in_time),
		cmocka_unit_test(application_send__makes_room),
		cmocka_unit_test(cdc_receive__one_or_several),
		cmocka_unit_test(cdc_receive__states),
		cmocka_unit_test(cdc_receive__may_be_late),
		cmocka_unit_test(cdc_receive__answers_a_stack_that_is_stopped),
		cmocka_unit_test(cdc_expect_no_more__messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
