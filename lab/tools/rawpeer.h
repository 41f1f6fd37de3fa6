/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smc-rawpeer: declarations shared by its parts. */
#ifndef SMCKIT_LAB_RAWPEER_H
#define SMCKIT_LAB_RAWPEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include "rawpeer_option.h"

/* Verdicts above 0; also the exit codes of the program. */
enum {
	RAW_OK = 0,
	RAW_UNEXPECTED = 1, /* the peer did something else than the step wants */
	RAW_ERROR = 2,
	RAW_TIMEOUT = 3,
	RAW_USAGE = 64, /* EX_USAGE, as argp has it */
};

/* rawpeer_hex.c */
struct bytes {
	uint8_t *data;
	size_t len;
};

int hex_parse(const char *text, struct bytes *out);
void hex_print(const char *name, const uint8_t *data, size_t len);
void bytes_free(struct bytes *bytes);

#define _cleanup_bytes_ __attribute__((cleanup(bytes_free)))

/* rawpeer_tap.c */
struct rawpeer_bpf;
struct bpf_link;

struct tap {
	struct rawpeer_bpf *skel;
	struct bpf_link *link;
	char mount[PATH_MAX / 2], home[PATH_MAX / 2], cgroup[PATH_MAX];
	bool mounted, moved;
};

int tap_open(struct tap *tap, const struct rawpeer_option *option, const char **doing);
void tap_close(struct tap *tap);
int tap_peer_option(const struct tap *tap, int fd, struct rawpeer_option *option);

/* rawpeer_sock.c */
int raw_connect(const char *host, const char *port, int timeout_ms);
int raw_listen(const char *host, const char *port, uint16_t *bound);
int raw_accept(int listener, int timeout_ms);

/* rawpeer_step.c */
struct stepper {
	int fd; /* -1 when a step has closed it */
	int timeout_ms;
	const char *step;   /* the step at work, for messages */
	const char *detail; /* with a verdict: the event that came instead */
};

int step_run_args(struct stepper *stepper, char **args, size_t n);
int step_run_file(struct stepper *stepper, void *file);
int step_check_args(char **args, size_t n, const char **bad);
const char *step_help(void);

#endif
