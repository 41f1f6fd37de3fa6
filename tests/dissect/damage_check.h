/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of damage_check: the facts (damage_truth.c), the dissector's answer
 * (damage_answer.c), and the comparison of both (damage_judge.c). All of them end
 * the program with a message where their input is none.
 */
#ifndef SMCKIT_TESTS_DAMAGE_CHECK_H
#define SMCKIT_TESTS_DAMAGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONNS_MAX 16
#define OUTS_MAX 64

enum { CLIENT, SERVER };

/* ---- the facts --------------------------------------------------------------------- */

struct end {
	uint32_t ip, token, size;
	uint16_t port;
	uint64_t start;	  /* address of its RMBE */
	long syn, clc_in; /* frames, from 0 on; -1: none */
	uint32_t clc_len; /* captured bytes that have all of this */
};

/* The bytes that a side sends. */
struct truth {
	uint8_t *b;
	size_t len;
	uint64_t next;	  /* while the original is read: after the WRITE before */
	uint8_t *there;	  /* for each byte: its WRITE is in the damaged capture */
	uint8_t *excused; /* ... in a frame that is said to be unknown */
	uint8_t *given;	  /* delivered */
	uint64_t due;	  /* bytes of which CDC in the damaged capture leaves no doubt */
	uint64_t awaited; /* ... of which the dissector said that some had not come so far */
	size_t cdc_after; /* CDC messages of the connection after the one that made them due */
	bool enforced;	  /* the handshake is in the damaged capture, and comes first */
	bool judged;
};

struct conn {
	struct end end[2]; /* of the receiver: the data that it has sent */
	struct truth sent[2];
};

enum what { OTHER, WRITE, CDC };

/* A frame of the original. */
struct frame {
	enum what what;
	int conn, sender;
	/* WRITE: its bytes, and where they are in the frame. */
	uint64_t pos;
	uint32_t len, at;
	/* CDC: positions. */
	uint64_t produced, consumed;
	uint16_t seqno;
	bool last;
};

struct write_first {
	uint32_t qpn, psn, packet, length;
	uint64_t vaddr;
};

/* ---- the dissector's output ------------------------------------------------------------ */

struct delivery {
	unsigned long frame;
	uint64_t pos, missing;
	uint32_t length, n;
	uint8_t *b;
};

struct stream {
	struct delivery *d;
	size_t n;
	bool relative;
};

struct out {
	unsigned long number;
	unsigned int ports[2]; /* 0: not known */
	bool turned;	       /* roles are not known, and side 0 is the server */
	struct stream sent[2];
};

struct check {
	const char *capture, *truth, *map;
	struct conn conns[CONNS_MAX];
	int n_conns;
	struct frame *frames;
	size_t n_frames;
	struct write_first *firsts;
	size_t n_firsts;
	bool all_there;
	/* The damaged capture: frames of the original. */
	size_t *origin;
	uint32_t *caplen;
	bool *unknown; /* its connection is said to be unknown */
	size_t n;
	struct out outs[OUTS_MAX];
	int n_outs;
};
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* calloc() of at least one byte, and realloc() by one element that is zero. */
void *zeroed(size_t n, size_t size);
void *grown(void *p, size_t n, size_t size);

/* Set @n of @len marks, from @from on, as far as there are so many. */
void mark(uint8_t *marks, size_t len, uint64_t from, uint64_t n);

/* Read the undamaged capture and the bytes sent; find each WRITE's bytes in these. */
void read_original(struct check *c);

/* Read which frames of it the damaged capture has. */
void read_map(struct check *c);

/* When the answer is read: which bytes and cursors the damaged capture has. */
void read_damaged(struct check *c);

/* Read the dissector's fields from standard input; print faults and warnings. */
void read_fields(struct check *c);

/* Compare, and print problems and coverage. */
void judge(struct check *c);

#endif
