/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application of the stack under test: an AF_SMC socket on this host. */
#ifndef SMCKIT_REPLAY_APP_H
#define SMCKIT_REPLAY_APP_H

#include <pthread.h>

#include "base/address.h"
#include "base/result.h"
#include "script/script.h"

#define APP_PENDING (-1) /* connect() has not returned yet */

struct app {
	int fd, listener, epoll; /* -1: none */
	union address to;
	pthread_t thread; /* in connect(), which blocks */
	bool has_thread;
	pthread_t closer; /* in close(), which waits for bytes to be sent */
	int closing;	  /* the socket that it closes; -1: none */
	int done;	  /* eventfd: the thread is at its end */
	int error;	  /* of connect() or accept(): 0 or an errno */
	bool nonblock, fastopen, tcp;
	const struct call *sets[SCRIPT_SETS_MAX]; /* options, before bind() */
	unsigned int n_sets;
	bool splice; /* it reads by splice(), through a pipe */
	int pipe[2];
	unsigned int buffer; /* for receiving, that it asks for; 0: none in particular */
	bool shut, closed;   /* it has shut down writing; its socket is closed */
	bool by_hand;	     /* calls of the script say how it ends */
};

void app_init(struct app *a);

/* Ends connect(), too. */
void app_close(struct app *a);

/* Close the connection's socket, as the application does. */
void app_close_socket(struct app *a);

/* close() begins, in a thread of its own; app_close() waits for its end. Return: 0 or -errno. */
int app_begin_close(struct app *a);

/* An SMC socket listens; @at gets the port. Return: 0 or -errno. */
int app_listen(struct app *a, union address *at);

/**
 * app_connect() - connect() begins, in a thread of its own unless a->nonblock is set.
 * @from: own address; its port is not used
 *
 * Return: 0 or -errno.
 */
int app_connect(struct app *a, const union address *from, const union address *to);

/**
 * app_result() - the result of connect(), or accept().
 * @server: accept()
 * @ms: how long to wait
 * @error: 0, an errno, or RESULT_NONE when accept() has nobody
 *
 * Return: 0, PEER_LATE when connect() has not returned, or -errno.
 */
int app_result(struct app *a, bool server, unsigned int ms, int *error);

/*
 * The server's application looks whether somebody is to be accepted, and returns at once: a stack
 * may let go of a connection that has failed only then. The next app_result() has the one that
 * comes.
 */
void app_look(struct app *a);

/* As recv() of what is there, without waiting; or splice(). */
ssize_t app_take(struct app *a, void *bytes, size_t len);

/* As send() and recv() of everything. Return: 0, PEER_EOF, PEER_RESET, PEER_LATE or -errno. */
int app_send(struct app *a, const void *bytes, size_t len, unsigned int ms);
int app_receive(struct app *a, void *bytes, size_t len, unsigned int ms);

#endif
