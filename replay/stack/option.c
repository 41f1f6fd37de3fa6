// SPDX-License-Identifier: GPL-2.0-or-later
/* See option.h. */
#include "option.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "script/call_names.h"

/* Its value as the option has it, with zeroes after it. */
union option_value {
	int number;
	struct linger linger; /* a time of -1: none */
	struct timeval time;  /* from milliseconds */
	char bytes[CALL_SIZE_MAX];
};

static bool is_time(const struct call_name *option)
{
	return option->level == SOL_SOCKET &&
	       (option->number == SO_RCVTIMEO || option->number == SO_SNDTIMEO);
}

static socklen_t option_size_of(const struct call *c)
{
	const struct call_name *option = &call_options[c->what];
	union option_value v;

	return c->has_size	 ? c->size :
	       option->is_linger ? sizeof(v.linger) :
	       is_time(option)	 ? sizeof(v.time) :
				   sizeof(v.number);
}

int option_set(int fd, const struct call *c)
{
	const struct call_name *option = &call_options[c->what];
	union option_value v = { 0 };

	if (option->is_linger)
		v.linger = (struct linger){ c->value >= 0, c->value < 0 ? 0 : c->value };
	else if (is_time(option))
		v.time = (struct timeval){ c->value / 1000, c->value % 1000 * 1000 };
	else
		v.number = c->value;
	return setsockopt(fd, option->level, option->number, &v, option_size_of(c)) ? -errno : 0;
}

int option_get(int fd, const struct call *c, int *value)
{
	const struct call_name *option = &call_options[c->what];
	union option_value v = { 0 };
	socklen_t size = option_size_of(c);
	int rc = getsockopt(fd, option->level, option->number, &v, &size);

	if (option->is_linger)
		*value = v.linger.l_onoff ? v.linger.l_linger : -1;
	else if (is_time(option))
		*value = (int)(v.time.tv_sec * 1000 + v.time.tv_usec / 1000);
	else
		*value = v.number;
	return rc ? errno : 0;
}
