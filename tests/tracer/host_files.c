// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces of hosts that are made up, as hosts.h has them, for the tests of the command line:
 *
 *	host_files DIRECTORY [HOSTS [CONNS MESSAGES SECONDS]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "hosts.h"

static unsigned int number_of(int argc, char **argv, int n, unsigned int otherwise)
{
	return argc > n ? (unsigned int)strtoul(argv[n], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	const struct hosts_plan p = { .seed = 1,
				      .hosts = number_of(argc, argv, 2, 2),
				      .conns = number_of(argc, argv, 3, 3),
				      .messages = number_of(argc, argv, 4, 100),
				      .seconds = number_of(argc, argv, 5, 10),
				      .offset = 3000000000ll,
				      .drift_ppm = 200 };

	if (argc < 2 || p.hosts < 1 || p.hosts > HOSTS_MAX) {
		fprintf(stderr, "Usage: host_files DIRECTORY [HOSTS [CONNS MESSAGES SECONDS]]\n");
		return 2;
	}
	return !hosts_write(&p, argv[1]);
}
