// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interface of /dev/smcx-dmb as programs were built for it: numbers of ioctls have the sizes of
 * their arguments in them, and members stay where they are. What may come is a new number. It is a
 * test by being compiled.
 */
#include <stddef.h>

#include "smc_dmb.h"

#define IS(what, value) _Static_assert((what) == (value), #what " is not " #value)
#define AT(type, member, place) IS(offsetof(struct type, member), place)

IS(SMCW_DMB_INFO, 0x8028db00);
IS(SMCW_DMB_REGISTER, 0xc010db01);
IS(SMCW_DMB_ATTACH, 0xc010db02);
IS(SMCW_DMB_WRITE, 0x4018db03);
IS(SMCW_DMB_READ, 0x4018db04);
IS(SMCW_DMB_RELEASE, 0xdb05);
IS(SMCW_DMB_SIGNAL, 1);
AT(smcw_dmb_info, gid, 0);
AT(smcw_dmb_info, token, 16);
AT(smcw_dmb_info, size, 24);
AT(smcw_dmb_info, peer_size, 28);
AT(smcw_dmb_info, chid, 32);
AT(smcw_dmb_register, token, 0);
AT(smcw_dmb_register, size, 8);
AT(smcw_dmb_attach, token, 0);
AT(smcw_dmb_attach, size, 8);
AT(smcw_dmb_copy, address, 0);
AT(smcw_dmb_copy, offset, 8);
AT(smcw_dmb_copy, len, 12);
AT(smcw_dmb_copy, flags, 16);
AT(smcw_dmb_signal, number, 0);
AT(smcw_dmb_signal, head, 8);
IS(sizeof(struct smcw_dmb_signal), 40);

int main(void)
{
	return 0;
}
