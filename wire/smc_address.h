/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses of 16 bytes, as GIDs of RoCEv2 and events have them: an IPv4 address stands in its
 * mapped form, ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). Network order.
 */
#ifndef SMCKIT_SMC_ADDRESS_H
#define SMCKIT_SMC_ADDRESS_H

#include "smc_codec.h"

/* Where the IPv4 address of a mapped one begins. */
#define SMCW_MAPPED_AT 12

/* @address: 16 bytes */
static inline int smcw_is_mapped(const __u8 *address)
{
	return !smcw_get64(address) && smcw_get32(address + 8) == 0xffff;
}

/**
 * smcw_put_mapped() - an IPv4 address in 16 bytes.
 * @address: 16 bytes, for the result
 * @ip4: 4 bytes; may be those at @address + SMCW_MAPPED_AT
 */
static inline void smcw_put_mapped(__u8 *address, const void *ip4)
{
	__u32 ip = smcw_get32(ip4);

	smcw_put64(address, 0);
	smcw_put32(address + 8, 0xffff);
	smcw_put32(address + SMCW_MAPPED_AT, ip);
}

#endif
