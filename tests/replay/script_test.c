// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages and scripts: written text is read back, and errors are reported with their places. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "samples.h"
#include "script/names.h"
#include "text/script_text.h"

static char *written(const struct script *script)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	script_write(script, out);
	fclose(out);
	return text;
}

/* Comments are the writer's own. */
static void drop_comments(char *text)
{
	char *to = text;
	size_t len;

	for (; *text; text += len) {
		len = strcspn(text, "\n");
		for (size_t i = 0; i < len && strncmp(text + i, "  # ", 4); i++)
			*to++ = text[i];
		if (text[len])
			*to++ = text[len++];
	}
	*to = '\0';
}

/* The text of the script that was read from @text, without comments, is @want. */
static void assert_written_as(const char *name, const char *text, const char *want)
{
	struct script script;
	char error[SCRIPT_ERROR_MAX], *got;

	if (script_parse(name, text, strlen(text), &script, error))
		fail_msg("%s", error);
	got = written(&script);
	drop_comments(got);
	assert_string_equal(got, want);
	free(got);
	script_free(&script);
}

static enum message_layer layer_of(enum sample_kind kind)
{
	return kind == SAMPLE_CLC ? LAYER_CLC : kind == SAMPLE_LLC ? LAYER_LLC : LAYER_DMB;
}

static const enum step_kind step_of[] = {
	[LAYER_CLC] = STEP_CLC,
	[LAYER_LLC] = STEP_LLC,
	[LAYER_DMB] = STEP_DMB,
};

/* A script of one message, with names for volatile values. */
static void make_script(struct script *script, enum message_layer layer, bool big,
			const __u8 *bytes, size_t len)
{
	struct step *step;

	*script = (struct script){ 0 };
	script->cases = arena_alloc(&script->arena, sizeof(*script->cases));
	script->cases->name = "";
	script->cases->plays[0] = script->cases->plays[1] = true;
	script->cases->steps = step = arena_alloc(&script->arena, sizeof(*step));
	step->kind = (__u8)step_of[layer];
	step->message = message_parse(&script->arena, layer, big, bytes, len);
	names_assign(&script->arena, script->cases);
}

/* Bytes, message, script, message, bytes: both ends have to be the same, and the text stays. */
static void check_identity(enum message_layer layer, bool big, const __u8 *bytes, size_t len)
{
	static struct image image;
	struct script made, read;
	char error[SCRIPT_ERROR_MAX], *text, *again;
	const struct term *missing;
	int rc;

	make_script(&made, layer, big, bytes, len);
	text = written(&made);
	rc = script_parse("made", text, strlen(text), &read, error);
	if (rc)
		fail_msg("%s\n%s", error, text);
	rc = message_build(read.cases->steps->message, names_by_let, read.cases, &image, &missing);
	if (rc || image.len != len || memcmp(image.bytes, bytes, len))
		fail_msg("not the same bytes (%d, %zu of %zu):\n%s", rc, image.len, len, text);
	again = written(&read);
	assert_string_equal(text, again);
	free(again);
	free(text);
	script_free(&read);
	script_free(&made);
}

static void check_sample(const struct sample *s)
{
	__u8 bytes[SAMPLE_MAX];
	size_t len = sample_bytes(s->hex, bytes);

	if (len)
		check_identity(layer_of(s->kind), s->kind == SAMPLE_SMCD_BIG, bytes, len);
}

static void script_identity__samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < samples_n; i++)
		check_sample(&samples[i]);
	for (size_t i = 0; i < faulty_samples_n; i++)
		check_sample(&faulty_samples[i]);
}

/* Every field of every sample has other values, also ones that change its form. */
static void script_identity__any_value_of_any_field(void **state)
{
	(void)state;
	srandom(1);
	for (size_t i = 0; i < samples_n; i++) {
		const struct sample *s = &samples[i];
		__u8 bytes[SAMPLE_MAX], was[SAMPLE_MAX];
		size_t len = sample_bytes(s->hex, was);
		struct smcw_layout l;

		sample_layout(s->kind, was, len, &l);
		for (unsigned int n = 0; n < l.n; n++) {
			const struct smcw_piece *piece = &l.piece[n];

			if (piece->part == SMCW_PART_NONE)
				continue;
			for (unsigned int f = smcw_part_first(piece->part);
			     f <= smcw_parts[piece->part].last; f++) {
				struct value v = { .len = smcw_fields[f].size };

				memcpy(bytes, was, len);
				for (unsigned int b = 0; b < v.len; b++)
					v.bytes[b] = (__u8)random();
				value_put(&smcw_fields[f], bytes + piece->off, l.big, &v);
				check_identity(layer_of(s->kind), s->kind == SAMPLE_SMCD_BIG, bytes,
					       len);
			}
		}
	}
}

static void value_word__unique_in_its_list(void **state)
{
	(void)state;
	for (unsigned int list = 1; list < SMCW_LIST_COUNT; list++) {
		for (unsigned int i = 0; i < smcw_lists[list].n; i++) {
			char word[80];
			__u32 value;

			value_word(smcw_lists[list].values[i].text, word, sizeof(word));
			assert_int_equal(value_by_word(list, word, &value), 0);
			assert_int_equal(value, smcw_lists[list].values[i].value);
		}
	}
}

/* A name may be used by any field of its noun, so they have to be alike. */
static void names_noun__same_noun_same_kind(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SMCW_F_event_version; i++) {
		for (unsigned int j = 0; names_wanted(i) && j < i; j++) {
			char a[NAMES_NOUN_MAX], b[NAMES_NOUN_MAX];

			names_noun(i, a);
			names_noun(j, b);
			if (!names_wanted(j) || strcmp(a, b))
				continue;
			if (smcw_fields[i].size != smcw_fields[j].size ||
			    smcw_fields[i].kind != smcw_fields[j].kind)
				fail_msg("%s: %s.%s, %s.%s", a, smcw_parts[smcw_fields[i].part].key,
					 smcw_fields[i].key, smcw_parts[smcw_fields[j].part].key,
					 smcw_fields[j].key);
		}
	}
}

static const char all_steps[] =
	"smc-replay 1\n"
	"\n"
	"case every-kind\n"
	"	covers OPT-01 CLC-01\n"
	"	needs ism\n"
	"	keep $gid1 $qpn2\n"
	"	times 40\n"
	"	play server\n"
	"	let $gid1 10.9.0.1\n"
	"	client app fastopen\n"
	"	client app set linger=-1\n"
	"	server app smc\n"
	"	client option smc\n"
	"	server option none\n"
	"	server option 0xfe04e2d4\n"
	"	client clc 9 segment=1 delay=20 repeat=2 cut=30 unsolicited\n"
	"		proposal_hdr length=+1 version=2\n"
	"		proposal gid=$gid1 mac=* peer_id=!0\n"
	"		gid_chid*3 chid=loopback_ism\n"
	"		bytes \"a\\\"b\\\\\\n\"\n"
	"	server clc decline\n"
	"		decline_hdr version=2|1\n"
	"		decline diagnosis=0x05060708|peer_declined\n"
	"	client llc test_link link=2\n"
	"		llc_v1\n"
	"		test_link\n"
	"	client write $rkey1 16 \"0123456789abcdef\"*100\n"
	"	client data \"text\"\n"
	"	server bytes 0x00ff\n"
	"	server eof\n"
	"	server reset\n"
	"	client gone after=1900 before=4000\n"
	"	client silent 500\n"
	"	server wait 600\n"
	"	client clc decline after=5\n"
	"		decline_hdr version=2\n"
	"	client result ok|ECONNRESET before=700\n"
	"	client recv eof|EAGAIN\n"
	"	client send EPIPE\n"
	"	client error ok after=5\n"
	"	client call set keepidle=7 ok|EINVAL\n"
	"	client call get nodelay=1\n"
	"	client call get no_such_tcp ENOPROTOOPT\n"
	"	client call ioctl inq=5\n"
	"	client call ioctl atmark EINVAL before=9\n"
	"	client call shutdown both ENOTCONN after=5\n"
	"	client call peek \"text\"\n"
	"	client call splice 0x00ff before=700\n"
	"	client call poll in,out,rdhup\n"
	"	client call poll none\n"
	"	client call watch in\n"
	"	client call watched in,rdhup\n"
	"	client call connect EISCONN\n"
	"	client call peer ok\n"
	"	client call close\n"
	"	client call closing\n"
	"	client diag smcr state=peerclosewait1\n"
	"	client diag tcp reason=peer_declined diagnosis=0x00000001\n"
	"	client diag *\n"
	"	client stats errors=0 fallbacks=1 fallback.peer_declined=1 fallback.0x05060708=0 "
	"smcd_v2=2 groups=1 links=-2 conns=1 rmb_bytes=131072 sndbuf_bytes=0\n"
	"\n"
	"case another\n"
	"	client reset\n"
	"\n"
	"case laps\n"
	"	play client\n"
	"	client laps 65600\n"
	"	client receive off\n"
	"	client receive on\n"
	"	server port $peer_gid down\n"
	"	server port $peer_gid up\n"
	"	server device $peer_gid deleted\n"
	"	server device $peer_gid added\n"
	"	server recv EAGAIN\n"
	"\n"
	"case of-neither\n"
	"	play none\n"
	"	client app splice\n"
	"	server data \"x\"\n"
	"	client recv EAGAIN\n"
	"	server gone\n";

static void script_write__every_kind_of_line(void **state)
{
	(void)state;
	assert_written_as("all", all_steps, all_steps);
}

/* 100 lines of two IDs each are more than one line may hold. */
static void script_write__list_of_many_lines(void **state)
{
	char text[4096] = "smc-replay 1\ncase x\n", error[SCRIPT_ERROR_MAX], *once, *twice;
	struct script script, back;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, "\tcovers OPT-01 CLC-01\n");
	strcat(text, "\tserver eof\n");
	assert_int_equal(script_parse("many", text, strlen(text), &script, error), 0);
	once = written(&script);
	if (script_parse("again", once, strlen(once), &back, error))
		fail_msg("%s", error);
	twice = written(&back);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	script_free(&script);
	script_free(&back);
}

static void script_parse__loops(void **state)
{
	static const char text[] = "smc-replay 1\n"
				   "case x\n"
				   "	loop 2\n"
				   "	client llc confirm_rkey_v2\n"
				   "		llc_v2\n"
				   "		confirm_rkey rkey=0x0001{}\n"
				   "	server wait 5\n"
				   "	end\n"
				   "	server eof\n";
	static const char want[] = "smc-replay 1\n\ncase x\n"
				   "	client llc confirm_rkey_v2\n"
				   "		llc_v2\n"
				   "		confirm_rkey rkey=0x00010001\n"
				   "	server wait 5\n"
				   "	client llc confirm_rkey_v2\n"
				   "		llc_v2\n"
				   "		confirm_rkey rkey=0x00010002\n"
				   "	server wait 5\n"
				   "	server eof\n";
	(void)state;
	assert_written_as("loops", text, want);
}

/* The parser refuses a step that checks nothing, and names the line and another step. */
static void script_parse__refuses_what_checks_nothing(void **state)
{
	static const struct {
		const char *script, *error;
	} rows[] = {
		{ "play client\nserver gone\nclient silent 500\n",
		  "x:4:1: expected client wait 500, found silent" },
		{ "play server\nclient eof\nserver result ok\n",
		  "x:4:1: expected a step of the client" },
		{ "play server\nclient eof\nserver gone after=5\n",
		  "x:4:1: expected a step of the client" },
		{ "play server\nserver clc decline before=5\n\tdecline_hdr\nclient eof\n",
		  "x:3:1: expected a step of the client" },
		{ "client gone after=9 before=9\n", "x:2:1: before=9 is not after after=9" },
		{ "play client\nclient reset\nserver wait 5\n", "expected a step of the stack" },
		{ "play client\nserver wait 5\nclient data \"x\"\n",
		  "expected a step of the stack" },
		{ "play client\nserver app tcp\n", "expected a step of the stack" },
		{ "play client\nserver eof\nclient app set nodelay=1\n",
		  "x:4:1: expected a step of the server" },
		{ "play client\nserver eof\nclient call peer ok\n",
		  "x:4:1: expected a step of the server" },
		{ "server gone later=5\n", "x:2:13: expected after=MS, before=MS" },
		{ "play client\nserver clc decline link=2\n\tdecline_hdr\n",
		  "x:3:1: expected link= with a message of LLC or CDC alone" },
		{ "client laps 2\nserver eof\n", "x:2:1: expected play client before it" },
		{ "client receive off\nserver eof\n", "x:2:1: expected play client before it" },
		{ "play client\nclient receive 0\n", "x:3:16: expected off or on" },
		{ "server port $gid down\nserver eof\n", "x:2:1: expected play client before it" },
		{ "play client\nclient port $gid up\n", "x:3:1: expected play server before it" },
		{ "play client\nserver port 10.9.0.2 up\n",
		  "x:3:13: expected the address of the port as a $name" },
		{ "play client\nserver port $gid away\n", "x:3:18: expected down or up" },
		{ "play client\nserver port $gid up\n", "expected a step of the stack" },
		{ "play client\nclient device $gid added\n",
		  "x:3:1: expected play server before it" },
		{ "play client\nserver device $gid up\n", "x:3:20: expected deleted or added" },
		{ "play client\nserver device $gid added\n", "expected a step of the stack" },
		{ "play none\nclient clc decline\n\tdecline_hdr\n",
		  "x:3:1: expected a step of an application" },
		{ "play none\nclient eof after=5\n", "x:3:1: expected a step of an application" },
		{ "play none\nclient got \"x\"\n", "x:3:1: expected a step of an application" },
		{ "play none\nclient wait 5\nserver app tcp\n", "expected a step of the stack" },
		{ "play sockets\nclient wait 5\n", "expected a step of the stack" },
		{ "play sockets\nclient data \"x\"\n",
		  "x:3:1: expected sock, wait or stats, since the script makes the sockets" },
		{ "client sock\n", "x:2:12: expected the name of a socket" },
		{ "client sock a jump\n", "x:2:15: expected a call: open, bind, listen" },
		{ "client sock a open udp\n", "x:2:20: expected a kind of socket: smc, smc6" },
		{ "client sock a bind\n", "x:2:19: expected the name of a socket" },
		{ "client sock a listen ok\n", "x:2:22: expected a number" },
		{ "client sock a recv 10 flags=quick\n", "x:2:23: expected" },
		{ "client sock a recv 10 ok flags=quick\n", "x:2:32: expected peek, dontwait" },
		{ "client sock a recv 99999999 ok\n", "x:2:20: expected a number from 0 to" },
		{ "client sock a signal usr1\n", "x:2:22: expected a signal's cause: none, in" },
		{ "client sock a shutdown up ok\n", "x:2:24: expected one of read, write" },
		{ "client sock a end\n", "x:2:18: expected ok, none, eof" },
		{ "client sock a close now\n", "x:2:21: expected after=MS" },
		{ "host reboot ok\n", "x:2:6: expected a change: sysctl, ueid_add" },
		{ "host sysctl rmem ok\n", "x:2:13: expected NAME=VALUE of a sysctl" },
		{ "host sysctl rmem=5\n", "x:2:19: expected ok, none, eof" },
		{ "host ueid_add \"0123456789012345678901234567890123\" ok\n",
		  "x:2:15: expected an EID of 32 characters at most" },
		{ "host ueid_add A ok\n", "x:2:15: expected \"text\" or 0x" },
		{ "client call set nodelay=1 size=99 ok\n",
		  "x:2:32: expected a number from 0 to 64" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], error[SCRIPT_ERROR_MAX] = "";
		struct script script;
		int n = snprintf(text, sizeof(text), "smc-replay 1\n%s", rows[i].script);

		assert_int_equal(script_parse("x", text, (size_t)n, &script, error), -EINVAL);
		if (!strstr(error, rows[i].error))
			fail_msg("%s: %s", rows[i].script, error);
		script_free(&script);
	}
}

static void script_parse__templates(void **state)
{
	static const char text[] = "smc-replay 1\n"
				   "message base clc proposal\n"
				   "	proposal_hdr version=2\n"
				   "	ueid eid=\"A\"\n"
				   "	ueid eid=\"B\"\n"
				   "	trailer\n"
				   "message more clc @base proposal_hdr.version=3\n"
				   "	ueid eid=\"C\"\n"
				   "case x\n"
				   "	client clc @more ueid[2].eid=\"D\" without=trailer\n"
				   "	client clc @base\n";
	static const char want[] = "smc-replay 1\n\ncase x\n"
				   "	client clc proposal\n"
				   "		proposal_hdr version=3\n"
				   "		ueid eid=\"A\"\n"
				   "		ueid eid=\"D\"\n"
				   "		ueid eid=\"C\"\n"
				   "	client clc proposal\n"
				   "		proposal_hdr version=2\n"
				   "		ueid eid=\"A\"\n"
				   "		ueid eid=\"B\"\n"
				   "		trailer\n";
	(void)state;
	assert_written_as("templates", text, want);
}

/* V1: derived fields follow from the parts, and say so when a part is added. */
static void message_build__derives(void **state)
{
	static const char text[] = "smc-replay 1\n"
				   "client clc proposal\n"
				   "	proposal_hdr version=2 typev1=none typev2=smc_d\n"
				   "	proposal\n"
				   "	proposal_smcd\n"
				   "	v2_ext\n"
				   "	ueid*2 eid=\"A\"\n"
				   "	smcd_v2_ext\n"
				   "	gid_chid*2\n"
				   "	trailer\n";
	static struct image image;
	struct smcw_proposal_parts parts;
	const struct term *missing;
	struct smcw_layout l;
	struct script script;
	char error[SCRIPT_ERROR_MAX];

	(void)state;
	assert_int_equal(script_parse("derive", text, strlen(text), &script, error), 0);
	assert_int_equal(message_build(script.cases->steps->message, NULL, NULL, &image, &missing),
			 0);
	assert_int_equal(smcw_clc_layout(image.bytes, image.len, &l), 0);
	assert_int_equal(smcw_proposal_parse(image.bytes, &l, &parts), 0);
	assert_int_equal(parts.eid_count, 2);
	assert_int_equal(parts.gid_count, 2);
	assert_non_null(parts.smcd_v2);
	assert_null(parts.prefix);
	assert_memory_equal(parts.eid[1].eid, "A                               ", 32);
	script_free(&script);
}

static const struct {
	const char *text, *error;
} wrong[] = {
	{ "", "f:1:1: expected smc-replay 1, found the end of the line" },
	{ "\nsmc-replay 2", "f:2:12: expected version 1, found '2'" },
	{ "smc-replay 1\nfrob",
	  "f:2:1: expected client, server, the name of a part, case, covers, "
	  "needs, keep, times, play, host, let, message, import, loop or end, found 'frob'" },
	{ "smc-replay 1\n  client frob", "f:2:10: expected what it does: option, clc," },
	{ "smc-replay 1\nclient clc propsal", "f:2:12: expected the type of a message, as a word "
					      "or number, or @NAME, found 'propsal'" },
	{ "smc-replay 1\nclient clc @nobody", "f:2:13: expected the name of a message" },
	{ "smc-replay 1\nproposal", "f:2:1: expected a message before its parts" },
	{ "smc-replay 1\nclient clc proposal\n\tproposal frob=1",
	  "f:3:11: expected a field of proposal, found 'frob=1'" },
	{ "smc-replay 1\nclient clc proposal\n\tproposal mac",
	  "f:3:14: expected = and a value, found the end of the line" },
	{ "smc-replay 1\nclient clc proposal\n\tproposal mac=1",
	  "f:3:15: expected a MAC address, or a $name, found '1'" },
	{ "smc-replay 1\nclient clc proposal\n\tproposal_hdr typev1=4",
	  "f:3:22: expected a number from 0 to 3, smc_r, smc_d, none, smc_r_and_smc_d, or a "
	  "$name" },
	{ "smc-replay 1\nclient clc proposal\n\tproposal_hdr version=$A",
	  "f:3:24: expected a name of small letters" },
	{ "smc-replay 1\nclient clc proposal\n\tueid eid=\"x",
	  "f:3:7: expected a closing quotation" },
	{ "smc-replay 1\nclient clc proposal frob=1", "f:2:21: expected PART.FIELD=VALUE" },
	{ "smc-replay 1\nclient clc proposal segment=x",
	  "f:2:29: expected a number from 0 to 65535, found 'x'" },
	{ "smc-replay 1\nclient llc test_link link=4", "f:2:27: expected a number from 0 to 3" },
	{ "smc-replay 1\nkeep $a b", "f:2:9: expected a $name, found 'b'" },
	{ "smc-replay 1\ntimes 7", "f:2:7: expected 8 times or more, found '7'" },
	{ "smc-replay 1\ntimes 1001", "f:2:7: expected a number from 0 to 1000, found '1001'" },
	{ "smc-replay 1\nkeep", "f:2:5: expected a $name, found the end" },
	{ "smc-replay 1\nplay nobody", "f:2:6: expected the end that is played, none or sockets" },
	{ "smc-replay 1\nclient result EFROB",
	  "f:2:15: expected ok, none, eof or the name of an errno" },
	{ "smc-replay 1\nclient option 0xfe05e2d4", "f:2:15: expected kind, length of the whole" },
	{ "smc-replay 1\nclient eof now",
	  "f:2:12: expected after=MS, before=MS or the end of the line, found 'now'" },
	{ "smc-replay 1\nclient data \"a\"*9999999", "f:2:13: expected \"text\" or 0x" },
	{ "smc-replay 1\nserver call", "f:2:12: expected a call: set, get, ioctl," },
	{ "smc-replay 1\nserver call set frob=1 ok", "f:2:17: expected one of keepalive," },
	{ "smc-replay 1\nserver call set nodelay ok", "f:2:17: expected an option and its value" },
	{ "smc-replay 1\nserver call set nodelay=x ok", "f:2:25: expected a number" },
	{ "smc-replay 1\nserver call get nodelay", "f:2:24: expected ok, none, eof or the name" },
	{ "smc-replay 1\nserver call shutdown read=1 ok", "f:2:22: expected one of read, write," },
	{ "smc-replay 1\nserver call poll in,frob", "f:2:21: expected one of in, pri, out," },
	{ "smc-replay 1\nserver app set nodelay", "f:2:16: expected an option and its value" },
	{ "smc-replay 1\nloop 9\nclient app set nodelay=1\nend\nserver eof",
	  "f:3:1: expected no more than 8 options of an end" },
	{ "smc-replay 1\nserver stats", "f:2:13: expected what is counted" },
	{ "smc-replay 1\nserver stats frob=1",
	  "f:2:14: expected errors, fallbacks, smcr_v1, smcr_v2, smcd_v1, smcd_v2, tx_bytes, "
	  "rx_bytes, urgent, corks, nodelays, groups, links, "
	  "conns, rmb_bytes, sndbuf_bytes or fallback.REASON, found 'frob=1'" },
	{ "smc-replay 1\nserver stats errors=-1", "f:2:21: expected a number from 0 to" },
	{ "smc-replay 1\nserver stats errors", "f:2:20: expected = and a number" },
	{ "smc-replay 1\nserver stats errors=x",
	  "f:2:21: expected a number from 0 to 2147483647, found 'x'" },
	{ "smc-replay 1\nserver stats fallback.frob=1",
	  "f:2:23: expected a reason of a Decline, as a word or number, found 'frob'" },
	{ "smc-replay 1\nend", "f:2:1: expected loop before end, found 'end'" },
	{ "smc-replay 1\nloop 2\nclient eof", "f:3:1: expected end, of the loop in line 2" },
	{ "smc-replay 1\nloop 0", "f:2:7: expected a number from 1 to 1000" },
	{ "smc-replay 1\nloop 2\nimport x", "f:3:8: expected end of the loop before an import" },
	{ "smc-replay 1\nloop 2\nloop 2", "f:3:1: expected end before another loop" },
	{ "smc-replay 1\nloop 2\nclient frob{}", "f:3:8: expected what it does" },
	{ "smc-replay 1\nimport /etc/passwd",
	  "f:2:8: expected a path from the folder of this script" },
	{ "smc-replay 1\nimport \"nowhere\"", "f:2:8: expected a file that can be read" },
};

static void script_parse__errors_by_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char error[SCRIPT_ERROR_MAX] = "";
		struct script script;
		int rc = script_parse("f", wrong[i].text, strlen(wrong[i].text), &script, error);

		if (!rc || strncmp(error, wrong[i].error, strlen(wrong[i].error)))
			fail_msg("%s\ngave:   %s\nwanted: %s", wrong[i].text, error,
				 wrong[i].error);
		script_free(&script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_word__unique_in_its_list),
		cmocka_unit_test(names_noun__same_noun_same_kind),
		cmocka_unit_test(message_build__derives),
		cmocka_unit_test(script_identity__samples),
		cmocka_unit_test(script_identity__any_value_of_any_field),
		cmocka_unit_test(script_write__every_kind_of_line),
		cmocka_unit_test(script_write__list_of_many_lines),
		cmocka_unit_test(script_parse__refuses_what_checks_nothing),
		cmocka_unit_test(script_parse__loops),
		cmocka_unit_test(script_parse__templates),
		cmocka_unit_test(script_parse__errors_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
