// SPDX-License-Identifier: GPL-2.0-or-later
/* See fake_kernel.h. */
#include <errno.h>
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

#include "fake_kernel.h"
#include "hook/pins.h"

/* Descriptors of links and programs, by enum fake_kernel_program; and that of the map of
 * connections. */
enum { LINK_FD = 1000, PROGRAM_FD = 2000, CONNS_FD = 4711 };

struct fake_kernel fake_kernel;

static const char *const program_names[PROGRAMS] = {
#define PROGRAM_NAME(program, stack, when, sees, need) #program,
	TRACE_PROGRAMS(PROGRAM_NAME)
#undef PROGRAM_NAME
};

void fake_kernel_boot(const struct fake_kernel *kernel)
{
	free(fake_kernel.rodata);
	fake_kernel = *kernel;
}

unsigned int fake_kernel_links_attached(void)
{
	unsigned int n = 0;

	for (size_t i = 0; i < PROGRAMS; i++)
		n += fake_kernel.links[i].attached;
	return n;
}

void fake_kernel_close_memory(void)
{
	for (size_t i = 0; i < MEMORIES; i++)
		close(fake_kernel.memory[i]);
}

static size_t program_of(const char *name)
{
	for (size_t i = 0; i < PROGRAMS; i++)
		if (!strcmp(program_names[i], name))
			return i;
	fail_msg("no program %s", name);
	return 0;
}

/* ---- the stack and the machine ------------------------------------------------------- */

int stack_present(enum smcw_event_stacks *stack)
{
	*stack = fake_kernel.stack;
	return fake_kernel.has_stack ? 1 : -ENOENT;
}

int stack_places(struct trace_places *places)
{
	*(__u32 *)places = FAKE_KERNEL_PLACES;
	return -fake_kernel.places;
}

long __wrap_sysconf(int name);
long __wrap_sysconf(int name)
{
	return name == _SC_PHYS_PAGES ? (long)fake_kernel.pages : 4096;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	t->tv_sec = (time_t)(fake_kernel.now_ms / 1000);
	t->tv_nsec = (long)(fake_kernel.now_ms % 1000) * 1000000;
	return 0;
}

static struct btf *const vmlinux = (void *)"v", *const module = (void *)"m";

struct btf *__wrap_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return fake_kernel.no_vmlinux ? NULL : vmlinux;
}

struct btf *__wrap_btf__load_module_btf(const char *name, struct btf *of);
struct btf *__wrap_btf__load_module_btf(const char *name, struct btf *of)
{
	assert_string_equal(name, "smc");
	assert_ptr_equal(of, vmlinux);
	return fake_kernel.no_module ? NULL : module;
}

void __wrap_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf)
{
	(void)btf;
}

bool fake_kernel_is_built_in(const char *name)
{
	return !strncmp(name, "tcp_", 4) || !strncmp(name, "inet_", 5) || *name == 'b' ||
	       !strcmp(name, "kernel_sendmsg") || !strcmp(name, "show_refcnt");
}

__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind);
__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	assert_int_equal(kind, BTF_KIND_FUNC);
	assert_null(strchr(name, '/'));
	if (fake_kernel.lacks && !strcmp(name, fake_kernel.lacks))
		return -ENOENT;
	/* Type 0 is void, and no function. */
	return fake_kernel_is_built_in(name) == (btf == vmlinux) ? 1 : *name == 'k' ? 0 : -ENOENT;
}

int __real_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts);
int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts);
int __wrap_bpf_object__open_skeleton(struct bpf_object_skeleton *s,
				     const struct bpf_object_open_opts *opts)
{
	return fake_kernel.open ? -fake_kernel.open : __real_bpf_object__open_skeleton(s, opts);
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
	static const char *const tables[FAKE_KERNEL_TABLES] = {
		"owners", "syns", "conns", "clc_calls", "belongings", "under_way", "inside"
	};
	void *memory;

	for (int i = 0; i < s->prog_cnt; i++) {
		size_t row = program_of(s->progs[i].name);

		fake_kernel.autoload[row] = bpf_program__autoload(*s->progs[i].prog);
	}
	map_of(s, "smc_trac.rodata", &memory);
	free(fake_kernel.rodata);
	fake_kernel.rodata = malloc(sizeof(*fake_kernel.rodata));
	memcpy(fake_kernel.rodata, memory, sizeof(*fake_kernel.rodata));
	fake_kernel.control_size = bpf_map__max_entries(map_of(s, "control", NULL));
	fake_kernel.cdc_size = bpf_map__max_entries(map_of(s, "cdc", NULL));
	fake_kernel.slots_size = bpf_map__max_entries(map_of(s, "slots", NULL));
	for (size_t i = 0; i < FAKE_KERNEL_TABLES; i++)
		fake_kernel.table_sizes[i] = bpf_map__max_entries(map_of(s, tables[i], NULL));
	return -fake_kernel.load;
}

static enum fake_kernel_memory memory_of(const struct bpf_map *map)
{
	static const char *const names[MEMORY_BSS] = { "control", "cdc", "slots" };
	const char *name = bpf_map__name(map);

	for (enum fake_kernel_memory i = 0; i < MEMORY_BSS; i++)
		if (!strcmp(name, names[i]))
			return i;
	return MEMORY_BSS;
}

/* Memory that can be mapped as that of a map can. */
int __wrap_bpf_map__fd(const struct bpf_map *map);
int __wrap_bpf_map__fd(const struct bpf_map *map)
{
	enum fake_kernel_memory i = memory_of(map);

	if (!strcmp(bpf_map__name(map), "conns"))
		return CONNS_FD;
	if (fake_kernel.no_memory)
		return eventfd(0, EFD_CLOEXEC);
	fake_kernel.memory[i] = memfd_create(bpf_map__name(map), MFD_CLOEXEC);
	assert_int_equal(ftruncate(fake_kernel.memory[i], 64 << 20), 0);
	if (i == MEMORY_BSS)
		fake_kernel.bss = mmap(NULL, sizeof(*fake_kernel.bss), PROT_READ | PROT_WRITE,
				       MAP_SHARED, fake_kernel.memory[i], 0);
	return fake_kernel.memory[i];
}

int __wrap_bpf_map__reuse_fd(struct bpf_map *map, int fd);
int __wrap_bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	char is[64], was[64], path[32];

	/* A copy of the descriptor that it had. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(readlink(path, is, sizeof(is)) > 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fake_kernel.memory[memory_of(map)]);
	assert_true(readlink(path, was, sizeof(was)) > 0);
	assert_memory_equal(is, was, 20);
	fake_kernel.reused |= 1u << memory_of(map);
	return -fake_kernel.reuse;
}

static struct bpf_link *attach(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);
	size_t row = program_of(name);

	if (fake_kernel.fails && (!*fake_kernel.fails || !strcmp(fake_kernel.fails, name))) {
		errno = EINVAL;
		return NULL;
	}
	assert_true(fake_kernel.autoload[row]);
	assert_false(fake_kernel.links[row].attached);
	fake_kernel.links[row] = (struct fake_kernel_link){ .attached = true };
	return (void *)&fake_kernel.links[row];
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
	assert_int_equal(opts->link_info->map.map_fd, CONNS_FD);
	assert_int_equal(opts->link_info_len, sizeof(*opts->link_info));
	return attach(program);
}

int __wrap_bpf_link__destroy(struct bpf_link *link);
int __wrap_bpf_link__destroy(struct bpf_link *link)
{
	struct fake_kernel_link *l = (void *)link;

	if (!l)
		return 0;
	assert_true(l->attached);
	l->attached = false;
	if (!l->pinned)
		fake_kernel.now_ms += fake_kernel.ms_a_link;
	return 0;
}

int __wrap_bpf_link__fd(const struct bpf_link *link);
int __wrap_bpf_link__fd(const struct bpf_link *link)
{
	return LINK_FD +
	       (int)((const struct fake_kernel_link *)(const void *)link - fake_kernel.links);
}

/* Its text is longer than what is read at once. */
int __wrap_bpf_iter_create(int link);
int __wrap_bpf_iter_create(int link)
{
	int fd = memfd_create("iterator", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, 200), 0);
	fake_kernel.iterators[link - LINK_FD]++;
	return fd;
}

int __wrap_bpf_program__fd(const struct bpf_program *program);
int __wrap_bpf_program__fd(const struct bpf_program *program)
{
	return PROGRAM_FD + (int)program_of(bpf_program__name(program));
}

int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len);
int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	assert_int_equal(*len, sizeof(struct bpf_prog_info));
	((struct bpf_prog_info *)info)->recursion_misses = fake_kernel.misses[fd - PROGRAM_FD];
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
	if (fake_kernel.map_in_map &&
	    (fake_kernel.map_in_map > 0) == (type == BPF_MAP_TYPE_ARRAY_OF_MAPS)) {
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
	fake_kernel.waits++;
	fake_kernel.bss->again[0] += fake_kernel.again_runs;
	return 0;
}

int pins_new(void)
{
	return fake_kernel.pins ? -fake_kernel.pins : eventfd(0, EFD_CLOEXEC);
}

int pins_add(int pins, unsigned int n, int fd)
{
	assert_true(pins >= 0);
	assert_int_equal(fd, LINK_FD + n);
	fake_kernel.links[n].pinned = true;
	return 0;
}
