// SPDX-License-Identifier: GPL-2.0-or-later
/* merge.c on the traces of hosts that are made up: the truth stands in each event, see hosts.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "hosts.h"
#include "merge/clocks.h"
#include "merge/merge.h"
#include "record/reader.h"
#include "smc_codec.h"
#include "stats/stats.h"

#define SECOND 1000000000ll
#define IDS_MAX 200000

static char directory[] = "/tmp/smckit-merge.XXXXXX";
static char paths[HOSTS_MAX][64], output[64];
static const char *files[HOSTS_MAX];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return 1;
	snprintf(output, sizeof(output), "%s/all.pcapng", directory);
	for (unsigned int i = 0; i < HOSTS_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%u.pcapng", directory, i + 1);
		files[i] = paths[i];
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HOSTS_MAX; i++)
		unlink(paths[i]);
	unlink(output);
	return rmdir(directory);
}

static struct hosts_plan usual_plan(__u64 seed)
{
	return (struct hosts_plan){ .seed = seed,
				    .hosts = 2,
				    .conns = 6,
				    .messages = 200,
				    .seconds = 20,
				    .offset = 3 * SECOND,
				    .drift_ppm = 200,
				    .wander_ppm = 20 };
}

static int merge_again(unsigned int n, struct merge_result *r)
{
	const struct merge_options o = {
		.path = files, .n = n, .output = output, .drift_ppm = CLOCKS_DRIFT_PPM
	};

	unlink(output);
	return merge_files(&o, r);
}

static int merge_of(const struct hosts_plan *p, struct merge_result *r)
{
	assert_true(hosts_write(p, directory));
	return merge_again(p->hosts, r);
}

/* ---- the merged file --------------------------------------------------------------------------
 */

struct id {
	__u64 number; /* of the message, in truth */
	__u64 time;
	__u8 host, dir, n;
};

struct judged {
	__u64 within[HOSTS_MAX + 1]; /* that the file says at the moment */
	bool known[HOSTS_MAX + 1];
	__u64 events, messages, across, before;
	struct id id[IDS_MAX];
};

static void judge_id(struct judged *j, const struct smcw_event *ev)
{
	__u64 id = smcw_get64(&ev->id), time = smcw_get64(&ev->time);
	unsigned int dir = SMCW_EV_DIR_OF(ev), host = SMCW_EV_HOST_OF(ev);
	struct id *i = &j->id[id];

	assert_in_range(id, 1, IDS_MAX - 1);
	j->messages++;
	if (!i->n++) {
		*i = (struct id){ smcw_get64(ev->comm), time, (__u8)host, (__u8)dir, 1 };
		return;
	}
	assert_int_equal(i->n, 2);
	assert_int_equal(i->number, smcw_get64(ev->comm));
	assert_int_not_equal(i->dir, dir);
	j->across += i->host != host;
	/* No message arrives before it was sent. */
	if (i->host != host)
		assert_true(dir == SMCW_DIR_IN ? i->time <= time : time <= i->time);
}

static int judge_event(void *ctx, struct smcw_event *ev)
{
	const struct smcw_ev_clock *c = (const void *)(ev + 1);
	__u64 time = smcw_get64(&ev->time), truth = smcw_get64(&ev->cgroup);
	unsigned int host = SMCW_EV_HOST_OF(ev);
	struct judged *j = ctx;
	char line[256];

	assert_in_range(host, 1, HOSTS_MAX);
	assert_true(time >= j->before);
	j->before = time;
	if (ev->kind == SMCW_EV_CLOCK) {
		j->within[host] = smcw_get64(&c->within);
		j->known[host] = true;
		assert_int_equal(smcw_get64(&c->common), time);
		return 0;
	}
	j->events++;
	assert_true(j->known[host]);
	snprintf(line, sizeof(line), "host %u: off by %lld ns, said %llu", host,
		 (long long)(time - truth), (unsigned long long)j->within[host]);
	if ((__u64)llabs((long long)(time - truth)) > j->within[host])
		fail_msg("%s", line);
	if (smcw_kind_is_message(ev->kind))
		judge_id(j, ev);
	return 0;
}

static struct judged *judge(void)
{
	static struct judged j;
	struct reader_result r;

	memset(&j, 0, sizeof(j));
	assert_int_equal(reader_path(output, judge_event, &j, &r), 0);
	assert_int_equal(r.foreign, 0);
	assert_true(j.events > 0);
	return &j;
}

/* ---- what is right ------------------------------------------------------------------------------
 */

static void merge__each_event_and_each_message(void **state)
{
	struct hosts_plan p = usual_plan(1);
	struct merge_result r;
	const struct judged *j;

	(void)state;
	assert_int_equal(merge_of(&p, &r), 0);
	j = judge();
	assert_int_equal(j->events, r.host[0].events + r.host[1].events);
	/* Nothing was lost, so each message was seen twice. */
	assert_int_equal(j->across, j->messages / 2);
	assert_int_equal(r.pairs, j->across);
	assert_true(j->messages > 1000);
	assert_true(llabs(r.host[1].ahead - 3 * SECOND) < 20 * SECOND / 1000);
	assert_in_range(r.host[1].rate, SECOND + 180000, SECOND + 220000);
	assert_int_equal(r.host[0].within, 0);
	assert_in_range(r.host[1].within, 1, 2000000);
}

static void merge__whatever_the_clocks_are(void **state)
{
	struct hosts_chance chance = { 42 };
	struct merge_result r;

	(void)state;
	for (__u64 seed = 1; seed <= 20; seed++) {
		struct hosts_plan p = usual_plan(seed);

		p.hosts = 2 + (unsigned int)hosts_below(&chance, 3);
		p.mesh = seed % 2;
		p.conns = 1 + (unsigned int)hosts_below(&chance, 5);
		p.messages = 30 + (unsigned int)hosts_below(&chance, 200);
		p.offset = (__s64)hosts_below(&chance, 2000000 * (__u64)SECOND) - 1000000 * SECOND;
		p.drift_ppm = (int)hosts_below(&chance, 1001) - 500;
		p.wander_ppm = (int)hosts_below(&chance, 200);
		p.lost_percent = (unsigned int)hosts_below(&chance, 30);
		if (merge_of(&p, &r))
			fail_msg("seed %llu: %s", (unsigned long long)seed, r.error);
		judge();
	}
}

static void merge__half_of_the_events_are_lost(void **state)
{
	struct hosts_plan p = usual_plan(2);
	struct merge_result r;
	const struct judged *j;

	(void)state;
	p.lost_percent = 50;
	assert_int_equal(merge_of(&p, &r), 0);
	j = judge();
	/* Both halves are there of a quarter of the messages, which is half of those that are
	 * there. */
	assert_in_range(j->across, j->messages / 5, j->messages / 3);
}

static void merge__behind_a_nat(void **state)
{
	struct merge_result r;

	(void)state;
	for (unsigned int lost = 0; lost <= 30; lost += 30) {
		struct hosts_plan p = usual_plan(3);
		const struct judged *j;

		p.nat = true;
		p.lost_percent = lost;
		assert_int_equal(merge_of(&p, &r), 0);
		j = judge();
		if (!lost)
			assert_int_equal(j->across, j->messages / 2);
		else
			assert_true(j->across > j->messages / 5);
	}
}

static void merge__three_and_fifteen_hosts(void **state)
{
	struct merge_result r;

	(void)state;
	for (unsigned int hosts = 3; hosts <= HOSTS_MAX; hosts += 12) {
		struct hosts_plan p = usual_plan(4);
		const struct judged *j;

		p.hosts = hosts;
		p.mesh = hosts == 3;
		p.conns = 3;
		assert_int_equal(merge_of(&p, &r), 0);
		j = judge();
		assert_int_equal(j->across, j->messages / 2);
	}
}

/* Numbers of sockets, connections and link groups are alike on all hosts. */
static void merge__hosts_are_kept_apart(void **state)
{
	struct hosts_plan p = usual_plan(5);
	struct stats *s = stats_new();
	struct reader_result read;
	struct merge_result r;
	__u64 open, doubtful;

	(void)state;
	p.hosts = 3;
	assert_int_equal(merge_of(&p, &r), 0);
	assert_int_equal(reader_path(output, (reader_fn)(void *)stats_event, s, &read), 0);
	/* Two ends of 6 connections of each of 2 hosts with the first one. */
	assert_int_equal(s->conns, 24);
	stats_open_conns(s, &open, &doubtful);
	assert_int_equal(open, 24);
	assert_true(stats_is_merged(s));
	assert_true(s->latency[STATS_CDC].n > 1000);
	assert_int_equal(s->latency[STATS_CDC].n + s->latency[STATS_CLC].n +
				 s->latency[STATS_LLC].n,
			 r.pairs);
	stats_free(s);
}

/* The messages that both ends on one host have exchanged stay together. */
static void merge__connections_within_a_host_stay(void **state)
{
	struct hosts_plan p = usual_plan(6);
	struct merge_result r;

	(void)state;
	p.still = true;
	assert_int_equal(merge_of(&p, &r), -ENODATA);
	assert_non_null(
		strstr(r.error, "no message that it sent or received was seen by another host"));
}

/* ---- what is refused
 * ------------------------------------------------------------------------------ */

static void is_refused(const struct hosts_plan *p, int error, const char *words)
{
	struct merge_result r;

	assert_int_equal(merge_of(p, &r), error);
	if (!strstr(r.error, words))
		fail_msg("said: %s", r.error);
	assert_int_equal(access(output, F_OK), -1);
}

static void merge__refuses_one_direction(void **state)
{
	struct hosts_plan p = usual_plan(7);

	(void)state;
	p.deaf = true;
	is_refused(&p, -EDOM,
		   "2.pcapng: messages were matched in one direction only (0 that it received, ");
}

static void merge__refuses_smcd(void **state)
{
	struct hosts_plan p = usual_plan(8);

	(void)state;
	p.smcd = true;
	is_refused(&p, -ENODATA, "");
}

static void merge__refuses_a_clock_that_was_set(void **state)
{
	struct hosts_plan p = usual_plan(9);

	(void)state;
	p.stepped = true;
	is_refused(&p, -ESTALE, "2.pcapng: at 20");
}

static void merge__refuses_a_host_twice(void **state)
{
	struct hosts_plan p = usual_plan(10);
	struct merge_result r;

	(void)state;
	assert_true(hosts_write(&p, directory));
	files[1] = paths[0];
	assert_int_equal(merge_again(2, &r), -ENODATA);
	files[1] = paths[1];
	assert_non_null(strstr(r.error, "two of the files are of one host"));
}

static void merge__refuses_files_of_no_use(void **state)
{
	struct hosts_plan p = usual_plan(11);
	struct merge_result r;

	(void)state;
	assert_int_equal(merge_of(&p, &r), 0);
	files[1] = output;
	{
		const struct merge_options o = {
			.path = files, .n = 2, .output = paths[5], .drift_ppm = CLOCKS_DRIFT_PPM
		};

		assert_int_equal(merge_files(&o, &r), -EINVAL);
		assert_non_null(strstr(r.error, "is a merged file already"));
	}
	{
		const struct merge_options o = {
			.path = files, .n = 2, .output = paths[0], .drift_ppm = CLOCKS_DRIFT_PPM
		};

		assert_int_equal(merge_files(&o, &r), -EINVAL);
		assert_non_null(strstr(r.error, "cannot be written as well"));
	}
	files[1] = "/dev/null";
	assert_int_equal(merge_again(2, &r), -EINVAL);
	assert_non_null(strstr(r.error, "is no file: it is read several times"));
	files[1] = "/no/such";
	assert_int_equal(merge_again(2, &r), -ENOENT);
	files[1] = "/proc/self/maps";
	assert_true(merge_again(2, &r) < 0);
	assert_true(*r.error);
	files[1] = paths[1];
}

/* ---- files that are not whole
 * ------------------------------------------------------------------------ */

/* Cut anywhere: what was before is merged, or it is said why not. */
static void merge__cut_files(void **state)
{
	struct hosts_plan p = usual_plan(12);
	struct merge_result r;
	struct stat st;
	int merged = 0;

	(void)state;
	p.messages = 60;
	assert_true(hosts_write(&p, directory));
	assert_int_equal(stat(paths[1], &st), 0);
	for (off_t length = st.st_size; length >= 0; length -= st.st_size / 37 + 1) {
		int err;

		assert_int_equal(truncate(paths[1], length), 0);
		err = merge_again(2, &r);
		assert_true(!err == !*r.error);
		if (err)
			continue;
		merged++;
		judge();
		/* A file that ends with a whole block does not look cut. */
		assert_true(length % 4 == 0 || *r.host[1].cut);
	}
	assert_true(merged > 20);
}

static int take_any(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	assert_in_range(SMCW_EV_HOST_OF(ev), 1, 2);
	return 0;
}

/* Bytes that a stranger has changed: it is merged or refused, and what is written is whole. */
static void merge__damaged_files(void **state)
{
	struct hosts_plan p = usual_plan(13);
	struct hosts_chance chance = { 13 };
	struct reader_result read;
	struct merge_result r;
	unsigned int merged = 0;

	(void)state;
	p.messages = 40;
	p.conns = 2;
	for (int i = 0; i < 40; i++) {
		FILE *f;
		long size;

		assert_true(hosts_write(&p, directory));
		f = fopen(paths[i % 2], "r+b");
		assert_non_null(f);
		fseek(f, 0, SEEK_END);
		size = ftell(f);
		for (int k = 0; k <= i / 4; k++) {
			fseek(f, (long)hosts_below(&chance, (__u64)size), SEEK_SET);
			fputc((int)hosts_below(&chance, 256), f);
		}
		fclose(f);
		if (merge_again(2, &r)) {
			assert_true(*r.error);
			assert_int_equal(access(output, F_OK), -1);
			continue;
		}
		merged++;
		assert_int_equal(reader_path(output, take_any, NULL, &read), 0);
		assert_int_equal(read.foreign, 0);
	}
	assert_true(merged > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge__each_event_and_each_message),
		cmocka_unit_test(merge__whatever_the_clocks_are),
		cmocka_unit_test(merge__half_of_the_events_are_lost),
		cmocka_unit_test(merge__behind_a_nat),
		cmocka_unit_test(merge__three_and_fifteen_hosts),
		cmocka_unit_test(merge__hosts_are_kept_apart),
		cmocka_unit_test(merge__connections_within_a_host_stay),
		cmocka_unit_test(merge__refuses_one_direction),
		cmocka_unit_test(merge__refuses_smcd),
		cmocka_unit_test(merge__refuses_a_clock_that_was_set),
		cmocka_unit_test(merge__refuses_a_host_twice),
		cmocka_unit_test(merge__refuses_files_of_no_use),
		cmocka_unit_test(merge__cut_files),
		cmocka_unit_test(merge__damaged_files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
