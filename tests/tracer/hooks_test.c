// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hooks.c: which programs are loaded and attached, what is kept from one time to the next, what is
 * counted, and how it ends. The BPF object is the one that is shipped, opened by libbpf; the kernel
 * is played by the test, in the place of the calls that need it (--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cmocka.h>

#include "hook/hooks.h"
#include "hook/pins.h"
#include "hook/programs.h"
#include "hook/stack.h"
#include "smc_trace.skel.h"

static const struct row {
	const char *name;
	unsigned int sees;
	bool of[2]; /* by enum smcw_event_stacks */
	bool aggregate, optional;
} rows[] = {
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
	{ #program, sees_, stack_, IS_##when_, IS_##need_ },
	TRACE_PROGRAMS(ROW)
#undef ROW
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct link {
	size_t row;
	bool attached, pinned;
};

static struct kernel {
	/* what it is */
	bool has_stack, no_vmlinux, no_module;
	enum smcw_event_stacks stack;
	const char *lacks; /* a function */
	unsigned long pages;
	/* what it refuses: an errno of each */
	int open, places, load, reuse, map_in_map, pins;
	bool no_memory;	   /* that could be mapped */
	const char *fails; /* a program that cannot be attached; "": none can */
	/* what it does */
	unsigned long long now_ms, ms_a_link;
	__u64 misses[ROWS];
	const struct bpf_program *programs[ROWS];
	struct link links[ROWS];
	struct smc_trace_bpf__bss *bss;
	struct smc_trace_bpf__rodata *rodata;
	__u32 control_size, cdc_size, slots_size, table_sizes[7];
	bool autoload[ROWS], again_runs; /* it makes good a miss while it is waited for */
	/* what was asked of it */
	unsigned int loads, waits, reused, iterators[ROWS];
	int memory[4]; /* descriptors of maps, as they were made */
} kernel;

static size_t row_of(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return i;
	fail_msg("no program %s", name);
	return 0;
}

/* ---- the kernel ---------------------------------------------------------------------- */

int stack_present(enum smcw_event_stacks *stack)
{
	*stack = kernel.stack;
	return kernel.has_stack ? 1 : -ENOENT;
}

int stack_places(struct trace_places *places)
{
	*(__u32 *)places = 4711;
	return -kernel.places;
}

long __wrap_sysconf(int name);
long __wrap_sysconf(int name)
{
	return name == _SC_PHYS_PAGES ? (long)kernel.pages : 4096;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	t->tv_sec = (time_t)(kernel.now_ms / 1000);
	t->tv_nsec = (long)(kernel.now_ms % 1000) * 1000000;
	return 0;
}

static struct btf *const vmlinux = (void *)"v", *const module = (void *)"m";

struct btf *__wrap_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return kernel.no_vmlinux ? NULL : vmlinux;
}

struct btf *__wrap_btf__load_module_btf(const char *name, struct btf *of);
struct btf *__wrap_btf__load_module_btf(const char *name, struct btf *of)
{
	assert_string_equal(name, "smc");
	assert_ptr_equal(of, vmlinux);
	return kernel.no_module ? NULL : module;
}

void __wrap_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf)
{
	(void)btf;
}

static bool is_of_vmlinux(const char *name)
{
	return !strncmp(name, "tcp_", 4) || !strncmp(name, "inet_", 5) || *name == 'b' ||
	       !strcmp(name, "kernel_sendmsg") || !strcmp(name, "show_refcnt");
}

__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind);
__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	assert_int_equal(kind, BTF_KIND_FUNC);
	assert_null(strchr(name, '/'));
	if (kernel.lacks && !strcmp(name, kernel.lacks))
		return -ENOENT;
	/* Type 0 is void, and no function. */
	return is_of_vmlinux(name) == (btf == vmlinux) ? 1 : *name == 'k' ? 0 : -ENOENT;
}

int __real_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts);
int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts);
int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts)
{
	return kernel.open ? -kernel.open : __real_bpf_object__open_skeleton(s, opts);
}

static struct bpf_map *map_of(const struct bpf_object_skeleton *s, const char *name, void **memory)
{
	for (int i = 0; i < s->map_cnt; i++) {
		if (strcmp(s->maps[i].name, name))
			continue;
		if (memory)
			*memory = *s->maps[i].mmaped;
		return *s->maps[i].map;
	}
	fail_msg("no map %s", name);
	return NULL;
}

int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s);
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s)
{
	static const char *const tables[] = { "owners",	    "syns",	 "conns", "clc_calls",
					      "belongings", "under_way", "inside" };
	void *memory;

	kernel.loads++;
	for (int i = 0; i < s->prog_cnt; i++) {
		size_t row = row_of(s->progs[i].name);

		kernel.programs[row] = *s->progs[i].prog;
		kernel.autoload[row] = bpf_program__autoload(*s->progs[i].prog);
	}
	map_of(s, "smc_trac.rodata", &memory);
	free(kernel.rodata);
	kernel.rodata = malloc(sizeof(*kernel.rodata));
	memcpy(kernel.rodata, memory, sizeof(*kernel.rodata));
	kernel.control_size = bpf_map__max_entries(map_of(s, "control", NULL));
	kernel.cdc_size = bpf_map__max_entries(map_of(s, "cdc", NULL));
	kernel.slots_size = bpf_map__max_entries(map_of(s, "slots", NULL));
	for (size_t i = 0; i < 7; i++)
		kernel.table_sizes[i] = bpf_map__max_entries(map_of(s, tables[i], NULL));
	return -kernel.load;
}

static unsigned int memory_of(const struct bpf_map *map)
{
	static const char *const names[] = { "control", "cdc", "slots" };
	const char *name = bpf_map__name(map);

	for (unsigned int i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			return i;
	return 3;
}

/* Memory that can be mapped as that of a map can. */
int __wrap_bpf_map__fd(const struct bpf_map *map);
int __wrap_bpf_map__fd(const struct bpf_map *map)
{
	unsigned int i = memory_of(map);

	if (!strcmp(bpf_map__name(map), "conns"))
		return 4711;
	if (kernel.no_memory)
		return eventfd(0, EFD_CLOEXEC);
	kernel.memory[i] = memfd_create(bpf_map__name(map), MFD_CLOEXEC);
	assert_int_equal(ftruncate(kernel.memory[i], 64 << 20), 0);
	if (i == 3)
		kernel.bss = mmap(NULL, sizeof(*kernel.bss), PROT_READ | PROT_WRITE, MAP_SHARED,
				  kernel.memory[i], 0);
	return kernel.memory[i];
}

int __wrap_bpf_map__reuse_fd(struct bpf_map *map, int fd);
int __wrap_bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	char is[64], was[64], path[32];

	/* A copy of the descriptor that it had. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(readlink(path, is, sizeof(is)) > 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", kernel.memory[memory_of(map)]);
	assert_true(readlink(path, was, sizeof(was)) > 0);
	assert_memory_equal(is, was, 20);
	kernel.reused |= 1u << memory_of(map);
	return -kernel.reuse;
}

static struct bpf_link *attach(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);
	size_t row = row_of(name);

	if (kernel.fails && (!*kernel.fails || !strcmp(kernel.fails, name))) {
		errno = EINVAL;
		return NULL;
	}
	assert_true(kernel.autoload[row]);
	assert_false(kernel.links[row].attached);
	kernel.links[row] = (struct link){ .row = row, .attached = true };
	return (void *)&kernel.links[row];
}

struct bpf_link *__wrap_bpf_program__attach(const struct bpf_program *program);
struct bpf_link *__wrap_bpf_program__attach(const struct bpf_program *program)
{
	assert_string_not_equal(bpf_program__name(program), "report_traffic");
	return attach(program);
}

struct bpf_link *__wrap_bpf_program__attach_iter(const struct bpf_program *program,
						 const struct bpf_iter_attach_opts *opts);
struct bpf_link *__wrap_bpf_program__attach_iter(const struct bpf_program *program,
						 const struct bpf_iter_attach_opts *opts)
{
	assert_string_equal(bpf_program__name(program), "report_traffic");
	assert_int_equal(opts->link_info->map.map_fd, 4711);
	assert_int_equal(opts->link_info_len, sizeof(*opts->link_info));
	return attach(program);
}

int __wrap_bpf_link__destroy(struct bpf_link *link);
int __wrap_bpf_link__destroy(struct bpf_link *link)
{
	struct link *l = (void *)link;

	if (!l)
		return 0;
	assert_true(l->attached);
	l->attached = false;
	if (!l->pinned)
		kernel.now_ms += kernel.ms_a_link;
	return 0;
}

int __wrap_bpf_link__fd(const struct bpf_link *link);
int __wrap_bpf_link__fd(const struct bpf_link *link)
{
	return 1000 + (int)((const struct link *)(const void *)link)->row;
}

/* Its text is longer than what is read at once. */
int __wrap_bpf_iter_create(int link);
int __wrap_bpf_iter_create(int link)
{
	int fd = memfd_create("iterator", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, 200), 0);
	kernel.iterators[link - 1000]++;
	return fd;
}

int __wrap_bpf_program__fd(const struct bpf_program *program);
int __wrap_bpf_program__fd(const struct bpf_program *program)
{
	return 2000 + (int)row_of(bpf_program__name(program));
}

int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len);
int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	assert_int_equal(*len, sizeof(struct bpf_prog_info));
	((struct bpf_prog_info *)info)->recursion_misses = kernel.misses[fd - 2000];
	return 0;
}

int __wrap_bpf_map_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 n,
			  const struct bpf_map_create_opts *opts);
int __wrap_bpf_map_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 n,
			  const struct bpf_map_create_opts *opts)
{
	assert_null(name);
	assert_int_equal(key, 4);
	assert_int_equal(value, 4);
	assert_int_equal(n, 1);
	if (type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		assert_true(opts->inner_map_fd > 0);
	if (kernel.map_in_map && (kernel.map_in_map > 0) == (type == BPF_MAP_TYPE_ARRAY_OF_MAPS)) {
		errno = EPERM;
		return -EPERM;
	}
	return eventfd(0, EFD_CLOEXEC);
}

int __wrap_bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags);
int __wrap_bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags)
{
	assert_true(map >= 0);
	assert_int_equal(*(const __u32 *)key, 0);
	assert_true(*(const int *)value >= 0);
	assert_int_equal(flags, BPF_ANY);
	kernel.waits++;
	kernel.bss->again[0] += kernel.again_runs;
	return 0;
}

int pins_new(void)
{
	return kernel.pins ? -kernel.pins : eventfd(0, EFD_CLOEXEC);
}

int pins_add(int pins, unsigned int n, int fd)
{
	assert_true(pins >= 0);
	assert_int_equal(fd, 1000 + n);
	kernel.links[n].pinned = true;
	return 0;
}

/* ---- what the tests ask ---------------------------------------------------------------- */

static char error[HOOKS_ERROR_MAX];

static const struct kernel usual = { .has_stack = true, .stack = SMCW_STACK_SMC, .pages = 1 << 20 };

static struct hooks *new_hooks(const struct kernel *k, struct hooks_options options)
{
	free(kernel.rodata);
	kernel = *k;
	if (!options.filter.kinds)
		options.filter.kinds = ~0ull;
	return hooks_new(&options);
}

static struct hooks *loaded(const struct kernel *k, struct hooks_options options)
{
	struct hooks *h = new_hooks(k, options);

	assert_int_equal(hooks_load(h, error), 0);
	assert_string_equal(error, "");
	return h;
}

static struct hooks *attached(const struct kernel *k, struct hooks_options options)
{
	struct hooks *h = loaded(k, options);

	assert_int_equal(hooks_attach(h, -1, error), 0);
	return h;
}

static unsigned int links_attached(void)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ROWS; i++)
		n += kernel.links[i].attached;
	return n;
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
	if (kernel.no_vmlinux || (kernel.lacks && !strcmp(kernel.lacks, name)))
		return false;
	return !strncmp(section, "tp_btf/", 7) || !strncmp(section, "iter/", 5) ||
	       is_of_vmlinux(name) || !kernel.no_module;
}

static void check_programs(struct hooks *h, bool aggregate, bool cdc)
{
	enum smcw_event_stacks stack = kernel.has_stack ? kernel.stack : SMCW_STACK_SMC;
	const struct hook_state *states;
	size_t n;

	states = hooks_states(h, &n);
	assert_int_equal(n, ROWS);
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
		assert_int_equal(kernel.autoload[i], s->present && s->asked);
		assert_int_equal(s->error, ENOENT);
	}
}

static void hooks_load__chooses_programs(void **state)
{
	static const struct kernel kernels[] = {
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
		assert_int_equal(kernel.rodata->aggregate, options.aggregate);
		assert_int_equal(kernel.rodata->filter.kinds, options.filter.kinds);
		assert_int_equal(
			kernel.rodata->can_cast,
			!kernel.no_vmlinux &&
				(!kernel.lacks || strcmp(kernel.lacks, "bpf_rdonly_cast") != 0));
		assert_int_equal(*(__u32 *)&kernel.rodata->places,
				 kernel.has_stack && kernel.stack == SMCW_STACK_SMCX ? 4711 : 0);
		for (int m = 0; m < 4; m++)
			close(kernel.memory[m]);
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
		struct kernel k = usual;
		struct hooks *h;

		k.pages = sizes[i].pages;
		h = loaded(&k, sizes[i].options);
		built_in = built_in ? built_in : kernel.control_size;
		assert_int_equal(kernel.control_size,
				 sizes[i].control ? sizes[i].control : built_in);
		assert_int_equal(kernel.cdc_size, sizes[i].cdc);
		assert_int_equal(kernel.slots_size, sizes[i].slots);
		assert_int_equal(kernel.rodata->filter.slots, sizes[i].slots);
		assert_int_equal(hooks_rings(h).n_slots, sizes[i].slots);
		for (int t = 0; t < 7; t++)
			assert_int_equal(kernel.table_sizes[t], sizes[i].table);
		hooks_free(h);
	}
	assert_true(built_in >= 4096);
}

static void hooks_load__what_can_fail(void **state)
{
	static const struct {
		struct kernel kernel;
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
		struct kernel k = faults[i].kernel;
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
	struct kernel k = usual;
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

		assert_int_equal(kernel.links[i].attached, kernel.autoload[i] && !fails);
		assert_int_equal(states[i].error, fails ? EINVAL : kernel.autoload[i] ? 0 : ENOENT);
		n += kernel.links[i].attached;
	}
	assert_true(n > 30);
	/* Sockets that are open are looked up once, and nothing else is read. */
	for (size_t i = 0; i < count; i++)
		assert_int_equal(kernel.iterators[i], !strcmp(rows[i].name, "own_open_sockets"));
	hooks_report_traffic(h);
	assert_int_equal(kernel.iterators[row_of("report_traffic")], 0);
	for (int m = 0; m < 4; m++)
		close(kernel.memory[m]);
	hooks_free(h);
	assert_int_equal(links_attached(), 0);
	assert_int_equal(files_open(), files);
}

static void hooks_attach__nothing(void **state)
{
	struct kernel k = usual;
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
	assert_true(links_attached() > 30);
	hooks_detach(h);
	assert_int_equal(links_attached(), 0);
	eventfd_write(signals, 1);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, signals, error), -EINTR);
	assert_string_equal(error, "ended before tracing began");
	assert_int_equal(links_attached(), 0);
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
		assert_int_equal(kernel.iterators[row_of("report_traffic")], i);
	}
	hooks_detach(h);
	hooks_report_traffic(h);
	assert_int_equal(kernel.iterators[row_of("report_traffic")], 3);
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
	assert_int_equal(kernel.reused, 0xf);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	hooks_count_loss(h, SMCW_HOOK_BLIND, 1);
	assert_int_equal(memory.counters[0][SMCW_HOOK_BLIND].seen, 8);
	assert_int_equal(memory.counters[0][SMCW_HOOK_BLIND].full, 8);
	assert_int_equal(hooks_rings(h).control_fd, memory.control_fd);
	assert_ptr_equal(hooks_rings(h).slots, memory.slots);
	hooks_detach(h);
	kernel.reuse = EINVAL;
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
	kernel.bss->counters[3][SMCW_HOOK_CLC_RX].sent = 4;
	kernel.bss->turns.taken = 99;
	kernel.bss->delays[2].of[0][1].count = 17;
	assert_int_equal(pwrite(kernel.memory[2], &slot, sizeof(slot), 64 * 100), sizeof(slot));
	assert_int_equal(memory.counters[3][SMCW_HOOK_CLC_RX].sent, 4);
	assert_int_equal(memory.turns->taken, 99);
	assert_int_equal(hooks_delays(h)[2].of[0][1].count, 17);
	assert_int_equal(memory.slots[100].turn, 5);
	memory.turns->read = 98;
	assert_int_equal(kernel.bss->turns.read, 98);
	assert_true(memory.control_fd > 0 && memory.cdc_fd > 0);
	assert_true(memory.control_fd != memory.cdc_fd);
	hooks_free(h);
}

/* ---- what is counted ---------------------------------------------------------------------------
 */

static __u64 missed(void)
{
	assert_int_equal(kernel.bss->counters[0][SMCW_HOOK_NESTED].seen,
			 kernel.bss->counters[0][SMCW_HOOK_NESTED].full);
	return kernel.bss->counters[0][SMCW_HOOK_NESTED].seen;
}

static void hooks_count_misses__once_each(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });

	(void)state;
	hooks_count_misses(h);
	assert_int_equal(missed(), 0);
	kernel.misses[row_of("on_connect")] = 3;
	kernel.misses[row_of("on_fallback")] = 2;
	hooks_count_misses(h);
	hooks_count_misses(h);
	assert_int_equal(missed(), 5);
	kernel.misses[row_of("on_connect")] = 4;
	hooks_count_misses(h);
	assert_int_equal(missed(), 6);
	/* A program that is not attached, and one that makes good what another one misses. */
	kernel.misses[row_of("smcx_enter")] = 9;
	kernel.misses[row_of("on_tcp_state_again")] = 9;
	hooks_count_misses(h);
	assert_int_equal(missed(), 6);
	assert_int_equal(kernel.waits, 0);
	/* Anew for programs that are attached anew. */
	memset(kernel.misses, 0, sizeof(kernel.misses));
	hooks_detach(h);
	hooks_count_misses(h);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	kernel.misses[row_of("on_connect")] = 1;
	hooks_count_misses(h);
	assert_int_equal(missed(), 7);
	hooks_free(h);
}

static void hooks_count_misses__that_are_made_good(void **state)
{
	struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
	size_t first = row_of("on_tcp_state");

	(void)state;
	kernel.misses[first] = 3;
	kernel.bss->again[0] = 3;
	hooks_count_misses(h);
	assert_int_equal(missed(), 0);
	assert_int_equal(kernel.waits, 0);
	/* The second one runs while it is waited for. */
	kernel.misses[first] = 4;
	kernel.again_runs = true;
	hooks_count_misses(h);
	assert_int_equal(kernel.waits, 1);
	assert_int_equal(missed(), 0);
	/* It does not. */
	kernel.again_runs = false;
	kernel.misses[first] = 6;
	hooks_count_misses(h);
	assert_int_equal(kernel.waits, 2);
	assert_int_equal(missed(), 2);
	/* Nobody waits for those that are counted. */
	hooks_count_misses(h);
	assert_int_equal(kernel.waits, 2);
	assert_int_equal(missed(), 2);
	/* Programs that are attached anew begin with none. */
	hooks_detach(h);
	assert_int_equal(hooks_load(h, error), 0);
	assert_int_equal(hooks_attach(h, -1, error), 0);
	kernel.misses[first] = 1;
	hooks_count_misses(h);
	assert_int_equal(missed(), 3);
	hooks_free(h);
}

/* ---- the end
 * ------------------------------------------------------------------------------------- */

static void hooks_end__of_counting(void **state)
{
	static const int refuses[] = { 0, 1, -1 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hooks *h = attached(&usual, (struct hooks_options){ 0 });
		unsigned int files = files_open();

		kernel.map_in_map = refuses[i];
		hooks_end(h);
		assert_int_equal(kernel.bss->ended, 1);
		assert_int_equal(kernel.waits, !refuses[i]);
		/* Where it cannot wait for programs that run they are detached, which waits for
		 * them. */
		assert_int_equal(links_attached() > 0, !refuses[i]);
		assert_true(files_open() <= files);
		kernel.bss->ended = 0;
		hooks_detach(h);
		hooks_end(h);
		assert_int_equal(kernel.bss->ended, 0);
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
		struct kernel k = usual;
		struct hooks *h;
		unsigned int pinned = 0, all;

		/* smcx has 20 programs, and all of them get 200 ms: in two seconds of the clock. */
		k.stack = SMCW_STACK_SMCX;
		k.now_ms = 1999995;
		k.ms_a_link = rows_[i].ms_a_link;
		k.pins = (int)rows_[i].pins;
		h = attached(&k, (struct hooks_options){ 0 });
		all = links_attached();
		assert_int_equal(all, 20);
		hooks_leave(h);
		for (size_t n = 0; n < ROWS; n++)
			pinned += kernel.links[n].pinned;
		assert_int_equal(links_attached(), 0);
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
