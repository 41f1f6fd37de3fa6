// SPDX-License-Identifier: GPL-2.0-or-later
/* metrics.c: the text, and a file that is there as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "stats/metrics.h"
#include "words.h"

static struct stats *sample(void)
{
	struct stats *s = stats_new();
	struct event_sample e;

	assert_non_null(s);
	word_event(&e, SMCW_EV_SYN, EVENT_OUT, 0, "01 00*7");
	stats_event(s, &e.ev);
	word_event(&e, SMCW_EV_FALLBACK, 0, 2000000, "03010000 00000000");
	stats_event(s, &e.ev);
	word_event(&e, SMCW_EV_CONN_FREE, 0, 0, "00*16 000000000000000c 000000000000000d 00*24");
	stats_event(s, &e.ev);
	word_event(&e, SMCW_EV_COUNTERS, 0, 0, "01 00*7 00*24 0000000000000009 00*16");
	stats_event(s, &e.ev);
	return s;
}

static void metrics_print__lines(void **state)
{
	static const char *const lines[] = {
		"smc_handshakes_total{outcome=\"smc\"} 0\n",
		"smc_handshakes_total{outcome=\"tcp\"} 1\n",
		"# HELP smc_handshakes_total Handshakes",
		"# TYPE smc_handshakes_total counter\n",
		"smc_handshake_seconds_bucket{outcome=\"tcp\",le=\"0.001\"} 0\n",
		"smc_handshake_seconds_bucket{outcome=\"tcp\",le=\"0.0025\"} 1\n",
		"smc_handshake_seconds_bucket{outcome=\"tcp\",le=\"+Inf\"} 1\n",
		"smc_handshake_seconds_sum{outcome=\"tcp\"} 0.002000000\n",
		"smc_handshake_seconds_count{outcome=\"tcp\"} 1\n",
		"smc_fallbacks_total{reason=\"0x03010000\",diagnosis=\"0x00000000\","
		"text=\"peer did not offer SMC\"} 1\n",
		"smc_bytes_total{direction=\"sent\"} 12\n",
		"smc_bytes_total{direction=\"received\"} 13\n",
		"smc_trace_events_total{hook=\"kernel_sendmsg\",outcome=\"full\"} 9\n",
	};
	struct stats *s = sample();
	struct words w;
	size_t i;

	(void)state;
	assert_int_equal(metrics_print(s, word_begin(&w)), 0);
	word_end(&w);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(w.text, lines[i]))
			fail_msg("no '%s' in:\n%s", lines[i], w.text);
	/* OpenMetrics' own lines are none of format 0.0.4. */
	assert_null(strstr(w.text, "# EOF"));
	assert_null(strstr(w.text, "# UNIT"));
	assert_memory_equal(w.text, "# observed: ", 12);
	free(w.text);
	stats_free(s);
}

static void metrics_write__file_is_replaced(void **state)
{
	char dir[] = "/tmp/metrics_test.XXXXXX", path[64], line[128];
	struct stats *s = sample();
	struct stat st;
	FILE *in;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/smc.prom", dir);
	assert_int_equal(metrics_write(s, path), 0);
	assert_int_equal(metrics_write(s, path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	assert_memory_equal(line, "# observed: ", 12);
	fclose(in);
	unlink(path);
	/* Nothing else was left behind. */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(metrics_write(s, path), -ENOENT);
	stats_free(s);
}

static void metrics_write__leaves_nothing_when_it_fails(void **state)
{
	char dir[] = "/tmp/metrics_test.XXXXXX", path[64];
	struct stats *s = sample();

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/folder", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(metrics_write(s, path), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	stats_free(s);
}

static void decline(struct stats *s, __u32 diagnosis)
{
	struct event_sample e;
	char hex[80];

	snprintf(hex, sizeof(hex), "e2d4c3d9 04 001c 10 00*8 %08x 00*4 e2d4c3d9", diagnosis);
	word_event(&e, SMCW_EV_CLC, EVENT_IN, 1, hex);
	assert_int_equal(stats_event(s, &e.ev), 0);
	snprintf(hex, sizeof(hex), "05000000 %08x", diagnosis);
	word_event(&e, SMCW_EV_FALLBACK, 0, 2, hex);
	assert_int_equal(stats_event(s, &e.ev), 0);
}

/* A peer that says something else each time gets one label, and no memory of ours. */
static void metrics_print__bounded_whatever_peers_say(void **state)
{
	struct stats *s = stats_new();
	struct words w;

	(void)state;
	for (__u32 i = 0; i < 80000; i++)
		decline(s, i * 2654435761u);
	for (__u32 i = 1; i < 5000; i++) /* each an errno, of a sort */
		decline(s, i);
	decline(s, SMCW_DECL_MEM);
	assert_true(s->declines.n <= STATS_REASONS_MAX + 2);
	assert_int_equal(metrics_print(s, word_begin(&w)), 0);
	word_end(&w);
	assert_true(w.len < 20000);
	assert_non_null(strstr(w.text,
			       "smc_declines_total{direction=\"received\",reason=\"other\",text="
			       "\"a number that is not known\"} 84998\n"));
	assert_non_null(strstr(w.text, "reason=\"0x01010000\",text=\"out of memory\"} 1\n"));
	assert_non_null(strstr(w.text,
			       "smc_fallbacks_total{reason=\"0x05000000\",diagnosis=\"other\","
			       "text=\"peer declined\"} 84998\n"));
	free(w.text);
	stats_free(s);
}

static void metrics_print__groups_are_bounded(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;
	size_t lines = 0;
	struct words w;

	(void)state;
	s->by = STATS_BY_PROCESS;
	for (__u32 i = 0; i < 5000; i++) {
		word_event(&e, SMCW_EV_FALLBACK, 0, i, "03010000 00000000");
		memcpy(e.ev.comm, "a\"b\\\n", 5);
		smcw_put32(&e.ev.pid, 1 + i);
		assert_int_equal(stats_event(s, &e.ev), 0);
	}
	assert_int_equal(metrics_print(s, word_begin(&w)), 0);
	word_end(&w);
	for (const char *at = w.text; (at = strstr(at, "smc_group_connections{")); at++)
		lines++;
	assert_int_equal(lines, METRICS_GROUPS_MAX + 1);
	assert_non_null(strstr(w.text, "{process=\"a\\\"b\\\\?"));
	assert_non_null(strstr(w.text,
			       "smc_group_handshakes_total{process=\"other\",outcome=\"tcp\"} "
			       "4900\n"));
	free(w.text);
	stats_free(s);
}

/* A line that stands there twice has the whole file refused. */
static void no_line_twice(const char *text)
{
	size_t n = 0;
	struct {
		const char *at;
		size_t len;
	} line[4096];

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t len = strcspn(text, "}");

		if (*text == '#' || len > strcspn(text, "\n"))
			continue;
		for (size_t i = 0; i < n; i++)
			if (line[i].len == len && !memcmp(line[i].at, text, len))
				fail_msg("twice: %.*s", (int)len, text);
		assert_true(n < sizeof(line) / sizeof(line[0]));
		line[n].at = text;
		line[n++].len = len;
	}
}

/* Services of network namespaces, names that differ in what is no text, and one named "other". */
static void metrics_print__groups_of_one_label(void **state)
{
	static const char *const names[] = { "a\1", "a\2", "a?", "other" };
	static const enum stats_by by[] = { STATS_BY_SERVICE, STATS_BY_PROCESS, STATS_BY_CGROUP,
					    STATS_BY_PEER };
	struct event_sample e;
	struct words w;

	(void)state;
	for (size_t k = 0; k < sizeof(by) / sizeof(by[0]); k++) {
		struct stats *s = stats_new();

		s->by = by[k];
		for (__u32 i = 0; i < 40; i++) {
			word_event(&e, SMCW_EV_FALLBACK, 0, i, "03010000 00000000");
			memset(e.ev.comm, 0, sizeof(e.ev.comm));
			strcpy((char *)e.ev.comm, names[i % 4]);
			smcw_put32(&e.ev.netns, 1 + i);
			smcw_put64(&e.ev.cgroup, 1 + i % 4);
			assert_int_equal(stats_event(s, &e.ev), 0);
		}
		assert_int_equal(metrics_print(s, word_begin(&w)), 0);
		word_end(&w);
		no_line_twice(w.text);
		if (by[k] == STATS_BY_SERVICE)
			assert_non_null(
				strstr(w.text, "{service=\"10.0.0.1:80\",outcome=\"tcp\"} 40\n"));
		if (by[k] == STATS_BY_PROCESS)
			assert_non_null(
				strstr(w.text, "{process=\"a?/123\",outcome=\"tcp\"} 30\n"));
		free(w.text);
		stats_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_print__lines),
		cmocka_unit_test(metrics_print__bounded_whatever_peers_say),
		cmocka_unit_test(metrics_print__groups_are_bounded),
		cmocka_unit_test(metrics_print__groups_of_one_label),
		cmocka_unit_test(metrics_write__file_is_replaced),
		cmocka_unit_test(metrics_write__leaves_nothing_when_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
