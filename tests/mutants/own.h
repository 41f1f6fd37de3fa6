/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In front of each file of ours that own.py has put mutants into.
 *
 * SMCKIT_MUTANT is the number of the one that is awake. SMCKIT_MUTANTS_REACHED is a file with a
 * byte for each, which is set when its place is run.
 */
#ifndef SMCKIT_OWN_H
#define SMCKIT_OWN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMCKIT_MUTANTS_MAX 65536

static unsigned int smckit_mutant;
static unsigned char smckit_mutants_nowhere[SMCKIT_MUTANTS_MAX],
	*smckit_mutants_reached = smckit_mutants_nowhere;

__attribute__((constructor)) static void smckit_mutants_begin(void)
{
	const char *number = getenv("SMCKIT_MUTANT"), *path = getenv("SMCKIT_MUTANTS_REACHED");
	int fd = path && *path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *map;

	if (number)
		smckit_mutant = (unsigned int)strtoul(number, NULL, 10);
	if (fd < 0)
		return;
	map = mmap(NULL, SMCKIT_MUTANTS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		smckit_mutants_reached = map;
}

/* Is it this one's turn? */
static inline int smckit_mutant_on(unsigned int number)
{
	smckit_mutants_reached[number] = 1;
	return smckit_mutant == number;
}
#endif
