// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs each test of semantics.h in each mode of modes.h, and compares. A difference that is listed,
 * with its outcome and its reason, passes; one that is not fails, and so does one that is listed
 * and is no more.
 *
 * Usage: kmod_semantics LIST [TEST]	LIST is semantics.differences.
 */
#include "semantics.h"

#include <err.h>
#include <string.h>
#include <sys/socket.h>

#include "modes.h"

static void call(const void *test)
{
	((const struct semantics_test *)test)->run();
}

static void run_test(const struct semantics_test *test)
{
	static char outcomes[MODES][DIFFERENCE_MAX];

	modes_run(call, test, outcomes);
	for (int i = 1; i < MODES; i++)
		difference_judge(modes[i].name, test->name, outcomes[0], outcomes[i]);
}

static void run_all(const struct semantics_test *tests, const char *only)
{
	for (; tests->name; tests++)
		if (!only || !strcmp(only, tests->name))
			run_test(tests);
}

/* The first socket that asks for time stamps turns them on, some time later. */
static void have_time_stamps(void)
{
	set(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, SO_TIMESTAMP, 1);
	nap(300);
}

int main(int argc, char **argv)
{
	const char *only = argc > 2 ? argv[2] : NULL;

	if (argc < 2)
		errx(2, "usage: %s LIST [TEST]", argv[0]);
	differences_read(argv[1]);
	have_time_stamps();
	run_all(semantics_setup, only);
	run_all(semantics_data, only);
	run_all(semantics_control, only);
	run_all(semantics_end, only);
	return differences_end(!only);
}
