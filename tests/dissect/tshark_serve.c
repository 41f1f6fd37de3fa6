// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into tshark by tshark.sh: one start, which takes ten times as long as a small capture,
 * serves all dissections of a test. Where tshark reads its settings it knows all protocols and has
 * seen no argument but those that it reads twice (-V, -O,
 * ...). There it listens at $SMCX_SERVE, and a child goes on for each request, with the arguments,
 * the standard files and the capture of that request. It ends with process $SMCX_SERVE_FOR.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tshark_serve.h"

struct wtap;
struct ws_option;
struct epan_prefs;

enum { CHILDREN = 60, LISTENER = 0, LIFE = 1, FIRST_CHILD = 2 };

/* A dissection: its process, and the connection whose end ends it. */
struct child {
	pid_t pid;
	int pidfd, conn;
};

static struct {
	char bytes[SERVE_BYTES];
	char *argv[SERVE_ARGUMENTS + 2];
	int argc;
	int files[SERVE_FILES];
	const char *capture;
} request;

static struct child children[CHILDREN];
static int n_children;

static void stop(const char *what)
{
	fprintf(stderr, "tshark_serve: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void *next_of(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		stop(name);
	return function;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		stop(path);
	}
	strcpy(address.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, CHILDREN))
		stop(path);
	return fd;
}

/* The arguments and files of a request; false if the one that asks has gone, or asks for too much.
 */
static int take_request(int conn)
{
	char control[CMSG_SPACE(SERVE_FILES * sizeof(int))];
	struct iovec iov = { request.bytes, sizeof(request.bytes) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *rights = CMSG_FIRSTHDR(&msg);
	char *at = request.bytes;

	if (len <= 0 || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !rights ||
	    rights->cmsg_len != CMSG_LEN(sizeof(request.files)))
		return 0;
	memcpy(request.files, CMSG_DATA(rights), sizeof(request.files));
	request.bytes[len] = '\0';
	request.argc = 0;
	request.argv[request.argc++] = "tshark";
	for (; at < request.bytes + len; at += strlen(at) + 1) {
		if (request.argc > SERVE_ARGUMENTS)
			return 0;
		request.argv[request.argc++] = at;
	}
	request.argv[request.argc] = NULL;
	return 1;
}

/* The name under which tshark opens the capture, which its user perhaps may not do: then a copy. */
static const char *name_of_capture(int file)
{
	static char name[64];
	struct stat st;
	int copy;

	if (fstat(file, &st) || !S_ISREG(st.st_mode)) {
		dup2(file, STDIN_FILENO);
		return "-";
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	if (!access(name, R_OK))
		return name;
	copy = memfd_create("capture", MFD_CLOEXEC);
	while (st.st_size > 0) {
		ssize_t n = sendfile(copy, file, NULL, st.st_size);

		if (n <= 0)
			stop("copy of the capture");
		st.st_size -= n;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", copy);
	return name;
}

static void become_tshark(void)
{
	int i;

	for (i = 0; i < SERVE_CAPTURE; i++)
		if (dup2(request.files[i], i) < 0)
			stop("dup2");
	request.capture = name_of_capture(request.files[SERVE_CAPTURE]);
}

/* Returns true in the child. */
static int start_child(int conn)
{
	struct child *child = &children[n_children];
	int i, taken = take_request(conn);

	child->pid = taken ? fork() : -1;
	if (!child->pid) {
		become_tshark();
		return 1;
	}
	if (taken)
		for (i = 0; i < SERVE_FILES; i++)
			close(request.files[i]);
	if (child->pid < 0) {
		close(conn);
		return 0;
	}
	child->pidfd = syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		stop("pidfd_open");
	child->conn = conn;
	n_children++;
	return 0;
}

static void end_child(int i)
{
	struct child *child = &children[i];
	int status, code;

	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			stop("waitpid");
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	send(child->conn, &code, sizeof(code), MSG_NOSIGNAL);
	close(child->conn);
	close(child->pidfd);
	*child = children[--n_children];
}

/* Two of each child: its end, and the end of the one that has asked. */
static void watch_children(const struct pollfd *polled, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--) {
		if (polled[2 * i + 1].revents & POLLHUP)
			kill(children[i].pid, SIGKILL);
		if (polled[2 * i].revents)
			end_child(i);
	}
}

/* Returns in the children only. */
static void serve(int listener, int life)
{
	struct pollfd polled[FIRST_CHILD + 2 * CHILDREN];
	int i, n;

	for (;;) {
		n = n_children;
		polled[LISTENER] = (struct pollfd){ n < CHILDREN ? listener : -1, POLLIN, 0 };
		polled[LIFE] = (struct pollfd){ life, POLLIN, 0 };
		for (i = 0; i < n; i++) {
			polled[FIRST_CHILD + 2 * i] =
				(struct pollfd){ children[i].pidfd, POLLIN, 0 };
			polled[FIRST_CHILD + 2 * i + 1] = (struct pollfd){ children[i].conn, 0, 0 };
		}
		if (poll(polled, FIRST_CHILD + 2 * n, -1) < 0 && errno != EINTR)
			stop("poll");
		if (polled[LIFE].revents)
			_exit(0);
		watch_children(polled + FIRST_CHILD, n);
		if (polled[LISTENER].revents &&
		    start_child(accept4(listener, NULL, NULL, SOCK_CLOEXEC)))
			return;
	}
}

static void say_ready(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		stop("write");
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

/* The types of all three hooks are those of 4.0. */
struct epan_prefs *epan_load_settings(void);

struct epan_prefs *epan_load_settings(void)
{
	struct epan_prefs *(*next)(void) = next_of("epan_load_settings");
	const char *path = getenv("SMCX_SERVE"), *whose = getenv("SMCX_SERVE_FOR");
	int life, listener;

	if (path && whose && !request.argc) {
		life = syscall(SYS_pidfd_open, atoi(whose), 0);
		if (life < 0)
			stop("SMCX_SERVE_FOR");
		listener = listen_at(path);
		say_ready();
		serve(listener, life);
	}
	return next();
}

extern int ws_optind;
int ws_getopt_long(int argc, char *const *argv, const char *letters,
		   const struct ws_option *options, int *index);

/* main() goes on with its own argc: once its arguments are over, none is left of those. */
int ws_getopt_long(int argc, char *const *argv, const char *letters,
		   const struct ws_option *options, int *index)
{
	int (*next)(int, char *const *, const char *, const struct ws_option *, int *) =
		next_of("ws_getopt_long");
	int option;

	if (!request.argc)
		return next(argc, argv, letters, options, index);
	option = next(request.argc, request.argv, letters, options, index);
	if (option < 0) {
		if (ws_optind < request.argc) {
			errno = EINVAL;
			stop(request.argv[ws_optind]);
		}
		ws_optind = argc;
	}
	return option;
}

struct wtap *wtap_open_offline(const char *name, unsigned int type, int *err, char **err_info,
			       int do_random);

struct wtap *wtap_open_offline(const char *name, unsigned int type, int *err, char **err_info,
			       int do_random)
{
	struct wtap *(*next)(const char *, unsigned int, int *, char **, int) =
		next_of("wtap_open_offline");

	return next(request.capture ? request.capture : name, type, err, err_info, do_random);
}

void epan_cleanup(void);

/* Taking 3000 protocols apart costs as much as a small capture, and nothing is written after it. */
void epan_cleanup(void)
{
	if (!request.argc)
		((void (*)(void))next_of("epan_cleanup"))();
}
