// SPDX-License-Identifier: GPL-2.0
/* Faults on demand. See fault.h. */
#include <linux/debugfs.h>
#include <linux/random.h>

#include "debugfs.h"
#include "fault.h"
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(smcx_faults_on);
bool smcx_faults_wrong;

/*
 * A knob: how many hits are left, and one in how many chances is one. The
 * format is "TIMES [EVERY]"; TIMES -1 is for ever, 0 is off.
 */
struct knob {
	const char *name;
	const char *kind;
	const char *statement; /* ID in the catalogue of the suite */
	const char *text;
	atomic_t times;
	u32 every;
	atomic_t chances;
	atomic64_t hits;
};

static struct knob knobs[] = {
#define SMCX_X_KNOB(name_, kind_, statement_, text_)                                               \
	[SMCX_FAULT_##name_] = {                                                                   \
		.name = #name_, .kind = #kind_, .statement = statement_, .text = text_, .every = 1 \
	},
	SMCX_FAULT_LIST(SMCX_X_KNOB)
#undef SMCX_X_KNOB
};

static DEFINE_MUTEX(knob_lock);
static struct dentry *knob_dir;

bool smcx_fault_hit(enum smcx_fault fault, const struct sock *sk)
{
	struct knob *knob = &knobs[fault];
	int times = atomic_read(&knob->times);

	if (!times)
		return false;
	if ((u32)atomic_inc_return(&knob->chances) % READ_ONCE(knob->every))
		return false;
	if (times > 0 && atomic_dec_if_positive(&knob->times) < 0)
		return false;
	atomic64_inc(&knob->hits);
	trace_smcx_fault_hit(sk, fault, knob->name);
	return true;
}

/* The static key is on while any knob is. Under knob_lock. */
static void fault_update_key(void)
{
	bool on = false, wrong = false;
	int i;

	lockdep_assert_held(&knob_lock);
	for (i = 0; i < SMCX_FAULT_COUNT; i++) {
		if (!atomic_read(&knobs[i].times))
			continue;
		on = true;
		wrong |= knobs[i].kind[0] != 'T';
	}
	WRITE_ONCE(smcx_faults_wrong, wrong);
	if (on)
		static_branch_enable(&smcx_faults_on);
	else
		static_branch_disable(&smcx_faults_on);
}

static ssize_t fault_knob_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct knob *knob = file_inode(file)->i_private;
	char text[32] = "";
	u32 every = 1;
	int times;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	if (sscanf(text, "%d %u", &times, &every) < 1 || times < -1 || !every)
		return -EINVAL;
	mutex_lock(&knob_lock);
	WRITE_ONCE(knob->every, every);
	atomic_set(&knob->chances, 0);
	atomic_set(&knob->times, times);
	fault_update_key();
	mutex_unlock(&knob_lock);
	return len;
}

static ssize_t fault_knob_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct knob *knob = file_inode(file)->i_private;
	char text[64];
	int n = scnprintf(text, sizeof(text), "%d %u hits %lld\n", atomic_read(&knob->times),
			  READ_ONCE(knob->every), (long long)atomic64_read(&knob->hits));

	return simple_read_from_buffer(to, len, pos, text, n);
}

static const struct file_operations knob_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = fault_knob_read,
	.write = fault_knob_write,
	.llseek = default_llseek,
};

/* All knobs at a glance: name, kind, times, every, hits, statement, text. */
static int fault_list_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 0; i < SMCX_FAULT_COUNT; i++)
		seq_printf(m, "%s\t%s\t%d\t%u\t%lld\t%s\t%s\n", knobs[i].name, knobs[i].kind,
			   atomic_read(&knobs[i].times), READ_ONCE(knobs[i].every),
			   (long long)atomic64_read(&knobs[i].hits), knobs[i].statement,
			   knobs[i].text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fault_list);

int __init smcx_fault_init(void)
{
	int i;

	knob_dir = debugfs_create_dir("fault", smcx_debugfs);
	for (i = 0; i < SMCX_FAULT_COUNT; i++)
		debugfs_create_file(knobs[i].name, 0600, knob_dir, &knobs[i], &knob_fops);
	debugfs_create_file("list", 0400, knob_dir, NULL, &fault_list_fops);
	return 0;
}

void smcx_fault_exit(void)
{
	debugfs_remove(knob_dir);
	static_branch_disable(&smcx_faults_on);
}
