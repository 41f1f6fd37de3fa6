/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smc-xfer: declarations shared by its parts. Both ends get the same plan on their command lines,
 * so that only the plan's bytes are on the connection; either end can check all it receives.
 */
#ifndef SMCKIT_LAB_XFER_H
#define SMCKIT_LAB_XFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Exit codes of the program. */
enum {
	XFER_EXIT_OK = 0,
	XFER_EXIT_WRONG = 1, /* wrong bytes, or another end of the connection than planned */
	XFER_EXIT_ERROR = 2, /* a system call failed */
	XFER_EXIT_TIMEOUT = 3,
	XFER_EXIT_USAGE = 64, /* EX_USAGE, as argp has it */
};

enum xfer_family { FAMILY_SMC, FAMILY_SMC6, FAMILY_IPPROTO_SMC, FAMILY_TCP };
enum xfer_direction { DIR_C2S, DIR_S2C, DIR_BOTH, DIR_ECHO, DIR_PINGPONG };
enum xfer_close { CLOSE_NORMAL, CLOSE_HALF, CLOSE_ABORT, CLOSE_LINGER0 };
enum xfer_end { END_ANY, END_EOF, END_RESET };

extern const char *const xfer_family_names[], *const xfer_direction_names[];
extern const char *const xfer_close_names[], *const xfer_end_names[];

struct xfer_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

/* The work to do. Times are in milliseconds. Does not change once the work has begun. */
struct xfer_plan {
	bool server;
	enum xfer_family family;
	struct xfer_addr addr; /* server: where to listen; client: where to connect to */
	struct xfer_addr bind; /* client: where to connect from; .len is 0 for anywhere */
	enum xfer_direction direction;
	uint64_t bytes;	      /* of a stream, the banner not included */
	uint64_t reply_bytes; /* the same from the server to the client */
	size_t message;	      /* bytes of a write */
	uint64_t rounds;
	uint64_t seed;
	const char *text, *reply, *banner;
	bool server_first;
	enum xfer_close close;
	bool server_closes;
	enum xfer_end expect;
	unsigned int timeout_ms, hold_ms, pace_ms;
	const char *hold_file;
	int sndbuf, rcvbuf, linger; /* -1: as the system has it */
	bool nodelay, oob, fastopen;
	unsigned int connections, parallel; /* 0 connections: no limit (server) */
	const char *ready_file;
	int ready_fd;
	bool json;
	const char *log_file;
};

/* xfer_pattern.c */

/* One direction of one connection: the bytes that it has to carry. */
struct xfer_stream {
	const char *prefix, *text;
	size_t prefix_len, text_len;
	uint64_t seed, total; /* total: all bytes, the prefix included */
	uint16_t id;
	uint8_t id_bytes_known; /* 2 when this end chose the number, or has received it */
};

void stream_init(struct xfer_stream *stream, const struct xfer_plan *plan, bool from_server);
void stream_number(struct xfer_stream *stream, uint16_t id);
void stream_fill(const struct xfer_stream *stream, uint64_t offset, uint8_t *buf, size_t len);
size_t stream_check(struct xfer_stream *stream, uint64_t offset, const uint8_t *buf, size_t len,
		    uint8_t *expected);

/* xfer_sock.c */
int sock_address(struct xfer_addr *addr, enum xfer_family family, const char *host, uint16_t port);
int sock_listen(const struct xfer_plan *plan, uint16_t *port);
int sock_accept(const struct xfer_plan *plan, int listener);
int sock_connect(const struct xfer_plan *plan);
uint16_t sock_port(int fd, bool peer);
int sock_close(int fd, int linger);
uint64_t sock_now(void);

/* xfer_conn.c */

/* Verdicts above 0; below it is -errno. */
enum xfer_fault {
	FAULT_NONE,
	FAULT_BYTE,   /* .offset, .expected, .got */
	FAULT_SHORT,  /* the stream ended at .offset */
	FAULT_EXCESS, /* a byte (.got) after the end of the stream */
	FAULT_END,    /* EOF instead of a reset, or the other way round: .end */
	FAULT_URGENT, /* the urgent byte did not come, or is another one */
};

struct xfer_result {
	int fault;	   /* enum xfer_fault or -errno */
	const char *doing; /* with -errno: the operation that failed */
	unsigned int number;
	uint16_t local_port, peer_port;
	uint64_t sent, received;
	uint64_t begin, end; /* nanoseconds; end: of the last byte, before any hold */
	uint64_t offset;
	uint8_t expected, got;
	enum xfer_end ended; /* how the peer ended it; END_ANY: it was this end that did */
	unsigned int urgent_sent, urgent_received;
};

void conn_run(const struct xfer_plan *plan, int fd, unsigned int number,
	      struct xfer_result *result);

/* xfer_watchdog.c */
void watchdog_feed(unsigned int patience_ms);
void watchdog_rest(void);

/* xfer_run.c */
struct xfer_report;
int run_client(const struct xfer_plan *plan, struct xfer_report *report);
int run_server(const struct xfer_plan *plan, struct xfer_report *report);

/* xfer_report.c */

#define REPORT_FAULTS 16

struct xfer_report {
	FILE *log;	  /* a line for each connection; or NULL */
	char log_end[16]; /* of each line: role and family */
	unsigned int connections, failed, eof, reset;
	unsigned int urgent_sent, urgent_received;
	uint64_t sent, received, begin, end;
	bool wrong, timeout, error;
	struct xfer_result faults[REPORT_FAULTS]; /* the first ones */
};

void report_add(struct xfer_report *report, const struct xfer_result *result);
void report_print(const struct xfer_plan *plan, const struct xfer_report *report);
int report_exit_code(const struct xfer_report *report);

#endif
