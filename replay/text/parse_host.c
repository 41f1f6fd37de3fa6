// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes of the host. See parse.h and host.h. */
#include <ctype.h>
#include <string.h>

#include "parse.h"
#include "smc_wire.h"

/* NAME=VALUE */
static int parse_sysctl(struct parser *p, struct host_change *c)
{
	const char *word = parse_word(p), *equals = word ? strchr(word, '=') : NULL;

	if (!equals || equals == word || !equals[1])
		return parse_expected(p, "NAME=VALUE of a sysctl of SMC");
	c->name = arena_copy(&p->script->arena, word, (size_t)(equals - word));
	c->text = equals + 1;
	p->at++;
	return 0;
}

static int parse_eid(struct parser *p, struct host_change *c)
{
	const __u8 *bytes;
	size_t len;
	int rc = parse_data(p, &bytes, &len);

	if (rc)
		return rc;
	if (len <= SCRIPT_EID_MAX && !memchr(bytes, 0, len)) {
		c->text = arena_copy(&p->script->arena, (const char *)bytes, len);
		return 0;
	}
	p->at--;
	return parse_expected(p, "an EID of %d characters at most", SCRIPT_EID_MAX);
}

int parse_host(struct parser *p, struct host_change *c)
{
	struct step result = { 0 };
	int kind = parse_choice(p, script_host_words, "a change"), rc = 0;

	if (kind < 0)
		return kind;
	c->kind = (__u8)kind;
	c->name = c->text = "";
	if (c->kind == HOST_SYSCTL)
		rc = parse_sysctl(p, c);
	else if (c->kind == HOST_UEID_ADD || c->kind == HOST_UEID_REMOVE)
		rc = parse_eid(p, c);
	if (!rc)
		rc = parse_result(p, &result);
	memcpy(c->errors, result.errors, sizeof(c->errors));
	c->n_errors = result.n_errors;
	return rc;
}
