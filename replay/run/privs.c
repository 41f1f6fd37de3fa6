// SPDX-License-Identifier: GPL-2.0-or-later
/* See privs.h. */
#include "privs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "calls.h"
#include "drop.h"
#include "smc_dmb.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif

static const int allowed[] = {
	/* connections, and waiting for them */
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(connect),
	SCMP_SYS(accept4),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(splice),
	SCMP_SYS(pipe2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	/* files that are open, and memory in the form of one */
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(flock),
	SCMP_SYS(dup),
	SCMP_SYS(pipe2),
	SCMP_SYS(splice),
	SCMP_SYS(memfd_create),
	/* jobs, which are children of ours by now */
	SCMP_SYS(kill),
	SCMP_SYS(wait4),
	/* the C library */
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(tgkill),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(uname),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int allow_values(scmp_filter_ctx ctx, int call, unsigned int arg,
			const unsigned long *values, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = calls_allow_if(ctx, call, SCMP_CMP(arg, SCMP_CMP_EQ, values[i]));
	return err;
}

#define ALLOW_VALUES(ctx, call, arg, ...)                                                          \
	allow_values(ctx, SCMP_SYS(call), arg, (const unsigned long[]){ __VA_ARGS__ },             \
		     sizeof((const unsigned long[]){ __VA_ARGS__ }) / sizeof(unsigned long))

/* Calls that are harmless with some arguments only. */
static int allow_some(scmp_filter_ctx ctx)
{
	int err = ALLOW_VALUES(ctx, socket, 0, AF_INET, AF_INET6, AF_SMC, AF_NETLINK);

	/* Verbs, DMBs, bytes in a socket, and whether the output is a terminal. */
	if (!err)
		err = ALLOW_VALUES(ctx, ioctl, 1, RDMA_VERBS_IOCTL, SMCW_DMB_REGISTER,
				   SMCW_DMB_ATTACH, SMCW_DMB_WRITE, SMCW_DMB_READ, SMCW_DMB_RELEASE,
				   TCGETS, SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK);
	/* The options of SYNs: maps that are open. */
	if (!err)
		err = ALLOW_VALUES(ctx, bpf, 0, BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM,
				   BPF_MAP_DELETE_ELEM);
	if (!err)
		err = ALLOW_VALUES(ctx, prctl, 0, PR_SET_PDEATHSIG, PR_SET_NAME);
	/* Threads, but no processes; of clone3() the filter cannot know which, so clone() is used.
	 */
	if (!err)
		err = calls_allow_if(ctx, SCMP_SYS(clone),
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return err;
}

int privs_filter(void)
{
	return calls_confine(allowed, sizeof(allowed) / sizeof(allowed[0]), allow_some);
}

int privs_drop(void)
{
	return drop_rights();
}
