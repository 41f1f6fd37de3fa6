// SPDX-License-Identifier: GPL-2.0-or-later
/* See value.h. */
#include "value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "smc_text.h"

enum { WORD_MAX = 80 };

static unsigned int shift_of(const struct smcw_field *f)
{
	unsigned int shift = 0;

	while (f->mask && !(f->mask >> shift & 1))
		shift++;
	return shift;
}

static bool is_little(const struct smcw_field *f, bool big)
{
	return f->kind == SMCW_K_HOST && !big;
}

void value_get(const struct smcw_field *f, const __u8 *part, bool big, struct value *v)
{
	const __u8 *from = part + f->offset;
	bool little = is_little(f, big);

	*v = (struct value){ .len = f->size };
	for (unsigned int i = 0; i < f->size; i++)
		v->bytes[i] = from[little ? f->size - 1u - i : i];
	if (f->mask)
		v->bytes[0] = (__u8)((v->bytes[0] & f->mask) >> shift_of(f));
}

void value_put(const struct smcw_field *f, __u8 *part, bool big, const struct value *v)
{
	__u8 *to = part + f->offset;
	bool little = is_little(f, big);

	if (f->mask) {
		*to = (__u8)((*to & ~f->mask) | (v->bytes[0] << shift_of(f) & f->mask));
		return;
	}
	for (unsigned int i = 0; i < f->size; i++)
		to[little ? f->size - 1u - i : i] = v->bytes[i];
}

void value_from_number(const struct smcw_field *f, __u64 number, struct value *v)
{
	*v = (struct value){ .len = f->size };
	for (unsigned int i = f->size; i-- > 0; number >>= 8)
		v->bytes[i] = (__u8)number;
	if (f->mask)
		v->bytes[0] &= (__u8)(f->mask >> shift_of(f));
}

__u64 value_number(const struct value *v)
{
	__u64 number = 0;

	for (unsigned int i = 0; i < v->len; i++)
		number = number << 8 | v->bytes[i];
	return number;
}

bool value_equal(const struct value *a, const struct value *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

bool value_is_zero(const struct value *v)
{
	static const __u8 zero[VALUE_MAX];

	return !memcmp(v->bytes, zero, v->len);
}

void value_word(const char *text, char *word, size_t cap)
{
	size_t len = 0;

	for (; *text && len + 1 < cap; text++) {
		if (isalnum((unsigned char)*text))
			word[len++] = (char)tolower((unsigned char)*text);
		else if (len && word[len - 1] != '_')
			word[len++] = '_';
	}
	while (len && word[len - 1] == '_')
		len--;
	if (cap)
		word[len] = '\0';
}

int value_by_word(unsigned int list, const char *word, __u32 *value)
{
	char candidate[WORD_MAX];

	for (unsigned int i = 0; i < smcw_lists[list].n; i++) {
		value_word(smcw_lists[list].values[i].text, candidate, sizeof(candidate));
		if (!strcmp(candidate, word)) {
			*value = smcw_lists[list].values[i].value;
			return 0;
		}
	}
	return -ENOENT;
}

/* The largest number a field holds; 0 when it is no number. */
static __u64 number_max(const struct smcw_field *f)
{
	if (f->mask)
		return f->mask >> shift_of(f);
	if (f->size > sizeof(__u64))
		return 0;
	return f->size == sizeof(__u64) ? ~0ull : (1ull << 8 * f->size) - 1;
}

static int parse_number(const struct smcw_field *f, const char *text, struct value *v)
{
	__u64 number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number > number_max(f))
		return -EINVAL;
	value_from_number(f, number, v);
	return 0;
}

static int parse_bytes(const struct smcw_field *f, const char *text, struct value *v)
{
	if (f->mask || strncmp(text, "0x", 2) || strlen(text + 2) != 2u * f->size)
		return -EINVAL;
	v->len = f->size;
	return data_hex(text + 2, v->bytes, f->size) ? -EINVAL : 0;
}

static int parse_mac(const char *text, struct value *v)
{
	v->len = SMCW_MAC_LEN;
	if (strlen(text) != 3 * SMCW_MAC_LEN - 1)
		return -EINVAL;
	for (unsigned int i = 0; i < SMCW_MAC_LEN; i++, text += 3)
		if (data_hex((char[]){ text[0], text[1], '\0' }, v->bytes + i, 1) ||
		    (text[2] != ':' && text[2]))
			return -EINVAL;
	return 0;
}

static int parse_gid(const char *text, struct value *v)
{
	v->len = SMCW_GID_LEN;
	if (inet_pton(AF_INET6, text, v->bytes) == 1)
		return 0;
	memset(v->bytes, 0, 10);
	memset(v->bytes + 10, 0xff, 2);
	return inet_pton(AF_INET, text, v->bytes + 12) == 1 ? 0 : -EINVAL;
}

static int value_parse_ipv4(const char *text, struct value *v)
{
	v->len = sizeof(struct in_addr);
	return inet_pton(AF_INET, text, v->bytes) == 1 ? 0 : -EINVAL;
}

/* ASCII, filled up with blanks. */
static int value_parse_text(const struct smcw_field *f, const char *text, struct value *v)
{
	__u8 bytes[VALUE_MAX];
	long len = *text == '"' ? data_parse(text, bytes, f->size) : -EINVAL;

	if (len < 0)
		return -EINVAL;
	v->len = f->size;
	memset(v->bytes, ' ', f->size);
	memcpy(v->bytes, bytes, (size_t)len);
	return 0;
}

static int parse_by_kind(const struct smcw_field *f, const char *text, struct value *v)
{
	switch (f->kind) {
	case SMCW_K_MAC:
		return parse_mac(text, v);
	case SMCW_K_GID:
		return parse_gid(text, v);
	case SMCW_K_IPV4:
		return value_parse_ipv4(text, v);
	case SMCW_K_TEXT:
		return value_parse_text(f, text, v);
	default:
		return parse_number(f, text, v);
	}
}

int value_parse(const struct smcw_field *f, const char *text, struct value *v)
{
	__u32 number;

	*v = (struct value){ 0 };
	if (!parse_by_kind(f, text, v) || !parse_bytes(f, text, v))
		return 0;
	if (f->list == SMCW_LIST_none || value_by_word(f->list, text, &number))
		return -EINVAL;
	value_from_number(f, number, v);
	return 0;
}

static void list_words(const struct smcw_field *f, FILE *out)
{
	char word[WORD_MAX];
	unsigned int n = smcw_lists[f->list].n, shown = n > 8 ? 8 : n;

	for (unsigned int i = 0; i < shown; i++) {
		value_word(smcw_lists[f->list].values[i].text, word, sizeof(word));
		fprintf(out, ", %s", word);
	}
	if (shown < n)
		fprintf(out, ", or %u more words of it", n - shown);
}

void value_expected(const struct smcw_field *f, FILE *out)
{
	if (f->kind == SMCW_K_MAC)
		fputs("a MAC address", out);
	else if (f->kind == SMCW_K_GID)
		fputs("an IPv6 or IPv4 address", out);
	else if (f->kind == SMCW_K_IPV4)
		fputs("an IPv4 address", out);
	else if (f->kind == SMCW_K_TEXT)
		fprintf(out, "a text of at most %u characters in quotation marks", f->size);
	else if (number_max(f))
		fprintf(out, "a number from 0 to %" PRIu64, (uint64_t)number_max(f));
	else
		fprintf(out, "0x and %u digits", 2u * f->size);
	if (f->list != SMCW_LIST_none)
		list_words(f, out);
}

static bool write_by_list(const struct smcw_field *f, const struct value *v, FILE *out)
{
	const char *text =
		f->list == SMCW_LIST_none ? NULL : smcw_value_text(f->list, (__u32)value_number(v));
	char word[WORD_MAX];

	if (!text)
		return false;
	value_word(text, word, sizeof(word));
	fputs(word, out);
	return true;
}

static void write_bytes(const struct value *v, FILE *out)
{
	fputs("0x", out);
	for (unsigned int i = 0; i < v->len; i++)
		fprintf(out, "%02x", v->bytes[i]);
}

static void value_write_text(const struct value *v, FILE *out)
{
	size_t len = v->len;

	while (len && v->bytes[len - 1] == ' ')
		len--;
	data_write_text(v->bytes, len, out);
}

/* The pretty form, of which value_parse() does not always make the same value. */
static void write_by_kind(const struct smcw_field *f, const struct value *v, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	switch (f->kind) {
	case SMCW_K_MAC:
		for (unsigned int i = 0; i < v->len; i++)
			fprintf(out, i ? ":%02x" : "%02x", v->bytes[i]);
		break;
	case SMCW_K_GID:
		fputs(smcw_gid_text(v->bytes, text, sizeof(text)), out);
		break;
	case SMCW_K_IPV4:
		fputs(inet_ntop(AF_INET, v->bytes, text, sizeof(text)), out);
		break;
	case SMCW_K_TEXT:
		value_write_text(v, out);
		break;
	case SMCW_K_UINT:
	case SMCW_K_HOST:
	case SMCW_K_BOOL:
		fprintf(out, "%" PRIu64, (uint64_t)value_number(v));
		break;
	default:
		if (f->mask)
			fprintf(out, "0x%x", v->bytes[0]);
		else
			write_bytes(v, out);
	}
}

void value_write(const struct smcw_field *f, const struct value *v, FILE *out)
{
	char *pretty = NULL;
	size_t len = 0;
	struct value back;
	FILE *to;

	if (write_by_list(f, v, out))
		return;
	to = open_memstream(&pretty, &len);
	if (!to)
		return;
	write_by_kind(f, v, to);
	fclose(to);
	if (!value_parse(f, pretty, &back) && value_equal(&back, v))
		fputs(pretty, out);
	else
		write_bytes(v, out);
	free(pretty);
}
