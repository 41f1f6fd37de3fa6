// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: results as text or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

static void print_scalar(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_STRING:
		printf("%s", *json_string_value(value) ? json_string_value(value) : "-");
		break;
	default:
		printf("%s", json_is_true(value) ? "yes" : "no");
	}
}

/* key=value pairs; nested ones get their parent's key and a dot in front. */
static void print_flat(const char *prefix, const json_t *object, const char **gap)
{
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value)
	{
		char path[128];

		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(value)) {
			print_flat(path, value, gap);
		} else if (!json_is_array(value)) {
			printf("%s%s=", *gap, path);
			print_scalar(value);
			*gap = " ";
		}
	}
}

/**
 * print_counters - print the numbers of an object that are not 0, one a line
 * @prefix: goes before their names, with a dot
 * @object: the object; nested pairs get its key and a dot in front
 */
void print_counters(const char *prefix, const json_t *object)
{
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value)
	{
		char path[128];

		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(value))
			print_counters(path, value);
		else if (json_integer_value(value))
			printf("%s=%" JSON_INTEGER_FORMAT "\n", path, json_integer_value(value));
	}
}

/**
 * print_rows - print an array of objects, one line each, as key=value
 * @rows: the array; arrays inside of it are left out
 */
void print_rows(const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *gap = "";

		print_flat("", row, &gap);
		putchar('\n');
	}
}

/**
 * print_result - print a command's result the way the user asked for
 * @ctl: the command
 * @rows: an array of objects
 *
 * Return: 0, or -EIO if standard output does not take it.
 */
int print_result(const struct ctl *ctl, json_t *rows)
{
	if (!ctl->json) {
		print_rows(rows);
	} else {
		if (json_dumpf(rows, stdout, JSON_INDENT(2)) < 0)
			return -EIO;
		putchar('\n');
	}
	return fflush(stdout) ? -EIO : 0;
}
