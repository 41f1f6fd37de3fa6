/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call on a socket, in a thread. */
#ifndef SMCKIT_REPLAY_SOCK_JOB_H
#define SMCKIT_REPLAY_SOCK_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/address.h"
#include "script/script.h"

/* Arguments of the call, and its results. */
struct sock_job {
	pthread_t thread;
	bool runs;
	atomic_bool done;
	const struct step *step; /* that began it */
	int fd;
	int pipe[2];
	int held[2];	  /* a pipe that outlives the call; 0: none */
	union address at; /* of BIND and CONNECT; that of NAME and PEER */
	socklen_t at_len;
	__u64 from; /* PUT, FILL, DRAIN: the place in the pattern */
	size_t len; /* ... and how many bytes */
	long ret;
	int error; /* errno, 0: none */
	int flags; /* that recvmsg() returned */
	__u8 *bytes;
};

/* Return: 0 or -errno. */
int sock_job_begin(struct sock_job *j);

/* Return: whether it has returned within @ms; the thread is gone then. */
bool sock_job_wait(struct sock_job *j, unsigned int ms);

/* Signals until it returns, or @ms are over. Return: whether it has returned. */
bool sock_job_interrupt(struct sock_job *j, unsigned int ms);

/* A handler of SIGUSR1, by which a call ends. */
void sock_job_interrupted(int number);

#endif
