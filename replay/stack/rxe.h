/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Soft-RoCE devices, by RDMA's netlink: made on an interface, and deleted. Needs CAP_NET_ADMIN. */
#ifndef SMCKIT_REPLAY_RXE_H
#define SMCKIT_REPLAY_RXE_H

#include <stdbool.h>

enum { RXE_NAME_MAX = 64 };

/* Find the RDMA device of an interface. NAME has room for RXE_NAME_MAX bytes. */
bool rxe_of(const char *interface, char *name);

/* Return: 0 or -errno. */
int rxe_delete(const char *name);
int rxe_add(const char *name, const char *interface);

#endif
