// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts, fields and words of scripts as the man page has them: a row a part, then a row a list.
 */
#include <stdio.h>
#include <string.h>

#include "script/message.h"

/* A hyphen of the page is one to be copied. */
static void put(const char *text)
{
	for (; *text; text++)
		fputs(*text == '-' ? "\\-" : (const char[]){ *text, '\0' }, stdout);
}

static bool first_list(unsigned int list, unsigned int field)
{
	for (unsigned int i = 0; i < field; i++)
		if (smcw_fields[i].list == list)
			return false;
	return true;
}

static void put_part(unsigned int part)
{
	printf(".TP\n.B ");
	put(smcw_parts[part].key);
	putchar('\n');
	for (unsigned int i = smcw_part_first(part); i <= smcw_parts[part].last; i++) {
		put(smcw_fields[i].key);
		if (smcw_fields[i].list != SMCW_LIST_none)
			printf(" (%u)", smcw_fields[i].list);
		puts(i < smcw_parts[part].last ? "," : "");
	}
}

static void put_list(unsigned int list)
{
	char word[128];

	printf(".TP\n.B (%u)\n", list);
	for (unsigned int i = 0; i < smcw_lists[list].n; i++) {
		value_word(smcw_lists[list].values[i].text, word, sizeof(word));
		put(word);
		puts(i + 1 < smcw_lists[list].n ? "," : "");
	}
}

int main(void)
{
	for (unsigned int i = 0; i < SMCW_PART_event; i++)
		put_part(i);
	puts(".PP");
	puts("Words of these lists, by number:");
	for (unsigned int i = 0; i <= smcw_parts[SMCW_PART_event - 1].last; i++)
		if (smcw_fields[i].list != SMCW_LIST_none && first_list(smcw_fields[i].list, i))
			put_list(smcw_fields[i].list);
	return 0;
}
