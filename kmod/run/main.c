// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-run: run an unmodified program over SMC. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "cgroup.h"
#include "check.h"
#include "child.h"
#include "options.h"
#include "output.h"
#include "probe.h"
#include "target.h"

struct run {
	struct options o;
	struct probe probe;
	struct cgroup cg;
	struct bpf *bpf;
	bool preload, watch;
	char library[PATH_MAX];
	FILE *out; /* for --check */
	struct check check;
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("smc-run: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\n", stderr);
	va_end(args);
}

/* ---- which way ------------------------------------------------------------------------ */

static const char *hint(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return ": it needs root";
	case -EROFS:
		return ": in a container, perhaps";
	default:
		return "";
	}
}

/* Attach the BPF programs: those that change sockets if @change, those that watch if --check was
 * given. */
static int start_bpf(struct run *r, bool change, const char **doing)
{
	struct bpf_wants wants = { .change = change, .watch = r->o.check, .verbose = r->o.verbose };
	int err = r->cg.fd < 0 ? cgroup_make(&r->cg, doing) : 0;

	if (err) {
		cgroup_remove(&r->cg);
		return err;
	}
	err = bpf_start(&r->bpf, r->cg.fd, &wants, doing);
	r->watch = !err && wants.watch;
	return err;
}

static int try_bpf(struct run *r, char *why, size_t cap)
{
	const char *doing = "";
	int err;

	if (r->probe.protocol < 0) {
		snprintf(why, cap,
			 "this kernel has no IPPROTO_SMC (Linux 6.11 and later, or smcx)");
		return r->probe.protocol;
	}
	err = start_bpf(r, true, &doing);
	if (err == -ENOSYS)
		snprintf(why, cap, "this kernel does not have %s", doing);
	else if (err)
		snprintf(why, cap, "%s: %s%s", doing, strerror(-err), hint(err));
	return err;
}

/* In the build folder it is beside the program. */
static int find_library(struct run *r)
{
	char self[PATH_MAX - 32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		snprintf(r->library, sizeof(r->library), "%s/" PRELOAD_NAME, self);
		if (!access(r->library, R_OK))
			return 0;
	}
	snprintf(r->library, sizeof(r->library), "%s", PRELOAD_DIR "/" PRELOAD_NAME);
	return access(r->library, R_OK) ? -errno : 0;
}

static int try_preload(struct run *r, char *why, size_t cap)
{
	if (r->probe.family < 0) {
		snprintf(why, cap, "this kernel has no AF_SMC: load smc or smcx");
		return r->probe.family;
	}
	if (find_library(r)) {
		snprintf(why, cap, "%s: %s", r->library, strerror(errno));
		return -ENOENT;
	}
	r->preload = true;
	return 0;
}

/* Where BPF cannot change sockets it may still be able to watch them. */
static int watch_preload(struct run *r)
{
	const char *doing = "";
	int err;

	if (!r->o.check)
		return 0;
	err = start_bpf(r, false, &doing);
	if (err)
		say("--check cannot be done: %s: %s%s", doing, strerror(-err), hint(err));
	return err;
}

static int choose(struct run *r)
{
	char why_bpf[256] = "", why_preload[PATH_MAX + 64] = "";
	const char *refuses;

	if (r->o.method != METHOD_PRELOAD && !try_bpf(r, why_bpf, sizeof(why_bpf))) {
		if (!r->o.quiet)
			say("by BPF: sockets of %s and its children become SMC", r->o.command[0]);
		return 0;
	}
	if (r->o.method != METHOD_BPF && !try_preload(r, why_preload, sizeof(why_preload))) {
		if (!r->o.quiet)
			say("by LD_PRELOAD%s%s%s", *why_bpf ? " (" : "", why_bpf,
			    *why_bpf ? ")" : "");
		refuses = target_refuses_preload(r->o.command[0]);
		if (refuses && !r->o.quiet)
			say("warning: %s %s and takes no preloaded library: it stays on TCP",
			    r->o.command[0], refuses);
		return watch_preload(r);
	}
	if (*why_bpf)
		say("no BPF: %s", why_bpf);
	if (*why_preload)
		say("no preload: %s", why_preload);
	return -ENOTSUP;
}

/* ---- the run -------------------------------------------------------------------------- */

static int start_command(struct run *r, struct child *child)
{
	const struct child_plan plan = {
		.command = r->o.command,
		.user = r->o.user,
		.preload = r->preload ? r->library : NULL,
		.reset_env = r->o.reset_env,
		.new_session = r->o.new_session,
		.cgroup_procs = r->bpf ? r->cg.procs_fd : -1,
	};
	const char *doing;
	int err = child_start(child, &plan, &doing);

	if (!err)
		return 0;
	if (doing) {
		say("%s: %s%s", doing, strerror(-err), hint(err));
		return EXIT_SELF;
	}
	say("%s: %s", r->o.command[0], strerror(-err));
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int await_end(struct run *r, struct child *child)
{
	struct pollfd fds[] = {
		{ .fd = child->signals, .events = POLLIN },
		{ .fd = r->watch ? bpf_fd(r->bpf) : -1, .events = POLLIN },
	};
	int status = 0, ended = 0;

	while (!ended) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		ended = child_signals(child, &status);
		if (r->watch)
			bpf_poll(r->bpf, check_add, &r->check);
	}
	return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static void print_check(struct run *r)
{
	r->check.accepts_unseen = access("/sys/module/smcx", F_OK) != 0;
	check_print(&r->check, bpf_lost(r->bpf), r->out);
	if (r->out != stderr && fclose(r->out))
		say("%s: %s", r->o.output, strerror(errno));
}

/* Before the command can change what the name leads to. */
static int open_output(struct run *r)
{
	const char *why;

	r->out = stderr;
	if (!r->o.output || !output_open(&r->out, r->o.output, r->o.user != NULL, &why))
		return 0;
	say("--output %s: %s", r->o.output, why);
	return -EINVAL;
}

static int finish(struct run *r, int status)
{
	unsigned int left;

	if (r->watch) {
		print_check(r);
		if (r->o.strict && !status && !check_all_smc(&r->check, bpf_lost(r->bpf)))
			status = EXIT_NOT_SMC;
	}
	bpf_end(r->bpf);
	left = cgroup_remove(&r->cg);
	if (left && !r->o.quiet)
		say("%u processes go on without smc-run: what they open from now on is TCP%s", left,
		    r->watch ? ", and their open sockets are not in the above" : "");
	return status;
}

int main(int argc, char **argv)
{
	static struct run r;
	struct child child;
	int status;

	r.cg = (struct cgroup){ .root = -1, .fd = -1, .procs_fd = -1, .register_fd = -1 };
	options_parse(&r.o, argc, argv);
	if (open_output(&r))
		return EXIT_SELF;
	probe_smc(&r.probe);
	if (choose(&r))
		return finish(&r, EXIT_SELF);
	status = start_command(&r, &child);
	if (!status)
		status = await_end(&r, &child);
	else
		r.watch = false;
	return finish(&r, status);
}
