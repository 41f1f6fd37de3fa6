// SPDX-License-Identifier: GPL-2.0-or-later
/* See privs.h. */
#include "privs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "calls.h"
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

/* Calls that are harmless with some arguments only. */
static int allow_some(scmp_filter_ctx ctx)
{
	int err;

	/* Is it a terminal, and how wide? */
	err = calls_allow_if(ctx, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS));
	if (!err)
		err = calls_allow_if(ctx, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ));
	/* To end with the process that keeps the hooks. */
	if (!err)
		err = calls_allow_if(ctx, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG));
	return err;
}

int privs_drop(void)
{
	int err = drop_rights();

	return err ? err : calls_confine(allowed, sizeof(allowed) / sizeof(allowed[0]), allow_some);
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
