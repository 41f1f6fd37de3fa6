// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMBs of programs (wire/smc_dmb.h), between programs: every call, every argument that cannot be,
 * and calls at random from several threads. Usage: kmod_player NODE [SECONDS [SEED]]. In a VM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "smc_dmb.h"
#include "smc_wire.h"

enum { SIZE = 1 << 14, NOBODY = 65534 };

static const char *node;
static unsigned int seconds = 5, seed = 1;

static int call(int fd, unsigned long number, void *arg)
{
	return ioctl(fd, number, arg) ? -errno : 0;
}

static int open_end(void)
{
	int fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static int add(int fd, __u32 size, __u64 *token)
{
	struct smcw_dmb_register r = { .size = size };
	int rc = call(fd, SMCW_DMB_REGISTER, &r);

	*token = r.token;
	return rc;
}

static int attach(int fd, __u64 token)
{
	struct smcw_dmb_attach a = { .token = token };

	return call(fd, SMCW_DMB_ATTACH, &a);
}

static int copy(int fd, unsigned long number, const void *at, __u32 offset, __u32 len, __u32 flags)
{
	struct smcw_dmb_copy c = {
		.address = (uintptr_t)at, .offset = offset, .len = len, .flags = flags
	};

	return call(fd, number, &c);
}

static int next(int fd, struct smcw_dmb_signal *s)
{
	ssize_t n = read(fd, s, sizeof(*s));

	return n < 0 ? -errno : n == sizeof(*s) ? 0 : -EIO;
}

/* Two ends, each attached to the other's DMB. */
struct pair {
	int fd[2];
	__u64 token[2];
};

static int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	for (int i = 0; i < 2; i++) {
		p->fd[i] = open_end();
		assert_int_equal(add(p->fd[i], SIZE, &p->token[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(attach(p->fd[i], p->token[!i]), 0);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 2; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
	free(p);
	return 0;
}

static void open__takes_a_capability(void **state)
{
	int status, fd = open_end();
	pid_t child = fork();

	(void)state;
	if (!child) {
		int n;

		/* The owner of the node, then somebody else. */
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		n = open(node, O_RDWR);
		_exit(n >= 0 || errno != EACCES);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd);
}

static void info__tells(void **state)
{
	struct pair *p = *state;
	struct smcw_dmb_info info;

	memset(&info, 0xff, sizeof(info));
	assert_int_equal(call(p->fd[0], SMCW_DMB_INFO, &info), 0);
	assert_true(info.token == p->token[0]);
	assert_int_equal(info.size, SIZE);
	assert_int_equal(info.chid, 0xffff);
	for (size_t i = 0; i < sizeof(info.reserved); i++)
		assert_int_equal(info.reserved[i], 0);
	assert_int_equal(call(p->fd[0], SMCW_DMB_INFO, NULL), -EFAULT);
}

static void register__arguments(void **state)
{
	static const __u32 sizes[] = { 0,	1,	  SIZE - 1,   SIZE + 1, 3 * SIZE,
				       2 << 20, 1u << 31, 0xffffffff, SIZE / 2 };
	struct smcw_dmb_register r;
	int fd = open_end();
	__u64 token;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(add(fd, sizes[i], &token), -EINVAL);
	r = (struct smcw_dmb_register){ .size = SIZE, .reserved = 1 };
	assert_int_equal(call(fd, SMCW_DMB_REGISTER, &r), -EINVAL);
	r = (struct smcw_dmb_register){ .size = SIZE, .token = 1 };
	assert_int_equal(call(fd, SMCW_DMB_REGISTER, &r), -EINVAL);
	assert_int_equal(call(fd, SMCW_DMB_REGISTER, NULL), -EFAULT);
	assert_int_equal(call(fd, SMCW_DMB_REGISTER, (void *)-4096L), -EFAULT);
	for (__u32 size = SIZE; size <= SMCW_DMB_SIZE_MAX; size *= 2) {
		assert_int_equal(add(fd, size, &token), 0);
		assert_true(token);
		assert_int_equal(add(fd, size, &token), -EBUSY);
		assert_int_equal(call(fd, SMCW_DMB_RELEASE, NULL), 0);
	}
	close(fd);
}

static void attach__arguments(void **state)
{
	struct pair *p = *state;
	struct smcw_dmb_attach a = { .reserved = 1 };
	int third = open_end();
	__u64 token;

	assert_int_equal(attach(p->fd[0], p->token[1]), -EBUSY);
	assert_int_equal(attach(third, p->token[1]), -EBUSY);
	assert_int_equal(attach(third, 0), -ENXIO);
	assert_int_equal(attach(third, 0xbbbbbbbbbbbbbbbb), -ENXIO);
	assert_int_equal(add(third, SIZE, &token), 0);
	assert_int_equal(attach(third, token), -EBUSY);
	assert_int_equal(call(third, SMCW_DMB_ATTACH, &a), -EINVAL);
	assert_int_equal(call(third, SMCW_DMB_ATTACH, NULL), -EFAULT);
	close(third);
}

/* A token that was heard once is of no use behind its connection. */
static void attach__once(void **state)
{
	struct pair *p = *state;

	assert_int_equal(call(p->fd[0], SMCW_DMB_RELEASE, NULL), 0);
	assert_int_equal(attach(p->fd[0], p->token[1]), -EBUSY);
	assert_int_equal(attach(p->fd[0], p->token[0]), -ENXIO);
}

static void bounds(int fd, unsigned long number)
{
	static __u8 bytes[SIZE + 1];
	static const struct {
		__u32 offset, len;
		int rc;
	} tries[] = { { 0, SIZE, 0 },
		      { SIZE, 0, 0 },
		      { SIZE - 1, 1, 0 },
		      { 0, SIZE + 1, -EINVAL },
		      { SIZE, 1, -EINVAL },
		      { SIZE + 1, 0, -EINVAL },
		      { 1, SIZE, -EINVAL },
		      { 1, 0xffffffff, -EINVAL },
		      { 0xffffffff, 1, -EINVAL },
		      { 0xffffffff, 0xffffffff, -EINVAL },
		      { 0x80000000, 0x80000000, -EINVAL } };

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		assert_int_equal(copy(fd, number, bytes, tries[i].offset, tries[i].len, 0),
				 tries[i].rc);
	assert_int_equal(copy(fd, number, NULL, 0, 1, 0), -EFAULT);
	assert_int_equal(copy(fd, number, (void *)0xffff888000000000, 0, SIZE, 0), -EFAULT);
	assert_int_equal(copy(fd, number, (void *)-1L, 0, SIZE, 0), -EFAULT);
	assert_int_equal(copy(fd, number, bytes, 0, 1, 2), -EINVAL);
	assert_int_equal(copy(fd, number, bytes, 0, 1, 0x80000000), -EINVAL);
	assert_int_equal(call(fd, number, NULL), -EFAULT);
}

static void write__bounds(void **state)
{
	struct pair *p = *state;
	int alone = open_end();

	bounds(p->fd[0], SMCW_DMB_WRITE);
	assert_int_equal(copy(alone, SMCW_DMB_WRITE, "", 0, 1, 0), -ENOTCONN);
	close(alone);
}

static void read__bounds(void **state)
{
	struct pair *p = *state;
	__u8 byte;
	int alone = open_end();

	bounds(p->fd[0], SMCW_DMB_READ);
	assert_int_equal(copy(p->fd[0], SMCW_DMB_READ, &byte, 0, 1, SMCW_DMB_SIGNAL), -EINVAL);
	assert_int_equal(copy(alone, SMCW_DMB_READ, &byte, 0, 1, 0), -ENOTCONN);
	close(alone);
}

static void write__is_read(void **state)
{
	struct pair *p = *state;
	__u8 out[SIZE], in[SIZE];

	memset(in, 0xff, sizeof(in));
	for (size_t i = 0; i < SIZE; i++)
		out[i] = (__u8)(i * 7 + (i >> 8));
	assert_int_equal(copy(p->fd[0], SMCW_DMB_READ, in, 0, SIZE, 0), 0);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(in[i], 0);
	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, out, 0, SIZE, 0), 0);
	assert_int_equal(copy(p->fd[1], SMCW_DMB_READ, in, 0, SIZE, 0), 0);
	assert_memory_equal(in, out, SIZE);
	assert_int_equal(copy(p->fd[1], SMCW_DMB_READ, in, 4000, 5000, 0), 0);
	assert_memory_equal(in, out + 4000, 5000);
}

static void signal__tells_the_head(void **state)
{
	struct pair *p = *state;
	struct pollfd poller = { .fd = p->fd[1], .events = POLLIN };
	struct smcw_dmb_signal s[3];
	char head[SMCW_DMB_HEAD] = "first";

	assert_int_equal(poll(&poller, 1, 0), 0);
	assert_int_equal(next(p->fd[1], s), -EAGAIN);
	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, head, 0, sizeof(head), SMCW_DMB_SIGNAL), 0);
	memcpy(head, "other", 5);
	/* After a write elsewhere the head is reported as it is. */
	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, head, 0, sizeof(head), 0), 0);
	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, "", 100, 1, SMCW_DMB_SIGNAL), 0);
	assert_int_equal(poll(&poller, 1, 0), 1);
	assert_int_equal(poller.revents, POLLIN);
	assert_int_equal(read(p->fd[1], s, sizeof(s[0]) - 1), -1);
	assert_int_equal(read(p->fd[1], s, sizeof(s)), 2 * sizeof(s[0]));
	assert_int_equal(s[0].number, 1);
	assert_memory_equal(s[0].head, "first", 5);
	assert_int_equal(s[1].number, 2);
	assert_memory_equal(s[1].head, "other", 5);
	assert_int_equal(poll(&poller, 1, 0), 0);
}

static void signal__too_many_are_counted(void **state)
{
	struct pair *p = *state;
	void *volatile nowhere = (void *)8; /* so that the compiler does not know */
	struct smcw_dmb_signal s;

	for (int i = 0; i < SMCW_DMB_SIGNALS + 100; i++)
		assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, "", 0, 0, SMCW_DMB_SIGNAL), 0);
	for (int i = 0; i < SMCW_DMB_SIGNALS; i++) {
		assert_int_equal(next(p->fd[1], &s), 0);
		assert_int_equal(s.number, 101 + i);
	}
	assert_int_equal(next(p->fd[1], &s), -EAGAIN);
	/* A buffer that is no memory loses what it was read into. */
	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, "", 0, 0, SMCW_DMB_SIGNAL), 0);
	assert_int_equal(read(p->fd[1], nowhere, sizeof(s)), -1);
	assert_int_equal(errno, EFAULT);
}

static void release__tells_the_peer(void **state)
{
	struct pair *p = *state;
	struct smcw_dmb_signal s;
	struct smcw_cdc_smcd head;
	struct pollfd poller = { .fd = p->fd[0], .events = POLLIN };

	assert_int_equal(call(p->fd[0], SMCW_DMB_RELEASE, NULL), 0);
	assert_int_equal(next(p->fd[1], &s), 0);
	memcpy(&head, s.head, sizeof(head));
	assert_int_equal(head.state, SMCW_CDC_ABORT);
	assert_int_equal(head.type, SMCW_CDC_TYPE);
	assert_int_equal(poll(&poller, 1, 0), 1);
	assert_int_equal(poller.revents, POLLHUP);
	assert_int_equal(next(p->fd[0], &s), -ENOTCONN);
	/* The memory is there until the last one lets go of it; its owner is not. */
	assert_int_equal(copy(p->fd[1], SMCW_DMB_WRITE, "still", 100, 5, 0), 0);
	assert_int_equal(copy(p->fd[1], SMCW_DMB_WRITE, "", 0, 0, SMCW_DMB_SIGNAL), -EPIPE);
	assert_int_equal(call(p->fd[0], SMCW_DMB_RELEASE, NULL), 0);
}

static void release__says_closed_once(void **state)
{
	struct pair *p = *state;
	struct smcw_cdc_smcd head = { .type = SMCW_CDC_TYPE, .state = SMCW_CDC_CLOSED };
	struct smcw_dmb_signal s;

	assert_int_equal(copy(p->fd[0], SMCW_DMB_WRITE, &head, 0, sizeof(head), SMCW_DMB_SIGNAL),
			 0);
	close(p->fd[0]);
	p->fd[0] = -1;
	assert_int_equal(next(p->fd[1], &s), 0);
	assert_memory_equal(s.head, &head, sizeof(head));
	assert_int_equal(next(p->fd[1], &s), -EAGAIN);
}

static void *release_later(void *arg)
{
	struct timespec t = { 0, 100000000 };

	nanosleep(&t, NULL);
	ioctl(*(int *)arg, SMCW_DMB_RELEASE);
	return NULL;
}

static void read__ends_with_the_dmb(void **state)
{
	struct pair *p = *state;
	struct smcw_dmb_signal s;
	pthread_t thread;

	assert_int_equal(fcntl(p->fd[0], F_SETFL, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, release_later, &p->fd[0]), 0);
	assert_int_equal(next(p->fd[0], &s), -ENOTCONN);
	pthread_join(thread, NULL);
}

static void ioctl__others(void **state)
{
	struct pair *p = *state;
	struct smcw_dmb_info info;

	assert_int_equal(call(p->fd[0], _IO(0xdb, 6), &info), -ENOTTY);
	assert_int_equal(call(p->fd[0], _IOR(0xdb, 0, char), &info), -ENOTTY);
	assert_int_equal(call(p->fd[0], 0, &info), -ENOTTY);
	assert_int_equal(call(p->fd[0], ~0ul, &info), -ENOTTY);
	assert_true(lseek(p->fd[0], 1, SEEK_SET) < 0);
	assert_true(write(p->fd[0], "", 1) < 0);
}

/* ---- at random -------------------------------------------------------------------- */

enum { ENDS = 4, THREADS = 4 };

static int ends[ENDS];
static _Atomic __u64 tokens[ENDS];
static atomic_bool over;

/* Mostly numbers that are on the edge of something. */
static __u32 any_number(unsigned int *r)
{
	static const __u32 edges[] = { 0, 1, 31, 32, 33, SIZE - 1, SIZE, SIZE + 1, 0xffffffff };

	return rand_r(r) % 4 ? edges[(unsigned int)rand_r(r) % (sizeof(edges) / sizeof(*edges))] :
			       (__u32)rand_r(r) % (2 * SIZE);
}

static void any_call(int i, unsigned int *r)
{
	static __u8 bytes[2 * SIZE];
	struct smcw_dmb_signal s;
	struct smcw_cdc_smcd head;
	__u64 token;

	switch ((unsigned int)rand_r(r) % 8) {
	case 0:
		if (!add(ends[i], SIZE, &token))
			tokens[i] = token;
		break;
	case 1:
		attach(ends[i], tokens[(unsigned int)rand_r(r) % ENDS]);
		break;
	case 2:
		copy(ends[i], SMCW_DMB_READ, bytes, any_number(r), any_number(r), 0);
		break;
	case 3:
		next(ends[i], &s);
		break;
	case 4:
		if (!((unsigned int)rand_r(r) % 8))
			ioctl(ends[i], SMCW_DMB_RELEASE);
		break;
	case 5:
		for (size_t n = 0; n < sizeof(head); n++)
			((__u8 *)&head)[n] = (__u8)rand_r(r);
		copy(ends[i], SMCW_DMB_WRITE, &head, 0, sizeof(head), SMCW_DMB_SIGNAL);
		break;
	default:
		copy(ends[i], SMCW_DMB_WRITE, bytes, any_number(r), any_number(r),
		     rand_r(r) & SMCW_DMB_SIGNAL);
	}
}

static void *call_all(void *arg)
{
	unsigned int r = seed * 1000 + *(unsigned int *)arg;

	while (!over)
		any_call((int)((unsigned int)rand_r(&r) % ENDS), &r);
	return NULL;
}

static void ioctl__at_random(void **state)
{
	pthread_t threads[THREADS];
	unsigned int numbers[THREADS];

	(void)state;
	for (int i = 0; i < ENDS; i++)
		ends[i] = open_end();
	for (unsigned int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, call_all, &numbers[i]), 0);
	}
	sleep(seconds);
	over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < ENDS; i++)
		close(ends[i]);
}

int main(int argc, char **argv)
{
#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open__takes_a_capability),
		PAIR_TEST(info__tells),
		cmocka_unit_test(register__arguments),
		PAIR_TEST(attach__arguments),
		PAIR_TEST(attach__once),
		PAIR_TEST(write__bounds),
		PAIR_TEST(read__bounds),
		PAIR_TEST(write__is_read),
		PAIR_TEST(signal__tells_the_head),
		PAIR_TEST(signal__too_many_are_counted),
		PAIR_TEST(release__tells_the_peer),
		PAIR_TEST(release__says_closed_once),
		PAIR_TEST(read__ends_with_the_dmb),
		PAIR_TEST(ioctl__others),
		cmocka_unit_test(ioctl__at_random),
	};

	if (argc < 2)
		return 2;
	node = argv[1];
	if (argc > 2)
		seconds = (unsigned int)atoi(argv[2]);
	if (argc > 3)
		seed = (unsigned int)atoi(argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
