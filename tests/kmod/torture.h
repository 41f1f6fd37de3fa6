/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod_torture: what its parts share. Workers are processes. Each makes connections to itself and
 * does at random what can be done with sockets; a model of each connection says what may come of
 * it. The workers' findings are on a board in shared memory, which the first process watches.
 */
#ifndef SMCKIT_TORTURE_H
#define SMCKIT_TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { EXIT_PASSED, EXIT_BROKEN, EXIT_CANNOT, EXIT_HANG, EXIT_WRONG_USE = 64 };

/* ---- torture_main.c: what is to be done ---- */

enum proto { PROTO_TCP, PROTO_SMC, PROTO_IPPROTO, PROTOS };
extern const char *const proto_names[PROTOS];

struct plan {
	enum proto client, server;
	bool mixed; /* each end at random TCP or the above */
	bool ipv4, ipv6;
	unsigned int seconds, patience;
	unsigned int connections;    /* open at the same time, of all workers */
	unsigned int workers, pumps; /* every so manieth worker is a pump */
	uint64_t seed, verify_bytes;
	unsigned int short_connections, concurrent;
	bool verbose, no_urgent, no_more, fail_fast;
	bool faults;   /* the stack is made to fail: a connection may not come about, or be reset */
	bool declines; /* a Decline may be in the send queue of a connection that became TCP */
};

extern struct plan plan;

/* ---- torture_board.c ---- */

/* Each is a statement about sockets, whose text is in torture_board.c. */
#define RULES(V)                                                                                   \
	V(BYTES, "bytes")                                                                          \
	V(EXCESS, "excess")                                                                        \
	V(EARLY_EOF, "early-eof")                                                                  \
	V(RESET, "reset")                                                                          \
	V(ABORT, "abort")                                                                          \
	V(STUCK, "stuck")                                                                          \
	V(PEEK, "peek")                                                                            \
	V(WAITALL, "waitall")                                                                      \
	V(SPURIOUS, "spurious")                                                                    \
	V(WRITABLE, "writable")                                                                    \
	V(INQ, "inq")                                                                              \
	V(OUTQ, "outq")                                                                            \
	V(MARK, "mark")                                                                            \
	V(SHUT_WRITE, "shut-write")                                                                \
	V(RDHUP, "rdhup")                                                                          \
	V(NAMES, "names")                                                                          \
	V(ERRNO, "errno")                                                                          \
	V(CONNECT, "connect")

#define RULE_ENUM(name, text) RULE_##name,
enum rule { RULES(RULE_ENUM) RULE_COUNT };

#define BOARD_WORKERS 64
#define BOARD_LINES 24
#define BOARD_LINE 200

struct slot {
	pid_t pid;
	_Atomic(const char *) doing; /* a literal, at the same address in every process */
	atomic_uint_fast64_t steps;
	atomic_uint_fast64_t pair; /* the connection's number */
	atomic_bool done;
};

struct board {
	atomic_uint_fast64_t bytes, ops, splices, connections, resets;
	atomic_uint_fast64_t broken[RULE_COUNT], known[RULE_COUNT];
	atomic_uint lines;
	char line[BOARD_LINES][BOARD_LINE];
	atomic_bool stop;
	struct slot slots[BOARD_WORKERS];
	atomic_uint_fast64_t scratch[BOARD_WORKERS][4]; /* what a forked child tells its parent */
};

extern struct board *board;
extern struct slot *slot;	       /* this worker's */
extern bool rule_deviates[RULE_COUNT]; /* known to be broken here */

int board_make(void);
int board_deviations(const char *path);
void board_faults(void);
void board_print(double seconds);
bool board_clean(void);
void rule_broken(enum rule rule, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool run_over(void);

static inline void step(const char *doing)
{
	atomic_store_explicit(&slot->doing, doing, memory_order_relaxed);
	atomic_fetch_add_explicit(&slot->steps, 1, memory_order_relaxed);
}

/* ---- torture_stream.c ---- */

struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *rng);
uint64_t rng_below(struct rng *rng, uint64_t n);
bool rng_one_in(struct rng *rng, unsigned int n);
size_t rng_size(struct rng *rng, size_t max);

void stream_fill(uint64_t seed, uint64_t at, void *buf, size_t len);
bool stream_check(uint64_t seed, uint64_t at, const void *buf, size_t len);

/* ---- torture_pair.c ---- */

struct pair;

/* One end of a connection, and what is known of it. */
struct end {
	int fd; /* -1: closed */
	struct pair *pair;
	unsigned int side; /* 0: the client */
	uint64_t sent, received;
	bool nonblocking, corked;
	bool wr_shut, rd_shut, eof;
	bool reset_allowed; /* the other end did something that may reset it */
	bool dead;	    /* and that was seen */
	bool foreign; /* it was written to or closed by somebody that is gone: .sent is a guess */
};

struct pair {
	uint64_t number, seed;
	struct end end[2];
	unsigned int ops;
	bool urgent; /* MSG_OOB is used, in line */
};

static inline struct end *other(struct end *e)
{
	return &e->pair->end[!e->side];
}

static inline uint64_t stream_seed(const struct end *writer)
{
	return writer->pair->seed + writer->side * 0x51ed270b9f3a1ULL;
}

struct listener {
	int fd[2][2]; /* TCP and SMC, by IPv4 and IPv6; -1 if it is not wanted */
	struct sockaddr_in6 at[2][2];
};

int listener_open(struct listener *l);
void listener_close(struct listener *l);
int socket_of(enum proto proto, bool ipv6);
int pair_open(struct pair *pair, struct listener *l, struct rng *rng);
void pair_drop(struct pair *pair);

/* ---- torture_io.c: what an end does, held against the model ---- */
#define IO_MAX (256 * 1024)

ssize_t io_send(struct end *e, struct rng *rng, size_t len);
ssize_t io_recv(struct end *e, struct rng *rng, size_t len, bool may_block);
void io_took(struct end *e, const void *buf, size_t len);
bool io_failed(struct end *e, int err, bool sending);
bool io_ended(struct end *e);

/* ---- torture_ops.c, torture_end.c ---- */
void op_random(struct pair *pair, struct rng *rng);
void pair_end(struct pair *pair, struct rng *rng);
bool end_await(struct end *e, short events);

/* ---- workers ---- */
void work_random(unsigned int index, struct rng *rng); /* torture_ops.c */
void work_pump(unsigned int index, struct rng *rng);   /* torture_pump.c */
void work_short(unsigned int index, struct rng *rng);  /* torture_short.c */
void work_concurrent(unsigned int index, struct rng *rng);

#endif
