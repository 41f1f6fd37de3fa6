// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What wire/ makes of the samples with one byte changed, of each of their lengths, and of every
 *event that way: FOLDER/NAME has the layout, the line and what the builders make of it.
 *
 *	wire_changed FOLDER
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "smc_event_text.h"
#include "smc_text.h"

static const __u8 values[] = { 0, 1, 2, 3, 4, 0x7f, 0x80, 0xff };

union parts {
	struct smcw_proposal_parts proposal;
	struct smcw_accept_parts accept;
	struct smcw_decline_parts decline;
};

/* ---- messages ----------------------------------------------------------------------------------
 */

/* A sum of bytes that depends on their order. */
static __u32 sum_of(const __u8 *bytes, int len)
{
	__u32 sum = 2166136261u;

	for (int i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

static int rebuilt(const __u8 *msg, const struct smcw_layout *l, __u8 *buf, size_t cap)
{
	union parts p;

	memset(&p, 0, sizeof(p));
	if (l->type == SMCW_PROPOSAL)
		return smcw_proposal_parse(msg, l, &p.proposal) ?
			       -ENODATA :
			       smcw_proposal_build(&p.proposal, buf, cap);
	if (l->type == SMCW_DECLINE)
		return smcw_decline_parse(msg, l, &p.decline) ?
			       -ENODATA :
			       smcw_decline_build(&p.decline, buf, cap);
	return smcw_accept_parse(msg, l, &p.accept) ? -ENODATA :
						      smcw_accept_build(&p.accept, buf, cap);
}

static void print_clc(FILE *out, const __u8 *msg, size_t len, const struct smcw_layout *l)
{
	__u8 buf[SAMPLE_MAX];
	int built = rebuilt(msg, l, buf, sizeof(buf));
	struct smcw_layout cut;

	fprintf(out, " frame %d", smcw_clc_frame(msg, len));
	if (built > 0) {
		fprintf(out, " built %d/%08x", built, sum_of(buf, built));
		fprintf(out, " %d %d", rebuilt(msg, l, buf, (size_t)built),
			rebuilt(msg, l, buf, (size_t)built - 1));
	} else {
		fprintf(out, " built %d", built);
	}
	for (size_t have = len / 3; have < len; have += len / 3 + 1) {
		char text[2048];

		fprintf(out, " cut %d", smcw_clc_layout_cut(msg, len, have, &cut));
		fprintf(out, "/%s", layout_text(&cut, text, sizeof(text)));
	}
}

static void print_message(FILE *out, enum sample_kind kind, const __u8 *msg, size_t len)
{
	char text[4096], line[SMCW_LINE_MAX];
	struct smcw_layout l;
	int result = sample_layout(kind, msg, len, &l);

	fprintf(out, "%d %s", result, layout_text(&l, text, sizeof(text)));
	if (kind == SAMPLE_CLC || kind == SAMPLE_LLC) {
		int n = (kind == SAMPLE_CLC ? smcw_clc_text : smcw_llc_text)(msg, &l, line,
									     sizeof(line));

		fprintf(out, " %d %s", n, line);
	} else if (len >= sizeof(struct smcw_cdc_smcd)) {
		int n = smcw_cdc_smcd_text((const struct smcw_cdc_smcd *)msg,
					   kind == SAMPLE_SMCD_BIG, line, sizeof(line));

		fprintf(out, " %d %s", n, line);
	}
	if (kind == SAMPLE_CLC)
		print_clc(out, msg, len, &l);
	else if (kind == SAMPLE_LLC)
		fprintf(out, " check %d", smcw_llc_check(msg, len));
	fputc('\n', out);
}

/* The first bytes decide most; those of a long list are like one another. */
static size_t next(size_t at)
{
	return at < 200 ? at + 1 : at + 37;
}

static void print_sample(FILE *out, const struct sample *s)
{
	__u8 msg[SAMPLE_MAX], was;
	size_t len = sample_bytes(s->hex, msg);

	print_message(out, s->kind, msg, len);
	for (size_t at = 0; at < len; at = next(at)) {
		was = msg[at];
		for (size_t i = 0; i < sizeof(values); i++) {
			msg[at] = values[i];
			print_message(out, s->kind, msg, len);
		}
		msg[at] = (__u8)(was + 1);
		print_message(out, s->kind, msg, len);
		msg[at] = (__u8)(was - 1);
		print_message(out, s->kind, msg, len);
		msg[at] = was;
		print_message(out, s->kind, msg, at);
	}
	memset(msg + len, 0, sizeof(msg) - len);
	for (size_t more = 1; more < 4 && len + more < sizeof(msg); more++)
		print_message(out, s->kind, msg, len + more);
}

/* ---- events ------------------------------------------------------------------------------------
 */

static void print_event_bytes(FILE *out, const union event *e, size_t len)
{
	char text[4096], line[SMCW_LINE_MAX];
	struct smcw_layout l, message;
	int result = smcw_event_layout(e, len, &l), check = smcw_event_check(e, len);

	fprintf(out, "%d %d %s", check, result, layout_text(&l, text, sizeof(text)));
	if (check > 0) {
		fprintf(out, " %d", smcw_event_text(&e->ev, line, sizeof(line)));
		fprintf(out, " %s", line);
		if (smcw_kind_is_message(e->ev.kind)) {
			fprintf(out, " %d", smcw_event_message(&e->ev, &message));
			fprintf(out, " %s", layout_text(&message, text, sizeof(text)));
		}
	}
	fputc('\n', out);
}

static void print_event(FILE *out, size_t n)
{
	union event e;
	size_t len = event_make(n, &e);

	print_event_bytes(out, &e, len);
	for (size_t at = 0; at < len; at = next(at)) {
		__u8 was = e.bytes[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			e.bytes[at] = values[i];
			print_event_bytes(out, &e, len);
		}
		e.bytes[at] = (__u8)(was + 1);
		print_event_bytes(out, &e, len);
		e.bytes[at] = was;
		print_event_bytes(out, &e, at);
	}
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static void print_words(FILE *out)
{
	for (unsigned int list = 0; list < SMCW_LIST_COUNT; list++)
		for (__u32 value = 0; value < 300; value++) {
			const char *text = smcw_value_text(list, value);

			if (text)
				fprintf(out, "%u %u %s\n", list, value, text);
		}
	for (unsigned int kind = 0; kind < 16; kind++)
		for (unsigned int code = 0; code < 32; code++) {
			__u32 reason = 0x03000000 | kind << 16 | code;

			fprintf(out, "%08x %s; %s\n", reason, smcw_reason_text(reason) ?: "-",
				smcw_reason_advice(reason) ?: "-");
		}
	for (unsigned int bit = 0; bit < SMCW_FAULT_COUNT; bit++)
		fprintf(out, "%u %s\n", bit, smcw_fault_text(bit));
	for (unsigned int part = 0; part < SMCW_PART_COUNT; part++)
		for (unsigned int row = smcw_part_first(part); row <= smcw_parts[part].last; row++)
			fprintf(out, "%u %u %s %u %u %u\n", part, row, smcw_fields[row].key,
				smcw_fields[row].offset, smcw_fields[row].size,
				smcw_fields[row].mask);
}

static FILE *open_in(const char *folder, const char *kind, size_t number)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s-%zu", folder, kind, number);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		exit(1);
	}
	return out;
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < samples_n; i++) {
		out = open_in(argv[1], "sample", i);
		print_sample(out, &samples[i]);
		fclose(out);
	}
	for (size_t i = 0; i < faulty_samples_n; i++) {
		out = open_in(argv[1], "faulty", i);
		print_sample(out, &faulty_samples[i]);
		fclose(out);
	}
	for (size_t i = 0; i < events_n(); i++) {
		out = open_in(argv[1], "event", i);
		print_event(out, i);
		fclose(out);
	}
	out = open_in(argv[1], "words", 0);
	print_words(out);
	return fclose(out);
}
