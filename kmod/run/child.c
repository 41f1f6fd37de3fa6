// SPDX-License-Identifier: GPL-2.0-or-later
/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_on[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				 SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

/* What the child tells before exec closes the pipe. */
struct failure {
	int err;
	const char *doing; /* a literal of this program, hence the same in both processes */
};

static int find_user(const char *user, struct passwd **pw)
{
	bool number = *user && !user[strspn(user, "0123456789")];
	unsigned long id;

	errno = 0;
	if (!number) {
		*pw = getpwnam(user);
	} else {
		id = strtoul(user, NULL, 10);
		*pw = errno || id != (uid_t)id ? NULL : getpwuid((uid_t)id);
	}
	if (*pw)
		return 0;
	return errno ? -errno : -ENOENT;
}

/* Without root's numbers the kernel takes all capabilities away, too. */
static int become(const char *user, const char **doing)
{
	struct passwd *pw;
	int err;

	*doing = "looking for the user";
	err = find_user(user, &pw);
	if (err)
		return err;
	*doing = "becoming the user";
	if (initgroups(pw->pw_name, pw->pw_gid) || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return -errno;
	return 0;
}

static int set_preload(const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char *value;
	int err;

	if (!before || !*before)
		return setenv("LD_PRELOAD", library, 1) ? -errno : 0;
	if (asprintf(&value, "%s:%s", library, before) < 0)
		return -ENOMEM;
	err = setenv("LD_PRELOAD", value, 1) ? -errno : 0;
	free(value);
	return err;
}

static int prepare(const struct child_plan *plan, const char **doing)
{
	int err = 0;

	*doing = "entering the cgroup";
	if (plan->cgroup_procs >= 0 && write(plan->cgroup_procs, "0", 1) != 1)
		return -errno;
	if (plan->user)
		err = become(plan->user, doing);
	if (!err && plan->preload) {
		*doing = "setting LD_PRELOAD";
		err = set_preload(plan->preload);
	}
	return err;
}

/* As it was when smc-run was started, and as the command gets it. */
struct inherited {
	sigset_t mask;
	struct sigaction child;
};

static void __attribute__((noreturn))
run(const struct child_plan *plan, int tell, const struct inherited *before)
{
	struct failure f = { 0 };

	f.err = prepare(plan, &f.doing);
	if (!f.err) {
		sigaction(SIGCHLD, &before->child, NULL);
		sigprocmask(SIG_SETMASK, &before->mask, NULL);
		execvp(plan->command[0], plan->command);
		f = (struct failure){ .err = -errno };
	}
	if (write(tell, &f, sizeof(f)) < 0)
		_exit(1);
	_exit(0);
}

static int watch_signals(struct child *child, struct inherited *before)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t set;

	/* Of a child that is ignored nobody hears, not even by a signalfd. */
	if (sigaction(SIGCHLD, &usual, &before->child))
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	if (sigprocmask(SIG_BLOCK, &set, &before->mask))
		return -errno;
	child->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return child->signals < 0 ? -errno : 0;
}

int child_start(struct child *child, const struct child_plan *plan, const char **doing)
{
	struct failure f = { 0 };
	struct inherited before;
	int tell[2], err;
	ssize_t n;

	*doing = "a signalfd";
	err = watch_signals(child, &before);
	if (err)
		return err;
	*doing = "a pipe";
	if (pipe2(tell, O_CLOEXEC))
		return -errno;
	*doing = "fork";
	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (!child->pid)
		run(plan, tell[1], &before);
	close(tell[1]);
	do {
		n = read(tell[0], &f, sizeof(f));
	} while (n < 0 && errno == EINTR);
	close(tell[0]);
	*doing = f.doing;
	if (!n)
		return 0;
	waitpid(child->pid, NULL, 0);
	return f.err ? f.err : -EIO;
}

/* Keys, and a window's new size: the terminal tells all of its foreground processes. */
static bool has_heard(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL &&
	       (info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT ||
		info->ssi_signo == SIGWINCH);
}

int child_signals(struct child *child, int *status)
{
	struct signalfd_siginfo info;

	while (read(child->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			if (waitpid(child->pid, status, WNOHANG) == child->pid)
				return 1;
			continue;
		}
		if (!has_heard(&info))
			kill(child->pid, (int)info.ssi_signo);
	}
	return 0;
}
