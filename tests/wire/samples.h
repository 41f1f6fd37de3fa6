/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages as bytes, each with the layout and the line that it has to give.
 * They are written down by hand from the specification, in hexadecimal, so
 * that neither the structs nor the builders can be wrong together with them.
 */
#ifndef SMCKIT_TESTS_SAMPLES_H
#define SMCKIT_TESTS_SAMPLES_H

#include "smc_codec.h"

/* How the bytes are to be read. */
enum sample_kind { SAMPLE_CLC, SAMPLE_LLC, SAMPLE_SMCD_LITTLE, SAMPLE_SMCD_BIG, SAMPLE_KINDS };

struct sample {
	enum sample_kind kind;
	const char *name;
	const char *hex;    /* see sample_bytes() */
	const char *layout; /* see layout_text() */
	const char *line;   /* of smc_text.h; NULL: not compared */
};

#define SAMPLE_MAX 2048

/* Well-formed ones, then ones with a fault. */
extern const struct sample samples[], faulty_samples[];
extern const size_t samples_n, faulty_samples_n;

/**
 * sample_bytes() - the bytes of a sample.
 * @hex: pairs of hexadecimal digits and 'ASCII', with blanks anywhere between
 *       them; *N says how often the byte before it stands there
 * @buf: SAMPLE_MAX bytes
 *
 * Return: how many.
 */
size_t sample_bytes(const char *hex, __u8 *buf);

/* The layout function of a kind. */
int sample_layout(enum sample_kind kind, const void *msg, size_t len, struct smcw_layout *l);

/**
 * layout_text() - a layout in words.
 * @l: a layout
 * @buf: for the text
 * @cap: bytes of @buf
 *
 * "part@offset" a piece, with "xN" for N parts of it and "none@offset+bytes"
 * for bytes of no part, then "!FAULT" a fault, in the order of SMCW_FAULTS.
 *
 * Return: @buf
 */
const char *layout_text(const struct smcw_layout *l, char *buf, size_t cap);

#endif
