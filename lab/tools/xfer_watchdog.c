// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smc-xfer: the last resort against hanging. Every wait of the program has a limit of its own; this
 * is for system calls that a broken stack does not come back from.
 */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "xfer.h"

enum { SPARE_SECONDS = 30 };

/* Runs inside of a stuck program: it can neither return to main() nor use stdio. */
static void xfer_watchdog_bite(int sig)
{
	static const char text[] = "smc-xfer: a system call does not come back: giving up\n";

	(void)sig;
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(XFER_EXIT_ERROR);
	_exit(XFER_EXIT_TIMEOUT);
}

/**
 * watchdog_feed - say that the program is alive
 * @patience_ms: how long the next system call may take by the plan
 *
 * Cheap enough for every turn of a loop: the alarm is set once a second.
 */
void watchdog_feed(unsigned int patience_ms)
{
	static _Atomic uint64_t fed;
	uint64_t now = sock_now();

	if (now - atomic_load(&fed) < 1000000000)
		return;
	if (!atomic_exchange(&fed, now))
		signal(SIGALRM, xfer_watchdog_bite);
	alarm(patience_ms / 1000 + SPARE_SECONDS);
}

/**
 * watchdog_rest - nothing is under way any more
 */
void watchdog_rest(void)
{
	alarm(0);
}
