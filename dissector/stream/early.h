/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of a stream that wait after a gap, and those that are known to be lost. */
#ifndef SMCKIT_DISSECTOR_EARLY_H
#define SMCKIT_DISSECTOR_EARLY_H

#include <epan/packet.h>
#include <stdbool.h>

/* Bytes one after the other. */
struct run {
	guint64 pos;
	guint64 end;
	wmem_array_t *bytes; /* NULL: they were cut off by the capture */
};

struct early {
	struct run *runs; /* by position; they do not overlap */
	guint n, room;
	guint64 bytes;
};

/* An empty one, in file scope. */
struct early *early_new(void);

/**
 * early_put() - keep bytes that are not there yet.
 * @pos: position of the first one
 * @len: how many, on the wire
 * @data: NULL: they are not in the capture
 *
 * Bytes that are kept already at these positions stay.
 */
void early_put(struct early *e, guint64 pos, guint64 len, const guint8 *data);

/* The first run, or NULL. */
struct run *early_first(const struct early *e);

/* Forget the first run. */
void early_drop_first(struct early *e);

/* Is there more than is worth waiting for? */
bool early_is_full(const struct early *e);

#endif
