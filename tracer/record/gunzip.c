// SPDX-License-Identifier: GPL-2.0-or-later
/* See gunzip.h. */
#include "gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

struct zipped {
	FILE *file;
	z_stream z;
	int ended; /* of a member; another one may follow */
	unsigned char in[65536];
};

static int more_input(struct zipped *f)
{
	f->z.next_in = f->in;
	f->z.avail_in = (unsigned int)fread(f->in, 1, sizeof(f->in), f->file);
	return f->z.avail_in > 0;
}

/* A cut file ends where it is cut; a broken one is an error of reading. */
static ssize_t zipped_read(void *ctx, char *to, size_t size)
{
	struct zipped *f = ctx;
	int r;

	f->z.next_out = (unsigned char *)to;
	f->z.avail_out = (unsigned int)(size < 1u << 30 ? size : 1u << 30);
	size = f->z.avail_out;
	while (f->z.avail_out) {
		if (!f->z.avail_in && !more_input(f))
			break;
		if (f->ended && inflateReset(&f->z) != Z_OK)
			break;
		f->ended = 0;
		r = inflate(&f->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END) {
			f->ended = 1;
		} else if (r != Z_OK) {
			if (f->z.avail_out < size)
				break; /* what came before is good */
			errno = EBADMSG;
			return -1;
		}
	}
	return (ssize_t)(size - f->z.avail_out);
}

static int zipped_close(void *ctx)
{
	struct zipped *f = ctx;
	int r = fclose(f->file);

	inflateEnd(&f->z);
	free(f);
	return r;
}

static FILE *open_zipped(FILE *file)
{
	static const cookie_io_functions_t calls = { .read = zipped_read, .close = zipped_close };
	struct zipped *f = calloc(1, sizeof(*f));
	FILE *out;

	/* 15: the largest window; 16: gzip's format. */
	if (!f || inflateInit2(&f->z, 15 + 16) != Z_OK) {
		free(f);
		fclose(file);
		errno = ENOMEM;
		return NULL;
	}
	f->file = file;
	out = fopencookie(f, "r", calls);
	if (!out)
		zipped_close(f);
	return out;
}

FILE *gunzip(FILE *file)
{
	int first = fgetc(file), second = first == 0x1f ? fgetc(file) : EOF;

	/* glibc takes back what has just been read. */
	if (second != EOF)
		ungetc(second, file);
	if (first != EOF)
		ungetc(first, file);
	return first == 0x1f && second == 0x8b ? open_zipped(file) : file;
}
