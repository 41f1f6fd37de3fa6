/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two observers of the stack's application: see state/observer.h. */
#ifndef SMCKIT_REPLAY_OBSERVERS_H
#define SMCKIT_REPLAY_OBSERVERS_H

#include "state/observer.h"

/* The application is one of ours, on this host; or it is elsewhere. */
extern const struct observer observer_here, observer_elsewhere;

#endif
