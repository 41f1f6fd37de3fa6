// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks. Each entry point finds out what happened and calls one of a few
 * helpers, which fill a smcw_event in the control ring or a trace_cdc in the
 * ring for CDC. Two rings, so that a flood of CDC never pushes out a handshake.
 *
 * Every event is counted when it is seen and again as filtered, sent or lost.
 */
#include "kernel.h"

#include "owner.bpf.h"
#include "clc.bpf.h"
#include "conn.bpf.h"
#include "data.bpf.h"
#include "smcx.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- the module ------------------------------------------------------------------------------ */

static __always_inline bool same_word(const __u8 *a, const char *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a[i] != (__u8)b[i])
			return 0;
	return 1;
}

static __always_inline bool is_unloader(const __u8 *comm)
{
	return same_word(comm, "rmmod", sizeof("rmmod")) ||
	       same_word(comm, "modprobe", sizeof("modprobe"));
}

#define CAP_SYS_MODULE 16

/*
 * Only who may unload it makes us let go: anybody can read the count under the name rmmod. The
 * right is the one over the machine, not that over a user namespace of one's own.
 */
static __always_inline bool may_unload(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u32 caps = 0;

	/* The lower 32 are first, but in a number of 64 bits of a big-endian machine. */
	if (bpf_core_field_exists(((kernel_cap_t *)0)->val) && filter.big)
		caps = BPF_CORE_READ(cred, cap_effective.val);
	else
		bpf_probe_read_kernel(&caps, sizeof(caps), (void *)&cred->cap_effective);
	return caps & 1u << CAP_SYS_MODULE && !BPF_CORE_READ(cred, user_ns, parent);
}

/* kmod's tools read the use count and give up before any system call, so look there. */
SEC("?fentry/show_refcnt")
int BPF_PROG(on_show_refcnt, void *attribute, struct module_kobject *mk)
{
	__u8 comm[SMCW_COMM_LEN];
	struct life l;

	bpf_get_current_comm(comm, sizeof(comm));
	if (!is_unloader(comm) || !may_unload())
		return 0;
	life_begin(&l, SMCW_EV_MODULE, SMCW_HOOK_MODULE, SMCW_DIR_NONE, sizeof(l.module));
	__builtin_memcpy(l.ev.comm, comm, sizeof(comm));
	l.ev.owner = SMCW_OWNER_CURRENT;
	l.ev.pid = bpf_htonl(bpf_get_current_pid_tgid() >> 32);
	bpf_probe_read_kernel_str(l.module.name, sizeof(l.module.name), (void *)&mk->mod->name);
	l.module.what = SMCW_MODULE_UNLOAD;
	life_put(&l, OF_ALL);
	return 0;
}
