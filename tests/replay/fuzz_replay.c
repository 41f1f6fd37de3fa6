// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a script, as a capture, as a message, or as two of them, one expected and one that
 * came: the first byte chooses. Input that can be read can be written, and the written text is read
 * back as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/extract.h"
#include "script/names.h"
#include "state/compare.h"
#include "text/script_text.h"

enum { AS_SCRIPT, AS_CAPTURE, AS_MESSAGE, AS_ANSWER, WAYS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static char *written(const struct script *script)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	PROMISE(out);
	script_write(script, out);
	fclose(out);
	return text;
}

/* Text of a script that was read is read again, and gives the same text. */
static void check_text(const struct script *script)
{
	char error[SCRIPT_ERROR_MAX] = "", *text = written(script), *again;
	struct script back;

	if (script->cases) {
		PROMISE(!script_parse("back", text, strlen(text), &back, error));
		again = written(&back);
		PROMISE(!strcmp(text, again));
		free(again);
		script_free(&back);
	}
	free(text);
}

static void check_script(const char *text, size_t len)
{
	char error[SCRIPT_ERROR_MAX] = "";
	struct script script;
	int rc = script_parse("fuzz", text, len, &script, error);

	PROMISE(!rc == !*error);
	if (!rc)
		check_text(&script);
	script_free(&script);
}

static void check_capture(__u8 *bytes, size_t len)
{
	FILE *in = len ? fmemopen(bytes, len, "rb") : NULL;
	struct extract_result r;
	struct script script;
	int rc;

	if (!in)
		return;
	rc = extract_file("fuzz", in, &script, &r);
	PROMISE(!*r.error == !rc);
	check_text(&script);
	script_free(&script);
}

static void check_message(const __u8 *bytes, size_t len)
{
	static struct image image;
	const struct term *missing;
	struct arena a = { 0 };
	struct message *m;

	if (len < 2)
		return;
	m = message_parse(&a, bytes[0] % 3, bytes[0] & 0x80, bytes + 1, len - 1);
	PROMISE(!message_build(m, NULL, NULL, &image, &missing));
	PROMISE(image.len == len - 1 && !memcmp(image.bytes, bytes + 1, len - 1));
	arena_free(&a);
}

/* A message is what it was expected to be if it is the same; of another one only the names are
 * bound. */
static void check_answer(const __u8 *bytes, size_t len)
{
	static struct bindings none;
	struct test_case test = { .name = "" };
	struct arena a = { 0 };
	struct bindings names = { .arena = &a, .test = &test, .stack = &none, .chosen = &none };
	FILE *out = fopen("/dev/null", "w");
	size_t first = len > 2 ? 1 + bytes[1] % (len - 2) : 0;
	enum message_layer layer = len ? bytes[0] % 3 : 0;
	struct message *want;

	PROMISE(out);
	if (first && first < len - 2) {
		want = message_parse(&a, layer, false, bytes + 2, first);
		compare_message(want, bytes + 2 + first, len - 2 - first, &names, out);
	}
	fclose(out);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__u8 *copy;

	if (!size || size > 1 << 16)
		return 0;
	copy = malloc(size);
	PROMISE(copy);
	memcpy(copy, data + 1, size - 1);
	switch (data[0] % WAYS) {
	case AS_SCRIPT:
		check_script((const char *)copy, size - 1);
		break;
	case AS_CAPTURE:
		check_capture(copy, size - 1);
		break;
	case AS_MESSAGE:
		check_message(copy, size - 1);
		break;
	default:
		check_answer(copy, size - 1);
	}
	free(copy);
	return 0;
}
