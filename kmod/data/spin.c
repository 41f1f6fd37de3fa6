// SPDX-License-Identifier: GPL-2.0
/* See spin.h. */
#include "spin.h"

void smcx_spin_learn(struct smcx_spin *spin, __u64 waited, __u32 max)
{
	if (waited >= max) {
		*spin = (struct smcx_spin){ 0 };
		return;
	}
	if (spin->ns) {
		if (waited >= spin->ns)
			spin->ns = spin->ns <= max / 2 ? 2 * spin->ns : max;
		return;
	}
	if (++spin->near < SMCX_SPIN_AFTER)
		return;
	spin->near = 0;
	spin->ns = SMCX_SPIN_FIRST < max ? SMCX_SPIN_FIRST : max;
}
