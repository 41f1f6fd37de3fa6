/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bars and areas as SVG within a page, each with its title. */
#ifndef SMCKIT_TRACER_CHART_H
#define SMCKIT_TRACER_CHART_H

#include <stdio.h>

#include "html.h"
#include "series.h"

struct chart_bar {
	char label[HTML_TEXT_MAX], value[HTML_TEXT_MAX];
	__u64 length; /* beside that of the others */
};

/* @id: of the title, and of nothing else in the page */
void chart_bars(FILE *out, const char *id, const char *title, const struct chart_bar *bar,
		size_t n);

typedef const char *(*chart_text_fn)(__u64 value, char *buf);

/* Sent things stand above the axis, received ones below it. @text: a value in words */
void chart_series(FILE *out, const char *id, const char *title, const struct series *s,
		  chart_text_fn text);

#endif
