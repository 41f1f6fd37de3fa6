/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sequences of calls whose outcome is held against TCP's: each test is a function that makes
 * sockets, calls, and says what came of it, in words that are the same for the same behaviour.
 */
#ifndef SMCKIT_SEMANTICS_H
#define SMCKIT_SEMANTICS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct semantics_test {
	const char *name;
	void (*run)(void);
};

/* Each ends with a NULL name. */
extern const struct semantics_test semantics_setup[], semantics_data[], semantics_control[],
	semantics_end[];

/* ---- what came of it ---- */

/* Adds text to the outcome. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* Adds "WHAT=RESULT", RESULT being that of a system call, or the name of errno if it is -1. */
void said(const char *what, long result);
/* Adds "WHAT=IOPRHE", as many of it as poll() says at once. */
void said_poll(const char *what, int fd);
/* Adds "WHAT=short" or "WHAT=long": more than @bound_ms or not, since @since. */
void said_time(const char *what, double since, int bound_ms);
/* Adds "WHAT='BYTES'" of what a recv() returned in bytes[], or the name of errno. */
void said_bytes(const char *what, long n);

/* ---- sockets ---- */

#define BYTES (1 << 20)

extern char bytes[BYTES];
extern int client, server, listener;

/* The kinds that the mode asks for: one for the client, one for the server. */
int client_socket(void);
int server_socket(void);
/* On a port of 127.0.0.1. */
int listening(int fd, int backlog);
struct sockaddr_in name_of(int fd);
int connect_to(int fd, const struct sockaddr_in *at);
/* Sets all three. */
void pair_up(void);
/*
 * The same, on an address of this process only. Ports are counted by address, and those of
 * 127.0.0.1 fill with TIME_WAIT of earlier tests: only here bind() speaks of this pair alone.
 */
void pair_up_alone(void);
void reset(int fd);
/* Without waiting, into bytes[]. */
long recv_now(int fd, size_t len, int flags);

int set(int fd, int level, int name, int value);
void set_time(int fd, int name, int ms);
/* Its value, or -errno. */
int option(int fd, int level, int name);
int number_by_ioctl(int fd, unsigned long request);

void nap(int ms);
double now(void);

#endif
