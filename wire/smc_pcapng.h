/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of trace events and packets in a pcapng file: its blocks and options by their numbers in
 * draft-ietf-opsawg-pcapng, and the tags that Wireshark wants before an event.
 */
#ifndef SMCKIT_SMC_PCAPNG_H
#define SMCKIT_SMC_PCAPNG_H

/* Link type of events (WIRESHARK_UPPER_PDU), and their dissector. */
#define SMCW_EVENT_LINKTYPE 252
#define SMCW_EVENT_DISSECTOR "smcx.event"

#define SMCW_PCAPNG_ORDER 0x1a2b3c4d /* in the section header, as its writer has numbers */

/* Blocks: interface, statistics, packet, section. */
enum smcw_pcapng_block {
	SMCW_IDB = 1,
	SMCW_ISB = 5,
	SMCW_EPB = 6,
	SMCW_SHB = 0x0a0d0d0a,
};

/* Options, which are counted anew for each kind of block. */
enum smcw_pcapng_option {
	SMCW_OPT_END = 0,
	SMCW_OPT_COMMENT = 1,
	SMCW_SHB_OS = 3,
	SMCW_SHB_USERAPPL = 4,
	SMCW_IF_NAME = 2,
	SMCW_IF_DESCRIPTION = 3,
	SMCW_IF_TSRESOL = 9,
	SMCW_EPB_FLAGS = 2,
	SMCW_EPB_DROPCOUNT = 4,
	SMCW_EPB_PACKETID = 5,
	SMCW_ISB_IFRECV = 4,
	SMCW_ISB_IFDROP = 5,
	SMCW_ISB_USRDELIV = 8,
};

/* Tags: Wireshark's EXP_PDU_TAG_*, wsutil/exported_pdu_tlvs.h. Each has 2 bytes of length. */
enum smcw_pcapng_tag {
	SMCW_TAG_END = 0,
	SMCW_TAG_DISSECTOR_NAME = 12,
	SMCW_TAG_IPV4_SRC = 20,
	SMCW_TAG_IPV4_DST = 21,
	SMCW_TAG_IPV6_SRC = 22,
	SMCW_TAG_IPV6_DST = 23,
	SMCW_TAG_PORT_TYPE = 24,
	SMCW_TAG_SRC_PORT = 25,
	SMCW_TAG_DST_PORT = 26,
	SMCW_TAG_COL_PROT_TEXT = 33,
	SMCW_TAG_COL_INFO_TEXT = 36, /* 4.2 and later; before, it is passed over */
};

#endif
