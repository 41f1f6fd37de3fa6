// SPDX-License-Identifier: GPL-2.0
/* See shim.h. */
#include "shim.h"

unsigned int shim_failing;
long shim_allocated;

void *shim_alloc(size_t bytes)
{
	void *block;

	if (shim_failing && !(rand() % (int)shim_failing))
		return NULL;
	block = calloc(1, bytes);
	shim_allocated += block != NULL;
	return block;
}

void shim_free(const void *block)
{
	shim_allocated -= block != NULL;
	free((void *)block);
}
