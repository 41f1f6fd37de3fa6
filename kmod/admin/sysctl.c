// SPDX-License-Identifier: GPL-2.0
/* /proc/sys/net/smc. See sysctl.h. */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "mem.h"
#include "net.h"
#include "smc_wire.h"
#include "sysctl.h"

static int buf_min = SMCW_BUF_BYTES(0);
static int buf_max = INT_MAX / 2;
static int links_max = SMCX_GROUP_LINKS;
static int conns_min = 16, conns_max = 255;
static unsigned int spin_max = 1000;

/* To reach others from a namespace that anybody can make, the host's administrator is asked. */
static int sysctl_loopback_handler(SMCX_CTL_TABLE *table, int write, void *buffer, size_t *len,
				   loff_t *pos)
{
	const struct net *net = table->extra1;
	int value = READ_ONCE(*(int *)table->data), err;
	struct ctl_table copy = {
		.procname = table->procname,
		.data = &value,
		.maxlen = sizeof(value),
		.mode = table->mode,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_TWO,
	};

	err = proc_dointvec_minmax(&copy, write, buffer, len, pos);
	if (err || !write)
		return err;
	if (value == SMCX_LOOPBACK_ALL && net->user_ns != &init_user_ns && !capable(CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(*(int *)table->data, value);
	return 0;
}

#define ENTRY(name, member, handler, min, max)                                                     \
	{                                                                                          \
		.procname = name, .data = (void *)offsetof(struct smcx_sysctl, member),            \
		.maxlen = sizeof_field(struct smcx_sysctl, member), .mode = 0644,                  \
		.proc_handler = handler, .extra1 = min, .extra2 = max,                             \
	}

/* .data is an offset here, and a pointer in the copies. The last entry ends it for 6.1. */
static const struct ctl_table entries[] = {
	ENTRY("autocorking_size", autocorking_size, proc_douintvec, NULL, NULL),
	ENTRY("smcr_buf_type", buf_type, proc_douintvec_minmax, SYSCTL_ZERO, SYSCTL_TWO),
	ENTRY("smcr_testlink_time", testlink_time, proc_dointvec_jiffies, NULL, NULL),
	ENTRY("wmem", wmem, proc_dointvec_minmax, &buf_min, &buf_max),
	ENTRY("rmem", rmem, proc_dointvec_minmax, &buf_min, &buf_max),
	ENTRY("smcr_max_links_per_lgr", max_links_per_lgr, proc_dointvec_minmax, SYSCTL_ONE,
	      &links_max),
	ENTRY("smcr_max_conns_per_lgr", max_conns_per_lgr, proc_dointvec_minmax, &conns_min,
	      &conns_max),
	ENTRY("spin_usec", spin_usec, proc_douintvec_minmax, SYSCTL_ZERO, &spin_max),
	ENTRY("loopback", loopback, sysctl_loopback_handler, NULL, NULL),
	ENTRY("limit_smc_hs", limit_hs, proc_dointvec_minmax, SYSCTL_ZERO, SYSCTL_ONE),
	{},
};

/* The machine's, and so in the initial namespace only: as net.ipv4.tcp_mem. */
static struct ctl_table mem_entries[] = {
	{
		.procname = "mem",
		.data = smcx_mem.limit,
		.maxlen = sizeof(smcx_mem.limit),
		.mode = 0644,
		.proc_handler = proc_doulongvec_minmax,
	},
	{},
};

static struct ctl_table_header *mem_header;

int __init smcx_sysctl_init(void)
{
	mem_header = smcx_register_net_sysctl(&init_net, "net/smc", mem_entries, 1);
	return mem_header ? 0 : -ENOMEM;
}

void smcx_sysctl_exit(void)
{
	unregister_net_sysctl_table(mem_header);
}

int smcx_sysctl_net_init(struct net *net)
{
	struct smcx_net *sn = smcx_net(net);
	const size_t count = ARRAY_SIZE(entries) - 1;
	struct ctl_table *table;
	size_t i;

	table = kmemdup(entries, sizeof(entries), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		if (table[i].proc_handler == sysctl_loopback_handler)
			table[i].extra1 = net;
		/* Whoever makes a namespace may set all of its own, up to what the host has. */
		if (table[i].extra2 == &buf_max && net->user_ns != &init_user_ns)
			table[i].extra2 =
				(u8 *)&smcx_net(&init_net)->sysctl + (uintptr_t)table[i].data;
		table[i].data = (u8 *)&sn->sysctl + (uintptr_t)table[i].data;
	}
	sn->sysctl_header = smcx_register_net_sysctl(net, "net/smc", table, count);
	if (!sn->sysctl_header) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

void smcx_sysctl_net_exit(struct net *net)
{
	struct ctl_table_header *header = smcx_net(net)->sysctl_header;
	const struct ctl_table *table = header->ctl_table_arg;

	unregister_net_sysctl_table(header);
	kfree(table);
}
