// SPDX-License-Identifier: GPL-2.0-or-later
/* pcapng.c: the blocks of a file, taken apart by hand, and disks without room. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "events.h"
#include "record/pcapng.h"
#include "smc_event_text.h"

enum { SHB = 0x0a0d0d0a, IDB = 1, ISB = 5, EPB = 6 };

static const struct pcapng_meta meta = { .version = "1.2.3", .kernel = "6.1", .command = "x -c 1" };

/* ---- reading back --------------------------------------------------------------- */

struct file {
	__u8 *bytes;
	size_t len;
};

static struct file load(int fd)
{
	struct file f = { .len = (size_t)lseek(fd, 0, SEEK_END) };

	f.bytes = malloc(f.len + 1);
	assert_non_null(f.bytes);
	assert_int_equal(pread(fd, f.bytes, f.len, 0), f.len);
	return f;
}

static __u32 word(const __u8 *at)
{
	__u32 v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* The next block, or NULL at the end; it must be whole. */
static const __u8 *next_block(const struct file *f, const __u8 *block)
{
	const __u8 *end = f->bytes + f->len;
	__u32 len;

	block = block ? block + word(block + 4) : f->bytes;
	if (block == end)
		return NULL;
	assert_true(end - block >= 12);
	len = word(block + 4);
	assert_int_equal(len % 4, 0);
	assert_true(len >= 12 && len <= end - block);
	assert_int_equal(word(block + len - 4), len);
	return block;
}

static const __u8 *nth_block(const struct file *f, __u32 type, unsigned int n)
{
	const __u8 *block = NULL;

	while ((block = next_block(f, block)))
		if (word(block) == type && !n--)
			return block;
	return NULL;
}

static unsigned int count(const struct file *f, __u32 type)
{
	unsigned int n = 0;

	while (nth_block(f, type, n))
		n++;
	return n;
}

/* The place where the options of a block begin. */
static const __u8 *options(const __u8 *block)
{
	switch (word(block)) {
	case SHB:
		return block + 24;
	case IDB:
		return block + 16;
	case EPB:
		return block + 28 + ((word(block + 20) + 3) & ~3u);
	default:
		return block + 20;
	}
}

/* The value of an option, its length in *len; NULL: not there. Twice is an error. */
static const __u8 *option(const __u8 *block, unsigned int code, size_t *len)
{
	const __u8 *at = options(block), *end = block + word(block + 4) - 4, *found = NULL;

	for (;;) {
		__u16 head[2];

		assert_true(end - at >= 4);
		memcpy(head, at, sizeof(head));
		at += sizeof(head);
		if (!head[0])
			break;
		if (head[0] == code) {
			assert_null(found);
			found = at;
			*len = head[1];
		}
		at += (head[1] + 3) & ~3;
	}
	assert_ptr_equal(at, end);
	return found;
}

static void assert_text(const __u8 *block, unsigned int code, const char *want)
{
	size_t len = 0;
	const __u8 *text = option(block, code, &len);

	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

static __u64 number(const __u8 *block, unsigned int code)
{
	size_t len = 0;
	const __u8 *at = option(block, code, &len);
	__u64 v = 0;

	assert_true(len <= sizeof(v));
	if (at)
		memcpy(&v, at, len);
	return v;
}

static int has(const __u8 *block, unsigned int code)
{
	size_t len;

	return !!option(block, code, &len);
}

/* ---- writing -------------------------------------------------------------------- */

static struct pcapng *begin(int *fd)
{
	struct pcapng *p;

	*fd = memfd_create("pcapng", 0);
	assert_true(*fd >= 0);
	assert_int_equal(pcapng_open(*fd, &meta, &p), 0);
	return p;
}

static struct file finish(struct pcapng *p, int fd)
{
	struct file f;

	assert_int_equal(pcapng_close(p), 0);
	f = load(fd);
	close(fd);
	return f;
}

static struct file all_events(void)
{
	char line[EVENT_LINE_MAX];
	struct pcapng *p;
	union event e;
	size_t i;
	int fd;

	p = begin(&fd);
	for (i = 0; i < events_n(); i++) {
		event_make(i, &e);
		assert_int_equal(pcapng_event(p, &e.ev, event_line(&e.ev, line)), 0);
	}
	return finish(p, fd);
}

static void pcapng_open__section_says_who_and_where(void **state)
{
	struct pcapng *p;
	struct file f;
	int fd;

	(void)state;
	p = begin(&fd);
	f = finish(p, fd);
	assert_int_equal(count(&f, SHB), 1);
	assert_text(f.bytes, 1, "Linux 6.1; x -c 1");
	assert_text(f.bytes, 3, "Linux 6.1");
	assert_text(f.bytes, 4, "smc-trace 1.2.3");
	assert_int_equal(count(&f, IDB), 1); /* libpcap wants one */
	assert_int_equal(count(&f, ISB), 1);
	free(f.bytes);
}

static void pcapng_open__long_command_is_cut(void **state)
{
	static char command[200000];
	struct pcapng_meta long_meta = { .command = command };
	struct pcapng *p;
	struct file f;
	int fd = memfd_create("pcapng", 0);

	(void)state;
	memset(command, 'x', sizeof(command) - 1);
	assert_int_equal(pcapng_open(fd, &long_meta, &p), 0);
	f = finish(p, fd);
	assert_int_equal(count(&f, ISB), 1);
	free(f.bytes);
}

static void pcapng_event__one_packet_each(void **state)
{
	struct file f = all_events();
	union event e;
	size_t i;

	(void)state;
	assert_int_equal(count(&f, EPB), events_n());
	for (i = 0; i < events_n(); i++) {
		const __u8 *block = nth_block(&f, EPB, (unsigned int)i);
		size_t len = event_make(i, &e);
		__u32 caplen = word(block + 20);

		assert_int_equal((__u64)word(block + 12) << 32 | word(block + 16),
				 smcw_get64(&e.ev.time));
		assert_int_equal(word(block + 24), caplen);
		assert_memory_equal(block + 28 + caplen - len, e.bytes, len);
		assert_int_equal(has(block, 2), SMCW_EV_DIR_OF(&e.ev) != SMCW_DIR_NONE);
		assert_int_equal(number(block, 2), SMCW_EV_DIR_OF(&e.ev));
		assert_int_equal(number(block, 4), smcw_get64(&e.ev.lost));
		assert_int_equal(number(block, 5), smcw_get64(&e.ev.id));
		assert_int_equal(has(block, 1), e.ev.kind != SMCW_EV_CDC);
	}
	free(f.bytes);
}

/* Any of a few connections, devices, messages, ids and losses. */
static void random_cdc(unsigned int *seed, union event *e)
{
	static const __u8 name[] = "rxe_eth0";
	__u8 message[44] = { 0xfe };
	bool smcd = rand_r(seed) % 2;
	unsigned int in = rand_r(seed) % 3;

	message[1] = smcd ? 0 : sizeof(message);
	message[8] = (__u8)(rand_r(seed) % 2);
	message[13] = (__u8)(rand_r(seed) % 3);
	message[26] = (__u8)(rand_r(seed) % 4 ? 0 : 0x80);
	event_message(SMCW_EV_CDC,
		      in == 2 ? SMCW_DIR_NONE :
		      in      ? SMCW_DIR_IN :
				SMCW_DIR_OUT,
		      message, smcd ? 32 : sizeof(message), e);
	e->ev.mode = smcd ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	e->ev.flags |= rand_r(seed) % 8 ? 0 : SMCW_EV_BIG;
	smcw_put16(&e->ev.peer_port, (__u16)(440 + rand_r(seed) % 3));
	e->ev.comm[0] = (__u8)('a' + rand_r(seed) % 2);
	if (rand_r(seed) % 2)
		memcpy(e->ev.device, name, sizeof(name));
	smcw_put64(&e->ev.time, (__u64)rand_r(seed) << 32 | (__u64)rand_r(seed));
	smcw_put64(&e->ev.id, (__u64)(rand_r(seed) % 8));
	smcw_put64(&e->ev.lost, (__u64)(rand_r(seed) % 16 ? 0 : 7));
	if (!(rand_r(seed) % 16))
		smcw_put16(&e->ev.original, 99);
}

/* Without a line of the caller's CDC takes a way of its own, which must give the same file. */
static void pcapng_event__frequent_cdc_is_written_as_any(void **state)
{
	int fd[2] = { memfd_create("with", 0), memfd_create("without", 0) };
	const __u8 *blocks[2] = { NULL, NULL };
	unsigned int seed = 1, packets = 0;
	char text[SMCW_LINE_MAX];
	struct pcapng *p[2];
	struct file f[2];
	union event e;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pcapng_open(fd[i], &meta, &p[i]), 0);
	for (int i = 0; i < 20000; i++) {
		random_cdc(&seed, &e);
		smcw_event_text(&e.ev, text, sizeof(text));
		assert_int_equal(pcapng_event(p[0], &e.ev, text), 0);
		assert_int_equal(pcapng_event(p[1], &e.ev, NULL), 0);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pcapng_close(p[i]), 0);
		f[i] = load(fd[i]);
	}
	assert_int_equal(f[0].len, f[1].len);
	while ((blocks[0] = next_block(&f[0], blocks[0])) &&
	       (blocks[1] = next_block(&f[1], blocks[1]))) {
		assert_int_equal(word(blocks[0] + 4), word(blocks[1] + 4));
		packets += word(blocks[0]) == EPB;
		if (word(blocks[0]) != ISB) /* whose time is that of closing */
			assert_memory_equal(blocks[0], blocks[1], word(blocks[0] + 4));
	}
	assert_int_equal(packets, 20000);
	for (int i = 0; i < 2; i++) {
		free(f[i].bytes);
		close(fd[i]);
	}
}

static void pcapng_event__comment_has_text_and_owner(void **state)
{
	struct pcapng *p;
	struct file f;
	union event e;
	int fd;

	(void)state;
	event_make(0, &e);
	p = begin(&fd);
	pcapng_event(p, &e.ev, "Proposal");
	pcapng_event(p, &e.ev, NULL);
	e.ev.comm[1] = 0xe4; /* not UTF-8 */
	pcapng_event(p, &e.ev, "");
	e.ev.pid = 0;
	pcapng_event(p, &e.ev, "Proposal");
	pcapng_event(p, &e.ev, NULL);
	f = finish(p, fd);
	assert_text(nth_block(&f, EPB, 0), 1, "Proposal; pid 4711 (curl)");
	assert_text(nth_block(&f, EPB, 1), 1, "pid 4711 (curl)");
	assert_text(nth_block(&f, EPB, 2), 1, "pid 4711 (c?rl)");
	assert_text(nth_block(&f, EPB, 3), 1, "Proposal");
	assert_false(has(nth_block(&f, EPB, 4), 1));
	free(f.bytes);
}

static void pcapng_event__interfaces_by_class_and_device(void **state)
{
	static const char *const names[] = { "smc:life", "smc:clc", "mlx5_0:llc", "mlx5_0:cdc",
					     "loopback-ism:cdc" };
	struct file f = all_events();
	unsigned int i;

	(void)state;
	assert_int_equal(count(&f, IDB), sizeof(names) / sizeof(names[0]));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const __u8 *block = nth_block(&f, IDB, i);

		assert_text(block, 2, names[i]);
		assert_int_equal(number(block, 9), 9);
		assert_int_equal(word(block + 8), SMCW_EVENT_LINKTYPE);
		assert_int_equal(word(block + 12), 262144);
	}
	free(f.bytes);
}

/* Behind the last of the table they share the first, and nothing is lost. */
static void pcapng_event__any_number_of_devices(void **state)
{
	struct pcapng *p;
	struct file f;
	union event e;
	unsigned int i;
	int fd;

	(void)state;
	p = begin(&fd);
	event_message(SMCW_EV_LLC, SMCW_DIR_IN, "", 1, &e);
	for (i = 0; i < 1000; i++) {
		memcpy(e.ev.device, &i, sizeof(i));
		assert_int_equal(pcapng_event(p, &e.ev, NULL), 0);
	}
	f = finish(p, fd);
	assert_int_equal(count(&f, EPB), 1000);
	assert_int_equal(count(&f, IDB), 256);
	assert_int_equal(count(&f, ISB), 256);
	assert_int_equal(word(nth_block(&f, EPB, 999) + 8), 0);
	free(f.bytes);
}

static void pcapng_event__cut_message_keeps_its_length(void **state)
{
	struct pcapng *p;
	struct file f;
	union event e;
	const __u8 *block;
	int fd;

	(void)state;
	p = begin(&fd);
	event_message(SMCW_EV_LLC, SMCW_DIR_IN, "abc", 3, &e);
	smcw_put16(&e.ev.original, 44);
	pcapng_event(p, &e.ev, NULL);
	f = finish(p, fd);
	block = nth_block(&f, EPB, 0);
	assert_int_equal(word(block + 24) - word(block + 20), 41);
	free(f.bytes);
}

/* The largest event with the longest text, often enough to fill the buffer. */
static void pcapng_event__the_largest_fits(void **state)
{
	static union {
		struct smcw_event ev;
		__u8 bytes[PCAPNG_EVENT_MAX];
	} large;
	static char text[100000];
	struct pcapng *p;
	struct file f;
	int fd, i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	large.ev.kind = SMCW_EV_CLC;
	smcw_put16(&large.ev.length, 0xffff);
	smcw_put32(&large.ev.pid, 1);
	p = begin(&fd);
	for (i = 0; i < 50; i++)
		assert_int_equal(pcapng_event(p, &large.ev, text), 0);
	f = finish(p, fd);
	assert_int_equal(count(&f, EPB), 50);
	free(f.bytes);
}

static void pcapng_size__is_that_of_the_file(void **state)
{
	struct pcapng *p;
	struct file f;
	union event e;
	int fd, i;

	(void)state;
	p = begin(&fd);
	for (i = 0; i < 2000; i++) {
		event_make((size_t)i % events_n(), &e);
		pcapng_event(p, &e.ev, NULL);
	}
	assert_true(pcapng_size(p) > (__u64)lseek(fd, 0, SEEK_END));
	assert_int_equal(pcapng_flush(p), 0);
	assert_int_equal(pcapng_size(p), lseek(fd, 0, SEEK_END));
	f = finish(p, fd);
	free(f.bytes);
}

static void pcapng_close__statistics_of_each_interface_once(void **state)
{
	__u64 events = 0, lost = 0, want = 0;
	struct file f = all_events();
	unsigned int i, n = count(&f, IDB);
	union event e;

	(void)state;
	assert_int_equal(count(&f, ISB), n);
	for (i = 0; i < n; i++) {
		const __u8 *block = nth_block(&f, ISB, i);

		assert_int_equal(word(block + 8), i);
		assert_int_equal(number(block, 4), number(block, 5) + number(block, 8));
		lost += number(block, 5);
		events += number(block, 8);
	}
	for (i = 0; i < events_n(); i++) {
		event_make(i, &e);
		want += smcw_get64(&e.ev.lost);
	}
	assert_int_equal(events, events_n());
	assert_int_equal(lost, want);
	free(f.bytes);
}

static void pcapng_lost__is_in_the_statistics(void **state)
{
	struct smcw_event like = { .kind = SMCW_EV_LLC, .device = "mlx5_0" };
	struct pcapng *p;
	struct file f;
	int fd;

	(void)state;
	p = begin(&fd);
	assert_int_equal(pcapng_lost(p, &like, 5), 0);
	like.device[0] = 'x';
	assert_int_equal(pcapng_lost(p, &like, 0), 0);
	f = finish(p, fd);
	assert_int_equal(count(&f, ISB), 2);
	assert_int_equal(number(nth_block(&f, ISB, 1), 4), 5);
	assert_int_equal(number(nth_block(&f, ISB, 1), 5), 5);
	assert_int_equal(number(nth_block(&f, ISB, 1), 8), 0);
	free(f.bytes);
}

/* ---- without room --------------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A full disk takes a part of what is written; the limit on a file's size does so, too. */
static void pcapng_flush__a_full_disk_ends_with_a_block(void **state)
{
	char name[] = "/tmp/smckit-pcapng.XXXXXX";
	int fd = mkstemp(name), rc = 0, i;
	struct pcapng *p;
	union event e;
	rlim_t limit;
	struct file f;

	(void)state;
	assert_true(fd >= 0);
	signal(SIGXFSZ, SIG_IGN);
	for (limit = 20000; limit < 20600; limit += 7) {
		assert_int_equal(ftruncate(fd, 0), 0);
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(pcapng_open(fd, &meta, &p), 0);
		for (i = 0; i < 100; i++) {
			event_make((size_t)i % events_n(), &e);
			assert_int_equal(pcapng_event(p, &e.ev, NULL), 0);
		}
		limit_files(limit);
		rc = pcapng_flush(p);
		limit_files(RLIM_INFINITY);
		assert_int_equal(rc, -EFBIG);
		assert_int_equal(pcapng_event(p, &e.ev, NULL), -EFBIG);
		assert_int_equal(pcapng_size(p), lseek(fd, 0, SEEK_END));
		assert_int_equal(pcapng_close(p), -EFBIG);
		f = load(fd);
		assert_true(f.len <= limit && f.len + 4096 > limit);
		assert_true(count(&f, EPB) > 0); /* every block is whole */
		free(f.bytes);
	}
	close(fd);
	unlink(name);
}

static void pcapng_close__tells_what_failed(void **state)
{
	struct pcapng *p;
	int fd[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fd), 0);
	close(fd[0]);
	assert_int_equal(pcapng_open(fd[1], &meta, &p), 0);
	assert_int_equal(pcapng_close(p), -EPIPE);
	close(fd[1]);
	fd[1] = open("/dev/full", O_WRONLY);
	assert_true(fd[1] >= 0);
	assert_int_equal(pcapng_open(fd[1], &meta, &p), 0);
	assert_int_equal(pcapng_close(p), -ENOSPC);
	close(fd[1]);
	assert_int_equal(pcapng_close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcapng_open__section_says_who_and_where),
		cmocka_unit_test(pcapng_open__long_command_is_cut),
		cmocka_unit_test(pcapng_event__one_packet_each),
		cmocka_unit_test(pcapng_event__frequent_cdc_is_written_as_any),
		cmocka_unit_test(pcapng_event__comment_has_text_and_owner),
		cmocka_unit_test(pcapng_event__interfaces_by_class_and_device),
		cmocka_unit_test(pcapng_event__any_number_of_devices),
		cmocka_unit_test(pcapng_event__cut_message_keeps_its_length),
		cmocka_unit_test(pcapng_event__the_largest_fits),
		cmocka_unit_test(pcapng_size__is_that_of_the_file),
		cmocka_unit_test(pcapng_close__statistics_of_each_interface_once),
		cmocka_unit_test(pcapng_lost__is_in_the_statistics),
		cmocka_unit_test(pcapng_flush__a_full_disk_ends_with_a_block),
		cmocka_unit_test(pcapng_close__tells_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
