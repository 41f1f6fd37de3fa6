// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: the board, and the rules that may be found broken. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "torture.h"

struct board *board;
struct slot *slot;
bool rule_deviates[RULE_COUNT];

#define RULE_NAME(name, text) text,
static const char *const names[RULE_COUNT] = { RULES(RULE_NAME) };

static const char *const meanings[RULE_COUNT] = {
	[RULE_BYTES] = "a byte that is received is the one that was sent",
	[RULE_EXCESS] = "no more bytes are received than were sent",
	[RULE_EARLY_EOF] = "EOF comes after the last byte, or somebody is told of a reset",
	[RULE_RESET] =
		"a reset has a cause: an abort, unread data, or a shutdown of both directions",
	[RULE_ABORT] = "an abort (SO_LINGER 0) is seen as a reset at the other end",
	[RULE_STUCK] = "what was sent arrives, and so does the end",
	[RULE_PEEK] = "MSG_PEEK takes nothing away",
	[RULE_WAITALL] = "MSG_WAITALL returns all of what is there",
	[RULE_SPURIOUS] = "a socket is not readable without data, EOF or an error",
	[RULE_WRITABLE] = "a socket that is writable takes a byte",
	[RULE_INQ] = "SIOCINQ tells no more than was sent, and what it tells can be received",
	[RULE_OUTQ] = "SIOCOUTQ tells no more than was sent",
	[RULE_MARK] = "there is no mark (SIOCATMARK) where nobody has sent urgent data",
	[RULE_SHUT_WRITE] = "after shutdown(SHUT_WR) a send fails with EPIPE",
	[RULE_RDHUP] = "the end of the other direction shows as POLLRDHUP",
	[RULE_NAMES] = "getsockname() of one end is getpeername() of the other",
	[RULE_ERRNO] = "a call fails only with an error that its manual page has for this case",
	[RULE_CONNECT] = "a connection to a listening socket comes about",
};

/**
 * board_make - make the board
 *
 * Return: 0 or -errno.
 */
int board_make(void)
{
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		return -errno;
	slot = &board->slots[0];
	return 0;
}

static int find_rule(const char *name)
{
	for (unsigned int i = 0; i < RULE_COUNT; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

/**
 * board_deviations - read which rules are known to be broken by this stack
 * @path: a file, a rule's name and the explanation a line; '#' starts a comment
 *
 * Return: 0 or -errno; -EINVAL for a name that is no rule's.
 */
int board_deviations(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[1024], name[64];
	int rule, err = 0;

	if (!in)
		return -errno;
	while (!err && fgets(line, sizeof(line), in)) {
		if (*line == '#' || *line == '\t' || sscanf(line, "%63s", name) != 1)
			continue;
		rule = find_rule(name);
		if (rule < 0)
			err = -EINVAL;
		else
			rule_deviates[rule] = true;
	}
	fclose(in);
	return err;
}

/**
 * board_faults - of a stack that is made to fail, take what is told by an error
 *
 * Received bytes have still to be right, its end not to be taken for another one, and no one to
 * wait in vain.
 */
void board_faults(void)
{
	static const enum rule told[] = { RULE_RESET, RULE_ABORT,    RULE_WAITALL,    RULE_SPURIOUS,
					  RULE_INQ,   RULE_WRITABLE, RULE_SHUT_WRITE, RULE_RDHUP,
					  RULE_ERRNO, RULE_CONNECT,  RULE_NAMES };

	for (unsigned int i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		rule_deviates[told[i]] = true;
}

/**
 * rule_broken - a rule was seen to be broken
 * @rule: which
 * @format: what was seen
 */
void rule_broken(enum rule rule, const char *format, ...)
{
	unsigned int n;
	va_list args;
	int len;

	if (rule_deviates[rule]) {
		atomic_fetch_add(&board->known[rule], 1);
		if (!plan.verbose)
			return;
	} else {
		atomic_fetch_add(&board->broken[rule], 1);
	}
	n = atomic_fetch_add(&board->lines, 1);
	if (n >= BOARD_LINES)
		return;
	len = snprintf(board->line[n], BOARD_LINE,
		       "%s: connection %" PRIuFAST64 ", %s: ", names[rule], slot->pair,
		       slot->doing);
	va_start(args, format);
	vsnprintf(board->line[n] + len, BOARD_LINE - (size_t)len, format, args);
	va_end(args);
}

/**
 * board_clean - was every rule kept but for those known?
 */
bool board_clean(void)
{
	for (unsigned int i = 0; i < RULE_COUNT; i++)
		if (board->broken[i])
			return false;
	return true;
}

/**
 * board_print - the summary
 * @seconds: the time it took
 */
void board_print(double seconds)
{
	unsigned int lines = board->lines < BOARD_LINES ? board->lines : BOARD_LINES;

	for (unsigned int i = 0; i < lines; i++)
		printf("torture: %s\n", board->line[i]);
	if (board->lines > lines)
		printf("torture: and %u more\n", board->lines - lines);
	printf("torture: seed=%" PRIu64 " seconds=%.1f bytes_verified=%" PRIuFAST64
	       " ops=%" PRIuFAST64 " splices=%" PRIuFAST64 " connections=%" PRIuFAST64
	       " resets_expected=%" PRIuFAST64 " resets_unexpected=%" PRIuFAST64 "\n",
	       plan.seed, seconds, board->bytes, board->ops, board->splices, board->connections,
	       board->resets, board->broken[RULE_RESET] + board->known[RULE_RESET]);
	for (unsigned int i = 0; i < RULE_COUNT; i++) {
		if (board->broken[i])
			printf("torture: BROKEN %s %" PRIuFAST64 " times: %s\n", names[i],
			       board->broken[i], meanings[i]);
		if (board->known[i])
			printf("torture: deviation %s %" PRIuFAST64 " times: %s\n", names[i],
			       board->known[i], meanings[i]);
	}
}
