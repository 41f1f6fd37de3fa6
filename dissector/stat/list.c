// SPDX-License-Identifier: GPL-2.0-or-later
/* See list.h. */
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn/compat.h"
#include "list.h"

/* Lists that there can be. */
#define LISTS_MAX 4

static struct list *lists[LISTS_MAX];
static unsigned n_lists;

/* ---- text ------------------------------------------------------------------------- */

/* A text that was asked for. */
struct text {
	struct list *list;
	char *filter;	  /* NULL: none */
	GHashTable *seen; /* items of frames that the filter lets through */
};

static tap_packet_status text_packet(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
				     const void *listed, tap_flags_t flags _U_)
{
	struct text *text = (struct text *)data;
	const void *item = text->list->item((const struct listed *)listed);

	if (item)
		g_hash_table_add(text->seen, (gpointer)item);
	return TAP_PACKET_DONT_REDRAW;
}

static void text_reset(void *data)
{
	g_hash_table_remove_all(((struct text *)data)->seen);
}

/* The rows, each an array of cells; the names of the columns are the first one. */
static GPtrArray *text_rows(const struct text *text)
{
	const struct list *l = text->list;
	GPtrArray *items = g_ptr_array_new(),
		  *rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	wmem_list_frame_t *at = wmem_list_head(l->all());
	char **row;

	for (; at; at = wmem_list_frame_next(at))
		if (g_hash_table_contains(text->seen, wmem_list_frame_data(at)))
			g_ptr_array_add(items, wmem_list_frame_data(at));
	g_ptr_array_sort(items, l->compare);
	for (guint i = 0; i <= items->len; i++) {
		row = g_new0(char *, l->n_columns + 1);
		for (unsigned c = 0; c < l->n_columns; c++) {
			row[c] = i ? l->cell(items->pdata[i - 1], c) : g_strdup(l->columns[c]);
			if (!row[c])
				row[c] = g_strdup("-");
		}
		g_ptr_array_add(rows, row);
	}
	g_ptr_array_free(items, TRUE);
	return rows;
}

static void list_measure(const GPtrArray *rows, unsigned n, int *width)
{
	for (guint i = 0; i < rows->len; i++)
		for (unsigned c = 0; c < n; c++) {
			const char *cell = ((char **)rows->pdata[i])[c];

			width[c] = MAX(width[c], (int)g_utf8_strlen(cell, -1));
		}
}

/* Columns are two blanks apart, and no line ends in blanks. */
static void add_row(GString *out, const struct list *l, char *const *row, const int *width)
{
	int pad, gap = 0;

	for (unsigned c = 0; c < l->n_columns; c++) {
		pad = width[c] - (int)g_utf8_strlen(row[c], -1);
		if (l->right[c])
			gap += pad;
		g_string_append_printf(out, "%*s%s", gap, "", row[c]);
		gap = 2 + (l->right[c] ? 0 : pad);
	}
	g_string_append_c(out, '\n');
}

static void text_draw(void *data)
{
	const struct text *text = (const struct text *)data;
	const struct list *l = text->list;
	GPtrArray *rows = text_rows(text);
	int *width = g_new0(int, l->n_columns);
	GString *out = g_string_new(NULL);
	char *below;

	list_measure(rows, l->n_columns, width);
	for (guint i = 0; i < rows->len; i++)
		add_row(out, l, rows->pdata[i], width);
	below = l->below ? l->below(out->str) : NULL;
	printf("%s%s%s\n%s%s", l->title, text->filter ? ", filter: " : "",
	       text->filter ? text->filter : "", out->str, below ? below : "");
	g_free(below);
	g_string_free(out, TRUE);
	g_free(width);
	g_ptr_array_free(rows, TRUE);
}

/* Return: whether the filter is one. */
static bool text_begin(const char *argument, void *list)
{
	struct text *text = g_new0(struct text, 1);
	size_t len;
	GString *error;

	text->list = (struct list *)list;
	len = strlen(text->list->text);
	if (argument[len] == ',')
		text->filter = g_strdup(argument + len + 1);
	text->seen = g_hash_table_new(g_direct_hash, g_direct_equal);
	error = register_tap_listener(TAP_LISTED, text, text->filter, 0, text_reset, text_packet,
				      text_draw, NULL);
	if (error) {
		fprintf(stderr, "tshark: -z %s: %s\n", argument, error->str);
		g_string_free(error, TRUE);
		return false;
	}
	if (text->list->begin)
		text->list->begin(false);
	return true;
}

#if SMCX_WIRESHARK(4, 6)
#define text_init text_begin
#else
/* Up to 4.4 there is no way to refuse but to end tshark. */
static void text_init(const char *argument, void *list)
{
	if (!text_begin(argument, list))
		exit(1);
}
#endif

/* ---- window ----------------------------------------------------------------------------- */

static struct list *list_of(const stat_tap_table_ui *ui)
{
	for (unsigned i = 0; i < n_lists; i++)
		if (&lists[i]->ui == ui)
			return lists[i];
	return NULL;
}

static void free_cell(stat_tap_table *table _U_, guint row _U_, guint column _U_,
		      stat_tap_table_item_type *cell)
{
	g_free((char *)cell->value.string_value);
	cell->value.string_value = NULL;
}

static struct list *list_called(const char *title)
{
	for (unsigned i = 0; i < n_lists; i++)
		if (!strcmp(lists[i]->title, title))
			return lists[i];
	return NULL;
}

/*
 * The table grows with the rows, so it begins without any. Another window of the same list still
 * has the rows that it shows, empty, to sort them.
 */
static void window_reset(stat_tap_table *table)
{
	struct list *l = list_called(table->title);

	for (guint row = 0; row < table->num_elements; row++) {
		for (guint c = 0; c < table->num_fields; c++)
			free_cell(table, row, c, stat_tap_get_field_data(table, row, c));
		if (l->ui.refcount <= 1)
			g_free(table->elements[row]);
	}
	table->num_elements = 0;
	g_hash_table_remove_all(l->rows);
}

static void window_init(stat_tap_table_ui *ui)
{
	struct list *l = list_of(ui);
	stat_tap_table *table = stat_tap_find_table(ui, l->title);

	if (!l->rows)
		l->rows = g_hash_table_new(g_direct_hash, g_direct_equal);
	if (table) {
		window_reset(table);
	} else {
		g_hash_table_remove_all(l->rows);
		table = stat_tap_init_table(l->title, (int)l->n_columns, 0, NULL);
		stat_tap_add_table(ui, table);
	}
	if (l->begin)
		l->begin(true);
}

/* Wireshark sorts cells as text: numbers are filled up on their left. */
static char *window_cell(const struct list *l, const void *item, unsigned column)
{
	char *cell = l->cell(item, column), *filled;

	if (!cell)
		return g_strdup("");
	if (!l->right[column])
		return cell;
	filled = g_strdup_printf("%20s", cell);
	g_free(cell);
	return filled;
}

static void add_window_row(struct list *l, stat_tap_table *table, const void *item)
{
	stat_tap_table_item_type *cells = g_new0(stat_tap_table_item_type, l->n_columns);

	for (unsigned c = 0; c < l->n_columns; c++) {
		cells[c].type = TABLE_ITEM_STRING;
		cells[c].value.string_value = window_cell(l, item, c);
	}
	stat_tap_init_table_row(table, table->num_elements, l->n_columns, cells);
	g_free(cells);
	g_hash_table_insert(l->rows, (gpointer)item, GUINT_TO_POINTER(table->num_elements));
}

static tap_packet_status window_packet(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
				       const void *listed, tap_flags_t flags _U_)
{
	stat_data_t *stat = (stat_data_t *)data;
	struct list *l = list_of(stat->stat_tap_data);
	const void *item = l->item((const struct listed *)listed);

	if (!item || g_hash_table_contains(l->rows, item))
		return TAP_PACKET_DONT_REDRAW;
	add_window_row(l, g_array_index(stat->stat_tap_data->tables, stat_tap_table *, 0), item);
	return TAP_PACKET_REDRAW;
}

void list_refresh(struct list *list, const void *item, unsigned column)
{
	guint row = GPOINTER_TO_UINT(g_hash_table_lookup(list->rows, item));
	stat_tap_table *table = stat_tap_find_table(&list->ui, list->title);
	stat_tap_table_item_type *cell;

	if (!row || !table || row > table->num_elements)
		return;
	cell = stat_tap_get_field_data(table, row - 1, column);
	g_free((char *)cell->value.string_value);
	cell->value.string_value = window_cell(list, item, column);
}

/* ---- registration --------------------------------------------------------------------------- */

static stat_tap_table_item *columns_of(const struct list *l)
{
	stat_tap_table_item *columns = g_new0(stat_tap_table_item, l->n_columns);

	for (unsigned i = 0; i < l->n_columns; i++)
		columns[i] = (stat_tap_table_item){ TABLE_ITEM_STRING,
						    l->right[i] ? TAP_ALIGN_RIGHT : TAP_ALIGN_LEFT,
						    l->columns[i], "%s" };
	return columns;
}

void list_register(struct list *list)
{
	static tap_param filter = { PARAM_FILTER, "filter", "Filter", NULL, TRUE };
	stat_tap_ui text = {
		REGISTER_PACKET_STAT_GROUP_UNSORTED, list->title, list->text, text_init, 1, &filter
	};

	g_assert(n_lists < LISTS_MAX);
	lists[n_lists++] = list;
	register_stat_tap_ui(&text, list);
	list->ui = (stat_tap_table_ui){ .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
					.title = list->menu,
					.tap_name = TAP_LISTED,
					.cli_string = list->window,
					.stat_tap_init_cb = window_init,
					.packet_func = window_packet,
					.stat_tap_reset_table_cb = window_reset,
					.stat_tap_free_table_item_cb = free_cell,
					.nfields = list->n_columns,
					.fields = columns_of(list),
					.nparams = 1,
					.params = &filter };
	register_stat_tap_table_ui(&list->ui);
}
