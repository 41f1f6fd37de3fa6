/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a file that may be compressed by gzip as if it were not. */
#ifndef SMCKIT_TRACER_GUNZIP_H
#define SMCKIT_TRACER_GUNZIP_H

#include <stdio.h>

/**
 * gunzip() - what is in a file.
 * @file: at its beginning, from now on the result's
 *
 * Return: @file itself if it is not compressed, else a stream of what it holds;
 * closing it closes @file. NULL with errno set, and @file closed.
 */
FILE *gunzip(FILE *file);

#endif
