// SPDX-License-Identifier: GPL-2.0-or-later
/* reader.c: what is whole is read, whatever else is in the file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "events.h"
#include "record/pcapng.h"
#include "record/reader.h"

enum { SHB = 0x0a0d0d0a, IDB = 1, EPB = 6 };

/* The file of all sample events. */
static __u8 *file;
static size_t file_len;

static int write_file(void **state)
{
	static const struct pcapng_meta meta = { .version = "0" };
	int fd = memfd_create("events", 0);
	struct pcapng *p;
	union event e;
	char line[EVENT_LINE_MAX];
	size_t i;

	(void)state;
	if (fd < 0 || pcapng_open(fd, &meta, &p))
		return -1;
	for (i = 0; i < events_n(); i++) {
		event_make(i, &e);
		pcapng_event(p, &e.ev, event_line(&e.ev, line));
	}
	if (pcapng_close(p))
		return -1;
	file_len = (size_t)lseek(fd, 0, SEEK_END);
	file = malloc(file_len);
	return !file || pread(fd, file, file_len, 0) != (ssize_t)file_len || close(fd);
}

static int free_file(void **state)
{
	(void)state;
	free(file);
	return 0;
}

static __u32 word(size_t at)
{
	__u32 v;

	memcpy(&v, file + at, sizeof(v));
	return v;
}

/* ---- whole and cut files -------------------------------------------------------- */

static int same_as_made(void *ctx, struct smcw_event *ev)
{
	union event e;
	size_t *n = ctx, len = event_make((*n)++, &e);

	assert_memory_equal(ev, &e, len);
	return 0;
}

/* A file of bytes in memory, which says when it is closed. */
struct bytes {
	const __u8 *bytes;
	size_t len, at;
	bool closed;
};

static ssize_t bytes_read(void *cookie, char *to, size_t len)
{
	struct bytes *b = cookie;

	assert_false(b->closed);
	if (len > b->len - b->at)
		len = b->len - b->at;
	memcpy(to, b->bytes + b->at, len);
	b->at += len;
	return (ssize_t)len;
}

static int bytes_seek(void *cookie, off64_t *to, int whence)
{
	struct bytes *b = cookie;
	off64_t at = *to + (whence == SEEK_SET ? 0 :
			    whence == SEEK_CUR ? (off64_t)b->at :
						 (off64_t)b->len);

	if (at < 0 || at > (off64_t)b->len)
		return -1;
	b->at = (size_t)at;
	*to = at;
	return 0;
}

static int bytes_close(void *cookie)
{
	struct bytes *b = cookie;

	assert_false(b->closed);
	b->closed = true;
	return 0;
}

/* Whatever is in the file, it is closed. */
static int read_bytes(const __u8 *bytes, size_t len, reader_fn fn, void *ctx,
		      struct reader_result *r)
{
	struct bytes b = { bytes, len, 0, false };
	FILE *in =
		fopencookie(&b, "rb",
			    (cookie_io_functions_t){
				    .read = bytes_read, .seek = bytes_seek, .close = bytes_close });
	int rc;

	assert_non_null(in);
	rc = reader_file(in, fn, ctx, r);
	assert_true(b.closed);
	return rc;
}

static void reader_file__gives_back_every_event(void **state)
{
	struct reader_result r;
	size_t n = 0;

	(void)state;
	assert_int_equal(read_bytes(file, file_len, same_as_made, &n, &r), 0);
	assert_int_equal(n, events_n());
	assert_int_equal(r.packets, n);
	assert_int_equal(r.events, n);
	assert_int_equal(r.foreign, 0);
	assert_string_equal(r.error, "");
}

/* libpcap knows a file by its first 12 bytes, but speaks of a cut below 4. */
static int verdict(size_t len, int readable)
{
	if (len >= 4 && len < 12)
		return -EBADMSG;
	return readable ? 0 : READER_CUT;
}

static void reader_file__cut_anywhere_gives_what_is_whole(void **state)
{
	size_t cut, block = 0, whole = 0, readable = 0, n;
	struct reader_result r;

	(void)state;
	for (cut = 0; cut < file_len; cut++) {
		if (cut && cut == block + word(block + 4)) {
			whole += word(block) == EPB;
			readable |= word(block) == IDB;
			block = cut;
		}
		n = 0;
		assert_int_equal(read_bytes(file, cut, same_as_made, &n, &r),
				 verdict(cut, cut == block && readable));
		assert_int_equal(n, whole);
		assert_int_equal(!*r.error, cut == block && readable);
	}
}

static int anything(void *ctx, struct smcw_event *ev)
{
	__u64 *sum = ctx;

	*sum += ev->kind;
	return 0;
}

static void reader_file__broken_bytes_do_no_harm(void **state)
{
	__u8 *bytes = malloc(file_len);
	unsigned int seed = 1, i, k;
	struct reader_result r;
	__u64 sum = 0;
	int rc;

	(void)state;
	assert_non_null(bytes);
	for (i = 0; i < 2000; i++) {
		memcpy(bytes, file, file_len);
		for (k = 0; k < 1 + i % 8; k++)
			bytes[(size_t)rand_r(&seed) % file_len] = (__u8)rand_r(&seed);
		rc = read_bytes(bytes, file_len, anything, &sum, &r);
		assert_true(rc == 0 || rc == READER_CUT || rc == -EBADMSG ||
			    rc == -EPROTONOSUPPORT);
		assert_int_equal(!*r.error, rc == 0);
		assert_int_equal(r.events + r.foreign + r.newer, r.packets);
	}
	free(bytes);
}

/* Each kind and version that may come later, by a file that has one such event. */
static void reader_file__later_events_are_named(void **state)
{
	static const char name[] = "smcx.event";
	__u8 *bytes = malloc(file_len), *event;
	struct reader_result before, r;
	__u64 sum = 0;

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(read_bytes(file, file_len, anything, &sum, &before), 0);
	memcpy(bytes, file, file_len);
	event = memmem(bytes, file_len, name, strlen(name));
	assert_non_null(event);
	while (event[0] != SMCW_EVENT_VERSION || event[1] != SMCW_EV_CLC || event[2] > 9)
		event++;
	for (unsigned int kind = 0; kind < 256; kind++) {
		event[1] = (__u8)kind;
		read_bytes(bytes, file_len, anything, &sum, &r);
		assert_int_equal(r.newer, kind && !smcw_event_kinds[kind].class);
		assert_int_equal(r.newer_kinds[kind / 64] >> kind % 64 & 1, r.newer);
		assert_int_equal(r.events + r.foreign + r.newer, before.packets);
	}
	event[1] = SMCW_EV_CLC;
	for (unsigned int version = 0; version < 256; version++) {
		event[0] = (__u8)version;
		read_bytes(bytes, file_len, anything, &sum, &r);
		assert_int_equal(r.newer, version > SMCW_EVENT_VERSION);
		assert_int_equal(r.newer_version, r.newer ? version : 0);
	}
	free(bytes);
}

static int stop_at_third(void *ctx, struct smcw_event *ev)
{
	struct reader_result *r = ctx;

	(void)ev;
	return r->events == 3 ? -ECANCELED : 0;
}

static void reader_file__ends_with_what_the_callback_says(void **state)
{
	struct reader_result r;

	(void)state;
	assert_int_equal(read_bytes(file, file_len, stop_at_third, &r, &r), -ECANCELED);
	assert_int_equal(r.packets, 3);
}

/* ---- other files ---------------------------------------------------------------- */

static void reader_file__other_files_are_told_apart(void **state)
{
	static const __u8 ethernet[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0";
	static const __u8 text[] = "This is no capture file at all, just text.";
	struct reader_result r;
	size_t n = 0;

	(void)state;
	assert_int_equal(read_bytes(ethernet, sizeof(ethernet), same_as_made, &n, &r),
			 -EPROTONOSUPPORT);
	assert_non_null(strstr(r.error, "EN10MB"));
	assert_int_equal(read_bytes(text, sizeof(text), same_as_made, &n, &r), -EBADMSG);
	assert_string_not_equal(r.error, "");
	assert_int_equal(reader_path("/nonexistent/file", same_as_made, &n, &r), -ENOENT);
	assert_string_not_equal(r.error, "");
}

static void reader_file__foreign_packets_are_counted(void **state)
{
	__u8 *bytes = malloc(file_len);
	struct reader_result r;
	__u64 sum = 0;
	__u8 *name;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, file, file_len);
	name = memmem(bytes, file_len, SMCW_EVENT_DISSECTOR, strlen(SMCW_EVENT_DISSECTOR));
	assert_non_null(name);
	name[0] = 'X';
	assert_int_equal(read_bytes(bytes, file_len, anything, &sum, &r), 0);
	assert_int_equal(r.packets, events_n());
	assert_int_equal(r.foreign, 1);
	assert_int_equal(r.events, events_n() - 1);
	free(bytes);
}

/* ---- packets -------------------------------------------------------------------- */

static int packet(const void *bytes, size_t len)
{
	__u8 *copy = malloc(len ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	rc = reader_packet(copy, len);
	free(copy);
	return rc;
}

static void reader_packet__finds_the_end_of_the_tags(void **state)
{
	static const char exact[] = "\0\14\0\12smcx.event\0\0\0\0";
	static const char padded[] = "\0\41\0\4SMC\0\0\14\0\14smcx.event\0\0\0\0\0\0event";

	(void)state;
	assert_int_equal(packet(exact, sizeof(exact) - 1), 18);
	assert_int_equal(packet(padded, sizeof(padded) - 1), 28);
}

static void reader_packet__is_not_ours(void **state)
{
	static const char other[] = "\0\14\0\4http\0\0\0\0";
	static const char longer[] = "\0\14\0\14smcx.events\0\0\0\0\0";
	static const char none[] = "\0\0\0\0";
	static const char outside[] = "\0\14\0\12smcx.event\0\0\xff\xff";

	(void)state;
	assert_int_equal(packet(other, sizeof(other) - 1), -ENOENT);
	assert_int_equal(packet(longer, sizeof(longer) - 1), -ENOENT);
	assert_int_equal(packet(none, sizeof(none) - 1), -ENOENT);
	assert_int_equal(packet(outside, sizeof(outside) - 1), -ENOENT);
	assert_int_equal(packet("", 0), -ENOENT);
}

static void reader_packet__every_cut_is_not_ours(void **state)
{
	static const char padded[] = "\0\14\0\14smcx.event\0\0\0\41\0\4SMC\0\0\0\0\0";
	size_t cut;

	(void)state;
	for (cut = 0; cut < sizeof(padded) - 1; cut++)
		assert_int_equal(packet(padded, cut), -ENOENT);
}

/* ---- compressed, and beside other packets ------------------------------------------ */

static size_t zip(const __u8 *from, size_t len, __u8 **to)
{
	z_stream z = { .next_in = (__u8 *)(uintptr_t)from, .avail_in = (unsigned int)len };
	size_t cap = len + 1000;

	*to = malloc(cap);
	assert_non_null(*to);
	z.next_out = *to;
	z.avail_out = (unsigned int)cap;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return cap - z.avail_out;
}

static void reader_file__gzip(void **state)
{
	__u8 *zipped, *twice;
	size_t len = zip(file, file_len, &zipped), n = 0;
	struct reader_result r;

	(void)state;
	assert_int_equal(read_bytes(zipped, len, same_as_made, &n, &r), 0);
	assert_int_equal(n, events_n());
	/* Cut: what is whole is read. */
	n = 0;
	assert_int_equal(read_bytes(zipped, len / 2, same_as_made, &n, &r), READER_CUT);
	assert_true(n > 0 && n < events_n());
	/* Two of them, one after the other, are two sections. */
	twice = malloc(2 * len);
	assert_non_null(twice);
	memcpy(twice, zipped, len);
	memcpy(twice + len, zipped, len);
	assert_int_equal(read_bytes(twice, 2 * len, stop_at_third, &r, &r), -ECANCELED);
	free(twice);
	free(zipped);
}

/* An interface of Ethernet and a packet of it, before the others' first packet. */
static void reader_file__mixed_link_types(void **state)
{
	static const __u8 idb[] = "\1\0\0\0\24\0\0\0\1\0\0\0\0\0\4\0\24\0\0";
	static const __u8 epb[] = "\6\0\0\0\44\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0"
				  "\4\0\0\0abcd\44\0\0";
	size_t at = 0, n = 0, len = file_len + sizeof(idb) + sizeof(epb);
	__u8 *bytes = malloc(len);
	struct reader_result r;

	(void)state;
	assert_non_null(bytes);
	while (word(at) != IDB)
		at += word(at + 4);
	at += word(at + 4);
	memcpy(bytes, file, at);
	memcpy(bytes + at, idb, sizeof(idb));
	memcpy(bytes + at + sizeof(idb), epb, sizeof(epb));
	memcpy(bytes + at + sizeof(idb) + sizeof(epb), file + at, file_len - at);
	/* Later interfaces of ours have another number now: packets of theirs belong to no other.
	 */
	assert_int_equal(read_bytes(bytes, len, anything, (__u64[]){ 0 }, &r), 0);
	assert_true(r.events > 0);
	assert_true(r.foreign >= 1);
	/* Nothing but the other one's. */
	assert_int_equal(read_bytes(bytes, at + sizeof(idb) + sizeof(epb), same_as_made, &n, &r),
			 -EPROTONOSUPPORT);
	assert_non_null(strstr(r.error, "EN10MB"));
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_file__gives_back_every_event),
		cmocka_unit_test(reader_file__cut_anywhere_gives_what_is_whole),
		cmocka_unit_test(reader_file__broken_bytes_do_no_harm),
		cmocka_unit_test(reader_file__later_events_are_named),
		cmocka_unit_test(reader_file__ends_with_what_the_callback_says),
		cmocka_unit_test(reader_file__other_files_are_told_apart),
		cmocka_unit_test(reader_file__foreign_packets_are_counted),
		cmocka_unit_test(reader_file__gzip),
		cmocka_unit_test(reader_file__mixed_link_types),
		cmocka_unit_test(reader_packet__finds_the_end_of_the_tags),
		cmocka_unit_test(reader_packet__is_not_ours),
		cmocka_unit_test(reader_packet__every_cut_is_not_ours),
	};

	return cmocka_run_group_tests(tests, write_file, free_file);
}
