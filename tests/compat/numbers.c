// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers that a file of events is made of, one a line: places of members, sizes of bodies,
 * values of lists. All lines of numbers-1 and numbers-2, which are those of version 0.2, have to be
 * among them in every later version.
 *
 * A list's words are those of C and not the texts: a text may be worded better, and a number may
 * not get another meaning.
 */
#include <stdio.h>
#include <string.h>

#include "smc_fields.h"
#include "smc_pcapng.h"

static int is_of_an_event(const char *part)
{
	return !strcmp(part, "event") || !strncmp(part, "ev_", 3);
}

static void print_members(void)
{
	for (unsigned int i = 0; i < SMCW_FIELD_COUNT; i++) {
		const struct smcw_field *f = &smcw_fields[i];
		const char *part = smcw_parts[f->part].key;

		if (is_of_an_event(part) && f->kind != SMCW_K_RSVD)
			printf("%s.%s at %u, %u bytes, mask 0x%02x\n", part, f->key, f->offset,
			       f->size, f->mask);
	}
}

static void print_sizes(void)
{
	for (unsigned int part = 0; part < SMCW_PART_COUNT; part++) {
		if (is_of_an_event(smcw_parts[part].key))
			printf("%s: %u bytes\n", smcw_parts[part].key, smcw_parts[part].size);
	}
}

int main(void)
{
	printf("link type %d, dissector %s, version %d\n", SMCW_EVENT_LINKTYPE,
	       SMCW_EVENT_DISSECTOR, SMCW_EVENT_VERSION);
	print_sizes();
	print_members();
#define PRINT_VALUE(name, value, ...) printf("%s = %#x\n", #name, (unsigned int)(value));
#define PRINT_LIST(name, LIST) LIST(PRINT_VALUE)
	SMCW_EVENT_VALUE_LISTS(PRINT_LIST)
	SMCW_DECLINE_REASONS(PRINT_VALUE)
	return 0;
}
