// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps. See parse.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static int parse_option(struct parser *p, struct step *s)
{
	const struct smcw_tcp_option smc = { SMCW_TCPOPT_EXP, sizeof(smc), 0 };
	const char *word = parse_word(p);
	__u8 *bytes;
	int rc;

	if (word && !strcmp(word, "none")) {
		p->at++;
		return 0;
	}
	if (word && !strcmp(word, "smc")) {
		bytes = (__u8 *)arena_copy(&p->script->arena, &smc, sizeof(smc));
		smcw_put32(bytes + offsetof(struct smcw_tcp_option, magic), SMCW_EYE_SMCR);
		s->data = bytes;
		s->len = sizeof(smc);
		p->at++;
		return 0;
	}
	if (!word || strncmp(word, "0x", 2))
		return parse_expected(p, "smc, none, or 0x and the bytes of a TCP option");
	rc = parse_data(p, &s->data, &s->len);
	/* The kernel takes as many bytes as the length byte says. */
	if (!rc && (s->len < 2 || s->len > SCRIPT_OPTION_MAX || s->data[1] != s->len)) {
		p->at--;
		return parse_expected(p,
				      "kind, length of the whole, and data of a TCP option, "
				      "2 to %d bytes",
				      SCRIPT_OPTION_MAX);
	}
	return rc;
}

static int parse_offset(struct parser *p, __u64 *offset)
{
	const char *word = parse_word(p);
	char *end = NULL;

	errno = 0;
	if (word && isdigit((unsigned char)*word))
		*offset = strtoull(word, &end, 0);
	if (!end || errno || *end)
		return parse_expected(p, "an offset in the buffer, 64 bits at most");
	p->at++;
	return 0;
}

static int parse_write(struct parser *p, struct step *s)
{
	const char *word = parse_word(p);
	int rc;

	if (!word || (*word != '$' && !isdigit((unsigned char)*word)))
		return parse_expected(p, "the rkey as a $name or number");
	s->key = word;
	p->at++;
	rc = parse_offset(p, &s->offset);
	return rc ? rc : parse_data(p, &s->data, &s->len);
}

static int parse_state(struct parser *p, size_t offset, struct step *s)
{
	const char *word = parse_word(p) + offset;
	__u32 state;

	if (value_by_word(SMCW_LIST_sock_states, word, &state) || !state)
		return parse_expected_at(p, offset, "a state of an SMC socket, as active");
	s->state = (__u8)state;
	p->at++;
	return 0;
}

int parse_diag(struct parser *p, struct step *s)
{
	static const char reason[] = "reason=", diagnosis[] = "diagnosis=", state[] = "state=";
	int rc = parse_choice(p, script_mode_words, "a mode"); /* in the order of enum diag_mode */

	if (rc < 0)
		return rc;
	s->mode = (__u8)rc;
	rc = 0;
	while (!rc && parse_word(p)) {
		if (!strncmp(parse_word(p), reason, strlen(reason)))
			rc = parse_reason(p, strlen(reason), &s->reason), s->has_reason = true;
		else if (!strncmp(parse_word(p), diagnosis, strlen(diagnosis)))
			rc = parse_reason(p, strlen(diagnosis), &s->diagnosis),
			s->has_diagnosis = true;
		else if (!strncmp(parse_word(p), state, strlen(state)))
			rc = parse_state(p, strlen(state), s);
		else
			rc = parse_expected(p, "reason=, diagnosis= or state=");
	}
	return rc;
}

static int parse_app(struct parser *p, struct step *s)
{
	int word = parse_choice(p, script_app_words, "what the application does");

	s->app = (__u8)word;
	if (word == APP_SET)
		return parse_set(p, &s->call);
	return word < 0 ? word : 0;
}

static int parse_switch(struct parser *p, const char *off, const char *on, unsigned int *value)
{
	const char *word = parse_word(p);

	if (!word || (strcmp(word, off) && strcmp(word, on)))
		return parse_expected(p, "%s or %s", off, on);
	*value = !strcmp(word, on);
	p->at++;
	return 0;
}

static int parse_port(struct parser *p, struct step *s, const char *off, const char *on)
{
	const char *word = parse_word(p);

	if (!word || *word != '$')
		return parse_expected(p, "the address of the port as a $name");
	s->key = word;
	p->at++;
	return parse_switch(p, off, on, &s->count);
}

static int parse_step_words(struct parser *p, struct step *s)
{
	int rc;

	switch (s->kind) {
	case STEP_OPTION:
		return parse_option(p, s);
	case STEP_CLC:
		return parse_message(p, LAYER_CLC, &s->delivery, &s->message);
	case STEP_LLC:
		return parse_message(p, LAYER_LLC, &s->delivery, &s->message);
	case STEP_DMB:
		return parse_message(p, LAYER_DMB, &s->delivery, &s->message);
	case STEP_WRITE:
		return parse_write(p, s);
	case STEP_DATA:
	case STEP_GOT:
	case STEP_BYTES:
		return parse_data(p, &s->data, &s->len);
	case STEP_SILENT:
	case STEP_WAIT:
		return parse_number(p, 0, PARSE_MS_MAX, &s->ms);
	case STEP_LAPS:
		return parse_number(p, 0, PARSE_LAPS_MAX, &s->count);
	case STEP_RECEIVE:
		return parse_switch(p, "off", "on", &s->count);
	case STEP_PORT:
		return parse_port(p, s, "down", "up");
	case STEP_DEVICE:
		return parse_port(p, s, "deleted", "added");
	case STEP_EOF:
	case STEP_RESET:
	case STEP_GONE:
		return parse_times(p, &s->delivery);
	case STEP_APP:
		return parse_app(p, s);
	case STEP_RESULT:
	case STEP_RECV:
	case STEP_SEND:
	case STEP_ERROR:
		rc = parse_result(p, s);
		return rc ? rc : parse_times(p, &s->delivery);
	case STEP_CALL:
		return parse_call(p, s);
	case STEP_SOCK:
		return parse_sock(p, s);
	case STEP_DIAG:
		return parse_diag(p, s);
	case STEP_STATS:
		return parse_stats(p, &s->stats);
	default:
		return 0;
	}
}

int parse_step(struct parser *p)
{
	struct step *s = arena_alloc(&p->script->arena, sizeof(*s));
	int word;

	parse_test(p);
	s->place = parse_place(p);
	s->end = !strcmp(parse_word(p), script_end_words[END_SERVER]);
	p->at++;
	word = parse_choice(p, script_step_words, "what it does");
	if (word < 0)
		return word;
	s->kind = (__u8)word;
	p->message = NULL;
	*p->steps = s;
	p->steps = &s->next;
	return parse_step_words(p, s);
}
