/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command: how it starts, what it is sent, how it ends. */
#ifndef SMCKIT_RUN_CHILD_H
#define SMCKIT_RUN_CHILD_H

#include <sys/types.h>

struct child_plan {
	char **command;
	const char *user;    /* or NULL */
	const char *preload; /* a library, or NULL */
	int cgroup_procs;    /* to be entered, or -1 */
};

struct child {
	pid_t pid;
	int signals; /* a signalfd: SIGCHLD, and what is to be passed on */
};

/**
 * child_start - start the command
 * @child: filled in
 * @plan: how
 * @doing: after an error what failed
 *
 * It has this process's files, folder, environment and signal mask. A user it is told to have it
 * gets with all groups, in the manner of setpriv(1) --init-groups; the environment stays as it is.
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
 * anyway.
 *
 * Return: 1 when the command has ended, else 0.
 */
int child_signals(struct child *child, int *status);

#endif
