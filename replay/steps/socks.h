/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that a script has made, shared by the files that make calls on them. */
#ifndef SMCKIT_REPLAY_SOCKS_H
#define SMCKIT_REPLAY_SOCKS_H

#include "stack/sock_job.h"
#include "state/play.h"

enum { SOCKS_MAX = 32 };

struct sock {
	const char *name;
	struct app app;
	struct sock_job job;
	bool ipv6;
	__u64 sent, received; /* of the pattern */
};

struct socks {
	unsigned int n;
	struct sock sock[SOCKS_MAX];
};

/* The socket of a name, or NULL; and a new one, NULL if there is one that is open. */
struct sock *socks_find(struct play *p, const char *name);
struct sock *socks_add(struct play *p, const char *name);

/* Its descriptor, or that of the application's "app" or "listener"; below 0 if it is not open. */
int socks_fd(struct play *p, const char *name);

/* Return: PLAY_FAILED, with the name in the outcome. */
int socks_no_such(struct play *p, const char *name);

/* The arguments of a call. Return: 0 or PLAY_FAILED. */
int sock_prepare(struct play *p, struct sock *s, const struct step *step);

/* The call of @begun has returned, and has changed the sockets of the case. Return: 0 or
 * PLAY_FAILED. */
int sock_keep(struct play *p, struct sock *s, const struct step *begun);

/* The same, and its result is compared with @step. Return: 0 or PLAY_FAILED. */
int sock_judge(struct play *p, struct sock *s, const struct step *step);

/* The name of an errno, or what the C library says. */
const char *sock_error_text(int error);

#endif
