/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcome of a case. */
#ifndef SMCKIT_REPLAY_OUTCOME_H
#define SMCKIT_REPLAY_OUTCOME_H

#include "script/script.h"

#define OUTCOME_TEXT_MAX 8192
#define OUTCOME_SEEN_MAX 16384
#define OUTCOME_MAP_MAX 4096
#define OUTCOME_LOG_MAX 8192
#define OUTCOME_NOTES_MAX 1024

/* V(NAME, word) */
#define OUTCOME_VERDICTS(V)                                                                        \
	V(PASS, "pass")                                                                            \
	V(FAIL, "fail")                                                                            \
	V(KNOWN, "known deviation") /* fails, and is known to */                                   \
	V(XPASS, "unexpected pass") /* is known to fail, and does not */                           \
	V(SKIP, "skip")                                                                            \
	V(ERROR, "error") /* of ours, not of the stack */

enum verdict {
#define OUTCOME_VERDICT_ENUM(name, word) VERDICT_##name,
	OUTCOME_VERDICTS(OUTCOME_VERDICT_ENUM)
#undef OUTCOME_VERDICT_ENUM
		VERDICT_COUNT
};

extern const char *const outcome_verdict_words[];

struct outcome {
	enum verdict verdict;
	char text[OUTCOME_TEXT_MAX];	 /* lines: where, what was expected, what came */
	char seen[OUTCOME_SEEN_MAX];	 /* lines of what the stack did: see seen.h */
	char notes[OUTCOME_NOTES_MAX];	 /* lines of what our end did that no step says */
	char map[OUTCOME_MAP_MAX];	 /* lines "NAME=VALUE": the final values of names */
	char log[OUTCOME_LOG_MAX];	 /* of the kernel, meanwhile */
	unsigned int port;		 /* of our end, 0: there was none */
	__u32 qpn[2 * SCRIPT_LINKS_MAX]; /* of each link: ours, the stack's; 0: there was none */
	unsigned int ms;
};

#endif
