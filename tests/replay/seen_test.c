// SPDX-License-Identifier: GPL-2.0-or-later
/* The actions of a stack, as lines that can be compared with another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "state/seen.h"
#include "text/script_text.h"

/* Lines of the first message of a script. */
static char *seen_of(const char *parts)
{
	static struct image image;
	char error[SCRIPT_ERROR_MAX], source[2048], *text = NULL;
	const struct term *missing;
	struct script script;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	snprintf(source, sizeof(source), "smc-replay 1\nclient clc %s", parts);
	if (script_parse("seen", source, strlen(source), &script, error))
		fail_msg("%s", error);
	assert_int_equal(message_build(script.cases->steps->message, NULL, NULL, &image, &missing),
			 0);
	seen_message(out, 3, LAYER_CLC, false, image.bytes, image.len);
	fclose(out);
	script_free(&script);
	return text;
}

static void seen_message__what_differs_from_what_it_would_be(void **state)
{
	char *text = seen_of("decline\n"
			     "decline_hdr version=2\n"
			     "decline peer_id=0x0102030405060708 diagnosis=0x03030007 os=linux\n"
			     "decline_v2 diagnosis2=5\n"
			     "trailer\n");

	(void)state;
	assert_string_equal(text, "3.message=Decline\n"
				  "3.length=44\n"
				  "3.decline_hdr.version=2\n"
				  "3.decline.diagnosis=no_smc_dv2_device_reaches_the_peer\n"
				  "3.decline.os=linux\n"
				  "3.decline_v2.diagnosis2=0x00000005\n");
	free(text);
}

static void seen_message__volatile_values_are_left_out(void **state)
{
	char *one = seen_of("proposal\nproposal_hdr version=2 typev2=smc_d\n"
			    "proposal mac=02:00:00:00:00:01\ntrailer\n");
	char *two = seen_of("proposal\nproposal_hdr version=2 typev2=smc_d\n"
			    "proposal mac=02:00:00:00:00:02\ntrailer\n");

	(void)state;
	assert_string_equal(one, two);
	assert_null(strstr(one, "mac"));
	free(one);
	free(two);
}

static void seen_message__reserved_bits_are_worth_a_line(void **state)
{
	char *text = seen_of("decline\ndecline_hdr version=1\ndecline reserved1=8\ntrailer\n");

	(void)state;
	assert_non_null(strstr(text, "3.decline.reserved1="));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_message__what_differs_from_what_it_would_be),
		cmocka_unit_test(seen_message__volatile_values_are_left_out),
		cmocka_unit_test(seen_message__reserved_bits_are_worth_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
