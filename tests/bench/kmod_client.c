// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_client: two processes, and as little work at the ends of a connection as can be.
 *
 *	kmod_client FAMILY MODE BYTES SECONDS [OPTION...]
 *
 * FAMILY is tcp or unix. MODE is one of
 *
 *	stream    write BYTES at a time; MB/s (1000000 bytes) as the reader sees them
 *	messages  the same, told as writes of BYTES a second
 *	pingpong  BYTES there and back; microseconds of a round trip, the mean
 *	connect   connect, BYTES there and back, close; connections a second, one after the other
 *
 * Options: nodelay (TCP_NODELAY), busy=USEC (SO_BUSY_POLL), apart (the ends of a ping-pong on two
 * processors), pairs=N (as many connections at once, each between two processes of its own),
 * at=ADDRESS (of TCP's server; IPv4, 127.0.0.1 if not given).
 *
 * It prints that number, and then processor time in microseconds: of a MB for a stream, else of a
 * message (a write, a round trip, a connection). That is what the two ends used, user and system,
 * with the interrupts that came while they ran, and what threads of the kernel used meanwhile.
 *
 * The client runs on the first processor, the other end of a stream on the second one. That of a
 * ping-pong is on the first one, too: to wake an idle processor takes longer, and longer at one
 * time than at another, than all the rest.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"

#define BYTES_MAX (1024 * 1024)
#define PAIRS_MAX 100

enum mode { STREAM, MESSAGES, PINGPONG, CONNECT, MODES };
static const char *const mode_names[MODES] = { "stream", "messages", "pingpong", "connect" };

static struct {
	bool local, nodelay, apart;
	int busy, pairs;
	enum mode mode;
	size_t len;
	double seconds;
	struct in_addr at;
} plan = { .pairs = 1 };

/* The result of a connection, seen by all processes. Bytes, round trips or connections; seconds. */
struct outcome {
	double writer_units, writer_cpu;
	double units, seconds, cpu; /* the reader's; the client's where there is no reader */
};
static struct outcome *outcomes, *mine;

static union {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_un un;
} at;
static socklen_t at_len;

static char buffer[BYTES_MAX];

static void set_options(int fd)
{
	int one = 1;

	if (plan.nodelay && !plan.local &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		err(1, "TCP_NODELAY");
	if (plan.busy && setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &plan.busy, sizeof(plan.busy)))
		err(1, "SO_BUSY_POLL");
}

static int new_socket(void)
{
	int fd = socket(plan.local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

/* An abstract name for AF_UNIX; any port for TCP. */
static int listener(void)
{
	int fd = new_socket();

	if (plan.local) {
		at.un.sun_family = AF_UNIX;
		at_len = (socklen_t)(sizeof(sa_family_t) + 1 +
				     (size_t)snprintf(at.un.sun_path + 1, 64, "kmod_client.%d",
						      (int)getpid()));
	} else {
		at.in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = plan.at };
		at_len = sizeof(at.in);
	}
	if (bind(fd, &at.any, at_len) || listen(fd, 128) || getsockname(fd, &at.any, &at_len))
		err(1, "listen");
	return fd;
}

/* Seconds that a process has used of processors. */
static double cpu_of(pid_t pid)
{
	clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
	struct timespec t;

	if (pid && clock_getcpuclockid(pid, &clock))
		errx(1, "there is no clock of process %d", (int)pid);
	if (clock_gettime(clock, &t))
		err(1, "clock_gettime");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ... and that a thread of the kernel has, by its name in /proc; 0 if it is a program's. */
static double cpu_of_kernel(const char *pid)
{
	char path[300], line[512];
	unsigned long flags;
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		line[0] = 0;
	if (file)
		fclose(file);
	/* Behind the name: state, five numbers, flags, with PF_KTHREAD. */
	if (!strrchr(line, ')') ||
	    sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %lu", &flags) != 1 ||
	    !(flags & 0x00200000))
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return ns / 1e9;
}

static double cpu_of_kernels(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	double sum = 0;

	if (!dir)
		err(1, "/proc");
	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			sum += cpu_of_kernel(entry->d_name);
	closedir(dir);
	return sum;
}

/* From the first byte to the last one: setting up is another measurement. */
static void sink(int fd)
{
	double begin = 0, cpu = 0;
	uint64_t sum = 0;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (!sum) {
			begin = now();
			cpu = cpu_of(0);
		}
		sum += (uint64_t)n;
	}
	if (n < 0)
		err(1, "recv");
	mine->seconds = now() - begin;
	mine->cpu = cpu_of(0) - cpu;
	mine->units = (double)sum;
}

static void serve(int listening)
{
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			err(1, "accept");
		set_options(fd);
		if (plan.mode == STREAM || plan.mode == MESSAGES) {
			sink(fd);
			_exit(0);
		}
		while (read_whole(fd, buffer, plan.len))
			send_whole(fd, buffer, plan.len);
		close(fd);
	}
}

static int connected(void)
{
	int fd = new_socket();

	set_options(fd);
	if (connect(fd, &at.any, at_len))
		err(1, "connect");
	return fd;
}

static void ping(int fd)
{
	send_whole(fd, buffer, plan.len);
	if (!read_whole(fd, buffer, plan.len))
		errx(1, "the other end is gone");
}

static void connect_once(void)
{
	int fd = connected();

	ping(fd);
	close(fd);
}

static void connects(pid_t server)
{
	double begin, cpu;
	uint64_t n = 0;

	/* Work of the first time only. An emulator translates a module's code when it first
	 * runs. */
	for (int i = 0; i < 100; i++)
		connect_once();
	cpu = cpu_of(0) + cpu_of(server);
	begin = now();
	for (; now() - begin < plan.seconds; n++)
		connect_once();
	*mine = (struct outcome){ .units = (double)n,
				  .seconds = now() - begin,
				  .cpu = cpu_of(0) + cpu_of(server) - cpu };
}

static void pings(pid_t server)
{
	int fd = connected();
	double begin, cpu;
	uint64_t n = 0;

	for (int i = 0; i < 50; i++)
		ping(fd);
	cpu = cpu_of(0) + cpu_of(server);
	begin = now();
	while (now() - begin < plan.seconds)
		for (int i = 0; i < 16; i++, n++)
			ping(fd);
	*mine = (struct outcome){ .units = (double)n,
				  .seconds = now() - begin,
				  .cpu = cpu_of(0) + cpu_of(server) - cpu };
	close(fd);
}

/* The rest of the outcome is the reader's. */
static void writes(void)
{
	int fd = connected();
	double begin, cpu;
	uint64_t n = 0;

	for (int i = 0; i < 50; i++)
		send_whole(fd, buffer, plan.len);
	cpu = cpu_of(0);
	begin = now();
	while (now() - begin < plan.seconds)
		for (int i = 0; i < 16; i++, n++)
			send_whole(fd, buffer, plan.len);
	mine->writer_cpu = cpu_of(0) - cpu;
	mine->writer_units = (double)n * (double)plan.len;
	shutdown(fd, SHUT_WR);
	close(fd);
}

/* Both ends of a connection. Returns an exit status. */
static int pair(void)
{
	int fd = listener(), status = 0;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_on(plan.apart || plan.mode == STREAM || plan.mode == MESSAGES);
		serve(fd);
	}
	run_on(0);
	close(fd);
	if (plan.mode == CONNECT)
		connects(pid);
	else if (plan.mode == PINGPONG)
		pings(pid);
	else
		writes();
	if (plan.mode == PINGPONG || plan.mode == CONNECT)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) != SIGKILL;
}

static int pairs(void)
{
	int worst = 0, status;

	for (int i = 0; i < plan.pairs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			mine = &outcomes[i];
			_exit(pair());
		}
	}
	while (wait(&status) > 0)
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			worst = 1;
	return worst;
}

static void print(double kernel)
{
	double cpu = 0, rate = 0, units = 0, scale = 1;

	for (int i = 0; i < plan.pairs; i++) {
		const struct outcome *o = &outcomes[i];

		rate += o->units / o->seconds;
		units += o->units;
		/* The two ends do not begin and end at the same byte. */
		cpu += o->cpu;
		if (o->writer_units > 0)
			cpu += o->writer_cpu * o->units / o->writer_units;
	}
	if (plan.mode == STREAM)
		scale = 1e6;
	else if (plan.mode == MESSAGES)
		scale = (double)plan.len;
	rate /= scale;
	printf("%.3f %.3f\n", plan.mode == PINGPONG ? 1e6 / rate * plan.pairs : rate,
	       (cpu + kernel) / (units / scale) * 1e6);
}

static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		errx(2, "%s is no IPv4 address", text);
	return address;
}

static void parse(int argc, char **argv)
{
	plan.at.s_addr = htonl(INADDR_LOOPBACK);
	if (argc < 5)
		errx(2, "usage: kmod_client tcp|unix stream|messages|pingpong|connect BYTES "
			"SECONDS [OPTION...]");
	plan.local = !strcmp(argv[1], "unix");
	while (plan.mode < MODES && strcmp(argv[2], mode_names[plan.mode]))
		plan.mode++;
	plan.len = (size_t)atol(argv[3]);
	plan.seconds = atof(argv[4]);
	if (plan.mode == MODES || !plan.len || plan.len > BYTES_MAX || plan.seconds <= 0)
		errx(2, "that is no measurement");
	for (int i = 5; i < argc; i++) {
		if (!strcmp(argv[i], "nodelay"))
			plan.nodelay = true;
		else if (!strcmp(argv[i], "apart"))
			plan.apart = true;
		else if (!strncmp(argv[i], "busy=", 5))
			plan.busy = atoi(argv[i] + 5);
		else if (!strncmp(argv[i], "pairs=", 6))
			plan.pairs = atoi(argv[i] + 6);
		else if (!strncmp(argv[i], "at=", 3))
			plan.at = address_of(argv[i] + 3);
		else
			errx(2, "unknown option %s", argv[i]);
	}
	if (plan.pairs < 1 || plan.pairs > PAIRS_MAX)
		errx(2, "pairs are 1 to %d", PAIRS_MAX);
}

int main(int argc, char **argv)
{
	double kernel;
	int status;

	parse(argc, argv);
	outcomes = mmap(NULL, PAIRS_MAX * sizeof(*outcomes), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcomes == MAP_FAILED)
		err(1, "mmap");
	mine = outcomes;
	kernel = cpu_of_kernels();
	status = plan.pairs > 1 ? pairs() : pair();
	kernel = cpu_of_kernels() - kernel;
	if (!status)
		print(kernel > 0 ? kernel : 0);
	return status;
}
