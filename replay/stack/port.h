/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports of the stack's RDMA devices that go down and come back, and devices that are deleted and
 * added. A process that keeps the right to do so, for one that has given it up, pulls the cable:
 * the interface of a port is one of a pair of type veth, and its other end, which has no RDMA
 * device, is set down. So the port loses its carrier, and nothing else: addresses and routes stay.
 * A device is of soft-RoCE. What is down or deleted is put back at the end.
 */
#ifndef SMCKIT_REPLAY_PORT_H
#define SMCKIT_REPLAY_PORT_H

#include <netinet/in.h>
#include <stdbool.h>

struct port;

/* Begin, before privileges are dropped. Return: 0 or -errno. */
int port_open(struct port **p);

/* Has the interface with this address a cable that can be pulled? */
bool port_has_cable(struct in_addr address);

/**
 * port_set() - pull the cable of the interface with this address, or put it in.
 *
 * Return: 0, -ENODEV when there is no such interface or no such cable, or -errno.
 */
int port_set(struct port *p, struct in_addr address, bool up);

/**
 * port_set_device() - delete the RDMA device of the interface with this address, or add it again.
 *
 * Return: 0, -ENODEV when there is no such interface or no device of it, -EALREADY when it is to be
 * added and was not deleted, -ETIMEDOUT when the kernel waits for those who use it, or -errno.
 */
int port_set_device(struct port *p, struct in_addr address, bool present);

/* Cables that were pulled are put in, and devices that were deleted are added. Return: 0 or -errno.
 */
int port_restore(struct port *p);

void port_close(struct port *p);

#endif
