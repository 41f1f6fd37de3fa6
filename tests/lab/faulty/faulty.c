// SPDX-License-Identifier: GPL-2.0
/* A module that does one thing wrong each time its parameter is written, for tests of a kernel's
 * reports. */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

struct thing {
	struct delayed_work later;
	unsigned int value;
};

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);

static struct thing *new_thing(void)
{
	return kzalloc(sizeof(struct thing), GFP_KERNEL);
}

static int nothing(void)
{
	return 0;
}

static int use_after_free(void)
{
	struct thing *thing = new_thing();

	if (!thing)
		return -ENOMEM;
	kfree(thing);
	return READ_ONCE(thing->value) & 1 ? -EIO : 0;
}

static int invert(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
	return 0;
}

static int leak(void)
{
	return new_thing() ? 0 : -ENOMEM;
}

static int sleep_atomically(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
	return 0;
}

static int shift_too_far(void)
{
	unsigned int bits = 32 + (ktime_get_ns() & 1);

	/* volatile: the compiler may not see what comes of it */
	return READ_ONCE(bits) && (*(volatile unsigned int *)&bits << bits) ? 0 : -EIO;
}

static void do_nothing(struct work_struct *work)
{
}

static int free_pending_work(void)
{
	struct thing *thing = new_thing();

	if (!thing)
		return -ENOMEM;
	INIT_DELAYED_WORK(&thing->later, do_nothing);
	schedule_delayed_work(&thing->later, HZ * 3600);
	kfree(thing);
	return 0;
}

/* Its namespace cannot go then. */
static int hold_device(void)
{
	return dev_get_by_name(current->nsproxy->net_ns, "lo") ? 0 : -ENODEV;
}

static const struct {
	const char *name;
	int (*commit)(void);
} faults[] = {
	{ "none", nothing },
	{ "use-after-free", use_after_free },
	{ "inversion", invert },
	{ "leak", leak },
	{ "sleep", sleep_atomically },
	{ "shift", shift_too_far },
	{ "pending-work", free_pending_work },
	{ "device", hold_device },
};

static int set_fault(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(value, faults[i].name))
			return faults[i].commit();
	}
	return -EINVAL;
}

static const struct kernel_param_ops fault_ops = { .set = set_fault };
module_param_cb(fault, &fault_ops, NULL, 0200);
MODULE_PARM_DESC(fault, "what to do wrong, at once");

static int __init faulty_init(void)
{
	return 0;
}

static void __exit faulty_exit(void)
{
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("does what a kernel with checkers has to report");
MODULE_LICENSE("GPL");
