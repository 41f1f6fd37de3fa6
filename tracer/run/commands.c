// SPDX-License-Identifier: GPL-2.0-or-later
/* See commands.h. */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "stats/conns.h"
#include "source.h"
#include "base/json.h"
#include "stats/metrics.h"
#include "hook/observe.h"
#include "record/print.h"
#include "system/privs.h"
#include "hook/stack.h"
#include "stats/stats.h"
#include "why/why.h"

struct show {
	const struct options *o;
	struct print print;
};

static int show_event(void *ctx, struct smcw_event *ev)
{
	struct show *s = ctx;

	if (s->o->json)
		return json_print_event(stdout, ev);
	if (s->o->quiet)
		return 0;
	return print_event(&s->print, ev);
}

int command_read(const struct options *o)
{
	struct show show = { .o = o, .print = { .out = stdout, .color = o->color, .hex = o->hex } };
	struct source source = { .o = o, .fn = show_event, .ctx = &show };
	struct reader_result result;
	int err = source_read(&source, &result), status;

	fflush(stdout);
	if (result.events && !o->quiet)
		observed_print(&source.observed, "smc-trace: ", stderr);
	status = source_status(&source, o->file, err, &result);
	source_free(&source);
	return status;
}

static int stats_take(void *ctx, struct smcw_event *ev)
{
	return stats_event(ctx, ev);
}

int command_stats(const struct options *o)
{
	const struct stats_view view = { .sort = o->sort };
	struct stats *stats = stats_new();
	struct source source = { .o = o, .fn = stats_take, .ctx = stats, .whole = true };
	struct reader_result result = { 0 };
	int err = -ENOMEM, print = 0, status;

	if (stats) {
		stats->by = o->by;
		err = source_read(&source, &result);
		print = o->json ? stats_print_json(stats, stdout) :
				  stats_print_sorted(stats, &view, stdout);
		if (!print && o->metrics)
			print = metrics_write(stats, o->metrics);
	}
	status = source_status(&source, o->file, err ? err : print, &result);
	stats_free(stats);
	source_free(&source);
	return status;
}

int command_conns(const struct options *o)
{
	struct stats *stats = stats_new();
	struct conns conns = { .out = stdout, .json = o->json };
	struct source source = { .o = o, .fn = stats_take, .ctx = stats, .whole = true };
	struct reader_result result = { 0 };
	int err = -ENOMEM, status;

	if (stats) {
		conns.facts = stats->facts;
		stats->ended_fn = conns_ended;
		stats->ended_ctx = &conns;
		err = source_read(&source, &result);
		fflush(stdout);
		observed_print(&source.observed, "smc-trace: ", stderr);
	}
	status = source_status(&source, o->file, err, &result);
	stats_free(stats);
	source_free(&source);
	return status;
}

static int why_take(void *ctx, struct smcw_event *ev)
{
	return why_event(ctx, ev);
}

int command_why(const struct options *o)
{
	struct why *why = why_new();
	struct source source = { .o = o, .fn = why_take, .ctx = why, .whole = true };
	struct reader_result result = { 0 };
	int err = -ENOMEM, status;
	long long wrong = 0;

	if (why) {
		err = source_read(&source, &result);
		wrong = o->json ? why_print_json(why, stdout) : why_print(why, stdout);
	}
	status = source_status(&source, o->file, err ? err : wrong < 0 ? (int)wrong : 0, &result);
	why_free(why);
	source_free(&source);
	return status == EXIT_OK && wrong ? EXIT_FAILED : status;
}

static const char *commands_lockdown(char *buf, size_t cap)
{
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char *open, *close;
	struct statfs fs;

	if (!f && (statfs("/sys/kernel/security", &fs) || fs.f_type != SECURITYFS_MAGIC))
		return "not known: securityfs is not mounted";
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

static bool has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

static void tell_machine(int present, enum smcw_event_stacks stack)
{
	char line[128];

	if (*privs_missing(present == 1 && stack_is_module(stack), line, sizeof(line)))
		printf("%-34s not enough: hooks cannot be attached without %s%s\n", "privileges",
		       line, privs_in_user_namespace() ? " of the host" : "");
	else
		printf("%-34s %s\n", "privileges", geteuid() ? "enough" : "root");
	printf("%-34s %s\n", "kernel's BTF",
	       has_btf() ? "there" :
			   "missing: CONFIG_DEBUG_INFO_BTF is needed and, in a container, /sys");
	printf("%-34s %s\n", "lockdown", commands_lockdown(line, sizeof(line)));
	printf("%-34s %s\n", "SMC",
	       present == 1	 ? (stack == SMCW_STACK_SMCX ? "there: smcx" : "there") :
	       present == 0	 ? "not loaded: modprobe smc" :
	       present == -ENXIO ? "not known: /sys is not mounted" :
				   "this kernel has none (CONFIG_SMC is not set)");
}

/* One line with what is observed, and the cause if it is not all. How many classes are not. */
static int commands_put_observed(const struct options *o, const struct hook_state *state, size_t n,
				 enum smcw_event_stacks stack)
{
	struct observed seen = { 0 };
	int missing =
		observe_hooks(&seen.classes, state, n, &o->hooks.filter, stack_without_btf(stack));

	observed_print(&seen, "", stdout);
	observed_free(&seen);
	return missing;
}

/* @loaded: the kernel took the programs; then each hook was tried by itself. */
static const char *state_of(const struct hook_state *s, bool loaded, enum smcw_event_stacks stack)
{
	if (!s->present && !has_btf())
		return "not known without the kernel's BTF";
	if (!s->present && stack_without_btf(stack))
		return "not known: it may be the module's, which has no BTF";
	if (!s->present)
		return "this kernel does not have it";
	if (!loaded)
		return "not tried";
	return s->error ? strerror(s->error) : "attached";
}

int command_doctor(const struct options *o)
{
	char error[HOOKS_ERROR_MAX], missing_caps[64];
	enum smcw_event_stacks stack;
	int present = stack_present(&stack), err;
	const struct hook_state *states = NULL;
	unsigned int attached = 0, of_stack = 0;
	int missing = 0;
	struct hooks *h;
	size_t n = 0;
	bool loaded;

	tell_machine(present, stack);
	if (*privs_missing(present == 1 && stack_is_module(stack), missing_caps,
			   sizeof(missing_caps)) ||
	    present != 1)
		return EXIT_FAILED;
	h = hooks_new(&o->hooks);
	err = h ? hooks_load(h, error) : -ENOMEM;
	loaded = !err;
	err = err ? err : hooks_attach(h, -1, error);
	if (h)
		states = hooks_states(h, &n);
	for (size_t i = 0; i < n; i++) {
		const struct hook_state *s = &states[i];

		if (!s->of_stack)
			continue;
		of_stack++;
		printf("%-34s %s\n", s->section, state_of(s, loaded, stack));
		attached += s->present && !s->error;
	}
	printf("%u of %u hooks attached\n", attached, of_stack);
	if (err)
		fprintf(stderr, "smc-trace: %s%s%s\n", h ? error : strerror(ENOMEM),
			*hooks_hint(err) ? ". " : "", hooks_hint(err));
	else
		missing = commands_put_observed(o, states, n, stack);
	hooks_free(h);
	return err || missing ? EXIT_FAILED : EXIT_OK;
}
