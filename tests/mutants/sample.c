// SPDX-License-Identifier: GPL-2.0-or-later
/* Food for the rules of lab/mutants: each function is there for some of them. It is compiled with
 * all its mutants, and prints another line for each of them: see rules_test.sh.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LIMIT 4
#define WAIT_TIME 8
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define htons(x) ((unsigned short)(((x)&0xff) << 8 | ((x) >> 8 & 0xff)))
#define unlikely(x) __builtin_expect(!!(x), 0)
#define WARN_ON(x) (!!(x))

enum state { STATE_INIT, STATE_ACTIVE, STATE_CLOSED };

struct conn {
	int sent, received;
	bool open, urgent;
	enum state state;
	char name[8];
};

static int notified;

static void notify(int a, int b)
{
	notified = notified * 3 + 2 * a + b;
}

static bool fits(int used, int wanted)
{
	if (unlikely(used < 0))
		return false;
	return used + wanted <= LIMIT;
}

static int advance(struct conn *conn, int n)
{
	if (conn->urgent && n > 2)
		return -1;
	if (conn->state == STATE_ACTIVE)
		conn->sent += n;
	else
		conn->received = conn->sent;
	conn->received++;
	notify(conn->sent, n);
	return 0;
}

static void close_conn(struct conn *conn)
{
	if (WARN_ON(conn->sent < -100))
		return;
	if (!conn->open) {
		notify(1, 0);
		return;
	}
	conn->open = false;
	conn->state = STATE_CLOSED;
}

static int wire_length(unsigned int flags, int length)
{
	switch (flags & 3) {
	case 1:
		length = min(length, 300);
		break;
	case 2:
		length = WAIT_TIME;
	}
	return htons(length);
}

static bool same_name(const struct conn *a, const struct conn *b)
{
	return !memcmp(a->name, b->name, sizeof(a->name));
}

/* ---- no rule looks at what follows: sample.areas ---- */

static void show_conn(const struct conn *conn)
{
	printf(" %d %d %d %d %d", conn->sent, conn->received, conn->open, conn->urgent,
	       conn->state);
}

static void show(unsigned int number)
{
	struct conn one = { .sent = 5, .open = true, .state = STATE_ACTIVE, .name = "abcdefg" };
	struct conn two = { .sent = 7, .received = 1, .urgent = true, .name = "abcdefg" };

	struct conn lost = { .sent = -200, .open = true };

	notified = 1;
	two.name[7] = 'x';
	printf("%u:", number);
	for (int used = -1; used < 6; used++)
		printf(" %d", fits(used, 1));
	printf(" %d %d", fits(2, 3), fits(-1, 9));
	for (int n = 0; n < 5; n++)
		printf(" %d %d", advance(&one, n), advance(&two, n));
	show_conn(&one);
	show_conn(&two);
	for (int n = 0; n < 2; n++)
		close_conn(&one);
	close_conn(&two);
	close_conn(&lost);
	show_conn(&one);
	show_conn(&two);
	show_conn(&lost);
	for (unsigned int flags = 0; flags < 8; flags++)
		printf(" %d %d %d", wire_length(flags, 299), wire_length(flags, 300),
		       wire_length(flags, 301));
	printf(" %d %d %d\n", same_name(&one, &one), same_name(&one, &two), notified);
}

#ifdef MUTANTS
unsigned int smckit_mutant;
unsigned char smckit_mutants_reached[SMCKIT_MUTANTS_MAX];
#else
#define MUTANTS 0
static unsigned int smckit_mutant;
#endif

int main(void)
{
	for (smckit_mutant = 0; smckit_mutant <= MUTANTS; smckit_mutant++)
		show(smckit_mutant);
}
