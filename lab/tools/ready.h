/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a listening program reports that it listens, and where. */
#ifndef SMCKIT_LAB_READY_H
#define SMCKIT_LAB_READY_H

#include <stdint.h>

int ready_tell(const char *file, int fd, uint16_t port);

#endif
