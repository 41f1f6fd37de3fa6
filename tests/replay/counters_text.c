// SPDX-License-Identifier: GPL-2.0-or-later
/* What smc-replay asks the kernel for, as text: counters, devices, sockets; and changes of the
 * host. For tests/tools/netlink_test.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stack/diag.h"
#include "stack/host.h"
#include "stack/stats.h"

static const char *const words[] = {
#define COUNTER_WORD(name, word) #word,
	SCRIPT_COUNTERS(COUNTER_WORD)
#undef COUNTER_WORD
};

static void print_stats(const char *what, int result, const struct stats *s)
{
	printf("%s: %d\n", what, result);
	for (int end = 0; end < 2; end++) {
		for (int i = 0; i < STAT_COUNT; i++)
			printf("%s%s %llu", i ? ", " : "", words[i],
			       (unsigned long long)s->end[end].count[i]);
		for (unsigned int i = 0; i < s->end[end].n_reasons; i++)
			printf(", %#x %llu", s->end[end].reason[i].reason,
			       (unsigned long long)s->end[end].reason[i].count);
		putchar('\n');
	}
}

static void print_since(const struct stats *before, const struct stats *now)
{
	struct stat_want want = { .count = 1 };

	for (int end = 0; end < 2; end++) {
		for (want.counter = 0; want.counter < STAT_REASON; want.counter++)
			printf("%s %llu, ", words[want.counter],
			       (unsigned long long)stats_since(&before->end[end], &now->end[end],
							       &want));
		for (want.reason = 0x03010000; want.reason <= 0x03090000; want.reason += 0x10000)
			printf("%#x %llu, ", want.reason,
			       (unsigned long long)stats_since(&before->end[end], &now->end[end],
							       &want));
		putchar('\n');
	}
}

static void print_socket(int fd)
{
	struct diag d;
	int result = diag_socket(fd, &d);

	printf("socket: %d, mode %u, state %u, reason %d %#x, diagnosis %#x\n", result, d.mode,
	       d.state, d.has_reason, d.reason, d.diagnosis);
}

/* One change, and its end. */
static void change(__u8 kind, const char *name, const char *text)
{
	const struct host_change c = { .kind = kind, .name = name, .text = text };
	struct host *h;
	int result;

	fflush(stdout);
	result = host_open(&h);
	printf("host: %d\n", result);
	if (result)
		return;
	result = host_set(h, &c);
	printf("set %u %s %s: %d", kind, name ? name : "", text ? text : "", result);
	result = host_restore(h);
	printf(", restored: %d\n", result);
	host_close(h);
}

int main(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), result;
	struct stats before, now, settled;
	struct stats_host host;
	struct stat st;
	char inode[32];

	result = stats_read(&before);
	print_stats("before", result, &before);
	result = stats_read(&now);
	print_stats("now", result, &now);
	print_since(&before, &now);
	if (!getenv("FAKE_NETLINK_GROWS")) {
		result = stats_settle(&settled);
		print_stats("settled", result, &settled);
	}
	result = stats_read_host(&host);
	printf("host: %d, %u devices, %u EIDs, '%s'\n", result, host.ism_devices, host.eids,
	       host.name);
	print_socket(fd);
	if (fstat(fd, &st))
		return 1;
	snprintf(inode, sizeof(inode), "%lu", (unsigned long)st.st_ino);
	setenv("FAKE_NETLINK_INODE", inode, 1);
	print_socket(fd);
	print_socket(-1);
	change(HOST_UEID_ADD, NULL, "NEW.EID");
	change(HOST_UEID_REMOVE, NULL, "SMCKIT.LAB");
	change(HOST_UEID_FLUSH, NULL, NULL);
	change(HOST_SEID_ENABLE, NULL, NULL);
	change(HOST_SEID_DISABLE, NULL, NULL);
	change(HOST_SYSCTL, "nothing", "1");
	return 0;
}
