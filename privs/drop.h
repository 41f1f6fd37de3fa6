/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that has opened what it needs as root goes on as a user that nobody is, without
 * capabilities and without a way to new ones. Its own filter (calls.h) decides which calls it may
 * make from then on.
 */
#ifndef SMCKIT_DROP_H
#define SMCKIT_DROP_H

/**
 * drop_rights() - give up user, groups and all capabilities, the bounding set too.
 *
 * The user is chosen once: processes that are made after the first call of drop_choose() have the
 * same one, and may stop each other. A process that may not set its user stays who it is.
 *
 * Return: 0 or -errno.
 */
int drop_rights(void);

/* Choose the user now. */
void drop_choose(void);

#endif
