// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/ in a Wireshark plugin, with Wireshark's headers on the side that WIRE_FIRST selects. */
#ifdef WIRE_FIRST
#include "smc_codec.h"
#include "smc_text.h"
#endif

#define WS_BUILD_DLL
#include <epan/packet.h>
#include <epan/proto.h>

#ifndef WIRE_FIRST
#include "smc_codec.h"
#include "smc_text.h"
#endif

int world_dissect(tvbuff_t *tvb, packet_info *pinfo);

int world_dissect(tvbuff_t *tvb, packet_info *pinfo)
{
	const guint len = tvb_captured_length(tvb);
	const guint8 *msg = tvb_get_ptr(tvb, 0, (gint)len);
	char line[SMCW_LINE_MAX];
	struct smcw_layout layout;

	(void)pinfo;
	smcw_clc_layout(msg, len, &layout);
	return smcw_clc_text(msg, &layout, line, sizeof(line));
}
