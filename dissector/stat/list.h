/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of what a capture has, a row each: by tshark as text, in Wireshark as a window.
 *
 * Wireshark's tables (stat_tap_table_ui) give a window and, in tshark, a text. A table is filled
 * packet by packet, which suits the window: it is opened when the capture has been read, so each
 * thing is in its last state already. tshark would print what a thing was at its last packet of
 * SMC, in columns that do not line up. So its text is a tap of its own, which looks at the end. The
 * two need two names for -z.
 */
#ifndef SMCKIT_DISSECTOR_LIST_H
#define SMCKIT_DISSECTOR_LIST_H

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <stdbool.h>

#include "field/tap.h"

struct list {
	const char *title;
	const char *menu;   /* entry of the window in the menu Statistics */
	const char *text;   /* -z of the text */
	const char *window; /* -z of the window */
	const char *const *columns;
	const bool *right; /* columns of numbers */
	unsigned n_columns;
	/* The list's item among those of a frame. */
	const void *(*item)(const struct listed *l);
	wmem_list_t *(*all)(void);
	/* Order of rows. */
	gint (*compare)(gconstpointer a, gconstpointer b);
	/* The text of a cell, for g_free(); NULL: there is none. */
	char *(*cell)(const void *item, unsigned column);
	/* Called before packets come; @window: for the window. Or NULL. */
	void (*begin)(bool window);
	/* The lines below the text, for g_free(). Or NULL. */
	char *(*below)(const char *text);
	/* The window's; list.c's. */
	GHashTable *rows; /* of items, numbers from 1 on */
	stat_tap_table_ui ui;
};

/* Register a list; it has to live on. */
void list_register(struct list *list);

/* Show a cell of the window anew, if the item is in it. */
void list_refresh(struct list *list, const void *item, unsigned column);

#endif
