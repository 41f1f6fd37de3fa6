// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hooks.c: which programs are loaded and attached, what is kept from one time to the next, what is
 * counted, and how it ends. The BPF object is the one that is shipped, opened by libbpf; the kernel
 * is fake_kernel.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "hook/hooks.h"

static const struct row {
	const char *name;
	unsigned int sees;
	bool of[2]; /* by enum smcw_event_stacks */
	bool aggregate, optional;
} rows[PROGRAMS] = {
#define SMC                                                                                        \
	{                                                                                          \
		[SMCW_STACK_SMC] = true                                                            \
	}
#define SMCX                                                                                       \
	{                                                                                          \
		[SMCW_STACK_SMCX] = true                                                           \
	}
#define BOTH                                                                                       \
	{                                                                                          \
		true, true                                                                         \
	}
#define IS_ALWAYS false
#define IS_AGGREGATE true
#define IS_NEEDED false
#define IS_OPTIONAL true
#define ROW(program, stack_, when_, sees_, need_)                                                  \
	[PROGRAM_##program] = { #program, sees_, stack_, IS_##when_, IS_##need_ },
	TRACE_PROGRAMS(ROW)
#undef ROW
};

static char error[HOOKS_ERROR_MAX];

static const struct fake_kernel usual = { .has_stack = true,
					  .stack = SMCW_STACK_SMC,
					  .pages = 1 << 20 };

static struct hooks *new_hooks(const struct fake_kernel *k, struct hooks_options options)
{
	fake_kernel_boot(k);
	if (!options.filter.kinds)
		options.filter.kinds = ~0ull;
	return hooks_new(&options);
}

static struct hooks *loaded(const struct fake_kernel *k, struct hooks_options options)
{
	struct hooks *h = new_hooks(k, options);

	assert_int_equal(hooks_load(h, error), 0);
	assert_string_equal(error, "");
	return h;
}

static struct hooks *attached(const struct fake_kernel *k, struct hooks_options options)
{
	struct hooks *h = loaded(k, options);

	assert_int_equal(hooks_attach(h, -1, error), 0);
	return h;
}

static unsigned int files_open(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* ---- which programs ---------------------------------------------------------------------- */

/* Is the function that the program hooks there? */
static bool is_there(const char *section)
{
	const char *name = strchr(section, '/') + 1;

	if (!strncmp(section, "raw_tp/", 7))
		return true;
	if (fake_kernel.no_vmlinux || (fake_kernel.lacks && !strcmp(fake_kernel.lacks, name)))
		return false;
	return !strncmp(section, "tp_btf/", 7) || !strncmp(section, "iter/", 5) ||
	       fake_kernel_is_built_in(name) || !fake_kernel.no_module;
}

static void check_programs(struct hooks *h, bool aggregate, bool cdc)
{
	enum smcw_event_stacks stack = fake_kernel.has_stack ? fake_kernel.stack : SMCW_STACK_SMC;
	const struct hook_state *states;
	size_t n;

	states = hooks_states(h, &n);
	assert_int_equal(n, PROGRAMS);
	assert_int_equal(hooks_stack(h), stack);
	for (size_t i = 0; i < n; i++) {
		const struct hook_state *s = &states[i];

		assert_true(s->section[0] != '?' && strchr(s->section, '/'));
		assert_int_equal(s->sees, rows[i].sees);
		assert_int_equal(s->optional, rows[i].optional);
		assert_int_equal(s->of_stack,
				 rows[i].of[stack] && (aggregate || !rows[i].aggregate));
		assert_int_equal(s->present, s->of_stack && is_there(s->section));
		assert_int_equal(s->asked, cdc || rows[i].sees != SEES_CDC);
		assert_int_equal(fake_kernel.autoload[i], s->present && s->asked);
		assert_int_equal(s->error, ENOENT);
	}
}

static void hooks_load__chooses_programs(void **state)
{
	static const struct fake_kernel kernels[] = {
		{ .has_stack = true, .stack = SMCW_STACK_SMC, .pages = 1 },
		{ .has_stack = true, .stack = SMCW_STACK_SMCX, .pages = 1 },
		{ .has_stack = false, .stack = SMCW_STACK_SMCX, .pages = 1 },
		{ .has_stack = true, .no_vmlinux = true, .pages = 1 },
		{ .has_stack = true, .stack = SMCW_STACK_SMCX, .no_vmlinux = true, .pages = 1 },
		{ .has_stack = true, .no_module = true, .pages = 1 },
		{ .has_stack = true, .lacks = "smc_connect", .pages = 1 },
		{ .has_stack = true, .lacks = "tcp_recvmsg", .pages = 1 },
		{ .has_stack = true, .lacks = "kernel_sendmsg", .pages = 1 },
		{ .has_stack = true, .lacks = "bpf_rdonly_cast", .pages = 1 },
	};
	unsigned int files = files_open();

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct hooks_options options = { .aggregate = i & 1,
						 .filter.kinds = i & 2 ? 0 : ~0ull };
		struct hooks *h;
		size_t n;

		if (i & 2)
			options.filter.kinds = ~SMCW_KIND_BIT(SMCW_EV_CDC);
		h = new_hooks(&kernels[i / 4], options);
		hooks_states(h, &n);
		assert_int_equal(n, 0);
		assert_int_equal(hooks_load(h, error), 0);
		check_programs(h, options.aggregate, !(i & 2));
		assert_int_equal(fake_kernel.rodata->aggregate, options.aggregate);
		assert_int_equal(fake_kernel.rodata->filter.kinds, options.filter.kinds);
		assert_int_equal(fake_kernel.rodata->can_cast,
				 !fake_kernel.no_vmlinux &&
					 (!fake_kernel.lacks ||
					  strcmp(fake_kernel.lacks, "bpf_rdonly_cast") != 0));
		assert_int_equal(*(__u32 *)&fake_kernel.rodata->places,
				 fake_kernel.has_stack && fake_kernel.stack == SMCW_STACK_SMCX ?
					 FAKE_KERNEL_PLACES :
					 0);
		fake_kernel_close_memory();
		hooks_free(h);
	}
	hooks_free(NULL);
	assert_int_equal(files_open(), files);
}

/* A ring for CDC that is not used is a page. */
static void hooks_load__sizes(void **state)
{
	static const struct {
		struct hooks_options options;
		unsigned long pages;
		__u32 control, cdc, slots, table;
	} sizes[] = {
		{ { .verbose = false }, 1 << 20, 0, 4096, (16 << 20) / 64, 65536 },
		{ { .control_bytes = 8192 }, 1 << 20, 8192, 4096, (16 << 20) / 64, 65536 },
		{ { .cdc_bytes = 1 << 16 }, 3 << 20, 0, 4096, 1024, 3 << 16 },
		{ { .aggregate = true }, 1ul << 24, 0, 16 << 20, 64, 1 << 20 },
		{ { .aggregate = true, .cdc_bytes = 1 << 16 },
		  (1ul << 24) + 16,
		  0,
		  1 << 16,
		  64,
		  1 << 20 },
		{ { .verbose = false }, (1ul << 20) - 1, 0, 4096, (16 << 20) / 64, 65536 },
		{ { .verbose = false }, (1ul << 24) - 16, 0, 4096, (16 << 20) / 64, (1 << 20) - 1 },
	};
	__u32 built_in = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct fake_kernel k = usual;
		struct hooks *h;

		k.pages = sizes[i].pages;
		h = loaded(&k, sizes[i].options);
		built_in = built_in ? built_in : fake_kernel.control_size;
		assert_int_equal(fake_kernel.control_size,
				 sizes[i].control ? sizes[i].control : built_in);
		assert_int_equal(fake_kernel.cdc_size, sizes[i].cdc);
		assert_int_equal(fake_kernel.slots_size, sizes[i].slots);
		assert_int_equal(fake_kernel.rodata->filter.slots, sizes[i].slots);
		assert_int_equal(hooks_rings(h).n_slots, sizes[i].slots);
		for (int t = 0; t < FAKE_KERNEL_TABLES; t++)
			assert_int_equal(fake_kernel.table_sizes[t], sizes[i].table);
		hooks_free(h);
	}
	assert_true(built_in >= 4096);
}

static void hooks_load__what_can_fail(void **state)
{
	static const struct {
		struct fake_kernel kernel;
		int rc;
		const char *error;
	} faults[] = {
		{ { .open = ENOMEM }, -ENOMEM, "the BPF object cannot be opened: Cannot allocate" },
		{ { .places = ENOTSUP, .stack = SMCW_STACK_SMCX },
		  -ENOTSUP,
		  "smcx does not say where its members are: " },
		{ { .load = EPERM },
		  -EPERM,
		  "the kernel refuses the BPF programs (smc-trace doctor" },
		{ { .no_memory = true }, -ENODEV, "the counters cannot be mapped: No such device" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct fake_kernel k = faults[i].kernel;
		struct hooks *h;

		k.has_stack = true;
		h = new_hooks(&k, (struct hooks_options){ 0 });
		assert_int_equal(hooks_load(h, error), faults[i].rc);
		assert_memory_equal(error, faults[i].error, strlen(faults[i].error));
		hooks_free(h);
	}
}

/* ---- attaching ------------------------------------------------------------------------------ */

static void hooks_attach__states(void **state)
{
	struct fake_kernel k = usual;
	const struct hook_state *states;
	unsigned int files = files_open(), n = 0;
	struct hooks *h;
	size_t count;

	(void)state;
	k.fails = "on_destruct";
	k.lacks = "smc_listen";
	h = attached(&k, (struct hooks_options){ 0 });
	states = hooks_states(h, &count);
	for (size_t i = 0; i < count; i++) {
		bool fails = !strcmp(rows[i].name, k.fails);

		assert_int_equal(fake_kernel.links[i].attached, fake_kernel.autoload[i] && !fails);
		assert_int_equal(states[i].error, fails			  ? EINVAL :
						  fake_kernel.autoload[i] ? 0 :
									    ENOENT);
		n += fake_kernel.links[i].attached;
	}
	assert_true(n > 30);
	/* Sockets that are open are looked up once, and nothing else is read. */
	for (size_t i = 0; i < count; i++)
		assert_int_equal(fake_kernel.iterators[i],
				 !strcmp(rows[i].name, "own_open_sockets"));
	hooks_report_traffic(h);
	assert_int_equal(fake_kernel.iterators[PROGRAM_report_traffic], 0);
	fake_kernel_close_memory();
	hooks_free(h);
	assert_int_equal(fake_kernel_links_attached(), 0);
	assert_int_equal(files_open(), files);
}

static void hooks_attach__nothing(void **state)
{
	struct fake_kernel k = usual;
	struct hooks *h;

	(void)state;
	k.fails = "";
	h = loaded(&k, (struct hooks_options){ 0 });
	assert_int_equal(hooks_attach(h, -1, error), -ENOENT);
	assert_string_equal(error, "no hook could be attached: No such file or directory");
	hooks_free(h);
	k.fails = "own_open_sockets";
	h = attached(&k, (struct hooks_options){ 0 });
	hooks_free(h);
}

static void hooks_attach__ended_by_a_signal(void **state)
{
	struct hooks *h = loaded(&usual, (struct hooks_options){ 0 });
	int signals = 0;

	(void)state;
	/* Any descriptor is one. */
	close(signals);
	assert_int_equal(eventfd(0, EFD_CLOEXEC), signals);
	assert_int_equal(hooks_attach(h, signals, error), 0);
	assert_true(fake_kernel_links_attached() > 30);
	hooks_detach(h);
	assert_int_equal(fake_kernel_links_attached(), 0);
	eventfd_write(signals, 1);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, signals, error), -EINTR);
	assert_string_equal(error, "ended before tracing began");
	assert_int_equal(fake_kernel_links_attached(), 0);
	close(signals);
	assert_int_equal(open("/dev/null", O_RDONLY), signals);
	hooks_free(h);
}

static void hooks_report_traffic__with_aggregate(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ .aggregate = true });

	(void)state;
	for (unsigned int i = 1; i < 4; i++) {
		hooks_report_traffic(h);
		assert_int_equal(fake_kernel.iterators[PROGRAM_report_traffic], i);
	}
	hooks_detach(h);
	hooks_report_traffic(h);
	assert_int_equal(fake_kernel.iterators[PROGRAM_report_traffic], 3);
	hooks_free(h);
}

/* Rings and counters stay when the hooks go, and the next ones go on with them. */
static void hooks_load__a_second_time(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
	struct ring_memory memory = hooks_rings(h);

	(void)state;
	hooks_count_loss(h, SMCW_HOOK_BLIND, 7);
	hooks_detach(h);
	assert_int_equal(memory.counters[0][SMCW_HOOK_BLIND].seen, 7);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(fake_kernel.reused, (1 << MEMORIES) - 1);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	hooks_count_loss(h, SMCW_HOOK_BLIND, 1);
	assert_int_equal(memory.counters[0][SMCW_HOOK_BLIND].seen, 8);
	assert_int_equal(memory.counters[0][SMCW_HOOK_BLIND].full, 8);
	assert_int_equal(hooks_rings(h).control_fd, memory.control_fd);
	assert_ptr_equal(hooks_rings(h).slots, memory.slots);
	hooks_detach(h);
	fake_kernel.reuse = EINVAL;
	assert_int_equal(hooks_load(h, error), -EINVAL);
	assert_string_equal(error, "the rings cannot be set up: Invalid argument");
	hooks_free(h);
}

/* What is read is what programs write. */
static void hooks_rings__memory_of_the_object(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
	struct ring_memory memory = hooks_rings(h);
	struct trace_cdc slot = { .turn = 5 };

	(void)state;
	fake_kernel.bss->counters[3][SMCW_HOOK_CLC_RX].sent = 4;
	fake_kernel.bss->turns.taken = 99;
	fake_kernel.bss->delays[2].of[0][1].count = 17;
	assert_int_equal(pwrite(fake_kernel.memory[MEMORY_SLOTS], &slot, sizeof(slot), 64 * 100),
			 sizeof(slot));
	assert_int_equal(memory.counters[3][SMCW_HOOK_CLC_RX].sent, 4);
	assert_int_equal(memory.turns->taken, 99);
	assert_int_equal(hooks_delays(h)[2].of[0][1].count, 17);
	assert_int_equal(memory.slots[100].turn, 5);
	memory.turns->read = 98;
	assert_int_equal(fake_kernel.bss->turns.read, 98);
	assert_true(memory.control_fd > 0 && memory.cdc_fd > 0);
	assert_true(memory.control_fd != memory.cdc_fd);
	hooks_free(h);
}

/* ---- what is counted ---------------------------------------------------------------- */

static __u64 missed(void)
{
	assert_int_equal(fake_kernel.bss->counters[0][SMCW_HOOK_NESTED].seen,
			 fake_kernel.bss->counters[0][SMCW_HOOK_NESTED].full);
	return fake_kernel.bss->counters[0][SMCW_HOOK_NESTED].seen;
}

static void hooks_count_misses__once_each(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });

	(void)state;
	hooks_count_misses(h);
	assert_int_equal(missed(), 0);
	fake_kernel.misses[PROGRAM_on_connect] = 3;
	fake_kernel.misses[PROGRAM_on_fallback] = 2;
	hooks_count_misses(h);
	hooks_count_misses(h);
	assert_int_equal(missed(), 5);
	fake_kernel.misses[PROGRAM_on_connect] = 4;
	hooks_count_misses(h);
	assert_int_equal(missed(), 6);
	/* A program that is not attached, and one that makes good what another one misses. */
	fake_kernel.misses[PROGRAM_smcx_enter] = 9;
	fake_kernel.misses[PROGRAM_on_tcp_state_again] = 9;
	hooks_count_misses(h);
	assert_int_equal(missed(), 6);
	assert_int_equal(fake_kernel.waits, 0);
	/* Anew for programs that are attached anew. */
	memset(fake_kernel.misses, 0, sizeof(fake_kernel.misses));
	hooks_detach(h);
	hooks_count_misses(h);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	fake_kernel.misses[PROGRAM_on_connect] = 1;
	hooks_count_misses(h);
	assert_int_equal(missed(), 7);
	hooks_free(h);
}

static void hooks_count_misses__that_are_made_good(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
	size_t first = PROGRAM_on_tcp_state;

	(void)state;
	fake_kernel.misses[first] = 3;
	fake_kernel.bss->again[0] = 3;
	hooks_count_misses(h);
	assert_int_equal(missed(), 0);
	assert_int_equal(fake_kernel.waits, 0);
	/* The second one runs while it is waited for. */
	fake_kernel.misses[first] = 4;
	fake_kernel.again_runs = true;
	hooks_count_misses(h);
	assert_int_equal(fake_kernel.waits, 1);
	assert_int_equal(missed(), 0);
	/* It does not. */
	fake_kernel.again_runs = false;
	fake_kernel.misses[first] = 6;
	hooks_count_misses(h);
	assert_int_equal(fake_kernel.waits, 2);
	assert_int_equal(missed(), 2);
	/* Nobody waits for those that are counted. */
	hooks_count_misses(h);
	assert_int_equal(fake_kernel.waits, 2);
	assert_int_equal(missed(), 2);
	/* Programs that are attached anew begin with none. */
	hooks_detach(h);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	fake_kernel.misses[first] = 1;
	hooks_count_misses(h);
	assert_int_equal(missed(), 3);
	hooks_free(h);
}

/* ---- the end --------------------------------------------------------------------------- */

static void hooks_end__of_counting(void **state)
{
	static const int refuses[] = { 0, 1, -1 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
		unsigned int files = files_open();

		fake_kernel.map_in_map = refuses[i];
		hooks_end(h);
		assert_int_equal(fake_kernel.bss->ended, 1);
		assert_int_equal(fake_kernel.waits, !refuses[i]);
		/* Where it cannot wait for programs that run they are detached, which waits for
		 * them. */
		assert_int_equal(fake_kernel_links_attached() > 0, !refuses[i]);
		assert_true(files_open() <= files);
		fake_kernel.bss->ended = 0;
		hooks_detach(h);
		hooks_end(h);
		assert_int_equal(fake_kernel.bss->ended, 0);
		hooks_free(h);
	}
}

/* As many as there is time for are detached, and the kernel does it for the others. */
static void hooks_leave__in_time(void **state)
{
	static const struct {
		unsigned int ms_a_link, pins, detached;
	} rows_[] = { { 0, 0, 20 }, { 10, 0, 20 }, { 11, 0, 1 }, { 100, 0, 1 }, { 100, EPERM, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows_) / sizeof(rows_[0]); i++) {
		struct fake_kernel k = usual;
		struct hooks *h;
		unsigned int pinned = 0, all;

		/* smcx has 20 programs, and all of them get 200 ms: in two seconds of the clock. */
		k.stack = SMCW_STACK_SMCX;
		k.now_ms = 1999995;
		k.ms_a_link = rows_[i].ms_a_link;
		k.pins = (int)rows_[i].pins;
		h = attached(&k, (struct hooks_options){ 0 });
		all = fake_kernel_links_attached();
		assert_int_equal(all, 20);
		hooks_leave(h);
		for (size_t n = 0; n < PROGRAMS; n++)
			pinned += fake_kernel.links[n].pinned;
		assert_int_equal(fake_kernel_links_attached(), 0);
		assert_int_equal(pinned, rows_[i].pins ? 0 : all - rows_[i].detached);
		hooks_free(h);
	}
}

static void hooks_hint__of_errors(void **state)
{
	(void)state;
	assert_non_null(strstr(hooks_hint(-EPERM), "lockdown"));
	assert_non_null(strstr(hooks_hint(-ENOMEM), "--control-ring"));
	assert_non_null(strstr(hooks_hint(-EMFILE), "ulimit"));
	assert_string_equal(hooks_hint(-EINVAL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_load__chooses_programs),
		cmocka_unit_test(hooks_load__sizes),
		cmocka_unit_test(hooks_load__what_can_fail),
		cmocka_unit_test(hooks_load__a_second_time),
		cmocka_unit_test(hooks_attach__states),
		cmocka_unit_test(hooks_attach__nothing),
		cmocka_unit_test(hooks_attach__ended_by_a_signal),
		cmocka_unit_test(hooks_report_traffic__with_aggregate),
		cmocka_unit_test(hooks_rings__memory_of_the_object),
		cmocka_unit_test(hooks_count_misses__once_each),
		cmocka_unit_test(hooks_count_misses__that_are_made_good),
		cmocka_unit_test(hooks_end__of_counting),
		cmocka_unit_test(hooks_leave__in_time),
		cmocka_unit_test(hooks_hint__of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
