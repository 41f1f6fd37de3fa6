// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as JSON. See json.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "smc_event_text.h"

#define NS 1000000000ull
#define KEY_MAX 64

/* Above 2^63 - 1 JSON's readers differ, jansson's integers end: a string then. */
static json_t *json_number(__u64 v)
{
	char text[24];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	snprintf(text, sizeof(text), "%" PRIu64, (uint64_t)v);
	return json_string(text);
}

static json_t *json_digits(const __u8 *at, size_t n, const char *before, const char *between)
{
	char text[2 + 3 * 256 + 1];
	size_t i, len;

	len = (size_t)snprintf(text, sizeof(text), "%s", before);
	for (i = 0; i < n && i < 256; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%02x", i ? between : "",
					at[i]);
	return json_string(text);
}

/* ASCII that is filled up; what is none comes from a faulty peer. */
static json_t *json_ascii(const __u8 *at, size_t n)
{
	char text[256];
	size_t i;

	while (n && (!at[n - 1] || at[n - 1] == ' '))
		n--;
	for (i = 0; i < n && i < sizeof(text); i++)
		text[i] = at[i] >= ' ' && at[i] < 0x7f ? (char)at[i] : '?';
	return json_stringn(text, i);
}

static json_t *json_address(int family, const __u8 *at)
{
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6)
		return json_string(smcw_gid_text(at, text, sizeof(text)));
	return json_string(inet_ntop(AF_INET, at, text, sizeof(text)) ? text : "");
}

static json_t *json_value(const struct smcw_field *f, const __u8 *part, int big)
{
	const __u8 *at = part + f->offset;

	switch (f->kind) {
	case SMCW_K_BOOL:
		return json_boolean(smcw_field_get(f, part, big));
	case SMCW_K_HEX: {
		__u8 bits = (__u8)smcw_field_get(f, part, big);

		return json_digits(f->mask ? &bits : at, f->size, "0x", "");
	}
	case SMCW_K_BYTES:
		return json_digits(at, f->size, "", "");
	case SMCW_K_MAC:
		return json_digits(at, f->size, "", ":");
	case SMCW_K_GID:
		return json_address(AF_INET6, at);
	case SMCW_K_IPV4:
		return json_address(AF_INET, at);
	case SMCW_K_TEXT:
		return json_ascii(at, f->size);
	default:
		return json_number(smcw_field_get(f, part, big));
	}
}

static int json_put(json_t *object, const char *key, json_t *v)
{
	return json_object_set_new(object, key, v) ? -ENOMEM : 0;
}

static int put_field(json_t *object, const struct smcw_field *f, const __u8 *part, int big)
{
	const char *text = NULL;
	char key[KEY_MAX];
	int r;

	if (f->kind == SMCW_K_RSVD)
		return 0;
	r = json_put(object, f->key, json_value(f, part, big));
	if (!r && f->list != SMCW_LIST_none)
		text = smcw_value_text(f->list, (__u32)smcw_field_get(f, part, big));
	if (!text)
		return r;
	snprintf(key, sizeof(key), "%s_text", f->key);
	return json_put(object, key, json_string(text));
}

static int put_fields(json_t *object, unsigned int part, const __u8 *at, int big)
{
	unsigned int i;
	int r = 0;

	for (i = smcw_part_first(part); !r && i <= smcw_parts[part].last; i++)
		r = put_field(object, &smcw_fields[i], at, big);
	return r;
}

static json_t *part_object(unsigned int part, const __u8 *at, int big)
{
	json_t *object = json_object();

	if (object && put_fields(object, part, at, big)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* A reader need not look whether it is one or a list of one. */
static int is_list(unsigned int part)
{
	switch (part) {
	case SMCW_PART_ipv6_prefix:
	case SMCW_PART_ueid:
	case SMCW_PART_gid_chid:
	case SMCW_PART_gid_entry:
	case SMCW_PART_rtoken:
	case SMCW_PART_rkey_entry:
	case SMCW_PART_llc_gid:
	case SMCW_PART_ev_counter:
	case SMCW_PART_ev_fact:
	case SMCW_PART_ev_delay:
		return 1;
	default:
		return 0;
	}
}

static int put_list(json_t *object, const struct smcw_piece *p, const __u8 *at, int big)
{
	const struct smcw_part *part = &smcw_parts[p->part];
	json_t *list = json_object_get(object, part->key);
	unsigned int i;
	int r = 0;

	if (!list) {
		list = json_array();
		r = json_put(object, part->key, list);
	}
	for (i = 0; !r && i < p->count; i++)
		if (json_array_append_new(list, part_object(p->part, at + i * part->size, big)))
			r = -ENOMEM;
	return r;
}

static int put_piece(json_t *object, const struct smcw_piece *p, const __u8 *msg, int big)
{
	const __u8 *at = msg + p->off;

	if (p->part == SMCW_PART_NONE)
		return json_put(object, "bytes", json_digits(at, p->count, "", ""));
	if (p->part == SMCW_PART_event || p->part == SMCW_PART_filler)
		return 0;
	if (is_list(p->part) || p->count > 1)
		return put_list(object, p, at, big);
	return json_put(object, smcw_parts[p->part].key, part_object(p->part, at, big));
}

static json_t *json_faults(__u32 bits)
{
	json_t *list = json_array();
	unsigned int bit;

	for (bit = 0; list && bit < SMCW_FAULT_COUNT; bit++)
		if (bits & 1u << bit &&
		    json_array_append_new(list, json_string(smcw_fault_text(bit)))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

static int put_message(json_t *object, const struct smcw_event *ev)
{
	const __u8 *msg = (const __u8 *)(ev + 1);
	json_t *message = json_object();
	struct smcw_layout l;
	unsigned int i;
	int r;

	if (smcw_event_message(ev, &l) == -ENOENT) {
		msg = (const __u8 *)ev;
		smcw_event_layout(ev, sizeof(*ev) + smcw_get16(&ev->length), &l);
	}
	r = json_put(object, "message", message);
	for (i = 0; !r && i < l.n; i++)
		r = put_piece(message, &l.piece[i], msg, l.big);
	if (!r && l.faults)
		r = json_put(object, "faults", json_faults(l.faults));
	return r;
}

static json_t *json_rfc3339(__u64 ns)
{
	time_t seconds = (time_t)(ns / NS);
	char day[32] = "", text[64];
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%09uZ", day, (unsigned int)(ns % NS));
	return json_string(text);
}

json_t *json_event(const struct smcw_event *ev)
{
	json_t *object = json_object();
	char line[SMCW_LINE_MAX];
	int r;

	if (!object)
		return NULL;
	smcw_event_text(ev, line, sizeof(line));
	/* Set first, so that they stand first; the table's time gives way. */
	r = json_put(object, "time", json_null());
	if (!r)
		r = json_put(object, "text", json_string(line));
	if (!r)
		r = put_fields(object, SMCW_PART_event, (const __u8 *)ev, 1);
	if (!r)
		r = json_put(object, "time", json_rfc3339(smcw_get64(&ev->time)));
	if (!r)
		r = put_message(object, ev);
	if (!r)
		return object;
	json_decref(object);
	return NULL;
}

int json_print_event(FILE *out, const struct smcw_event *ev)
{
	json_t *object = json_event(ev);
	int r;

	if (!object)
		return -ENOMEM;
	r = json_dumpf(object, out, JSON_COMPACT);
	json_decref(object);
	return r || fputc('\n', out) == EOF ? -EIO : 0;
}
