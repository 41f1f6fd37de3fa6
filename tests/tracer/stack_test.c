// SPDX-License-Identifier: GPL-2.0-or-later
/* stack.c: which stack a machine has. The machine is a list of files, in the place of /sys, /proc
 * and /lib (--wrap). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include <bpf/btf.h>
#include <linux/magic.h>

#include <cmocka.h>

#include "hook/stack.h"

#define LIVE(module)                                                                               \
	{                                                                                          \
		"/sys/module/" module "/initstate", "live\n"                                       \
	}
#define MODULE(module)                                                                             \
	{                                                                                          \
		"/sys/module/" module, ""                                                          \
	}
#define SYMBOLS(...)                                                                               \
	{                                                                                          \
		"/proc/kallsyms", "0 T _text\nsmc_clc_wait_msg\n" __VA_ARGS__                      \
	}
#define PLACES "/sys/module/smcx/parameters/places"

struct machine {
	struct file {
		const char *path, *text;
	} files[4];
	bool no_sysfs, btf_lacks_smc, has_btf;
	int refuses; /* errno of each file that is opened */
	int present;
	enum smcw_event_stacks stack;
};

static const struct machine *machine;
static unsigned int files_open;

static const char *text_of(const char *path)
{
	for (size_t i = 0; i < 4 && machine->files[i].path; i++)
		if (!strcmp(machine->files[i].path, path))
			return machine->files[i].text;
	return NULL;
}

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	const char *text = text_of(path);

	assert_string_equal(mode, "re");
	errno = machine->refuses ? machine->refuses : ENOENT;
	if (!text || machine->refuses)
		return NULL;
	files_open++;
	return fmemopen((void *)(uintptr_t)text, *text ? strlen(text) : 1, "r");
}

int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);
int __wrap_fclose(FILE *file)
{
	files_open--;
	return __real_fclose(file);
}

int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
	assert_int_equal(mode, 0);
	return text_of(path) ? 0 : -1;
}

int __wrap_statfs(const char *path, struct statfs *fs);
int __wrap_statfs(const char *path, struct statfs *fs)
{
	assert_string_equal(path, "/sys");
	fs->f_type = machine->no_sysfs ? TMPFS_MAGIC : SYSFS_MAGIC;
	return 0;
}

int __wrap_uname(struct utsname *u);
int __wrap_uname(struct utsname *u)
{
	strcpy(u->release, "6.12.0");
	return 0;
}

struct btf *__wrap_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return machine->has_btf ? (void *)"btf" : NULL;
}

void __wrap_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf)
{
	(void)btf;
}

__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind);
__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	assert_non_null(btf);
	assert_string_equal(name, "smc_clc_wait_msg");
	assert_int_equal(kind, BTF_KIND_FUNC);
	/* Type 0 is void. */
	return machine->btf_lacks_smc ? 0 : 1;
}

static void on(const struct machine *m)
{
	machine = m;
	assert_int_equal(files_open, 0);
}

/* ---- tests ------------------------------------------------------------------------------ */

static void stack_present__of_machines(void **state)
{
	static const struct machine machines[] = {
		{ .present = -ENOENT },
		{ .no_sysfs = true, .files = { LIVE("smcx") }, .present = -ENXIO },
		{ .files = { LIVE("smcx"), LIVE("smc") }, .present = 1, .stack = SMCW_STACK_SMCX },
		{ .files = { LIVE("smcx"), MODULE("smc") },
		  .present = 1,
		  .stack = SMCW_STACK_SMCX },
		{ .files = { MODULE("smc") }, .present = 1, .stack = SMCW_STACK_SMC },
		/* On its way in, or out. */
		{ .files = { { "/sys/module/smcx/initstate", "coming\n" } }, .present = -ENOENT },
		{ .files = { { "/sys/module/smcx/initstate", "live" } }, .present = -ENOENT },
		{ .files = { { "/sys/module/smcx/initstate", "" } }, .present = -ENOENT },
		{ .has_btf = true, .present = 1, .stack = SMCW_STACK_SMC },
		{ .has_btf = true, .btf_lacks_smc = true, .present = -ENOENT },
		/* Without BTF by the list of symbols, and by nothing else in it. */
		{ .files = { SYMBOLS() }, .present = -ENOENT },
		{ .files = { SYMBOLS("0 t smc_clc_wait_msg_more\n") }, .present = -ENOENT },
		{ .files = { SYMBOLS("0 t smc_clc_wait_msg\n") }, .present = 1 },
		{ .files = { SYMBOLS("0 t smc_clc_wait_msg\t[smc]\n0 t z\n") }, .present = 1 },
		{ .files = { SYMBOLS("0 t smc_clc_wait_msg\n") },
		  .has_btf = true,
		  .btf_lacks_smc = true,
		  .present = -ENOENT },
		/* It could be loaded. */
		{ .files = { { "/lib/modules/6.12.0/modules.dep",
			       "a/b.ko:\nkernel/net/smc/smc.ko: x.ko\nkernel/c.ko:\n" } },
		  .present = 0 },
		{ .files = { { "/lib/modules/6.12.0/modules.dep", "a/notsmc.ko:\n" } },
		  .present = -ENOENT },
		{ .files = { { "/lib/modules/6.1.0/modules.dep", "net/smc.ko:\n" } },
		  .present = -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		enum smcw_event_stacks stack = 99;

		on(&machines[i]);
		assert_int_equal(stack_present(&stack), machines[i].present);
		if (machines[i].present == 1)
			assert_int_equal(stack, machines[i].stack);
	}
	on(&machines[0]);
}

static void stack_is_module__if_it_is_live(void **state)
{
	static const struct machine with = { .files = { LIVE("smc") } },
				    built_in = { .files = { MODULE("smc") } };

	(void)state;
	on(&with);
	assert_int_equal(stack_is_module(SMCW_STACK_SMC), 1);
	assert_int_equal(stack_is_module(SMCW_STACK_SMCX), 0);
	on(&built_in);
	assert_int_equal(stack_is_module(SMCW_STACK_SMC), 0);
	assert_string_equal(stack_module(SMCW_STACK_SMC), "smc");
	assert_string_equal(stack_module(SMCW_STACK_SMCX), "smcx");
}

static void stack_without_btf__of_a_module(void **state)
{
	static const struct machine without = { .files = { LIVE("smc") } },
				    with = { .files = { LIVE("smc"),
							{ "/sys/kernel/btf/smc", "" } } },
				    none = { .present = 0 };

	(void)state;
	on(&without);
	assert_string_equal(stack_without_btf(SMCW_STACK_SMC), "smc");
	assert_null(stack_without_btf(SMCW_STACK_SMCX));
	on(&with);
	assert_null(stack_without_btf(SMCW_STACK_SMC));
	on(&none);
	assert_null(stack_without_btf(SMCW_STACK_SMC));
}

static void stack_has_loopback__by_its_functions(void **state)
{
	static const struct machine none = { .files = { SYMBOLS("0 t smc_loopback\n") } };
	static const char *const functions[] = { "smc_loopback_init", "smc_lo_register_dmb",
						 "dibs_loopback_init", "dibs_lo_register_dmb" };

	(void)state;
	on(&none);
	assert_false(stack_has_loopback(SMCW_STACK_SMC));
	assert_true(stack_has_loopback(SMCW_STACK_SMCX));
	for (size_t i = 0; i < 4; i++) {
		char text[128];
		struct machine with = { .files = { { "/proc/kallsyms", text } } };

		snprintf(text, sizeof(text), "0 t a\n0 t %s\t[smc]\n", functions[i]);
		on(&with);
		assert_true(stack_has_loopback(SMCW_STACK_SMC));
	}
}

#define ROW(name, bytes) #name " 7\n"
static const char all_places[] = SMCW_PLACES(ROW);
#undef ROW

static void stack_places__all_or_none(void **state)
{
	static char text[sizeof(all_places) + 64];
	static const struct machine none = { .present = 0 }, forbidden = { .refuses = EACCES },
				    with = { .files = { { PLACES, text } } };
	struct trace_places places = { 0 };
	__u32 *number = (void *)&places;
	char *last;

	(void)state;
	on(&none);
	assert_int_equal(stack_places(&places), -ENOTSUP);
	on(&forbidden);
	assert_int_equal(stack_places(&places), -EACCES);
	on(&with);
	/* A line of a later module is passed over. */
	snprintf(text, sizeof(text), "unknown 9\n%s", all_places);
	assert_int_equal(stack_places(&places), 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(*number); i++)
		assert_int_equal(number[i], 7);
	/* The last one is missing, and the first one is there twice. */
	last = text + strlen(text) - 1;
	while (last > text && last[-1] != '\n')
		last--;
	memcpy(last, all_places, strcspn(all_places, "\n") + 1);
	last[strcspn(all_places, "\n") + 1] = '\0';
	assert_int_equal(stack_places(&places), -ENOTSUP);
	strcpy(text, "");
	assert_int_equal(stack_places(&places), -ENOTSUP);
	on(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack_present__of_machines),
		cmocka_unit_test(stack_is_module__if_it_is_live),
		cmocka_unit_test(stack_without_btf__of_a_module),
		cmocka_unit_test(stack_has_loopback__by_its_functions),
		cmocka_unit_test(stack_places__all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
