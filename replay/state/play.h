/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case that is being played, and the words for what went wrong: all that the files share which
 * play its steps. */
#ifndef SMCKIT_REPLAY_PLAY_H
#define SMCKIT_REPLAY_PLAY_H

#include "base/clock.h"
#include "base/result.h"
#include "outcome.h"
#include "pace.h"
#include "peer/peer.h"
#include "setup.h"
#include "stack/app.h"
#include "stack/stats.h"

/* Protocol timers in ms (RFC 7609 and Linux); waiting for an event is limited by them. */
#define PLAY_CLC_MS 6000     /* for a CLC message */
#define PLAY_RESULT_MS 12000 /* connect() may wait for two of them */
#define PLAY_NONE_MS 7000    /* accept() may have to wait for one of them, to see it fail */
#define PLAY_ENDED_MS 500    /* the same, when the peer has seen the end already */
#define PLAY_DIAG_MS 2000

struct conn;
struct socks;
struct transport;

struct play {
	struct setup *setup;
	const struct test_case *test;
	const char *path;
	enum end role;
	struct peer peer;
	struct app app;
	bool has_result;
	struct app other_app; /* where neither end is played: see pair.h */
	bool other_has_result;
	struct socks *socks; /* of the script's own making: see sock.h; NULL: none */
	const struct transport *transport;
	struct conn *conn; /* of the case, by RDMA or by DMBs of ours; NULL: none */
	struct arena arena;
	struct bindings names;
	const struct step *step;
	const struct step *owed; /* an end of the stack's TCP that comes later than in the script */
	const struct step *got;	 /* the last one of this kind, if any */
	__u64 reported_before_got; /* bytes that the stack had said until then that it has read */
	unsigned int number;	   /* of the step, from 1 */
	__u32 qpn[2 * SCRIPT_LINKS_MAX]; /* of each link: ours, the stack's */
	bool broke;			 /* a rule that holds whatever our end does */
	unsigned int checked;		 /* steps of the stack that were compared with something */
	struct pace pace;
	struct stats before;	  /* the case began */
	FILE *out, *seen, *notes; /* the outcome's */
};

/* Milliseconds of a protocol timer in this run. */
unsigned int play_limit(const struct play *p, unsigned int ms);

/* The same of the step at hand: not less than its bounds want. */
unsigned int play_step_limit(const struct play *p, unsigned int ms);

/* The step at hand did not go as the script says. Return: PLAY_FAILED. */
__attribute__((format(printf, 2, 3))) int play_failed(struct play *p, const char *format, ...);

/*
 * The step at hand takes the value of a name that has none. Return: PLAY_FAILED when the stack
 * has shown zero where it should have shown one, else PLAY_UNKNOWN: the case is not played on.
 */
int play_unknown(struct play *p, const char *name);

/* A verdict of peer.h, or -errno, in words. */
const char *play_verdict_text(int rc);

/* Bytes in an outcome's text. */
void play_show_bytes(struct play *p, const __u8 *bytes, size_t len);

/**
 * play_compare() - a message that came against the one of a step.
 *
 * Return: 0 or PLAY_FAILED with the differences in the outcome.
 */
int play_compare(struct play *p, const struct step *s, const __u8 *bytes, size_t len);

/* The result of the application's connect() or accept() is one of @n. Return: 0, PLAY_FAILED or
 * -errno. */
int play_expect_result(struct play *p, const int *errors, unsigned int n);

/* Data takes a connection for granted. Return: 0, PLAY_FAILED or -errno. */
int play_want_connection(struct play *p);

#endif
