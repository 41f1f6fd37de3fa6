// SPDX-License-Identifier: GPL-2.0-or-later
/* xfer_bytes BYTES client|server: the bytes that an end of smc-xfer sends by default. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer.h"

int main(int argc, char **argv)
{
	struct xfer_plan plan = { .seed = 1, .direction = DIR_BOTH };
	struct xfer_stream stream;
	uint8_t buf[4096];
	uint64_t at;
	size_t n;

	if (argc != 3) {
		fputs("Usage: xfer_bytes BYTES client|server\n", stderr);
		return EXIT_FAILURE;
	}
	plan.bytes = plan.reply_bytes = strtoull(argv[1], NULL, 10);
	stream_init(&stream, &plan, !strcmp(argv[2], "server"));
	for (at = 0; at < plan.bytes; at += n) {
		n = plan.bytes - at < sizeof(buf) ? plan.bytes - at : sizeof(buf);
		stream_fill(&stream, at, buf, n);
		if (fwrite(buf, 1, n, stdout) != n)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
