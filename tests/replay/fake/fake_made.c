// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See fake_verbs.h. Where the process ends by exit(), stderr gets a line for each object that has
 * not been given back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_verbs.h"

enum { OBJECTS = 1024 };

static const char *const kinds[MADE_KINDS] = {
	[MADE_CONTEXT] = "context", [MADE_DOMAIN] = "domain", [MADE_REGION] = "region",
	[MADE_CHANNEL] = "channel", [MADE_CQ] = "cq",	      [MADE_QP] = "qp",
};

static struct object {
	const void *is, *of[2];
	enum fake_made_kind kind;
} objects[OBJECTS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_refused(enum fake_made_kind kind)
{
	static unsigned int made[MADE_KINDS];
	const char *fails = getenv("FAKE_VERBS_FAILS");
	size_t len = strlen(kinds[kind]);

	made[kind]++;
	if (!fails || strncmp(fails, kinds[kind], len))
		return false;
	return !fails[len] ||
	       (fails[len] == ':' && (unsigned int)atoi(fails + len + 1) == made[kind]);
}

static struct object *object_of(const void *is)
{
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].is == is)
			return &objects[i];
	fprintf(stderr, "fake_made: %s\n", is ? "this was never made" : "too many objects");
	abort();
}

void *fake_made(enum fake_made_kind kind, size_t size, const void *of, const void *of_too)
{
	void *is;

	pthread_mutex_lock(&lock);
	is = is_refused(kind) ? NULL : calloc(1, size);
	if (is)
		*object_of(NULL) = (struct object){ .is = is, .of = { of, of_too }, .kind = kind };
	else
		errno = ENOMEM;
	pthread_mutex_unlock(&lock);
	return is;
}

int fake_made_free(void *object)
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].is && (objects[i].of[0] == object || objects[i].of[1] == object))
			rc = EBUSY;
	if (!rc) {
		object_of(object)->is = NULL;
		free(object);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

__attribute__((destructor)) static void report_left(void)
{
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].is)
			fprintf(stderr, "fake_made: left at the end: %s\n", kinds[objects[i].kind]);
}
