/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps of the kernel over netlink: generic netlink's families, and sock_diag. */
#ifndef SMCKIT_TRACER_NETLINK_H
#define SMCKIT_TRACER_NETLINK_H

#include <libmnl/libmnl.h>

/* Looks at a message of a dump. 0, or -errno, which ends the dump. */
typedef int (*netlink_fn)(void *ctx, const struct nlmsghdr *nlh);

/**
 * netlink_genl() - dump what a command of a generic netlink family lists.
 * @family: its name
 * @version: of the family
 * @cmd: its command
 * @fn: called for each message; its attributes stand after a struct genlmsghdr
 *
 * Return: 0; -EPROTONOSUPPORT if the kernel has no such family, or -errno.
 */
int netlink_genl(const char *family, __u8 version, __u8 cmd, netlink_fn fn, void *ctx);

/**
 * netlink_smc_diag() - dump the SMC sockets of this network namespace.
 * @fn: called for each message, a struct smc_diag_msg and attributes
 *
 * Return: 0; -EPROTONOSUPPORT without smc_diag, or -errno.
 */
int netlink_smc_diag(netlink_fn fn, void *ctx);

#endif
