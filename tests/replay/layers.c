// SPDX-License-Identifier: GPL-2.0-or-later
/* See layers.h. Numbers are those of the RFCs and IANA. */
#include "layers.h"

#include <string.h>

void layers_begin(struct layers *s, const char *payload)
{
	s->at = s->end = sizeof(s->room);
	s->at -= strlen(payload);
	memcpy(s->room + s->at, payload, strlen(payload));
}

size_t layers_length(const struct layers *s)
{
	return s->end - s->at;
}

__u8 *layers_grow(struct layers *s, size_t n)
{
	s->at -= n;
	memset(s->room + s->at, 0, n);
	return s->room + s->at;
}

void layers_put16(__u8 *at, unsigned int v)
{
	at[0] = (__u8)(v >> 8);
	at[1] = (__u8)v;
}

void layers_tcp(struct layers *s, size_t options, __u8 flags)
{
	__u8 *h = layers_grow(s, 20 + options);

	layers_put16(h, 40000);
	layers_put16(h + 2, 443);
	memcpy(h + 4, "\x11\x22\x33\x44", 4);
	h[12] = (__u8)((20 + options) / 4 << 4);
	h[13] = flags;
	for (size_t i = 0; i < options; i++)
		h[20 + i] = (__u8)(0x80 + i);
}

void layers_udp(struct layers *s, unsigned int to)
{
	__u8 *h;
	size_t len = layers_length(s);

	h = layers_grow(s, 8);
	layers_put16(h, 50000);
	layers_put16(h + 2, to);
	layers_put16(h + 4, (unsigned int)len + 8);
}

void layers_ipv4(struct layers *s, __u8 protocol, size_t options)
{
	size_t len = layers_length(s);
	__u8 *h = layers_grow(s, 20 + options);

	h[0] = (__u8)(0x45 + options / 4);
	layers_put16(h + 2, (unsigned int)(len + 20 + options));
	h[9] = protocol;
	memcpy(h + 12, "\x0a\x01\x02\x03\x0a\x04\x05\x06", 8);
	memset(h + 20, 1, options);
}

void layers_ipv6(struct layers *s, __u8 next)
{
	size_t len = layers_length(s);
	__u8 *h = layers_grow(s, 40);

	h[0] = 0x60;
	layers_put16(h + 4, (unsigned int)len);
	h[6] = next;
	memset(h + 8, 0x20, 16);
	memset(h + 24, 0x30, 16);
}

void layers_extension(struct layers *s, __u8 next, unsigned int eights)
{
	__u8 *h = layers_grow(s, 8 * (eights + 1));

	h[0] = next;
	h[1] = (__u8)eights;
}

void layers_ethernet(struct layers *s, unsigned int type)
{
	layers_put16(layers_grow(s, 14) + 12, type);
}

void layers_vlan(struct layers *s, unsigned int outer)
{
	__u8 *h = layers_grow(s, 4);

	memmove(h, h + 4, 12);
	layers_put16(h + 12, outer);
	layers_put16(h + 14, 7);
}

void layers_vxlan(struct layers *s)
{
	layers_grow(s, 8)[0] = 8;
	layers_udp(s, 4789);
}

void layers_geneve(struct layers *s, unsigned int type, unsigned int options)
{
	__u8 *h = layers_grow(s, 8 + 4 * options);

	h[0] = (__u8)options;
	layers_put16(h + 2, type);
	layers_udp(s, 6081);
}

void layers_gre(struct layers *s, unsigned int flags, unsigned int type)
{
	size_t more = !!(flags & 0x8000) + !!(flags & 0x2000) + !!(flags & 0x1000);
	__u8 *h = layers_grow(s, 4 + 4 * more);

	layers_put16(h, flags);
	layers_put16(h + 2, type);
}

void layers_mpls(struct layers *s, bool last)
{
	__u8 *h = layers_grow(s, 4);

	h[1] = 0x12;
	h[2] = last;
	h[3] = 64;
}
