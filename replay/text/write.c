// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts as text. See script.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "script/call_names.h"
#include "script/data.h"
#include "script/names.h"
#include "script/words.h"
#include "script_text.h"
#include "smc_text.h"
#include "write.h"

static void write_term(const struct term *t, FILE *out)
{
	const struct smcw_field *f = &smcw_fields[t->field];

	fprintf(out, " %s=", f->key);
	switch (t->kind) {
	case TERM_SET:
		value_write(f, &t->value, out);
		for (const struct term *also = t->also; also; also = also->also) {
			fputc('|', out);
			value_write(f, &also->value, out);
		}
		break;
	case TERM_NAME:
		fprintf(out, "$%s", t->name);
		break;
	case TERM_ADD:
		fprintf(out, "%+ld", t->add);
		break;
	case TERM_ANY:
		fputc('*', out);
		break;
	case TERM_NOT_0:
		fputs("!0", out);
	}
}

static void write_part(const struct part *p, FILE *out)
{
	if (p->id == SMCW_PART_NONE) {
		fputs("\t\tbytes ", out);
		data_write(p->bytes, p->len, out);
		fputc('\n', out);
		return;
	}
	fprintf(out, "\t\t%s", smcw_parts[p->id].key);
	if (p->count != 1)
		fprintf(out, "*%u", p->count);
	for (const struct term *t = p->terms; t; t = t->next)
		write_term(t, out);
	fputc('\n', out);
}

static void write_type(const struct message *m, FILE *out)
{
	const char *text = smcw_value_text(message_types(m->layer), m->type);
	char word[64];

	if (text) {
		value_word(text, word, sizeof(word));
		fprintf(out, " %s", word);
	} else {
		fprintf(out, " %u", m->type);
	}
}

/* A comment: the message in words, as far as what its names stand for is known. */
static void write_comment(const struct test_case *test, const struct message *m, FILE *out)
{
	static _Thread_local struct image image;
	const struct term *missing;
	char line[SMCW_LINE_MAX];

	if (message_build(m, names_by_let, (void *)test, &image, &missing) || !image.len)
		return;
	message_text(m->layer, m->big, image.bytes, image.len, line);
	fprintf(out, "  # %s", line);
}

static void write_times(const struct delivery *d, FILE *out)
{
	if (d->after_ms)
		fprintf(out, " after=%u", d->after_ms);
	if (d->before_ms)
		fprintf(out, " before=%u", d->before_ms);
}

static void write_message(const struct test_case *test, const struct step *s, FILE *out)
{
	const struct message *m = s->message;
	const struct delivery *d = &s->delivery;

	if (message_has_type(m->layer))
		write_type(m, out);
	if (m->big)
		fputs(" big", out);
	if (d->segment)
		fprintf(out, " segment=%u", d->segment);
	if (d->delay_ms)
		fprintf(out, " delay=%u", d->delay_ms);
	if (d->repeat)
		fprintf(out, " repeat=%u", d->repeat);
	if (d->cut)
		fprintf(out, " cut=%u", d->cut);
	if (d->unsolicited)
		fputs(" unsolicited", out);
	if (d->link)
		fprintf(out, " link=%u", d->link);
	write_times(d, out);
	write_comment(test, m, out);
	fputc('\n', out);
	for (const struct part *p = m->parts; p; p = p->next)
		write_part(p, out);
}

static void write_option(const struct step *s, FILE *out)
{
	const struct smcw_tcp_option *o = (const void *)s->data;

	if (!s->len)
		fputs(" none", out);
	else if (s->len == sizeof(*o) && o->kind == SMCW_TCPOPT_EXP && o->length == sizeof(*o) &&
		 smcw_get32(&o->magic) == SMCW_EYE_SMCR)
		fputs(" smc", out);
	else
		for (size_t i = 0; i < s->len; i++)
			fprintf(out, i ? "%02x" : " 0x%02x", s->data[i]);
}

static void write_errors(const int *errors, unsigned int n, FILE *out)
{
	for (unsigned int i = 0; i < n; i++) {
		int error = errors[i];

		fprintf(out, "%c%s", i ? '|' : ' ',
			error == RESULT_NONE ? "none" :
			error == RESULT_EOF  ? "eof" :
			error		     ? script_errno_name(error) :
					       "ok");
	}
}

static void write_result(const struct step *s, FILE *out)
{
	write_errors(s->errors, s->n_errors, out);
}

static void write_change(const struct host_change *c, FILE *out)
{
	fprintf(out, "\thost %s", script_host_words[c->kind]);
	if (c->kind == HOST_SYSCTL)
		fprintf(out, " %s=%s", c->name, c->text);
	else if (c->kind == HOST_UEID_ADD || c->kind == HOST_UEID_REMOVE)
		fputc(' ', out), data_write((const __u8 *)c->text, strlen(c->text), out);
	write_errors(c->errors, c->n_errors, out);
	fputc('\n', out);
}

static void write_reason(const char *key, __u32 reason, FILE *out)
{
	const char *text = smcw_value_text(SMCW_LIST_decline_reasons, reason);
	char word[64];

	if (text) {
		value_word(text, word, sizeof(word));
		fprintf(out, " %s%s", key, word);
	} else {
		fprintf(out, " %s0x%08x", key, reason);
	}
}

static void write_state(unsigned int state, FILE *out)
{
	char word[64];

	value_word(smcw_value_text(SMCW_LIST_sock_states, state), word, sizeof(word));
	fprintf(out, " state=%s", word);
}

static void write_diag(const struct step *s, FILE *out)
{
	fprintf(out, " %s", script_mode_words[s->mode]);
	if (s->has_reason)
		write_reason("reason=", s->reason, out);
	if (s->has_diagnosis)
		write_reason("diagnosis=", s->diagnosis, out);
	if (s->state)
		write_state(s->state, out);
}

static void write_stats(const struct stat_want *want, FILE *out)
{
	for (; want; want = want->next) {
		if (want->counter == STAT_REASON)
			write_reason("fallback.", want->reason, out);
		else
			fprintf(out, " %s", script_counter_words[want->counter]);
		fprintf(out, "=%d", want->count);
	}
}

static void write_call_value(const struct call *c, FILE *out)
{
	fprintf(out, " %s", call_names(c)[c->what].name);
	if (c->has_value)
		fprintf(out, "=%d", c->value);
	if (c->has_size)
		fprintf(out, " size=%u", c->size);
}

static void write_events(unsigned int events, FILE *out)
{
	bool first = true;

	for (int i = 0; call_events[i].name; i++) {
		if (!(events & (unsigned int)call_events[i].number))
			continue;
		fprintf(out, "%c%s", first ? ' ' : ',', call_events[i].name);
		first = false;
	}
	if (first)
		fputs(" none", out);
}

static void write_call(const struct step *s, FILE *out)
{
	fprintf(out, " %s", call_words[s->call.kind]);
	if (call_names(&s->call))
		write_call_value(&s->call, out);
	else if (call_has_events(&s->call))
		write_events(s->call.what, out);
	if (s->len) {
		fputc(' ', out);
		data_write(s->data, s->len, out);
	}
	write_result(s, out);
	write_times(&s->delivery, out);
}

static void write_sock(const struct step *s, FILE *out)
{
	const struct sock_call *c = &s->sock;

	fprintf(out, " %s%s %s", c->name, c->begins ? " begin" : "", sock_words[c->kind]);
	if (c->kind == SOCKET_CALL) {
		write_call(s, out);
		return;
	}
	if (c->kind == SOCKET_DIAG) {
		write_diag(s, out);
		return;
	}
	write_sock_arguments(s, out);
	write_result(s, out);
	write_sock_changes(c, out);
	write_times(&s->delivery, out);
}

static void write_step(const struct test_case *test, const struct step *s, FILE *out)
{
	fprintf(out, "\t%s %s", script_end_words[s->end], script_step_words[s->kind]);
	if (s->message) {
		write_message(test, s, out);
		return;
	}
	switch (s->kind) {
	case STEP_OPTION:
		write_option(s, out);
		break;
	case STEP_WRITE:
		fprintf(out, " %s %" PRIu64 " ", s->key, (uint64_t)s->offset);
		data_write(s->data, s->len, out);
		break;
	case STEP_DATA:
	case STEP_GOT:
	case STEP_BYTES:
		fputc(' ', out);
		data_write(s->data, s->len, out);
		break;
	case STEP_LAPS:
		fprintf(out, " %u", s->count);
		break;
	case STEP_RECEIVE:
		fputs(s->count ? " on" : " off", out);
		break;
	case STEP_DEVICE:
		fprintf(out, " %s %s", s->key, s->count ? "added" : "deleted");
		break;
	case STEP_PORT:
		fprintf(out, " %s %s", s->key, s->count ? "up" : "down");
		break;
	case STEP_SILENT:
	case STEP_WAIT:
		fprintf(out, " %u", s->ms);
		break;
	case STEP_APP:
		fprintf(out, " %s", script_app_words[s->app]);
		if (s->app == APP_SET)
			write_call_value(&s->call, out);
		break;
	case STEP_CALL:
		write_call(s, out);
		break;
	case STEP_SOCK:
		write_sock(s, out);
		break;
	case STEP_RESULT:
	case STEP_RECV:
	case STEP_SEND:
	case STEP_ERROR:
		write_result(s, out);
		write_times(&s->delivery, out);
		break;
	case STEP_EOF:
	case STEP_RESET:
	case STEP_GONE:
		write_times(&s->delivery, out);
		break;
	case STEP_DIAG:
		write_diag(s, out);
		break;
	case STEP_STATS:
		write_stats(s->stats, out);
		break;
	}
	fputc('\n', out);
}

/* A list may come from several lines, and be more than one can hold. */
static void write_words(const char *key, const struct word *w, FILE *out)
{
	for (unsigned int n = 0; w; w = w->next, n++) {
		if (n % (WORDS_MAX / 2) == 0)
			fprintf(out, "%s\t%s", n ? "\n" : "", key);
		fprintf(out, " %s%s", w->text, w->next ? "" : "\n");
	}
}

void script_write(const struct script *script, FILE *out)
{
	fprintf(out, "smc-replay %d\n", SCRIPT_VERSION);
	for (const struct test_case *test = script->cases; test; test = test->next) {
		fputc('\n', out);
		if (*test->name)
			fprintf(out, "case %s\n", test->name);
		write_words("covers", test->covers, out);
		write_words("needs", test->needs, out);
		write_words("keep", test->keeps, out);
		if (test->times)
			fprintf(out, "\ttimes %u\n", test->times);
		if (test->pair)
			fprintf(out, "\tplay %s\n", test->sockets ? "sockets" : "none");
		else if (!test->plays[END_SERVER] || !test->plays[END_CLIENT])
			fprintf(out, "\tplay %s\n",
				script_end_words[test->plays[END_CLIENT] ? END_CLIENT :
									   END_SERVER]);
		for (const struct host_change *c = test->changes; c; c = c->next)
			write_change(c, out);
		for (const struct let *let = test->lets; let; let = let->next)
			fprintf(out, "\tlet $%s %s\n", let->name, let->text);
		for (const struct step *s = test->steps; s; s = s->next)
			write_step(test, s, out);
	}
}
