// SPDX-License-Identifier: GPL-2.0-or-later
/* metrics.c: the text, and a file that is there as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "metrics.h"
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
	assert_string_equal(w.text + w.len - 6, "# EOF\n");
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
	assert_string_equal(line, "# TYPE smc_handshakes counter\n");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_print__lines),
		cmocka_unit_test(metrics_write__file_is_replaced),
		cmocka_unit_test(metrics_write__leaves_nothing_when_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
