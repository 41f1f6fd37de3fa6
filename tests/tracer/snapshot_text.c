// SPDX-License-Identifier: GPL-2.0-or-later
/* What smc-trace begins with, as text: facts about this host, and connections that are there. For
 * tests/tools/netlink_test.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smc_codec.h"
#include "smc_event_text.h"
#include "system/snapshot.h"

#define LINES_MAX 1000

/* Sockets are shown once, in however many network namespaces this host has them. */
struct lines {
	char *line[LINES_MAX];
	size_t n;
};

static void print_once(struct lines *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->line[i], text))
			return;
	puts(text);
	if (l->n < LINES_MAX)
		l->line[l->n++] = strdup(text);
}

static void put_conn(char *at, const struct smcw_ev_conn *conn)
{
	sprintf(at, ": %llx %llx %llu %llu %u %u %u", (unsigned long long)smcw_get64(&conn->token),
		(unsigned long long)smcw_get64(&conn->peer_token),
		(unsigned long long)smcw_get64(&conn->sent),
		(unsigned long long)smcw_get64(&conn->received), smcw_get32(&conn->send_size),
		smcw_get32(&conn->receive_size), smcw_get32(&conn->peer_size));
}

static void on_event(void *ctx, struct smcw_event *ev)
{
	char text[512], line[1024], *at = line;

	smcw_event_text(ev, text, sizeof(text));
	at += sprintf(
		at,
		"kind %u flags %02x state %u mode %u stack %u conn %u lgr %u sock %llx owner %u%s",
		ev->kind, ev->flags, ev->state, ev->mode, ev->stack, smcw_get32(&ev->conn),
		smcw_get32(&ev->lgr), (unsigned long long)smcw_get64(&ev->sock), ev->owner,
		smcw_get32(&ev->pid) == (__u32)getpid() ? " ours" : "");
	at += sprintf(at, " ports %u %u", smcw_get16(&ev->local_port), smcw_get16(&ev->peer_port));
	for (int i = 0; i < 32; i++)
		at += sprintf(at, "%s%02x", i % 16 ? "" : " ",
			      i < 16 ? ev->local[i] : ev->peer[i - 16]);
	sprintf(at, "%s%.16s%s: %s", *ev->comm ? " " : "", ev->comm,
		smcw_get64(&ev->time) ? "" : " without a time", text);
	at += strlen(at);
	if (ev->kind == SMCW_EV_CONN_READY)
		put_conn(at, (const struct smcw_ev_conn *)(ev + 1));
	print_once(ctx, line);
}

static void print_facts(const struct facts *f)
{
	char name[SMCW_FACT_NAME_LEN + 1], value[SMCW_FACT_VALUE_LEN + 1];
	char pid[16];

	snprintf(pid, sizeof(pid), "/%d", getpid());
	for (size_t i = 0; i < f->n; i++) {
		char *own;

		facts_value(&f->row[i], value, sizeof(value));
		own = strstr(value, pid);
		if (own)
			strcpy(own, "/ours");
		/* The host's own affair. */
		if (f->row[i].topic == SMCW_FACT_SYSCTL)
			strcpy(value, *value ? "..." : "");
		printf("fact %u %s: %s\n", f->row[i].topic,
		       facts_name(&f->row[i], name, sizeof(name)), value);
	}
}

int main(void)
{
	struct trace_filter filter = { .kinds = ~0ull };
	struct facts facts = { 0 };
	struct lines lines = { 0 };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), result;
	struct stat st;
	char inode[32];

	if (fstat(fd, &st))
		return 1;
	/* One of the sockets is this process's. */
	snprintf(inode, sizeof(inode), "%lu", (unsigned long)st.st_ino);
	setenv("FAKE_NETLINK_INODE", inode, 1);
	result = snapshot_setup(&facts);
	printf("setup %d\n", result);
	print_facts(&facts);
	facts_free(&facts);
	memset(&facts, 0, sizeof(facts));
	result = snapshot_existing(SMCW_STACK_SMC, &filter, &facts, on_event, &lines);
	printf("existing %d\n", result);
	print_facts(&facts);
	facts_free(&facts);
	memset(&facts, 0, sizeof(facts));
	filter.kinds = 0;
	result = snapshot_existing(SMCW_STACK_SMCX, &filter, &facts, on_event, &lines);
	printf("existing, not asked for %d\n", result);
	print_facts(&facts);
	facts_free(&facts);
	return 0;
}
