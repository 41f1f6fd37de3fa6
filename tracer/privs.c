// SPDX-License-Identifier: GPL-2.0-or-later
/* See privs.h. */
#include "privs.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "drop.h"

/* No path is among them: every file is open before, or comes from the keeper. */
static const int allowed[] = {
	/* reading the rings and waiting */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(read),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	/* the keeper */
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	/* writing files */
	SCMP_SYS(close),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(fstat),
	SCMP_SYS(fcntl),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	/* the C library */
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(sched_yield),
};

static int allow_if(scmp_filter_ctx ctx, int call, struct scmp_arg_cmp arg)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, arg);
}

/* Calls that are harmless with some arguments only. */
static int allow_some(scmp_filter_ctx ctx)
{
	int err;

	/* Is it a terminal, and how wide? */
	err = allow_if(ctx, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS));
	if (!err)
		err = allow_if(ctx, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ));
	/* The C library's fstat(). */
	if (!err)
		err = allow_if(ctx, SCMP_SYS(newfstatat),
			       SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	/* To end with the process that keeps the hooks. */
	if (!err)
		err = allow_if(ctx, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG));
	/* Memory, but no code. */
	if (!err)
		err = allow_if(ctx, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!err)
		err = allow_if(ctx, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return err;
}

static int filter_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!err)
		err = allow_some(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}

int privs_drop(void)
{
	int err = drop_rights();

	return err ? err : filter_calls();
}

/* The number of the first one never changes: PROC_USER_INIT_INO of the kernel. */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDu

bool privs_in_user_namespace(void)
{
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != FIRST_USER_NAMESPACE;
}

const char *privs_missing(int module, char *buf, unsigned long cap)
{
	static const struct {
		cap_value_t cap;
		const char *name;
	} wanted[] = { { CAP_BPF, "CAP_BPF" }, { CAP_PERFMON, "CAP_PERFMON" } };
	cap_flag_value_t all = CAP_CLEAR, has;
	cap_t own = privs_in_user_namespace() ? NULL : cap_get_proc();

	*buf = '\0';
	if (own)
		cap_get_flag(own, CAP_SYS_ADMIN, CAP_EFFECTIVE, &all);
	for (size_t i = 0; i < 2 && all == CAP_CLEAR; i++) {
		has = CAP_CLEAR;
		if (own)
			cap_get_flag(own, wanted[i].cap, CAP_EFFECTIVE, &has);
		if (has == CAP_CLEAR)
			snprintf(buf + strlen(buf), cap - strlen(buf), "%s%s", *buf ? ", " : "",
				 wanted[i].name);
	}
	if (module && all == CAP_CLEAR)
		snprintf(buf + strlen(buf), cap - strlen(buf), "%sCAP_SYS_ADMIN", *buf ? ", " : "");
	if (own)
		cap_free(own);
	return buf;
}
