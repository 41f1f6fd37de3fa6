// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into tshark by tshark.sh: one start, which takes ten times as long as a small capture,
 * serves many captures. The file of -r is a list, "CAPTURE<tab>OUTPUT" a line. Where tshark opens
 * its capture, a child goes on with each CAPTURE and knows nothing of the others. Its standard
 * output goes to OUTPUT and its standard error to OUTPUT.err; OUTPUT.rc has its exit status, in the
 * shell's manner 128 + N for signal N. A child is ended after $SMCX_EACH_SECONDS. A third
 * column, "NAME=VALUE", is put into its environment.
 *
 * Its children begin after all arguments have been read, which are the same for all captures. It
 * stands in for one function that Wireshark 4.0 to 4.6 have alike. tshark_serve.c, whose children
 * have arguments of their own, has to stand in for several of 4.0, before they are read.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct wtap;
typedef struct wtap *open_fn(const char *, unsigned int, int *, char **, int);
open_fn wtap_open_offline;

static void stop(const char *what)
{
	fprintf(stderr, "tshark_each: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void redirect(const char *path, int fd)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (to < 0 || dup2(to, fd) < 0)
		stop(path);
	close(to);
}

static void become_child(const char *output)
{
	const char *seconds = getenv("SMCX_EACH_SECONDS");
	char path[4096];

	snprintf(path, sizeof(path), "%s.err", output);
	redirect(output, STDOUT_FILENO);
	redirect(path, STDERR_FILENO);
	if (seconds)
		alarm(atoi(seconds));
}

static void keep_status(const char *output, int status)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s.rc", output);
	file = fopen(path, "we");
	if (!file)
		stop(path);
	fprintf(file, "%d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	fclose(file);
}

/* The whole list, since children share the file's position. */
static char *read_list(const char *path)
{
	FILE *file = fopen(path, "re");
	char *list = NULL;
	size_t size = 0;
	ssize_t len;

	if (!file)
		stop(path);
	len = getdelim(&list, &size, '\0', file);
	if (len < 0 && !feof(file))
		stop(path);
	fclose(file);
	return len < 0 ? strdup("") : list;
}

static void wait_for(pid_t pid, const char *output)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			stop("waitpid");
	keep_status(output, status);
}

/* Returns the capture in each child, and never in the parent. */
static char *share_out(const char *path)
{
	char *list = read_list(path), *line, *output, *more;
	pid_t pid;

	fflush(NULL);
	while ((line = strsep(&list, "\n")) && *line) {
		output = line;
		strsep(&output, "\t");
		if (!output)
			stop(line);
		more = output;
		strsep(&more, "\t");
		pid = fork();
		if (pid < 0)
			stop("fork");
		if (!pid) {
			become_child(output);
			if (more && putenv(more))
				stop(more);
			return line;
		}
		wait_for(pid, output);
	}
	_exit(0);
}

/* The types are those of 4.0 to 4.6; its last argument is a gboolean or a bool. */
struct wtap *wtap_open_offline(const char *name, unsigned int type, int *err, char **err_info,
			       int do_random)
{
	static char *capture;
	open_fn *next = (open_fn *)dlsym(RTLD_NEXT, "wtap_open_offline");

	if (!next)
		stop("no wtap_open_offline");
	if (!capture)
		capture = share_out(name);
	return next(capture, type, err, err_info, do_random);
}

void epan_cleanup(void);

/* Taking 3000 protocols apart costs as much as a small capture, and nothing is written after it. */
void epan_cleanup(void)
{
}
