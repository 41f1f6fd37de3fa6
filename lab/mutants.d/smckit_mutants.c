// SPDX-License-Identifier: GPL-2.0
/* Parameters of a module with mutants: smckit_mutant, the one that is awake, or 0, and
 * smckit_reached, a digit for four of them; writing forgets those that were reached.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "smckit_mutants.h"

unsigned int smckit_mutant;
EXPORT_SYMBOL_GPL(smckit_mutant);
module_param(smckit_mutant, uint, 0644);

unsigned char smckit_mutants_reached[SMCKIT_MUTANTS_MAX];
EXPORT_SYMBOL_GPL(smckit_mutants_reached);

static int forget_reached(const char *value, const struct kernel_param *kp)
{
	memset(smckit_mutants_reached, 0, sizeof(smckit_mutants_reached));
	return 0;
}

static int get_reached(char *out, const struct kernel_param *kp)
{
	const unsigned char *at = smckit_mutants_reached;
	int n;

	for (n = 0; n < SMCKIT_MUTANTS_MAX / 4; n++, at += 4)
		out[n] = "0123456789abcdef"[at[0] | at[1] << 1 | at[2] << 2 | at[3] << 3];
	out[n++] = '\n';
	return n;
}

static const struct kernel_param_ops reached_ops = { .set = forget_reached, .get = get_reached };

module_param_cb(smckit_reached, &reached_ops, NULL, 0644);
