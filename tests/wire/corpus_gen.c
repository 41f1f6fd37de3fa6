// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The samples as seeds for fuzz_codec:
 *
 *	corpus_gen DIRECTORY
 */
#include <stdio.h>

#include "samples.h"

static int write_seeds(const char *dir, const struct sample *s, size_t n)
{
	__u8 buf[SAMPLE_MAX + 1];
	char path[4096];
	FILE *out;

	for (; n; n--, s++) {
		size_t len = sample_bytes(s->hex, buf + 1) + 1;

		buf[0] = (__u8)s->kind;
		snprintf(path, sizeof(path), "%s/%s", dir, s->name);
		out = fopen(path, "wb");
		if (!out || fwrite(buf, 1, len, out) != len || fclose(out)) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "Usage: corpus_gen DIRECTORY\n");
		return 2;
	}
	return write_seeds(argv[1], samples, samples_n) ||
	       write_seeds(argv[1], faulty_samples, faulty_samples_n);
}
