// SPDX-License-Identifier: GPL-2.0-or-later
/* See commands.h. */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "observe.h"
#include "print.h"
#include "reader.h"
#include "stack.h"
#include "stats.h"
#include "why.h"

struct show {
	const struct options *o;
	struct print print;
	unsigned long long shown;
};

/* Enough is a verdict of ours, behind those of the reader. */
#define SHOWN_ENOUGH 100

static int show_event(void *ctx, struct smcw_event *ev)
{
	struct show *s = ctx;
	int err = 0;

	if (s->o->json)
		err = json_print_event(stdout, ev);
	else if (!s->o->quiet)
		err = print_event(&s->print, ev);
	if (err)
		return err;
	return ++s->shown == s->o->count ? SHOWN_ENOUGH : 0;
}

/* What reading came to, on stderr; enum exit_status. */
static int told(const struct options *o, int err, const struct reader_result *result)
{
	if (fflush(stdout) || err == -EPIPE)
		return EXIT_FAILED;
	if (result->foreign)
		fprintf(stderr, "smc-trace: %s: %llu of %llu packets are no events of smc-trace\n",
			o->file, (unsigned long long)result->foreign,
			(unsigned long long)result->packets);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", o->file,
			*result->error ? result->error : strerror(-err));
	return err ? EXIT_FAILED : EXIT_OK;
}

int command_read(const struct options *o)
{
	struct show show = { .o = o, .print = { .out = stdout, .color = o->color, .hex = o->hex } };
	struct reader_result result;
	int err = reader_path(o->file, show_event, &show, &result);

	return told(o, err == SHOWN_ENOUGH ? 0 : err, &result);
}

static int stats_take(void *ctx, struct smcw_event *ev)
{
	return stats_event(ctx, ev);
}

int command_stats(const struct options *o)
{
	struct stats *stats = stats_new();
	struct reader_result result = { 0 };
	int err = stats ? reader_path(o->file, stats_take, stats, &result) : -ENOMEM, print;

	print = stats ? stats_print(stats, stdout) : 0;
	stats_free(stats);
	return told(o, err ? err : print, &result);
}

static int why_take(void *ctx, struct smcw_event *ev)
{
	return why_event(ctx, ev);
}

int command_why(const struct options *o)
{
	struct why *why = why_new();
	struct reader_result result = { 0 };
	int err = why ? reader_path(o->file, why_take, why, &result) : -ENOMEM, status;
	long long wrong = 0;

	if (why)
		wrong = o->json ? why_print_json(why, stdout) : why_print(why, stdout);
	why_free(why);
	status = told(o, err ? err : wrong < 0 ? (int)wrong : 0, &result);
	return status == EXIT_OK && wrong ? EXIT_FAILED : status;
}

static const char *lockdown(char *buf, size_t cap)
{
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char *open, *close;

	if (!f)
		return "off";
	if (!fgets(buf, (int)cap, f))
		*buf = '\0';
	fclose(f);
	open = strchr(buf, '[');
	close = open ? strchr(open, ']') : NULL;
	if (!close)
		return "unknown";
	*close = '\0';
	return open + 1;
}

static void tell_machine(int present, enum smcw_event_stacks stack)
{
	char line[128];

	printf("%-34s %s\n", "privileges",
	       geteuid() ? "not root: hooks cannot be attached" : "root");
	printf("%-34s %s\n", "kernel's BTF",
	       access("/sys/kernel/btf/vmlinux", R_OK) ?
		       "missing: CONFIG_DEBUG_INFO_BTF is needed" :
		       "there");
	printf("%-34s %s\n", "lockdown", lockdown(line, sizeof(line)));
	printf("%-34s %s\n", "SMC",
	       present == 1 ? (stack == SMCW_STACK_SMCX ? "there: smcx" : "there") :
	       present == 0 ? "not loaded: modprobe smc" :
			      "this kernel has none (CONFIG_SMC is not set)");
}

/* One line with what is observed, and the cause if it is not all. How many classes are not. */
static int put_observed(const struct options *o, const struct hook_state *state, size_t n,
			enum smcw_event_stacks stack)
{
	struct observed seen = { 0 };
	int missing =
		observe_hooks(&seen.classes, state, n, &o->hooks.filter, stack_without_btf(stack));

	observed_print(&seen, "", stdout);
	observed_free(&seen);
	return missing;
}

int command_doctor(const struct options *o)
{
	char error[HOOKS_ERROR_MAX];
	enum smcw_event_stacks stack;
	int present = stack_present(&stack), err;
	struct hook_state states[128];
	unsigned int attached = 0, of_stack = 0, n;
	int missing = 0;
	struct hook_state s;
	struct hooks *h;

	tell_machine(present, stack);
	if (geteuid() || present != 1)
		return EXIT_FAILED;
	h = hooks_new(&o->hooks);
	err = h ? hooks_attach(h, error) : -ENOMEM;
	for (n = 0; h && n < sizeof(states) / sizeof(states[0]) && hooks_state(h, n, &s); n++) {
		states[n] = s;
		if (!s.of_stack)
			continue;
		of_stack++;
		printf("%-34s %s\n", s.section,
		       !s.present ? "this kernel does not have it" :
		       s.error	  ? strerror(s.error) :
				    "attached");
		attached += s.present && !s.error;
	}
	printf("%u of %u hooks attached\n", attached, of_stack);
	if (err)
		fprintf(stderr, "smc-trace: %s\n", h ? error : strerror(ENOMEM));
	else
		missing = put_observed(o, states, n, stack);
	hooks_free(h);
	return err || missing ? EXIT_FAILED : EXIT_OK;
}
