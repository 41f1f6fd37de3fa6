// SPDX-License-Identifier: GPL-2.0
/* The device's GID, to be set, and its counters. See debugfs.h. */
#include <linux/debugfs.h>
#include <linux/nsproxy.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "dev.h"
#include "lgr.h"
#include "mem.h"
#include "smcx_stats.h"

struct dentry *smcx_debugfs;

static ssize_t debugfs_gid_write(struct file *file, const char __user *from, size_t len,
				 loff_t *pos)
{
	char text[64] = "";
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	err = smcx_dev_set_gid(text);
	return err ? err : len;
}

static ssize_t debugfs_gid_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	char text[64];
	int n = scnprintf(text, sizeof(text), "%pUb\n", smcx_dev.gid);

	return simple_read_from_buffer(to, len, pos, text, n);
}

static const struct file_operations gid_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = debugfs_gid_read,
	.write = debugfs_gid_write,
	.llseek = default_llseek,
};

/* How readers of the asker's network namespace waited. */
static void debugfs_waits_show(struct seq_file *m)
{
	u64 woke = 0, polled = 0, spun = 0;
	struct smcx_stats sum;
	int tech;

	for (tech = 0; tech < SMCX_TECHS; tech++) {
		smcx_stats_sum(smcx_net(current->nsproxy->net_ns), tech, &sum);
		woke += sum.rx_woke;
		polled += sum.rx_polled;
		spun += sum.rx_spun;
	}
	seq_printf(m, "rx_woke %llu\n", woke);
	seq_printf(m, "rx_polled %llu\n", polled);
	seq_printf(m, "rx_spun %llu\n", spun);
}

/* One "name value" a line. */
static int debugfs_counts_show(struct seq_file *m, void *v)
{
	struct smcx_lgr *lgr;
	u32 lgrs = 0, id = 0;

	while ((lgr = smcx_lgr_next(id))) {
		id = lgr->id;
		lgrs++;
		smcx_lgr_put(lgr);
	}
	seq_printf(m, "dmbs %d\n", atomic_read(&smcx_dev.dmb_count));
	seq_printf(m, "dmb_bytes %lld\n", (long long)atomic64_read(&smcx_mem.bytes));
	seq_printf(m, "lgrs %u\n", lgrs);
	seq_printf(m, "mem_pages %ld\n", atomic_long_read(&smcx_mem.pages));
	seq_printf(m, "mem_pressure %lu\n", READ_ONCE(smcx_mem.pressure));
	debugfs_waits_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(debugfs_counts);

int __init smcx_debugfs_init(void)
{
	smcx_debugfs = debugfs_create_dir("smcx", NULL);
	debugfs_create_file("gid", 0600, smcx_debugfs, NULL, &gid_fops);
	debugfs_create_file("counts", 0400, smcx_debugfs, NULL, &debugfs_counts_fops);
	return 0;
}

void smcx_debugfs_exit(void)
{
	debugfs_remove(smcx_debugfs);
}
