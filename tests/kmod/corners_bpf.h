/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of BPF at a cgroup, for corners.c. Each returns the program's descriptor, or ends the
 * process. */
#ifndef SMCKIT_TESTS_CORNERS_BPF_H
#define SMCKIT_TESTS_CORNERS_BPF_H

/* Forbids sockets of that protocol: the outer one of SMC, and not its TCP's. */
int corners_forbid(int cgroup, int protocol);

/* Puts what a listener accepts into a sockmap, before accept(). */
int corners_take_passive(int cgroup);

#endif
