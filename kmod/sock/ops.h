/* SPDX-License-Identifier: GPL-2.0 */
/* System calls: see ops.c and sockopt.c. */
#ifndef SMCX_OPS_H
#define SMCX_OPS_H

#include <linux/net.h>
#include <linux/sockptr.h>

extern const struct proto_ops smcx_ops;
extern const struct proto_ops smcx_inet_ops;
extern const struct proto_ops smcx_inet6_ops;

/* sockopt.c */
int smcx_setsockopt(struct socket *sock, int level, int name, sockptr_t value, unsigned int len);
int smcx_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len);

#endif
