// SPDX-License-Identifier: GPL-2.0-or-later
/* See bpf.h. */
#include "bpf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "smc_run.skel.h"

struct bpf {
	struct smc_run_bpf *skel;
	struct ring_buffer *ring;
	bpf_event_fn call;
	void *data;
};

static bool verbose_words;

static int say(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!verbose_words || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

/* In the kernel proper or, where it is one, in the module smc. */
static bool kernel_has(const char *function)
{
	struct btf *vmlinux = btf__load_vmlinux_btf(), *smc;
	bool found;

	if (!vmlinux)
		return false;
	found = btf__find_by_name_kind(vmlinux, function, BTF_KIND_FUNC) > 0;
	if (!found) {
		smc = btf__load_module_btf("smc", vmlinux);
		found = smc && btf__find_by_name_kind(smc, function, BTF_KIND_FUNC) > 0;
		btf__free(smc);
	}
	btf__free(vmlinux);
	return found;
}

static int on_event(void *data, void *record, size_t len)
{
	struct bpf *bpf = data;

	if (len >= sizeof(struct run_event) && bpf->call)
		bpf->call(record, bpf->data);
	return 0;
}

static int choose(struct smc_run_bpf *skel, const struct bpf_wants *wants, const char **doing)
{
	bool smc, smcx;

	*doing = "the hook update_socket_protocol (Linux 6.6 and later)";
	if (wants->change && !kernel_has("update_socket_protocol"))
		return -ENOSYS;
	*doing = "the hook smc_release, or the module smcx";
	smc = wants->watch && kernel_has("smc_release");
	smcx = wants->watch && !access("/sys/module/smcx", F_OK);
	if (wants->watch && !smc && !smcx)
		return -ENOENT;
	bpf_program__set_autoload(skel->progs.change_protocol, wants->change);
	bpf_program__set_autoload(skel->progs.closes, smc);
	bpf_program__set_autoload(skel->progs.closes_smcx, smcx);
	bpf_program__set_autoload(skel->progs.accepts_tcp, smcx);
	bpf_program__set_autoload(skel->progs.plain_tcp, wants->watch);
	return 0;
}

static int load(struct bpf *bpf, int cgroup_fd, const char **doing)
{
	__u32 zero = 0;
	int err;

	*doing = "loading BPF programs";
	err = smc_run_bpf__load(bpf->skel);
	if (err)
		return err;
	*doing = "giving BPF the cgroup";
	if (bpf_map_update_elem(bpf_map__fd(bpf->skel->maps.cgroup), &zero, &cgroup_fd, BPF_ANY))
		return -errno;
	*doing = "attaching BPF programs";
	err = smc_run_bpf__attach(bpf->skel);
	if (err)
		return err;
	*doing = "a ring buffer";
	bpf->ring = ring_buffer__new(bpf_map__fd(bpf->skel->maps.events), on_event, bpf, NULL);
	return bpf->ring ? 0 : -errno;
}

int bpf_start(struct bpf **out, int cgroup_fd, const struct bpf_wants *wants, const char **doing)
{
	struct bpf *bpf = calloc(1, sizeof(*bpf));
	int err = -ENOMEM;

	*out = NULL;
	*doing = "memory";
	verbose_words = wants->verbose;
	libbpf_set_print(say);
	if (bpf)
		bpf->skel = smc_run_bpf__open();
	if (bpf && bpf->skel)
		err = choose(bpf->skel, wants, doing);
	if (!err)
		err = load(bpf, cgroup_fd, doing);
	if (err) {
		bpf_end(bpf);
		return err;
	}
	*out = bpf;
	return 0;
}

void bpf_poll(struct bpf *bpf, bpf_event_fn call, void *data)
{
	bpf->call = call;
	bpf->data = data;
	ring_buffer__consume(bpf->ring);
}

int bpf_fd(const struct bpf *bpf)
{
	return ring_buffer__epoll_fd(bpf->ring);
}

uint64_t bpf_lost(const struct bpf *bpf)
{
	return bpf->skel->bss->lost;
}

uint64_t bpf_changed(const struct bpf *bpf)
{
	return bpf->skel->bss->made_smc;
}

void bpf_end(struct bpf *bpf)
{
	if (!bpf)
		return;
	ring_buffer__free(bpf->ring);
	smc_run_bpf__destroy(bpf->skel);
	free(bpf);
}
