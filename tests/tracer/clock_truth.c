// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The truth about the clocks of two VMs, by memory that they share (lab/vm --shared), which is
 *faster than any network:
 *
 *	clock_truth set SECONDS PPM        this VM's clock shows so much more, and runs so much
 *faster clock_truth ask SECONDS >FILE      for so long; a line a sample clock_truth answer SECONDS
 *in the other VM, at the same time
 *
 * A sample is the narrowest of many exchanges: "own from to", ns. When the clock of the VM that
 *answers showed own, that of the VM that asks showed a time between from and to.
 */
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ll
#define EXCHANGES 300
#define PATIENCE NS /* that one exchange may take at most */

struct shared {
	uint64_t asked;	   /* number of the exchange */
	uint64_t answered; /* the same, when own is there */
	int64_t own;
	uint64_t busy; /* exchanges come: look for them without sleep */
};

static int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static void doze(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static bool is_shared_memory(const char *device)
{
	char path[256], words[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/device", device);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(words, sizeof(words), f))
		*words = '\0';
	fclose(f);
	return !strncmp(words, "0x1110", 6);
}

static struct shared *map_shared(void)
{
	char path[256];
	glob_t found;
	void *at = MAP_FAILED;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		return NULL;
	for (size_t i = 0; at == MAP_FAILED && i < found.gl_pathc; i++) {
		int fd;

		if (!is_shared_memory(found.gl_pathv[i]))
			continue;
		snprintf(path, sizeof(path), "%s/enable", found.gl_pathv[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "1", 1) != 1)
			perror(path);
		close(fd);
		snprintf(path, sizeof(path), "%s/resource2", found.gl_pathv[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	globfree(&found);
	return at == MAP_FAILED ? NULL : at;
}

static int set_clock(double seconds, double ppm)
{
	int64_t to = clock_now() + (int64_t)(seconds * 1e9);
	struct timespec t = { .tv_sec = to / NS, .tv_nsec = to % NS };
	struct timex x = { .modes = ADJ_FREQUENCY, .freq = (long)(ppm * 65536) };

	if (clock_settime(CLOCK_REALTIME, &t) || adjtimex(&x) < 0) {
		perror("the clock cannot be set");
		return 1;
	}
	return 0;
}

/* One exchange. The narrower one is kept. */
static bool ask_once(struct shared *s, uint64_t n, int64_t best[3])
{
	int64_t from = clock_now(), to = from;

	__atomic_store_n(&s->asked, n, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&s->answered, __ATOMIC_SEQ_CST) != n) {
		to = clock_now();
		if (to - from > PATIENCE)
			return false;
	}
	to = clock_now();
	if (!best[0] || to - from < best[2] - best[1]) {
		best[0] = s->own;
		best[1] = from;
		best[2] = to;
	}
	return true;
}

static int ask(struct shared *s, int64_t seconds)
{
	int64_t end = clock_now() + seconds * NS;
	uint64_t n = s->answered;

	for (; clock_now() < end; doze(400)) {
		int64_t best[3] = { 0 };

		__atomic_store_n(&s->busy, 1, __ATOMIC_SEQ_CST);
		for (int i = 0; i < EXCHANGES; i++)
			if (!ask_once(s, ++n, best))
				break;
		__atomic_store_n(&s->busy, 0, __ATOMIC_SEQ_CST);
		if (best[0])
			printf("%lld %lld %lld\n", (long long)best[0], (long long)best[1],
			       (long long)best[2]);
	}
	return 0;
}

static int answer(struct shared *s, int64_t seconds)
{
	int64_t end = clock_now() + seconds * NS;

	while (clock_now() < end) {
		uint64_t n = __atomic_load_n(&s->asked, __ATOMIC_SEQ_CST);

		if (n != s->answered) {
			s->own = clock_now();
			__atomic_store_n(&s->answered, n, __ATOMIC_SEQ_CST);
		} else if (!__atomic_load_n(&s->busy, __ATOMIC_SEQ_CST)) {
			doze(1);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct shared *s;

	if (argc == 4 && !strcmp(argv[1], "set"))
		return set_clock(strtod(argv[2], NULL), strtod(argv[3], NULL));
	if (argc != 3 || (strcmp(argv[1], "ask") && strcmp(argv[1], "answer"))) {
		fprintf(stderr,
			"Usage: clock_truth set SECONDS PPM | ask SECONDS | answer SECONDS\n");
		return 2;
	}
	s = map_shared();
	if (!s) {
		fprintf(stderr, "there is no shared memory: lab/vm --shared\n");
		return 1;
	}
	return *argv[1] == 'a' && argv[1][1] == 's' ? ask(s, strtoll(argv[2], NULL, 10)) :
						      answer(s, strtoll(argv[2], NULL, 10));
}
