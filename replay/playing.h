/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case that is being played; shared by the files that play its steps. */
#ifndef SMCKIT_REPLAY_PLAYING_H
#define SMCKIT_REPLAY_PLAYING_H

#include "app.h"
#include "play.h"
#include "stats.h"

/* Above 0 as the verdicts of peer.h: the case ends here. */
enum { PLAY_FAILED = 16, PLAY_NOT_PLAYABLE = 17 };

struct conn;

struct play {
	struct setup *setup;
	const struct test_case *test;
	const char *path;
	enum end role;
	struct peer peer;
	struct app app;
	bool has_result;
	struct conn *conn; /* of the case, by RDMA or by DMBs of ours; NULL: none */
	struct arena arena;
	struct bindings names;
	const struct step *step;
	unsigned int number; /* of the step, from 1 */
	bool broke;	     /* a rule that holds whatever our end does */
	struct stats before; /* the case began */
	FILE *out, *seen;    /* the outcome's */
};

/* Milliseconds of a protocol timer in this run. */
unsigned int play_limit(const struct play *p, unsigned int ms);

/* The step at hand did not go as the script says. Return: PLAY_FAILED. */
__attribute__((format(printf, 2, 3))) int play_failed(struct play *p, const char *format, ...);

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

/* Data takes a connection for granted. Return: 0, PLAY_FAILED or -errno. */
int play_want_connection(struct play *p);

#endif
