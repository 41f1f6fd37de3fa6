// SPDX-License-Identifier: GPL-2.0-or-later
/* See script.h. */
#include "script.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define WORD_ROW(name, word) #word,
const char *const script_step_words[] = { SCRIPT_STEPS(WORD_ROW) NULL };
const char *const script_app_words[] = { SCRIPT_APP_WORDS(WORD_ROW) NULL };
const char *const script_counter_words[] = { SCRIPT_COUNTERS(WORD_ROW) NULL };
#undef WORD_ROW
const char *const script_host_words[] = {
#define HOST_ROW(name, word) word,
	SCRIPT_HOSTS(HOST_ROW)
#undef HOST_ROW
		NULL
};
const char *const script_end_words[] = { "client", "server", NULL };
const char *const script_mode_words[] = { "*", "tcp", "smcr", "smcd", NULL };

#define ERRNO(e)                                                                                   \
	{                                                                                          \
#e, e                                                                              \
	}

/* The errnos that connect() and accept() of an SMC socket are known to return. */
static const struct {
	const char *name;
	int error;
} errnos[] = {
	ERRNO(EINTR),
	ERRNO(EIO),
	ERRNO(EAGAIN),
	ERRNO(ENOMEM),
	ERRNO(EFAULT),
	ERRNO(EINVAL),
	ERRNO(ENOSPC),
	ERRNO(EPIPE),
	ERRNO(EPROTO),
	ERRNO(EOPNOTSUPP),
	ERRNO(EADDRINUSE),
	ERRNO(EADDRNOTAVAIL),
	ERRNO(ENETUNREACH),
	ERRNO(ECONNABORTED),
	ERRNO(ECONNRESET),
	ERRNO(EISCONN),
	ERRNO(ENOPROTOOPT),
	ERRNO(ENOTCONN),
	ERRNO(ETIMEDOUT),
	ERRNO(ECONNREFUSED),
	ERRNO(EHOSTUNREACH),
	ERRNO(EALREADY),
	ERRNO(EINPROGRESS),
	ERRNO(EBADF),
	ERRNO(ENODEV),
	ERRNO(ENOBUFS),
	ERRNO(EAFNOSUPPORT),
	ERRNO(ESOCKTNOSUPPORT),
	ERRNO(EPROTONOSUPPORT),
	ERRNO(ENOTTY),
	ERRNO(ESPIPE),
	ERRNO(EMSGSIZE),
	ERRNO(EDOM),
	ERRNO(ERANGE),
	ERRNO(EEXIST),
	ERRNO(ENOENT),
};

int script_errno(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strlen(errnos[i].name) == len && !memcmp(errnos[i].name, word, len))
			return errnos[i].error;
	if (len == 2 && !memcmp(word, "ok", len))
		return 0;
	if (len == 3 && !memcmp(word, "eof", len))
		return RESULT_EOF;
	return len == 4 && !memcmp(word, "none", len) ? RESULT_NONE : -EINVAL;
}

const char *script_errno_name(int error)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].error == error)
			return errnos[i].name;
	return NULL;
}

bool script_has_step(const struct test_case *test, enum step_kind kind)
{
	for (const struct step *s = test->steps; s; s = s->next)
		if (s->kind == kind)
			return true;
	return false;
}

bool script_is_checked(const struct step *s, enum end played)
{
	return s->end != played && s->kind != STEP_APP && s->kind != STEP_WAIT &&
	       s->kind != STEP_PORT && s->kind != STEP_DEVICE;
}

bool script_is_of_app(const struct step *s)
{
	switch (s->kind) {
	case STEP_GOT:
	case STEP_RESULT:
	case STEP_RECV:
	case STEP_SEND:
	case STEP_ERROR:
	case STEP_CALL:
	case STEP_SOCK:
	case STEP_DIAG:
	case STEP_STATS:
		return true;
	default:
		return false;
	}
}

bool script_is_of_pair(const struct step *s)
{
	switch (s->kind) {
	case STEP_DATA:
	case STEP_EOF:
	case STEP_GONE:
	case STEP_WAIT:
	case STEP_APP:
		return !s->delivery.after_ms && !s->delivery.before_ms;
	default:
		return script_is_of_app(s) && s->kind != STEP_GOT;
	}
}

void script_free(struct script *script)
{
	arena_free(&script->arena);
	*script = (struct script){ 0 };
}
