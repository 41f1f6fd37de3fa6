/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the files of a trace, also in a folder in which others may make files, too. */
#ifndef SMCKIT_TRACER_FILES_H
#define SMCKIT_TRACER_FILES_H

#include <limits.h>

/**
 * files_open() - make the file of a trace, for its owner alone.
 * @wanted: its name
 * @used: the name that it has got, PATH_MAX bytes
 *
 * A pipe or a device is opened as it is; for a pipe's reader it waits until a
 * signal that ends us is pending. A file that exists is replaced and
 * never written into: somebody else may have it open, or have made a link of
 * it. If others may write into the folder, a name that is taken by what is
 * another user's, by a link or by a folder is left to them, and the file gets
 * the name with .1 to .99 after it, or with random digits.
 *
 * Return: the file, or -errno.
 */
int files_open(const char *wanted, char *used);

/**
 * files_open_beside() - make a file that is going to replace another one.
 * @path: the other one
 * @temporary: the name of the new one, PATH_MAX bytes
 *
 * Return: the file, which everybody may read; -EINVAL if @path is there and no
 * regular file, or -errno.
 */
int files_open_beside(const char *path, char *temporary);

/* Let @temporary take the place of @path, or remove it if @err is not 0. @err, or -errno. */
int files_replace(const char *temporary, const char *path, int err);

#endif
