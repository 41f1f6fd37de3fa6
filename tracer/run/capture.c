// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See capture.h. Two processes, joined by a socket that carries letters, and files:
 *
 *	keeper, privileged: attaches, lets go of the module, attaches again, and
 *	opens files by the names of the command line. It has no look at the rings.
 *	reader, of a user that owns nothing, without any capability and under a
 *	seccomp filter that lets it open nothing: takes events out of the rings,
 *	formats and writes them.
 */
#include "capture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture_private.h"
#include "system/privs.h"
#include "hook/stack.h"

/* 0 when there is SMC to trace. */
static int wait_for_smc(const struct options *o)
{
	enum smcw_event_stacks stack;
	int present = stack_present(&stack);

	if (present == -ENXIO) {
		fprintf(stderr,
			"smc-trace: whether SMC is loaded cannot be seen without /sys: mount it\n");
		return present;
	}
	if (present == -ENOENT && !o->wait) {
		fprintf(stderr,
			"smc-trace: this kernel has no SMC: CONFIG_SMC is not set, there is "
			"no module smc, and smcx is not loaded\n");
		return -ENOENT;
	}
	if (!present && !o->wait) {
		fprintf(stderr,
			"smc-trace: SMC is not loaded: modprobe smc, or wait for it with --wait\n");
		return -ENOENT;
	}
	if (present != 1)
		fprintf(stderr, "smc-trace: waits for module %s\n", present ? "smcx" : "smc");
	for (; present != 1; present = stack_present(&stack))
		nanosleep(&(struct timespec){ .tv_nsec = CAPTURE_LOOK_EVERY_MS * 1000000 }, NULL);
	return 0;
}

/*
 * By capabilities, not by the user's id: root may have lost them, in a container say, and others
 * may have got them. Which of them depends on the stack, once that is there.
 */
static bool may_trace(const struct options *o)
{
	enum smcw_event_stacks stack = SMCW_STACK_SMC;
	int module = stack_present(&stack) == 1 && stack_is_module(stack);
	char missing[64], path[32];

	if (*privs_missing(module, missing, sizeof(missing))) {
		fprintf(stderr,
			"smc-trace: tracing needs root: sudo smc-trace. Or %s%s; missing: %s%s\n",
			"CAP_BPF and CAP_PERFMON",
			module ? ", and CAP_SYS_ADMIN, since smc is a module, whose BTF the kernel "
				 "gives to nobody else" :
				 "",
			missing,
			privs_in_user_namespace() ?
				" (those of a user namespace do not count: run it on the host)" :
				"");
		return false;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		fprintf(stderr,
			"smc-trace: /sys/kernel/btf/vmlinux cannot be read: %s. The kernel "
			"needs CONFIG_DEBUG_INFO_BTF; in a container, mount /sys\n",
			strerror(errno));
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%u", o->hooks.filter.pid);
	if (o->hooks.filter.pid && access(path, F_OK)) {
		fprintf(stderr, "smc-trace: --pid: there is no process %u\n", o->hooks.filter.pid);
		return false;
	}
	return true;
}

/* Until the programs are loaded a signal ends us at once; then hooks may have to be let go of. */
static int capture_attach(struct hooks *h, int *signals)
{
	char error[HOOKS_ERROR_MAX];
	int err = h ? hooks_load(h, error) : -ENOMEM;

	*signals = capture_block_signals();
	err = err ? err : hooks_attach(h, *signals, error);
	if (err)
		fprintf(stderr, "smc-trace: %s%s%s\n", h ? error : strerror(ENOMEM),
			*hooks_hint(err) ? ". " : "", hooks_hint(err));
	return err;
}

static int run_processes(const struct options *o, struct hooks *h, int signals, struct beginning *b)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		fprintf(stderr, "smc-trace: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "smc-trace: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	if (!pid) {
		close(pair[0]);
		exit(capture_read(o, h, pair[1], parent, b));
	}
	close(pair[1]);
	return capture_keep(o, h, pair[0], signals, pid, b->progress);
}

int capture_run(const struct options *o)
{
	struct beginning beginning = { 0 };
	int signals, status;
	struct hooks *h;

	if (!may_trace(o))
		return EXIT_FAILED;
	if (wait_for_smc(o) || !may_trace(o))
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	h = hooks_new(&o->hooks);
	if (capture_attach(h, &signals))
		return EXIT_FAILED;
	status = capture_begin(&beginning, o, h);
	if (status)
		hooks_leave(h);
	return status ? status : run_processes(o, h, signals, &beginning);
}
