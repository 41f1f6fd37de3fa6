// SPDX-License-Identifier: GPL-2.0-or-later
/* See jobs.h. */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"

struct message_of_job {
	unsigned int number;
	struct outcome outcome;
};

struct waiting {
	struct waiting *next;
	struct message_of_job message;
};

struct jobs {
	int in; /* messages of all jobs, one a packet */
	unsigned int n;
	pid_t pid[OPTIONS_JOBS_MAX];
	struct waiting *waiting; /* came before their turn */
};

/* ---- in a job ---------------------------------------------------------------------------- */

struct job {
	const struct options *options;
	atomic_uint *next; /* of all jobs: the case that nobody has taken yet */
	unsigned int mine;
	unsigned int after; /* the one after the case that was played last */
	int out, lock;	    /* the lock is taken by cases that need their turn */
	int all;	    /* and this one by each: they share it, but for those that are alone */
	job_fn play;
	void *ctx;
};

static int set_up_loopback(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (fd < 0)
		return -errno;
	err = ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
	close(fd);
	return err;
}

static bool jobs_needs(const struct test_case *test, const char *word)
{
	for (const struct word *w = test->needs; w; w = w->next)
		if (!strcmp(w->text, word))
			return true;
	return false;
}

static bool jobs_is_alone(const struct test_case *test)
{
	return jobs_needs(test, "alone") || test->times;
}

static int take_lock(int lock, int how)
{
	int rc;

	do
		rc = flock(lock, how);
	while (rc && errno == EINTR);
	return rc ? complain("lock: %s", strerror(errno)) : 0;
}

/* All take them in this order, so that none waits for another that waits for it. */
static int take_locks(const struct job *job, const struct test_case *test)
{
	int rc;

	/* The turn was kept for the next case, and that is not played. */
	if (!jobs_needs(test, "group"))
		flock(job->lock, LOCK_UN);
	rc = take_lock(job->all, jobs_is_alone(test) ? LOCK_EX : LOCK_SH);
	return !rc && jobs_needs(test, "turn") ? take_lock(job->lock, LOCK_EX) : rc;
}

/*
 * A case that goes on in the link group of the one before it belongs to the job that has played
 * that one, whoever has drawn its number.
 */
static bool is_mine(const struct job *job, const struct item *item)
{
	if (item->number && jobs_needs(item->test, "group"))
		return item->number == job->after;
	return item->number == job->mine;
}

/*
 * The next case goes on in the link group of this one: what was alone stays so until then, and no
 * other case has its turn between them. One that has to be alone waits for those that wait for
 * their turn, and so takes it anew.
 */
static void release_locks(const struct job *job, const struct test_case *test)
{
	const struct test_case *next = test->next;
	bool goes_on = next && jobs_needs(next, "group");

	if (!goes_on || !jobs_needs(next, "turn") || jobs_is_alone(next))
		flock(job->lock, LOCK_UN);
	if (!goes_on)
		flock(job->all, LOCK_UN);
}

static int job_play(struct job *job, const struct item *item)
{
	static struct message_of_job m;
	int rc;

	rc = take_locks(job, item->test);
	if (rc)
		return rc;
	m.number = item->number;
	rc = job->play(job->ctx, item, &m.outcome);
	release_locks(job, item->test);
	if (!rc && send(job->out, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		rc = complain("outcome: %s", strerror(errno));
	job->after = item->number + 1;
	return rc;
}

static int take_item(void *ctx, const struct item *item)
{
	struct job *job = ctx;
	int rc = is_mine(job, item) ? job_play(job, item) : 0;

	if (item->number == job->mine)
		job->mine = atomic_fetch_add(job->next, 1);
	return rc;
}

/* File descriptors that are inherited would share one lock. */
static int open_lock(int memory)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	return open(path, O_RDWR | O_CLOEXEC);
}

static int run_job(struct job *job, int (*begin)(void *ctx))
{
	int rc = unshare(CLONE_NEWNET) ? -errno : set_up_loopback();

	if (rc)
		return complain("a network namespace could not be made: %s", strerror(-rc));
	job->lock = open_lock(job->lock);
	job->all = open_lock(job->all);
	if (job->lock < 0 || job->all < 0)
		return complain("lock: %s", strerror(errno));
	rc = begin(job->ctx);
	if (rc)
		return rc;
	/* Another user's process forgets it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	job->mine = atomic_fetch_add(job->next, 1);
	return walk_cases(job->options, take_item, job);
}

/* ---- in the program that reports ------------------------------------------------------- */

static int start_one(struct jobs *j, struct job *job, int (*begin)(void *ctx))
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		j->pid[j->n++] = pid;
		return 0;
	}
	close(j->in);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_HARNESS);
	_exit(run_job(job, begin));
}

int jobs_start(struct jobs **out, const struct options *o, int (*begin)(void *ctx), job_fn play,
	       void *ctx)
{
	struct jobs *j = calloc(1, sizeof(*j));
	struct job job = { .options = o, .play = play, .ctx = ctx };
	int ends[2], rc = 0;

	*out = j;
	if (!j)
		return -ENOMEM;
	job.next = mmap(NULL, sizeof(*job.next), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (job.next == MAP_FAILED)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	job.lock = memfd_create("smc-replay", MFD_CLOEXEC);
	job.all = memfd_create("smc-replay", MFD_CLOEXEC);
	if (job.lock < 0 || job.all < 0)
		return -errno;
	j->in = ends[0];
	job.out = ends[1];
	for (unsigned int i = 0; !rc && i < o->jobs; i++)
		rc = start_one(j, &job, begin);
	close(job.out);
	close(job.lock);
	close(job.all);
	return rc;
}

static bool jobs_take_waiting(struct jobs *j, unsigned int number, struct outcome *o)
{
	for (struct waiting **at = &j->waiting; *at; at = &(*at)->next) {
		struct waiting *w = *at;

		if (w->message.number != number)
			continue;
		*o = w->message.outcome;
		*at = w->next;
		free(w);
		return true;
	}
	return false;
}

int jobs_outcome(struct jobs *j, unsigned int number, struct outcome *o)
{
	while (!jobs_take_waiting(j, number, o)) {
		struct waiting *w = malloc(sizeof(*w));
		ssize_t n = w ? recv(j->in, &w->message, sizeof(w->message), 0) : -1;

		if (n != sizeof(w->message)) {
			free(w);
			return -ECHILD;
		}
		w->next = j->waiting;
		j->waiting = w;
	}
	return 0;
}

void jobs_end(struct jobs *j)
{
	if (!j)
		return;
	close(j->in);
	for (unsigned int i = 0; i < j->n; i++)
		kill(j->pid[i], SIGKILL);
	for (unsigned int i = 0; i < j->n; i++)
		waitpid(j->pid[i], NULL, 0);
	while (j->waiting) {
		struct waiting *w = j->waiting;

		j->waiting = w->next;
		free(w);
	}
	free(j);
}
