/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events out of a file, as pcapng.h writes it; also when Wireshark,
 * editcap or a full disk had their hands on it. Any bytes may be read.
 */
#ifndef SMCKIT_TRACER_READER_H
#define SMCKIT_TRACER_READER_H

#include <stddef.h>
#include <stdio.h>

#include "smc_event.h"

#define READER_ERROR_MAX 256

enum reader_verdict { READER_CUT = 1 };

struct reader_result {
	__u64 packets; /* so far: the number of the packet at hand, from 1 */
	__u64 events;  /* among them */
	__u64 foreign; /* packets that are no trace event */
	__u64 newer; /* events that a later smc-trace has written: of a version or a kind not known
			here */
	__u64 newer_kinds[256 / 64];  /* a bit for each such kind */
	__u8 newer_version;	      /* the highest such version, 0 for none */
	char error[READER_ERROR_MAX]; /* why the result is not 0; empty if it is */
};

/**
 * reader_fn - what is done with an event.
 * @ctx: the caller's
 * @ev: as smcw_event_check() wants it; valid until the function returns
 *
 * Return: 0, or what reader_file() shall end with.
 */
typedef int (*reader_fn)(void *ctx, struct smcw_event *ev);

/**
 * reader_path() - read a file of events.
 * @path: its name, "-" for standard input
 * @fn: called for each event, in the order of the file
 * @ctx: for @fn
 * @r: filled in from the start, so that @fn may look at it
 *
 * Return: 0; READER_CUT: the file ends within a block, all before it was read;
 * -EBADMSG: no capture file, a broken one, or one cut before its 12th byte, -EPROTONOSUPPORT: a
 * capture of something else, or -errno; with a text in @r. Or what @fn returned.
 */
int reader_path(const char *path, reader_fn fn, void *ctx, struct reader_result *r);

/* As reader_path(), for an open file, which is closed. */
int reader_file(FILE *file, reader_fn fn, void *ctx, struct reader_result *r);

struct reader;

/**
 * reader_open() - begin to read a file of events, to take them one by one.
 * @path: its name, "-" for standard input
 * @out: the reader
 * @r: filled in from the start, for as long as the file is read
 *
 * Return: 0, or as reader_path().
 */
int reader_open(const char *path, struct reader **out, struct reader_result *r);

/**
 * reader_next() - the next event.
 * @ev: as smcw_event_check() wants it, until the next call; NULL if the result is not 0 or the file
 * has ended
 *
 * Return: 0, also at the end of the file; else as reader_path().
 */
int reader_next(struct reader *reader, struct smcw_event **ev);

/* Bytes of the file that were read; 0 where it is compressed. */
__u64 reader_at(const struct reader *reader);

/* @reader may be NULL. */
void reader_close(struct reader *reader);

/**
 * reader_packet() - the event in a packet of link type WIRESHARK_UPPER_PDU.
 * @packet: its bytes
 * @len: how many
 *
 * Return: where the event starts, counted from @packet, or -ENOENT when there
 * is none: other dissector, or tags without an end. The bytes of the event are
 * not looked at.
 */
int reader_packet(const void *packet, size_t len);

#endif
