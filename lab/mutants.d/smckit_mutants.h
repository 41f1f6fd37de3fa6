/* SPDX-License-Identifier: GPL-2.0 */
/* All mutants of a module are in it, and sleep: the number of one of them is chosen while it runs.
 */
#ifndef SMCKIT_MUTANTS_H
#define SMCKIT_MUTANTS_H

#ifndef __ASSEMBLY__
#define SMCKIT_MUTANTS_MAX 8192

extern unsigned int smckit_mutant;
extern unsigned char smckit_mutants_reached[SMCKIT_MUTANTS_MAX];

/* Is it this one's turn? */
static inline int smckit_mutant_on(unsigned int number)
{
	smckit_mutants_reached[number] = 1;
	return __builtin_expect(*(volatile unsigned int *)&smckit_mutant == number, 0);
}
#endif
#endif
