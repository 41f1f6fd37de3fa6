// SPDX-License-Identifier: GPL-2.0-or-later
/* See stack.h. */
#include "stack.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <linux/magic.h>

/* A parameter appears when the module is there, and before it is in use. */
#define PLACES_PATH "/sys/module/smcx/parameters/places"

static bool is_live(const char *module)
{
	char path[64], state[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		*state = '\0';
	fclose(f);
	return !strcmp(state, "live\n");
}

/* Does /proc/kallsyms have one of them? Its names are for everybody; addresses are not asked for.
 */
static bool has_symbol(const char *const *functions, size_t n)
{
	char line[512], name[256];
	bool found = false;
	FILE *f = fopen("/proc/kallsyms", "re");

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %255s", name) != 1)
			continue;
		for (size_t i = 0; i < n; i++)
			found |= !strcmp(name, functions[i]);
	}
	if (f)
		fclose(f);
	return found;
}

static bool is_built_in(void)
{
	static const char *const functions[] = { "smc_clc_wait_msg" };
	struct btf *vmlinux = btf__load_vmlinux_btf();
	bool found = vmlinux ? btf__find_by_name_kind(vmlinux, functions[0], BTF_KIND_FUNC) > 0 :
			       has_symbol(functions, 1);

	btf__free(vmlinux);
	return found;
}

static bool is_on_disk(void)
{
	char path[512], line[512];
	struct utsname u;
	bool found = false;
	FILE *dep;

	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", u.release);
	dep = fopen(path, "re");
	while (dep && !found && fgets(line, sizeof(line), dep))
		found = strstr(line, "/smc.ko");
	if (dep)
		fclose(dep);
	return found;
}

int stack_present(enum smcw_event_stacks *stack)
{
	struct statfs fs;

	/* Without sysfs a module that is loaded looks like one that is not. */
	if (statfs("/sys", &fs) || fs.f_type != SYSFS_MAGIC)
		return -ENXIO;
	if (is_live("smcx")) {
		*stack = SMCW_STACK_SMCX;
		return 1;
	}
	*stack = SMCW_STACK_SMC;
	if (!access("/sys/module/smc", F_OK) || is_built_in())
		return 1;
	return is_on_disk() ? 0 : -ENOENT;
}

int stack_is_module(enum smcw_event_stacks stack)
{
	return stack == SMCW_STACK_SMC && is_live("smc");
}

const char *stack_without_btf(enum smcw_event_stacks stack)
{
	if (stack != SMCW_STACK_SMC || !is_live("smc") || !access("/sys/kernel/btf/smc", F_OK))
		return NULL;
	return "smc";
}

bool stack_has_loopback(enum smcw_event_stacks stack)
{
	/* net/smc has them until 7.0, and dibs since; a module frees its initialization functions.
	 */
	static const char *const functions[] = { "smc_loopback_init", "smc_lo_register_dmb",
						 "dibs_loopback_init", "dibs_lo_register_dmb" };

	return stack == SMCW_STACK_SMCX ||
	       has_symbol(functions, sizeof(functions) / sizeof(functions[0]));
}

const char *stack_module(enum smcw_event_stacks stack)
{
	return stack == SMCW_STACK_SMCX ? "smcx" : "smc";
}

/* ---- places ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	size_t at; /* in struct trace_places */
} rows[] = {
#define PLACES_ROW(name, bytes) { #name, offsetof(struct trace_places, name) },
	SMCW_PLACES(PLACES_ROW)
#undef PLACES_ROW
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* How many rows the line is good for: one, or none if it is of another module's time. */
static unsigned int take_line(const char *name, __u32 off, struct trace_places *places,
			      bool seen[ROWS])
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(name, rows[i].name) || seen[i])
			continue;
		memcpy((char *)places + rows[i].at, &off, sizeof(off));
		seen[i] = true;
		return 1;
	}
	return 0;
}

int stack_places(struct trace_places *places)
{
	FILE *f = fopen(PLACES_PATH, "re");
	bool seen[ROWS] = { 0 };
	unsigned int known = 0;
	char name[64];
	__u32 off;

	if (!f)
		return errno == ENOENT ? -ENOTSUP : -errno;
	while (fscanf(f, "%63s %u", name, &off) == 2)
		known += take_line(name, off, places, seen);
	fclose(f);
	return known == ROWS ? 0 : -ENOTSUP;
}
