// SPDX-License-Identifier: GPL-2.0-or-later
/* See differ.h. */
#include "differ.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"

/* ---- kernels of the lab ------------------------------------------------------------------- */

/* lab/suite-on of the source tree in which this program was built. */
static int find_lab(char *path, size_t cap)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (int up = 0; n > 0 && up < 3; up++) {
		while (n > 0 && self[n - 1] != '/')
			n--;
		n--;
	}
	if (n <= 0)
		return -ENOENT;
	self[n] = '\0';
	if (snprintf(path, cap, "%s/lab/suite-on", self) >= (int)cap)
		return -ENAMETOOLONG;
	return access(path, X_OK) ? -errno : 0;
}

static int run_program(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_HARNESS;
}

/* The suite on a kernel of the lab. */
static int make_report(const struct options *o, const char *kernel, struct side *side)
{
	char lab[PATH_MAX], *argv[6 + 2 * OPTIONS_LIST_MAX] = { lab, (char *)kernel, side->made };
	unsigned int n = 3;
	int fd;

	if (find_lab(lab, sizeof(lab)))
		return complain("%s: there is no such file, and no lab here that could boot it",
				kernel);
	snprintf(side->made, sizeof(side->made), "/tmp/smc-replay.XXXXXX");
	fd = mkstemp(side->made);
	if (fd < 0)
		return complain("%s: %s", side->made, strerror(errno));
	close(fd);
	for (unsigned int i = 0; i < o->n_only; i++) {
		argv[n++] = (char *)"--only";
		argv[n++] = (char *)o->only[i];
	}
	if (o->suite) {
		argv[n++] = (char *)"--suite";
		argv[n++] = (char *)o->suite;
	}
	return run_program(argv) ? complain("%s: the lab could not play the suite on it", kernel) :
				   0;
}

/* ---- reports ------------------------------------------------------------------------------- */

int differ_open(const struct options *o, const char *name, struct side *side)
{
	char error[AGAINST_ERROR_MAX];
	int rc = 0;

	if (access(name, F_OK))
		rc = make_report(o, name, side);
	if (rc)
		return rc;
	if (against_read(&side->report, *side->made ? side->made : name, error))
		return complain("%s", error);
	if (*side->made)
		side->report.name = name;
	else
		side->path = name;
	return 0;
}

void differ_close(struct side *side)
{
	against_free(&side->report);
	if (*side->made)
		unlink(side->made);
}

/* Two files may have one name: the path distinguishes them. */
static bool same_name(const struct side *a, const struct side *b)
{
	return a->path && b->path && !strcmp(a->report.name, b->report.name) &&
	       strcmp(a->path, b->path);
}

static int differ_compare(const struct side *a, const struct side *b);

static int compare_apart(struct side *a, struct side *b)
{
	const char *name = a->report.name;
	int rc;

	if (same_name(a, b)) {
		a->report.name = a->path;
		b->report.name = b->path;
	}
	rc = differ_compare(a, b);
	a->report.name = name;
	return rc;
}

static int differ_compare(const struct side *a, const struct side *b)
{
	struct against_result result;

	against_write(&a->report, &b->report, stdout, &result);
	printf("%s and %s: %u cases on both, %u different; %u on one of them only\n",
	       a->report.name, b->report.name, result.both, result.different, result.one);
	if (!result.both)
		return EXIT_NOTHING;
	return result.different ? EXIT_FAILED : EXIT_OK;
}

/* The worst of several comparisons counts. */
static int differ_worse(int a, int b)
{
	static const int order[] = { EXIT_HARNESS, EXIT_FAILED, EXIT_NOTHING };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_OK;
}

int differ_from(const struct side *there, FILE *report)
{
	char error[AGAINST_ERROR_MAX];
	struct side here = { 0 };
	int rc;

	rewind(report);
	rc = against_take(&here.report, report, "this host", error) ? complain("%s", error) :
								      differ_compare(there, &here);
	differ_close(&here);
	return rc;
}

int differ_all(const struct options *o)
{
	struct side first = { 0 };
	int rc = differ_open(o, o->against[0], &first), all = rc;

	for (unsigned int i = 1; !rc && i < o->n_against; i++) {
		struct side other = { 0 };

		rc = differ_open(o, o->against[i], &other);
		all = differ_worse(all, rc ? rc : compare_apart(&first, &other));
		differ_close(&other);
	}
	differ_close(&first);
	return all;
}
