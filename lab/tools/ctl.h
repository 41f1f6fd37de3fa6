/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smc-ctl: declarations shared by its parts. All answers of the kernel become JSON first; text is
 * printed from the JSON, so that the two cannot differ.
 */
#ifndef SMCKIT_LAB_CTL_H
#define SMCKIT_LAB_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <libmnl/libmnl.h>

/* Verdicts: results of a command above 0, and the exit codes of the program. */
enum {
	CTL_OK = 0,
	CTL_NOT_MET = 1, /* wait: the condition did not come true in time */
	CTL_ERROR = 2,
	CTL_NO_MODULE = 3, /* the kernel knows no SMC: load it, or skip the test */
	CTL_USAGE = 64,	   /* EX_USAGE, as argp has it */
};

/* The criteria of a wait; unset strings are NULL, unset numbers -1. */
struct ctl_match {
	const char *mode;
	const char *state;
	const char *device;
	const char *stat;
	int64_t reason;
	int port;
	int count;
	bool exactly;
	bool gone;
};

struct ctl {
	const char *command;
	char **args;
	size_t n_args;
	bool json;
	bool listen;
	bool if_missing;
	const char *eth, *ib, *smcd;
	int ib_port;
	unsigned int timeout_ms, interval_ms;
	struct ctl_match match;
	/* Set along with an error: one line that says more than strerror() can. */
	const char *detail;
	const char *module;
};

/* ctl_nl.c */
struct nl {
	struct mnl_socket *sock;
	uint32_t portid, seq;
	uint16_t family;
};

typedef int (*nl_reply_fn)(const struct nlmsghdr *nlh, void *data);

int nl_open(struct nl *nl, int bus);
int nl_open_family(struct nl *nl, const char *family);
void nl_close(struct nl *nl);
struct nlmsghdr *nl_genl(struct nl *nl, void *buf, uint8_t cmd, uint8_t version, bool dump);
int nl_talk(struct nl *nl, struct nlmsghdr *req, nl_reply_fn reply, void *data);

#define _cleanup_nl_ __attribute__((cleanup(nl_close)))

/* ctl_attr.c */
enum attr_kind {
	ATTR_NUM, /* a number of any width */
	ATTR_HEX, /* an identifier: printed in full width */
	ATTR_STR,
	ATTR_IFINDEX,
	ATTR_NAME, /* a number with a name in .names */
	ATTR_NEST,
};

/* One attribute. A table ends with a row that has no key. */
struct attr_row {
	uint16_t type;
	const char *key;
	enum attr_kind kind;
	const struct attr_row *nest;
	const char *const *names;
};

extern const struct attr_row attr_top[], attr_ueid[], attr_seid[], attr_pnet[];
json_t *attr_parse(const struct attr_row *rows, const struct nlmsghdr *nlh, size_t offset);

/* ctl_print.c */
void print_rows(const json_t *rows);
void print_counters(const char *prefix, const json_t *object);
int print_result(const struct ctl *ctl, json_t *rows);

static inline void json_cleanup(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

/* ctl_show.c */
int show_dump(uint8_t cmd, json_t **rows);
int show_devices(json_t **rows);
int show_stats(json_t **stats);
int cmd_info(struct ctl *ctl);
int cmd_stats(struct ctl *ctl);
int cmd_devices(struct ctl *ctl);
int cmd_lgr(struct ctl *ctl);
int cmd_links(struct ctl *ctl);

/* ctl_eid.c */
int cmd_ueid(struct ctl *ctl);
int cmd_seid(struct ctl *ctl);

/* ctl_pnet.c */
int cmd_pnet(struct ctl *ctl);

/* ctl_diag.c */
int diag_dump(bool listen, json_t **rows);
bool diag_knows_mode(const char *mode);
bool diag_knows_state(const char *state);
const char *diag_reason_text(uint32_t reason);
int cmd_diag(struct ctl *ctl);

/* ctl_wait.c */
int cmd_wait(struct ctl *ctl);

#endif
