// SPDX-License-Identifier: GPL-2.0-or-later
/* See outcome.h. */
#include "outcome.h"

#define VERDICT_ROW(name, word) word,
const char *const outcome_verdict_words[] = { OUTCOME_VERDICTS(VERDICT_ROW) };
#undef VERDICT_ROW
