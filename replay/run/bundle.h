/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a case that failed, for those who look into it. */
#ifndef SMCKIT_REPLAY_BUNDLE_H
#define SMCKIT_REPLAY_BUNDLE_H

#include "record.h"
#include "state/outcome.h"
#include "store.h"
#include "walk.h"

/**
 * bundle_write() - a folder for the case, its files replaced if it is there.
 * @store: of the folder of all bundles
 * @item: the case
 * @o: its outcome
 * @record: its packets, or NULL
 *
 * case.smc is the case alone; report.txt its errors; map.txt the values of names; seen.txt the
 * stack's actions; kernel.log what the kernel said of SMC meanwhile; run.pcapng the packets of the
 * case's connection and queue pairs.
 *
 * Return: 0, or EXIT_HARNESS (reported on stderr).
 */
int bundle_write(struct store *store, const struct item *item, const struct outcome *o,
		 struct record *record);

#endif
