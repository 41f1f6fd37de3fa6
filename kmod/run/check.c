// SPDX-License-Identifier: GPL-2.0-or-later
/* See check.h. */
#include "check.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "smc_event_text.h"
#include "smc_text.h"

static const char *const modes[RUN_MODES] = { "unknown", "TCP", "SMC-R", "SMC-D" };

/* One end is the server's, by which people know a connection; the other's port is any. */
static void forget_client_port(struct run_event *ev)
{
	if (ev->server)
		ev->peer_port = 0;
	else
		ev->local_port = 0;
	ev->pid = 0;
	/* After the name's end there may be anything. */
	memset(ev->comm + strnlen(ev->comm, sizeof(ev->comm)), 0,
	       sizeof(ev->comm) - strnlen(ev->comm, sizeof(ev->comm)));
}

/* It is no connection yet. */
static bool listens(const struct run_event *ev)
{
	return ev->kind == RUN_TCP_LISTEN || ev->kind == RUN_FALLEN_LISTEN;
}

static struct check_row *find_row(struct check *check, const struct run_event *ev)
{
	for (unsigned int i = 0; i < check->n; i++)
		if (!memcmp(&check->rows[i].ev, ev, sizeof(*ev)))
			return &check->rows[i];
	if (check->n == CHECK_ROWS)
		return NULL;
	check->rows[check->n] = (struct check_row){ .ev = *ev };
	return &check->rows[check->n++];
}

void check_add(const struct run_event *event, void *data)
{
	struct run_event ev = *event;
	struct check *check = data;
	struct check_row *row;

	if (ev.mode >= RUN_MODES)
		ev.mode = RUN_MODE_UNKNOWN;
	forget_client_port(&ev);
	row = find_row(check, &ev);
	if (row)
		row->count++;
	else
		check->unlisted++;
	if (listens(&ev))
		return;
	check->modes[ev.mode]++;
	check->plain += ev.kind == RUN_TCP;
}

static void end_text(const struct run_event *ev, char *buf, size_t cap)
{
	const __u8 *address = ev->server ? ev->local : ev->peer;
	unsigned int port = ev->server ? ev->local_port : ev->peer_port;
	char text[INET6_ADDRSTRLEN];

	smcw_gid_text(address, text, sizeof(text));
	snprintf(buf, cap, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}

static void print_reason(const char *who, uint32_t reason, FILE *out)
{
	const char *text = smcw_reason_text(reason), *advice = smcw_reason_advice(reason);

	fprintf(out, "smc-run:          %s 0x%08" PRIx32 ": %s\n", who, reason,
		text ? text : "a code that no table has");
	if (advice)
		fprintf(out, "smc-run:            %s\n", advice);
}

/* A program chooses its name, and a terminal or a reader of lines must not take it for more. */
static void print_name(const char *comm, FILE *out)
{
	for (size_t i = 0; i < sizeof(((struct run_event *)0)->comm) && comm[i]; i++) {
		unsigned char c = (unsigned char)comm[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

static void print_row(const struct check *check, const struct check_row *row, FILE *out)
{
	const struct run_event *ev = &row->ev;
	char end[INET6_ADDRSTRLEN + 10];

	end_text(ev, end, sizeof(end));
	fprintf(out, "smc-run: %7" PRIu64 " %-7s %-5s %s %s (", row->count, modes[ev->mode],
		listens(ev) ? "" :
		ev->server  ? "from" :
			      "to",
		listens(ev) ? "listening" : "port", end);
	print_name(ev->comm, out);
	fputs(")\n", out);
	if (ev->kind == RUN_FALLEN_LISTEN)
		fprintf(out,
			"smc-run:          it became TCP before listen(), by an option; what it "
			"accepts is %s\n",
			check->accepts_unseen ? "not counted" : "counted");
	else if (ev->kind != RUN_SMC)
		fprintf(out,
			"smc-run:          the program made this socket without smc-run's help\n");
	else if (ev->mode == RUN_MODE_TCP && !ev->reason && !ev->peer_diagnosis)
		fprintf(out, "smc-run:          no reason is known\n");
	if (ev->reason)
		print_reason("reason", ev->reason, out);
	if (ev->peer_diagnosis && ev->peer_diagnosis != ev->reason)
		print_reason("the peer's", ev->peer_diagnosis, out);
}

static uint64_t total(const struct check *check)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < RUN_MODES; i++)
		n += check->modes[i];
	return n;
}

void check_print(const struct check *check, uint64_t lost, FILE *out)
{
	fprintf(out, "smc-run: ends of connections: %" PRIu64, total(check));
	for (unsigned int i = RUN_MODES; i-- > 0;)
		if (check->modes[i])
			fprintf(out, ", %" PRIu64 " %s", check->modes[i], modes[i]);
	fputs("\n", out);
	for (unsigned int i = 0; i < check->n; i++)
		print_row(check, &check->rows[i], out);
	if (check->unlisted)
		fprintf(out, "smc-run: %7" PRIu64 " more are counted above and have no line\n",
			check->unlisted);
	if (lost)
		fprintf(out, "smc-run: %7" PRIu64 " more were lost: they closed too fast\n", lost);
}

bool check_all_smc(const struct check *check, uint64_t lost)
{
	return !lost && check->modes[RUN_MODE_SMCD] + check->modes[RUN_MODE_SMCR] == total(check) &&
	       total(check);
}
