// SPDX-License-Identifier: GPL-2.0-or-later
/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_OF_ROOT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PATH_OF_USERS "/usr/local/bin:/usr/bin:/bin"

static const int passed_on[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				 SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

/* The child's report before exec closes the pipe. */
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

/*
 * Without root's numbers the kernel takes capabilities away, but not the inheritable ones, and none
 * where securebits say so. Root as a user keeps its own.
 */
static int drop_capabilities(uid_t uid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (!uid)
		return 0;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &head, none) ? -errno : 0;
}

static int become(const struct passwd *pw)
{
	if (initgroups(pw->pw_name, pw->pw_gid) || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return -errno;
	return drop_capabilities(pw->pw_uid);
}

/* As setpriv(1) --reset-env, and as login(1) sets PATH. */
static int reset_env(const struct passwd *pw)
{
	const char *term = getenv("TERM"), *shell = *pw->pw_shell ? pw->pw_shell : "/bin/sh";
	char *kept = term ? strdup(term) : NULL;
	int err = term && !kept ? -ENOMEM : 0;

	if (!err && (clearenv() || (kept && setenv("TERM", kept, 1)) ||
		     setenv("HOME", pw->pw_dir, 1) || setenv("SHELL", shell, 1) ||
		     setenv("USER", pw->pw_name, 1) || setenv("LOGNAME", pw->pw_name, 1) ||
		     setenv("PATH", pw->pw_uid ? PATH_OF_USERS : PATH_OF_ROOT, 1)))
		err = -ENOMEM;
	free(kept);
	return err;
}

static int change_user(const struct child_plan *plan, const char **doing)
{
	struct passwd *pw;
	int err;

	*doing = "looking for the user";
	err = find_user(plan->user, &pw);
	if (err)
		return err;
	*doing = "setting the environment";
	err = plan->reset_env ? reset_env(pw) : 0;
	if (err)
		return err;
	*doing = "becoming the user";
	return become(pw);
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
	*doing = "a session";
	if (plan->new_session && setsid() < 0)
		return -errno;
	if (plan->user)
		err = change_user(plan, doing);
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
run(const struct child_plan *plan, int report, const struct inherited *before)
{
	struct failure f = { 0 };

	f.err = prepare(plan, &f.doing);
	if (!f.err) {
		sigaction(SIGCHLD, &before->child, NULL);
		sigprocmask(SIG_SETMASK, &before->mask, NULL);
		execvp(plan->command[0], plan->command);
		f = (struct failure){ .err = -errno };
	}
	if (write(report, &f, sizeof(f)) < 0)
		_exit(1);
	_exit(0);
}

static int watch_signals(struct child *child, struct inherited *before)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t set;

	/* The end of a child that is ignored reaches nobody, not even by a signalfd. */
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
	int report[2], err;
	ssize_t n;

	*doing = "a signalfd";
	err = watch_signals(child, &before);
	if (err)
		return err;
	*doing = "a pipe";
	if (pipe2(report, O_CLOEXEC))
		return -errno;
	child->new_session = plan->new_session;
	*doing = "fork";
	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (!child->pid)
		run(plan, report[1], &before);
	close(report[1]);
	do {
		n = read(report[0], &f, sizeof(f));
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	*doing = f.doing;
	if (!n)
		return 0;
	waitpid(child->pid, NULL, 0);
	return f.err ? f.err : -EIO;
}

/* Keys, and a window's new size: the terminal signals all of its foreground processes. */
static bool from_terminal(const struct signalfd_siginfo *info)
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
		if (!from_terminal(&info))
			kill(child->pid, (int)info.ssi_signo);
		else if (child->new_session)
			kill(-child->pid, (int)info.ssi_signo); /* as the terminal would */
	}
	return 0;
}
