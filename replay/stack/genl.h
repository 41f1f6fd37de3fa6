/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink with the family of SMC. */
#ifndef SMCKIT_REPLAY_TALK_H
#define SMCKIT_REPLAY_TALK_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/smc.h>

struct genl {
	struct mnl_socket *nl; /* NULL: not open */
	__u16 family;
	__u32 seq;
};

/* Return: 0, -ENOENT when there is no such family, or another -errno; genl_close() in any case. */
int genl_open(struct genl *t);

void genl_close(struct genl *t);

/* All messages of an answer are given to @reply with @data. Return: 0 or -errno. */
int genl_dump(struct genl *t, __u8 command, mnl_cb_t reply, void *data);

/* A command, with a text as attribute if @text is not NULL. Return: 0 or the kernel's -errno. */
int genl_do(struct genl *t, __u8 command, __u16 attribute, const char *text);

#endif
