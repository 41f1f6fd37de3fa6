/* SPDX-License-Identifier: GPL-2.0 */
/* Enterprise ids: names of the groups of hosts that may use SMC with each other. */
#ifndef SMCX_EID_H
#define SMCX_EID_H

#include "smc_wire.h"

#define SMCX_MAX_UEID 4

/**
 * smcx_eid_add() - add a user-defined EID, for the whole machine.
 * @eid: 32 bytes: A-Z, 0-9, '.', '-', first an alphanumeric one, then blanks to the end
 *
 * Process context. Return: 0, -EINVAL, -ERANGE when there are SMCX_MAX_UEID, or -EEXIST.
 */
int smcx_eid_add(const u8 *eid);

/* Return: 0, or -ENOENT. */
int smcx_eid_remove(const u8 *eid);

void smcx_eid_flush(void);

/**
 * smcx_eid_list() - all user-defined EIDs.
 * @eids: room for SMCX_MAX_UEID
 *
 * Return: how many.
 */
unsigned int smcx_eid_list(struct smcw_eid *eids);

/**
 * smcx_eid_match() - the first EID of a list that is ours, too.
 *
 * Return: its index, or -ENOENT.
 */
int smcx_eid_match(const struct smcw_eid *eids, unsigned int count);

#endif
