/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case whose connection stays TCP, or is not SMC yet. */
#ifndef SMCKIT_REPLAY_TCP_H
#define SMCKIT_REPLAY_TCP_H

#include "state/transport.h"

extern const struct transport tcp_transport;

#endif
