// SPDX-License-Identifier: GPL-2.0-or-later
/* See smcd.h. */
#include "smcd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "smc_dmb.h"
#include "smcd_group.h"
#include "transport/accept.h"
#include "transport/transfer.h"

enum { SIZE_MIN = 1 << 14 };

int smcd_open(struct smcd **s)
{
	static const char *const nodes[] = { "/dev/" SMCW_DMB_SMCX, "/dev/" SMCW_DMB_DIBS };
	int fd = -1;

	*s = NULL;
	errno = ENOENT;
	for (size_t i = 0; fd < 0 && i < sizeof(nodes) / sizeof(nodes[0]); i++)
		fd = open(nodes[i], O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	*s = calloc(1, sizeof(**s));
	if (!*s) {
		close(fd);
		return -ENOMEM;
	}
	(*s)->fd = fd;
	return 0;
}

static void give_back(struct smcd *s)
{
	ioctl(s->fd, SMCW_DMB_RELEASE);
	conn_close(&s->conn);
	s->attached = false;
	s->own.first = NULL;
	arena_free(&s->arena);
}

void smcd_close(struct smcd *s)
{
	if (!s)
		return;
	give_back(s);
	close(s->fd);
	free(s);
}

/* ---- reading a script ---------------------------------------------------------------- */

static bool goes_well(const struct play *p, const struct step *s)
{
	for (s = s->next; s; s = s->next) {
		if (s->end == p->role)
			continue;
		if (s->kind == STEP_CLC)
			return s->message->type == SMCW_CONFIRM;
		if (s->kind == STEP_RESULT)
			return false;
	}
	return true;
}

bool smcd_takes_dmb(const struct play *p, const struct step *s)
{
	const struct term *t = message_term(s->message, SMCW_F_smcd_dmb_token);

	if (!message_part(s->message, SMCW_PART_smcd) ||
	    (s->message->type != SMCW_ACCEPT && s->message->type != SMCW_CONFIRM))
		return false;
	return (t && t->kind == TERM_NAME && !strcmp(t->name, "own_dmb_token")) || goes_well(p, s);
}

/* Contact is first: as a server, the stack must not know a group. */
static int begin_anew(struct play *p)
{
	const struct step *accept = accept_of_smcd(p->test, END_SERVER);
	const struct term *t;

	if (p->role == END_SERVER || !accept)
		return 0;
	t = message_term(accept->message, SMCW_F_accept_hdr_first_contact);
	if (!t || t->kind != TERM_SET || value_is_zero(&t->value))
		return 0;
	for (const struct step *s = p->test->steps; s; s = s->next)
		if (s->kind == STEP_CLC && s->message->type == SMCW_PROPOSAL)
			return smcd_group_end(p, s->message);
	return 0;
}

static size_t smcd_size_of(const struct message *m)
{
	return (size_t)SIZE_MIN << message_number(m, SMCW_F_smcd_dmbe_size);
}

/* The application asks for the buffer that the script's stack had. */
static void smcd_choose_buffer(struct play *p)
{
	const struct step *s =
		accept_of_smcd(p->test, p->role == END_CLIENT ? END_SERVER : END_CLIENT);
	const struct term *t = s ? message_term(s->message, SMCW_F_smcd_dmbe_size) : NULL;

	if (s && (!t || t->kind == TERM_SET))
		p->app.buffer = (unsigned int)smcd_size_of(s->message);
}

/* ---- before and after a case --------------------------------------------------------------- */

static int open_dmb(struct smcd *s, size_t size)
{
	struct smcw_dmb_register want = { .size = (__u32)size };
	struct value v;
	int rc;

	if (ioctl(s->fd, SMCW_DMB_REGISTER, &want))
		return -errno;
	rc = conn_open(&s->conn, NULL, size - SMCD_HEAD, 0);
	if (rc)
		return rc;
	s->token = want.token;
	s->signals = 0;
	s->own.arena = &s->arena;
	value_from_number(&smcw_fields[SMCW_F_smcd_dmb_token], want.token, &v);
	bind_set(&s->own, "own_dmb_token", SMCW_F_smcd_dmb_token, &v);
	return 0;
}

int smcd_begin(struct play *p)
{
	const struct step *step = accept_of_smcd(p->test, p->role);
	const struct term *token = step ? message_term(step->message, SMCW_F_smcd_dmb_token) : NULL;
	struct smcd *s = p->setup->smcd;
	/* Without a DMB of ours there may be a group of two sockets of the stack. */
	int rc = begin_anew(p);

	/* A script gives a token as a number to name no DMB. */
	if (rc || !s || !token || token->kind != TERM_NAME || !smcd_takes_dmb(p, step))
		return rc;
	give_back(s);
	rc = open_dmb(s, smcd_size_of(step->message));
	if (rc)
		return rc < 0 ? play_failed(p, "no DMB of %zu bytes: %s",
					    smcd_size_of(step->message), strerror(-rc)) :
				rc;
	p->transport = &smcd_transport;
	p->conn = &s->conn;
	p->names.own = &s->own;
	smcd_choose_buffer(p);
	return 0;
}

void smcd_end(struct play *p)
{
	if (p->transport != &smcd_transport)
		return;
	p->conn = NULL;
	p->names.own = NULL;
	give_back(p->setup->smcd);
}
