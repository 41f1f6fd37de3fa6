// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-xfer: the result, in words, as JSON and as an exit code. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "xfer.h"

/*
 * Process, its port, the peer's port, bytes sent and received, 0 or what was wrong, role, family.
 * One write a line, so that several processes can share a log.
 */
static void log_result(struct xfer_report *report, const struct xfer_result *result)
{
	fprintf(report->log, "%d %u %u %llu %llu %d %s\n", getpid(), result->local_port,
		result->peer_port, (unsigned long long)result->sent,
		(unsigned long long)result->received, result->fault, report->log_end);
	fflush(report->log);
}

/**
 * report_add - count a connection
 * @report: the sum so far, zeroed at first
 * @result: the connection's result
 */
void report_add(struct xfer_report *report, const struct xfer_result *result)
{
	if (report->log)
		log_result(report, result);
	report->connections++;
	report->sent += result->sent;
	report->received += result->received;
	report->eof += result->ended == END_EOF;
	report->reset += result->ended == END_RESET;
	report->urgent_sent += result->urgent_sent;
	report->urgent_received += result->urgent_received;
	if (result->begin && (!report->begin || result->begin < report->begin))
		report->begin = result->begin;
	if (result->end > report->end)
		report->end = result->end;
	if (!result->fault)
		return;
	if (report->failed < REPORT_FAULTS)
		report->faults[report->failed] = *result;
	report->failed++;
	report->wrong |= result->fault > 0;
	report->timeout |= result->fault == -ETIMEDOUT;
	report->error |= result->fault < 0 && result->fault != -ETIMEDOUT;
}

/**
 * report_exit_code - the program's exit code
 * @report: the sum of all connections
 */
int report_exit_code(const struct xfer_report *report)
{
	if (report->wrong)
		return XFER_EXIT_WRONG;
	if (report->error)
		return XFER_EXIT_ERROR;
	return report->timeout ? XFER_EXIT_TIMEOUT : XFER_EXIT_OK;
}

static void describe_fault(const struct xfer_plan *plan, const struct xfer_result *result,
			   char *out, size_t size)
{
	const char *peer = plan->server ? "client" : "server";
	unsigned long long offset = result->offset;
	int n = snprintf(out, size, "connection %u: ", result->number);

	out += n;
	size -= (size_t)n;
	switch (result->fault) {
	case FAULT_BYTE:
		snprintf(
			out, size,
			"wrong byte at offset %llu of the %s's stream: expected 0x%02x, got 0x%02x",
			offset, peer, result->expected, result->got);
		break;
	case FAULT_SHORT:
		snprintf(out, size, "the %s's stream ended too early, after %llu bytes", peer,
			 offset);
		break;
	case FAULT_EXCESS:
		snprintf(out, size, "byte 0x%02x after the end of the %s's stream, at offset %llu",
			 result->got, peer, offset);
		break;
	case FAULT_END:
		snprintf(out, size, "the %s ended the connection %s", peer,
			 result->ended == END_RESET ? "by a reset" :
			 plan->close == CLOSE_ABORT || plan->close == CLOSE_LINGER0 ?
						      "by EOF, not by a reset" :
						      "before this end did");
		break;
	case FAULT_URGENT:
		snprintf(out, size, "urgent byte %s",
			 result->urgent_received ? "is a wrong one" : "did not come");
		break;
	default:
		snprintf(out, size, "%s: %s (sent %llu, received %llu bytes)", result->doing,
			 strerror(-result->fault), (unsigned long long)result->sent,
			 (unsigned long long)result->received);
	}
}

static unsigned int kept_faults(const struct xfer_report *report)
{
	return report->failed < REPORT_FAULTS ? report->failed : REPORT_FAULTS;
}

static void print_faults(const struct xfer_plan *plan, const struct xfer_report *report)
{
	char text[256];
	unsigned int i;

	for (i = 0; i < kept_faults(report); i++) {
		describe_fault(plan, &report->faults[i], text, sizeof(text));
		fprintf(stderr, "smc-xfer %s: %s\n", plan->server ? "server" : "client", text);
	}
	if (report->failed > i)
		fprintf(stderr, "smc-xfer: and %u failed connections more\n", report->failed - i);
}

static double round_trip_us(const struct xfer_plan *plan, const struct xfer_report *report)
{
	double rounds = (double)plan->rounds * report->connections / plan->parallel;

	return (double)(report->end - report->begin) / rounds / 1000;
}

static void print_json(const struct xfer_plan *plan, const struct xfer_report *report)
{
	json_t *errors = json_array(), *out;
	char text[256];
	unsigned int i;

	for (i = 0; i < kept_faults(report); i++) {
		describe_fault(plan, &report->faults[i], text, sizeof(text));
		json_array_append_new(errors, json_string(text));
	}
	out = json_pack(
		"{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:{s:i, s:i}, s:{s:i, s:i}, s:o}",
		"role", plan->server ? "server" : "client", "family",
		xfer_family_names[plan->family], "direction", xfer_direction_names[plan->direction],
		"close", xfer_close_names[plan->close], "connections", (int)report->connections,
		"failed", (int)report->failed, "sent", (json_int_t)report->sent, "received",
		(json_int_t)report->received, "ns", (json_int_t)(report->end - report->begin),
		"ended", "eof", (int)report->eof, "reset", (int)report->reset, "urgent", "sent",
		(int)report->urgent_sent, "received", (int)report->urgent_received, "errors",
		errors);
	if (plan->direction == DIR_PINGPONG && !plan->server)
		json_object_set_new(out, "round_trip_us", json_real(round_trip_us(plan, report)));
	json_dumpf(out, stdout, JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(out);
}

static void print_text(const struct xfer_plan *plan, const struct xfer_report *report)
{
	double seconds = (double)(report->end - report->begin) / 1e9;

	printf("smc-xfer %s: %u connections, %u failed; sent %llu, received %llu bytes in %.6f s",
	       plan->server ? "server" : "client", report->connections, report->failed,
	       (unsigned long long)report->sent, (unsigned long long)report->received, seconds);
	if (seconds > 0)
		printf(", %.1f MB/s", (double)(report->sent + report->received) / seconds / 1e6);
	if (plan->direction == DIR_PINGPONG && !plan->server && report->connections)
		printf(", %.1f us a round trip", round_trip_us(plan, report));
	printf("; ended by the peer: %u EOF, %u reset", report->eof, report->reset);
	if (plan->oob)
		printf("; urgent: %u sent, %u received", report->urgent_sent,
		       report->urgent_received);
	putchar('\n');
}

/**
 * report_print - print the sum on standard output, the faults on standard error
 * @plan: the plan of the run
 * @report: what came of it
 */
void report_print(const struct xfer_plan *plan, const struct xfer_report *report)
{
	print_faults(plan, report);
	if (plan->json)
		print_json(plan, report);
	else
		print_text(plan, report);
}
