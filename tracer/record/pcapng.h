/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events as a pcapng file: link type WIRESHARK_UPPER_PDU, so that
 * Wireshark shows addresses, ports, protocol and a line even where it does not
 * know the events; an interface for each device and class of event; direction,
 * loss and a message's id in the options of each packet.
 *
 * Written through a buffer that holds whole blocks only. If the disk is
 * full the file is cut back to the last whole block.
 */
#ifndef SMCKIT_TRACER_PCAPNG_H
#define SMCKIT_TRACER_PCAPNG_H

#include "smc_event.h"
#include "smc_pcapng.h"

#define PCAPNG_EVENT_MAX (sizeof(struct smcw_event) + 0xffff)

/* The file's words about itself; each may be NULL. */
struct pcapng_meta {
	const char *version; /* of smc-trace */
	const char *kernel;  /* release of the traced one */
	const char *command; /* line that traced */
};

struct pcapng;

/**
 * pcapng_open() - begin a file.
 * @fd: where to; stays the caller's, who also takes care of SIGPIPE
 * @meta: for the section header, not needed later
 * @out: the writer
 *
 * Nothing is written yet.
 *
 * Return: 0 or -ENOMEM.
 */
int pcapng_open(int fd, const struct pcapng_meta *meta, struct pcapng **out);

/**
 * pcapng_event() - add an event.
 * @ev: as smcw_event_check() wants it, time in ns since 1970
 * @text: one line of UTF-8 about it, or NULL for none, which for CDC means smcw_event_text()
 *
 * Return: 0 or -errno of write(); then every later call gives the same and
 * nothing more is written.
 */
int pcapng_event(struct pcapng *p, const struct smcw_event *ev, const char *text);

/**
 * pcapng_lost() - count events that were lost and that no later event reports.
 * @like: gives the interface by its kind and device
 * @n: how many
 *
 * Return: as pcapng_event()
 */
int pcapng_lost(struct pcapng *p, const struct smcw_event *like, __u64 n);

/* Bytes of the file, with those that still are in the buffer. */
__u64 pcapng_size(const struct pcapng *p);

/* A line for the statistics of the first interface, at the end; the caller's until then, or NULL.
 */
void pcapng_remark(struct pcapng *p, const char *line);

/**
 * pcapng_flush() - write what is in the buffer.
 *
 * Return: as pcapng_event()
 */
int pcapng_flush(struct pcapng *p);

/**
 * pcapng_close() - write the interfaces' statistics and the buffer, free @p.
 * @p: may be NULL
 *
 * Return: as pcapng_event()
 */
int pcapng_close(struct pcapng *p);

#endif
