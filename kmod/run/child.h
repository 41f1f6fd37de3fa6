/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command: how it starts, what it is sent, how it ends. */
#ifndef SMCKIT_RUN_CHILD_H
#define SMCKIT_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child_plan {
	char **command;
	const char *user;    /* or NULL */
	const char *preload; /* a library, or NULL */
	bool reset_env;	     /* nothing of our environment but TERM; needs user */
	bool new_session;
	int cgroup_procs; /* to be entered, or -1 */
};

struct child {
	pid_t pid;
	bool new_session; /* our terminal's signals do not reach it */
	int signals;	  /* a signalfd: SIGCHLD, and what is to be passed on */
};

/**
 * child_start - start the command
 * @child: filled in
 * @plan: how
 * @doing: after an error what failed
 *
 * It has this process's files, folder, environment and signal mask. With a user given it
 * has that one with all groups, in the manner of setpriv(1) --init-groups, and without a
 * capability; the environment stays as it is, or is that of setpriv's --reset-env.
 *
 * Return: 0, or -errno: if @doing is NULL of exec, and then -ENOENT means that there is no such
 * command.
 */
int child_start(struct child *child, const struct child_plan *plan, const char **doing);

/**
 * child_signals - take what the signalfd has
 * @child: started
 * @status: set when the command has ended, as waitpid() has it
 *
 * Signals that a process sent are passed on. Those of the terminal (Ctrl-C) the command gets
 * anyway, unless it has a session of its own.
 *
 * Return: 1 when the command has ended, else 0.
 */
int child_signals(struct child *child, int *status);

#endif
