// SPDX-License-Identifier: GPL-2.0-or-later
/* See hooks.h. */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "pins.h"
#include "programs.h"
#include "smc_trace.skel.h"
#include "stack.h"

#define LEAVE_MS 200 /* hooks_leave() waits for so long, if that is enough for all hooks */

enum program {
#define PROGRAM_ID(program, stack, when, sees, need) PROGRAM_##program,
	TRACE_PROGRAMS(PROGRAM_ID)
#undef PROGRAM_ID
		PROGRAMS
};

/* Stacks as bits, by enum smcw_event_stacks. */
enum { OF_SMC = 1 << SMCW_STACK_SMC, OF_SMCX = 1 << SMCW_STACK_SMCX, OF_BOTH = OF_SMC | OF_SMCX };

/* The column when: is it for all, or with --aggregate alone? */
enum { IN_ALWAYS, IN_AGGREGATE };

enum { IS_NEEDED, IS_OPTIONAL };

static const struct {
	size_t at; /* its struct bpf_program, in the skeleton */
	unsigned int sees;
	__u8 stacks, when, optional;
} programs[PROGRAMS] = {
#define PROGRAM_ROW(program, stack_, when_, sees_, need_)                                          \
	[PROGRAM_##program] = { .at = offsetof(struct smc_trace_bpf, progs.program),               \
				.sees = sees_,                                                     \
				.stacks = OF_##stack_,                                             \
				.when = IN_##when_,                                                \
				.optional = IS_##need_ },
	TRACE_PROGRAMS(PROGRAM_ROW)
#undef PROGRAM_ROW
};

_Static_assert(sizeof(((struct smc_trace_bpf *)0)->progs) == PROGRAMS * sizeof(void *),
	       "a program of the BPF object has no row in programs.h");

struct hooks {
	struct hooks_options opts;
	enum smcw_event_stacks stack; /* that the programs were chosen for */
	struct smc_trace_bpf *skel;
	struct bpf_link *links[PROGRAMS];
	struct hook_state states[PROGRAMS];
	__u64 misses[PROGRAMS];			  /* counted so far */
	__u64 again[TRACE_PAIRS];		  /* made good when the programs were attached */
	unsigned int n;				  /* programs whose state is known: none, or all */
	int control_fd, cdc_fd, slots_fd, bss_fd; /* our own, they outlive the object */
	void *bss, *slots;			  /* mapped for good */
	size_t bss_len, slots_len, counters_at, delays_at, turns_at, ended_at, again_at;
};

static bool verbose_words;

static int hooks_say(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!verbose_words || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

/* ---- what the kernel has ------------------------------------------------------------- */

struct kernel_btf {
	struct btf *vmlinux, *smc;
};

static void kernel_btf_open(struct kernel_btf *k)
{
	k->vmlinux = btf__load_vmlinux_btf();
	k->smc = k->vmlinux ? btf__load_module_btf("smc", k->vmlinux) : NULL;
}

static void kernel_btf_close(struct kernel_btf *k)
{
	btf__free(k->smc);
	btf__free(k->vmlinux);
}

static bool btf_has(const struct btf *btf, const char *name)
{
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool kernel_has(const struct kernel_btf *k, const char *section)
{
	const char *name = strchr(section, '/');

	if (!name)
		return false;
	/* smcx may have no BTF; what it lacks shows when it is attached. */
	if (!strncmp(section, "raw_tp/", 7))
		return true;
	if (!strncmp(section, "tp_btf/", 7) || !strncmp(section, "iter/", 5))
		return k->vmlinux;
	return btf_has(k->vmlinux, name + 1) || btf_has(k->smc, name + 1);
}

static struct bpf_program *program_of(const struct hooks *h, unsigned int i)
{
	return *(struct bpf_program **)((char *)h->skel + programs[i].at);
}

static bool of_stack(const struct hooks *h, unsigned int i)
{
	return programs[i].stacks & 1u << h->stack &&
	       (programs[i].when != IN_AGGREGATE || h->opts.aggregate);
}

/* Without CDC those that run for every send and nothing else would cost time for nothing. */
static bool hooks_wanted(const struct hooks *h, unsigned int i)
{
	return programs[i].sees != SEES_CDC || h->opts.filter.kinds & SMCW_KIND_BIT(SMCW_EV_CDC);
}

/* ---- attaching ------------------------------------------------------------------------- */

struct hooks *hooks_new(const struct hooks_options *opts)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->opts = *opts;
	h->control_fd = h->cdc_fd = h->slots_fd = h->bss_fd = -1;
	verbose_words = opts->verbose;
	libbpf_set_print(hooks_say);
	return h;
}

static void choose_programs(struct hooks *h)
{
	struct kernel_btf k;

	kernel_btf_open(&k);
	h->skel->rodata->can_cast = btf_has(k.vmlinux, "bpf_rdonly_cast");
	for (unsigned int i = 0; i < PROGRAMS; i++) {
		const char *section = bpf_program__section_name(program_of(h, i));
		struct hook_state *s = &h->states[i];

		snprintf(s->section, sizeof(s->section), "%s", section + (*section == '?'));
		s->sees = programs[i].sees;
		s->optional = programs[i].optional;
		s->of_stack = of_stack(h, i);
		s->present = s->of_stack && kernel_has(&k, s->section);
		s->error = ENOENT;
		s->asked = hooks_wanted(h, i);
		bpf_program__set_autoload(program_of(h, i), s->present && s->asked);
	}
	h->n = PROGRAMS;
	kernel_btf_close(&k);
}

/* Without any it is net/smc's hooks that are shown as missing. */
static int find_stack(struct hooks *h)
{
	if (stack_present(&h->stack) != 1)
		h->stack = SMCW_STACK_SMC;
	if (h->stack != SMCW_STACK_SMCX)
		return 0;
	return stack_places((struct trace_places *)&h->skel->rodata->places);
}

/*
 * The machine's memory bounds how many sockets there may be: each takes more than 64 KiB for its
 * buffers. Only the heads of a table's lists take memory beforehand.
 */
static unsigned int table_size(void)
{
	unsigned long long bytes = (unsigned long long)sysconf(_SC_PHYS_PAGES) *
				   (unsigned long long)sysconf(_SC_PAGESIZE);

	if (bytes < (1ull << 16) * 65536)
		return 1u << 16;
	return bytes < (1ull << 20) * 65536 ? (unsigned int)(bytes / 65536) : 1u << 20;
}

static int size_tables(struct hooks *h)
{
	struct bpf_map *const tables[] = { h->skel->maps.owners,     h->skel->maps.syns,
					   h->skel->maps.conns,	     h->skel->maps.clc_calls,
					   h->skel->maps.belongings, h->skel->maps.under_way,
					   h->skel->maps.inside };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = bpf_map__set_max_entries(tables[i], table_size());
	return err;
}

#define CDC_BYTES (16u << 20)

/* CDC comes message by message, or added up, but not both: one of the two rings is as small as can
 * be. */
static unsigned int cdc_bytes(const struct hooks *h)
{
	return h->opts.cdc_bytes ? h->opts.cdc_bytes : CDC_BYTES;
}

static unsigned int hooks_slots(const struct hooks *h)
{
	return (h->opts.aggregate ? (unsigned int)getpagesize() : cdc_bytes(h)) /
	       (unsigned int)sizeof(struct trace_cdc);
}

/* The second time round the rings and counters are those of the first. */
static int reuse_maps(struct hooks *h)
{
	int err = 0;

	if (h->control_fd >= 0) {
		err = err ?: bpf_map__reuse_fd(h->skel->maps.control, h->control_fd);
		err = err ?: bpf_map__reuse_fd(h->skel->maps.cdc, h->cdc_fd);
		err = err ?: bpf_map__reuse_fd(h->skel->maps.slots, h->slots_fd);
		err = err ?: bpf_map__reuse_fd(h->skel->maps.bss, h->bss_fd);
		return err;
	}
	if (h->opts.control_bytes)
		err = bpf_map__set_max_entries(h->skel->maps.control, h->opts.control_bytes);
	if (!err)
		err = bpf_map__set_max_entries(h->skel->maps.cdc,
					       h->opts.aggregate ? cdc_bytes(h) :
								   (unsigned int)getpagesize());
	if (!err)
		err = bpf_map__set_max_entries(h->skel->maps.slots, hooks_slots(h));
	return err;
}

static int map_memory(struct hooks *h)
{
	h->bss = mmap(NULL, h->bss_len, PROT_READ | PROT_WRITE, MAP_SHARED, h->bss_fd, 0);
	if (h->bss == MAP_FAILED)
		h->bss = NULL;
	h->slots = mmap(NULL, h->slots_len, PROT_READ, MAP_SHARED, h->slots_fd, 0);
	if (h->slots == MAP_FAILED)
		h->slots = NULL;
	return h->bss && h->slots ? 0 : -errno;
}

static int keep_maps(struct hooks *h)
{
	if (h->control_fd >= 0)
		return 0;
	h->control_fd = fcntl(bpf_map__fd(h->skel->maps.control), F_DUPFD_CLOEXEC, 0);
	h->cdc_fd = fcntl(bpf_map__fd(h->skel->maps.cdc), F_DUPFD_CLOEXEC, 0);
	h->slots_fd = fcntl(bpf_map__fd(h->skel->maps.slots), F_DUPFD_CLOEXEC, 0);
	h->bss_fd = fcntl(bpf_map__fd(h->skel->maps.bss), F_DUPFD_CLOEXEC, 0);
	h->slots_len = sizeof(struct trace_cdc) * hooks_slots(h);
	h->bss_len = bpf_map__value_size(h->skel->maps.bss);
	h->counters_at = (size_t)((char *)&h->skel->bss->counters - (char *)h->skel->bss);
	h->delays_at = (size_t)((char *)&h->skel->bss->delays - (char *)h->skel->bss);
	h->ended_at = (size_t)((char *)&h->skel->bss->ended - (char *)h->skel->bss);
	h->again_at = (size_t)((char *)&h->skel->bss->again - (char *)h->skel->bss);
	h->turns_at = (size_t)((char *)&h->skel->bss->turns - (char *)h->skel->bss);
	return map_memory(h);
}

void hooks_count_loss(struct hooks *h, enum smcw_event_hooks hook, __u64 n)
{
	struct trace_counter *c = (void *)((char *)h->bss + h->counters_at);

	__atomic_fetch_add(&c[hook].seen, n, __ATOMIC_RELAXED);
	__atomic_fetch_add(&c[hook].full, n, __ATOMIC_RELAXED);
}

/*
 * Programs that run may have seen what was before. The kernel waits for them when a map in a map
 * is replaced, for exactly that purpose.
 */
static int wait_for_programs(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL), outer, err = 0;
	__u32 key = 0;

	if (inner < 0)
		return -errno;
	opts.inner_map_fd = (__u32)inner;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, NULL, 4, 4, 1, &opts);
	if (outer < 0 || bpf_map_update_elem(outer, &key, &inner, BPF_ANY))
		err = -errno;
	close(outer);
	close(inner);
	return err;
}

/* By enum trace_pairs: the program whose misses the other one makes good, and that one. */
static const enum program pairs[TRACE_PAIRS][2] = {
	[TRACE_PAIR_TCP_STATE] = { PROGRAM_on_tcp_state, PROGRAM_on_tcp_state_again },
};

static __u64 made_good(const struct hooks *h, unsigned int pair)
{
	const __u64 *again = (const void *)((const char *)h->bss + h->again_at);

	return __atomic_load_n(&again[pair], __ATOMIC_SEQ_CST) - h->again[pair];
}

/* The part of the program's misses that no other one has made good; counted: before. */
static __u64 lost_misses(const struct hooks *h, enum program program, __u64 misses, __u64 counted)
{
	__u64 good;

	for (unsigned int i = 0; i < TRACE_PAIRS; i++) {
		if (program == pairs[i][1])
			return 0;
		if (program != pairs[i][0] || !misses)
			continue;
		/* The second one runs a moment after the first was missed. */
		if (made_good(h, i) + counted < misses)
			wait_for_programs();
		good = made_good(h, i);
		return good < misses ? misses - good : 0;
	}
	return misses;
}

void hooks_count_misses(struct hooks *h)
{
	if (!h->skel)
		return;
	for (unsigned int i = 0; i < h->n; i++) {
		int fd = bpf_program__fd(program_of(h, i));
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		__u64 lost = 0;

		if (h->links[i] && !bpf_obj_get_info_by_fd(fd, &info, &len))
			lost = lost_misses(h, i, info.recursion_misses, h->misses[i]);
		if (lost > h->misses[i]) {
			hooks_count_loss(h, SMCW_HOOK_NESTED, lost - h->misses[i]);
			h->misses[i] = lost;
		}
	}
}

/* Only the iterator over a map needs its map named. */
static struct bpf_link *attach_program(struct hooks *h, enum program program)
{
	union bpf_iter_link_info info = { .map.map_fd = (__u32)bpf_map__fd(h->skel->maps.conns) };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	if (program != PROGRAM_report_traffic)
		return bpf_program__attach(program_of(h, program));
	return bpf_program__attach_iter(program_of(h, program), &opts);
}

static bool is_signalled(int signals)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	return signals >= 0 && poll(&fd, 1, 0) > 0;
}

/* How many hooks are attached, or -EINTR. */
static int attach_programs(struct hooks *h, int signals)
{
	int attached = 0;

	for (unsigned int pair = 0; pair < TRACE_PAIRS; pair++)
		h->again[pair] += made_good(h, pair);
	for (unsigned int i = 0; i < h->n; i++) {
		if (is_signalled(signals))
			return -EINTR;
		if (!bpf_program__autoload(program_of(h, i)))
			continue;
		h->links[i] = attach_program(h, i);
		h->states[i].error = h->links[i] ? 0 : errno;
		h->misses[i] = 0;
		attached += !!h->links[i];
	}
	return attached;
}

/* An iterator does its work when it is read. */
static void run_iterator(const struct hooks *h, enum program program)
{
	char nothing[64];
	int fd;

	if (!h->links[program])
		return;
	fd = bpf_iter_create(bpf_link__fd(h->links[program]));
	while (fd >= 0 && read(fd, nothing, sizeof(nothing)) > 0)
		;
	close(fd);
}

void hooks_report_traffic(struct hooks *h)
{
	if (h->skel && h->opts.aggregate)
		run_iterator(h, PROGRAM_report_traffic);
}

static int hooks_failed(struct hooks *h, char *error, int err, const char *words)
{
	snprintf(error, HOOKS_ERROR_MAX, "%s: %s", words, strerror(-err));
	hooks_detach(h);
	return err;
}

int hooks_load(struct hooks *h, char error[HOOKS_ERROR_MAX])
{
	int err;

	*error = '\0';
	h->skel = smc_trace_bpf__open();
	if (!h->skel)
		return hooks_failed(h, error, -errno, "the BPF object cannot be opened");
	h->skel->rodata->aggregate = h->opts.aggregate;
	memcpy((void *)&h->skel->rodata->filter, &h->opts.filter, sizeof(h->opts.filter));
	h->skel->rodata->filter.slots = hooks_slots(h);
	err = find_stack(h);
	if (err)
		return hooks_failed(h, error, err, "smcx does not say where its members are");
	choose_programs(h);
	err = reuse_maps(h);
	err = err ?: size_tables(h);
	if (err)
		return hooks_failed(h, error, err, "the rings cannot be set up");
	err = smc_trace_bpf__load(h->skel);
	if (err)
		return hooks_failed(
			h, error, err,
			"the kernel refuses the BPF programs (smc-trace doctor -v says why)");
	err = keep_maps(h);
	if (err)
		return hooks_failed(h, error, err, "the counters cannot be mapped");
	return 0;
}

int hooks_attach(struct hooks *h, int signals, char error[HOOKS_ERROR_MAX])
{
	int attached = attach_programs(h, signals);

	if (attached == -EINTR) {
		snprintf(error, HOOKS_ERROR_MAX, "ended before tracing began");
		hooks_leave(h);
		return -EINTR;
	}
	if (!attached)
		return hooks_failed(h, error, -ENOENT, "no hook could be attached");
	/* Without it older sockets have no owner: no reason to stop. */
	run_iterator(h, PROGRAM_own_open_sockets);
	return 0;
}

void hooks_detach(struct hooks *h)
{
	for (unsigned int i = 0; i < h->n; i++) {
		bpf_link__destroy(h->links[i]);
		h->links[i] = NULL;
	}
	smc_trace_bpf__destroy(h->skel);
	h->skel = NULL;
}

/* ---- the end -------------------------------------------------------------------------- */

void hooks_end(struct hooks *h)
{
	__u32 *ended = (void *)((char *)h->bss + h->ended_at);

	if (!h->skel)
		return;
	__atomic_store_n(ended, 1, __ATOMIC_SEQ_CST);
	if (wait_for_programs())
		hooks_detach(h);
}

static unsigned long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

/* Detach one after the other, as long as it seems that all will be gone in time. */
static void detach_in_time(struct hooks *h)
{
	unsigned long long begin = now_ms();
	unsigned int all = 0, done = 0;

	for (unsigned int i = 0; i < h->n; i++)
		all += !!h->links[i];
	for (unsigned int i = 0; i < h->n; i++) {
		if (!h->links[i])
			continue;
		if (done && (now_ms() - begin) * all > LEAVE_MS * done)
			return;
		bpf_link__destroy(h->links[i]);
		h->links[i] = NULL;
		done++;
	}
}

void hooks_leave(struct hooks *h)
{
	int pins;

	detach_in_time(h);
	pins = pins_new(); /* closed by our end */
	for (unsigned int i = 0; pins >= 0 && i < h->n; i++)
		if (h->links[i])
			pins_add(pins, i, bpf_link__fd(h->links[i]));
	hooks_detach(h);
}

void hooks_free(struct hooks *h)
{
	if (!h)
		return;
	hooks_detach(h);
	if (h->bss)
		munmap(h->bss, h->bss_len);
	if (h->slots)
		munmap(h->slots, h->slots_len);
	close(h->control_fd);
	close(h->cdc_fd);
	close(h->slots_fd);
	close(h->bss_fd);
	free(h);
}

enum smcw_event_stacks hooks_stack(const struct hooks *h)
{
	return h->stack;
}

struct ring_memory hooks_rings(const struct hooks *h)
{
	return (struct ring_memory){ .control_fd = h->control_fd,
				     .cdc_fd = h->cdc_fd,
				     .slots = h->slots,
				     .n_slots = hooks_slots(h),
				     .turns = (void *)((char *)h->bss + h->turns_at),
				     .counters = (void *)((char *)h->bss + h->counters_at) };
}

const struct trace_delays *hooks_delays(const struct hooks *h)
{
	return (const void *)((const char *)h->bss + h->delays_at);
}

const struct hook_state *hooks_states(const struct hooks *h, size_t *n)
{
	*n = h->n;
	return h->states;
}

const char *hooks_hint(int err)
{
	switch (-err) {
	case EPERM:
		return "something forbids bpf() or perf_event_open(): lockdown (smc-trace doctor "
		       "says so), or the seccomp filter of a container";
	case ENOMEM:
		return "no memory: make the rings smaller (--control-ring, --cdc-ring), or raise "
		       "the "
		       "limit of the cgroup";
	case EMFILE:
		return "too few open files are allowed: ulimit -n 256";
	default:
		return "";
	}
}
