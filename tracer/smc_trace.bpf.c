// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks. Each entry point finds out what happened and calls one of a few
 * helpers, which fill a smcw_event in the control ring or a smcw_cdc_record in
 * the CDC ring. Two rings, so that a flood of CDC never pushes out a handshake.
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

/* kmod's tools read the use count and give up before any system call, so look there. */
SEC("?fentry/show_refcnt")
int BPF_PROG(on_show_refcnt, void *attribute, struct module_kobject *mk)
{
	__u8 comm[SMCW_COMM_LEN];
	struct life *l;

	bpf_get_current_comm(comm, sizeof(comm));
	if (!is_unloader(comm))
		return 0;
	l = life_begin(SMCW_EV_MODULE, SMCW_HOOK_MODULE, SMCW_DIR_NONE, sizeof(l->module));
	if (!l)
		return 0;
	l->ev.owner = SMCW_OWNER_CURRENT;
	l->ev.pid = bpf_htonl(bpf_get_current_pid_tgid() >> 32);
	__builtin_memcpy(l->ev.comm, comm, sizeof(comm));
	bpf_probe_read_kernel_str(l->module.name, sizeof(l->module.name), (void *)&mk->mod->name);
	l->module.what = SMCW_MODULE_UNLOAD;
	hand_on(&l->ev, SMCW_HOOK_MODULE, 0);
	return 0;
}
