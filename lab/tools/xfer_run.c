// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-xfer: all connections of a client or a server, a thread each. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ready.h"
#include "xfer.h"

/* The data that the threads share; .lock guards all members after it. */
struct run {
	const struct xfer_plan *plan;
	struct xfer_report *report;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	unsigned int next, active;
};

struct job {
	struct run *run;
	int fd;
	unsigned int number;
};

static volatile sig_atomic_t stopped;

static void xfer_run_on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Only the main thread is woken by the signals that end the program. */
static void xfer_run_catch_stop(void)
{
	const struct sigaction action = { .sa_handler = xfer_run_on_stop,
					  .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int start_thread(pthread_t *thread, void *(*work)(void *), void *data)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, work, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static void add_result(struct run *run, const struct xfer_result *result)
{
	pthread_mutex_lock(&run->lock);
	report_add(run->report, result);
	pthread_mutex_unlock(&run->lock);
}

static void add_failure(struct run *run, int err, const char *doing, unsigned int number)
{
	const struct xfer_result result = { .fault = err, .doing = doing, .number = number };

	add_result(run, &result);
}

static void connect_one(struct run *run, unsigned int number)
{
	struct xfer_result result;
	int fd;

	watchdog_feed(run->plan->timeout_ms);
	fd = sock_connect(run->plan);
	if (fd < 0) {
		add_failure(run, fd, "connect", number);
		return;
	}
	conn_run(run->plan, fd, number, &result);
	add_result(run, &result);
}

static void *client_thread(void *data)
{
	struct run *run = data;

	for (;;) {
		unsigned int number;

		pthread_mutex_lock(&run->lock);
		number = run->next++;
		pthread_mutex_unlock(&run->lock);
		if (number >= run->plan->connections)
			return NULL;
		connect_one(run, number);
	}
}

/**
 * run_client - make all connections of the plan, so many at a time
 * @plan: the plan
 * @report: filled in
 *
 * Return: 0 if all were tried, whatever became of them, or -errno.
 */
int run_client(const struct xfer_plan *plan, struct xfer_report *report)
{
	struct run run = { .plan = plan, .report = report, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t *threads = calloc(plan->parallel, sizeof(*threads));
	unsigned int n;
	int err = threads ? 0 : -ENOMEM;

	for (n = 0; !err && n < plan->parallel; n++)
		err = start_thread(&threads[n], client_thread, &run);
	if (err && n)
		n--;
	while (n)
		pthread_join(threads[--n], NULL);
	watchdog_rest();
	free(threads);
	return err;
}

static void *server_thread(void *data)
{
	struct job *job = data;
	struct run *run = job->run;
	struct xfer_result result;

	conn_run(run->plan, job->fd, job->number, &result);
	free(job);
	pthread_mutex_lock(&run->lock);
	report_add(run->report, &result);
	if (!--run->active) {
		watchdog_rest();
		pthread_cond_signal(&run->idle);
	}
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

static int xfer_run_serve(struct run *run, int fd, unsigned int number)
{
	struct job *job = malloc(sizeof(*job));
	pthread_t thread;
	int err = job ? 0 : -ENOMEM;

	pthread_mutex_lock(&run->lock);
	run->active++;
	pthread_mutex_unlock(&run->lock);
	if (!err) {
		*job = (struct job){ run, fd, number };
		err = start_thread(&thread, server_thread, job);
	}
	if (!err) {
		pthread_detach(thread);
		return 0;
	}
	free(job);
	close(fd);
	pthread_mutex_lock(&run->lock);
	run->active--;
	pthread_mutex_unlock(&run->lock);
	return err;
}

static int serve_all(struct run *run, int listener)
{
	const struct xfer_plan *plan = run->plan;
	unsigned int number;

	for (number = 0; !stopped && (!plan->connections || number < plan->connections); number++) {
		int fd = sock_accept(plan, listener);
		int err;

		if (fd == -EINTR && stopped)
			break;
		err = fd < 0 ? fd : xfer_run_serve(run, fd, number);
		if (err) {
			add_failure(run, err, "accept", number);
			break;
		}
	}
	return 0;
}

/**
 * run_server - accept and serve all connections of the plan, or until SIGTERM or SIGINT
 * @plan: the plan
 * @report: filled in
 *
 * Return: 0 if it could listen, whatever became of the connections, or -errno.
 */
int run_server(const struct xfer_plan *plan, struct xfer_report *report)
{
	struct run run = {
		.plan = plan,
		.report = report,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.idle = PTHREAD_COND_INITIALIZER,
	};
	uint16_t port;
	int listener = sock_listen(plan, &port);
	int err;

	if (listener < 0)
		return listener;
	xfer_run_catch_stop();
	err = ready_tell(plan->ready_file, plan->ready_fd, port);
	if (!err)
		err = serve_all(&run, listener);
	pthread_mutex_lock(&run.lock);
	while (run.active)
		pthread_cond_wait(&run.idle, &run.lock);
	pthread_mutex_unlock(&run.lock);
	close(listener);
	return err;
}
