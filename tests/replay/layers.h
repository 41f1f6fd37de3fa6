/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that are put together from their layers, for packet.c. */
#ifndef SMCKIT_TESTS_LAYERS_H
#define SMCKIT_TESTS_LAYERS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/* A packet that grows at its front: the innermost layer comes first. */
struct layers {
	__u8 room[512];
	size_t at, end;
};

void layers_begin(struct layers *s, const char *payload);
size_t layers_length(const struct layers *s);
__u8 *layers_grow(struct layers *s, size_t n);
void layers_put16(__u8 *at, unsigned int v);

void layers_tcp(struct layers *s, size_t options, __u8 flags);
void layers_udp(struct layers *s, unsigned int to);
void layers_ipv4(struct layers *s, __u8 protocol, size_t options);
void layers_ipv6(struct layers *s, __u8 next);
void layers_extension(struct layers *s, __u8 next, unsigned int eights);
void layers_ethernet(struct layers *s, unsigned int type);
/* Before the type of Ethernet that is there. */
void layers_vlan(struct layers *s, unsigned int outer);
void layers_vxlan(struct layers *s);
void layers_geneve(struct layers *s, unsigned int type, unsigned int options);
void layers_gre(struct layers *s, unsigned int flags, unsigned int type);
void layers_mpls(struct layers *s, bool last);

#endif
