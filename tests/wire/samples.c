// SPDX-License-Identifier: GPL-2.0-or-later
/* See samples.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- parts that messages have in common ---------------------------------------- */

#define EYE_R " e2d4c3d9 "
#define EYE_D " e2d4c3c4 "
#define PEER_ID " 0001020000000001 "
#define GID1 " fe80 00*6 000000fffe000001 "
#define GID2 " 00*10 ffff c0a80101 " /* 192.168.1.1, as RoCEv2 writes it */
#define MAC " 020000000001 "
#define BASE PEER_ID GID1 MAC /* 30 bytes */
#define SUBNET " c0a80100 18 0000 "
#define IPV6 " 20010db8 00*12 40 "
#define IPV6_8 IPV6 IPV6 IPV6 IPV6 IPV6 IPV6 IPV6 IPV6
#define ISM " 0000000000001234 8001 "
#define VENDOR " 00*28 "
#define EID " 'SMCKIT.TEST' 20*21 "
#define EID_8 EID EID EID EID EID EID EID EID
#define SEID " 'IBM-SYSZ-ISMSEID00000000' 20*8 00*16 "
#define CHID_LO " 1122334455667788 ffff "
#define V2X " ff 02 0001 00*12 " /* the version 2 extension after the RoCEv2 GID */
#define SMCR BASE "000012 00001000 01 00000001 25 00 0000000012340000 00 0000ab "
#define SMCR_V2 EID "00*8 "
#define SMCD " 1122334455667788 00000000000000aa 00 20 0000 00000100 "
#define SMCD_V2 " ffff " EID "0102030405060708 "
#define HOST " 0000 'lab1' 20*28 "
#define FCE_V2X " ff 02 0001 00000000 00*8 "
#define RTOKEN " 00001000 00001001 0000000012340000 "
#define RKEY1 " 00001000 0000000012340000 "
#define RKEY2 " 00002000 0000000023450000 "
#define CONFIRM_LINK MAC GID1 "000012 01 0a0b0c0d 02 00 00*8 "
#define ADD_LINK MAC "0000 " GID1 "000013 02 05 0000cd 00*8 "
#define CDC "0001 00000001 0000 0000 00001000 0000 0001 00000800 90 80 00*18 "

#define CLC(name, hex, layout, line) { SAMPLE_CLC, #name, hex, layout, line },
#define LLC(name, hex, layout, line) { SAMPLE_LLC, #name, hex, layout, line },
#define LITTLE(name, hex, layout, line) { SAMPLE_SMCD_LITTLE, #name, hex, layout, line },
#define BIG(name, hex, layout, line) { SAMPLE_SMCD_BIG, #name, hex, layout, line },

/* ---- well-formed messages --------------------------------------------------------- */

#define PROPOSALS                                                                                  \
	CLC(proposal_v1_r_52_bytes, EYE_R "01 0034 10" BASE "0000" SUBNET "00" EYE_R,              \
	    "proposal_hdr@0 proposal@8 prefix@40 trailer@48",                                      \
	    "SMC-R Proposal v1, subnet 192.168.1.0/24")                                            \
	CLC(proposal_v1_r_69_bytes, EYE_R "01 0045 10" BASE "0000 00*7 01" IPV6 EYE_R,             \
	    "proposal_hdr@0 proposal@8 prefix@40 ipv6_prefix@48 trailer@65",                       \
	    "SMC-R Proposal v1, prefix 2001:db8::/64")                                             \
	CLC(proposal_v1_r_smcd_area, EYE_R "01 005c 10" BASE "0028 00*40" SUBNET "00" EYE_R,       \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 trailer@88",                     \
	    "SMC-R Proposal v1, subnet 192.168.1.0/24")                                            \
	CLC(proposal_v1_d, EYE_R "01 005c 11" BASE "0028" ISM "0000" VENDOR SUBNET "00" EYE_R,     \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 trailer@88",                     \
	    "SMC-D Proposal v1, subnet 192.168.1.0/24")                                            \
	CLC(proposal_v1_b_8_prefixes,                                                              \
	    EYE_R "01 00e4 13" BASE "0028" ISM "0000" VENDOR "00*7 08" IPV6_8 EYE_R,               \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 ipv6_prefix@88x8 trailer@224",   \
	    "SMC-R/SMC-D Proposal v1, prefix 2001:db8::/64")                                       \
	CLC(proposal_v2_r_1_eid,                                                                   \
	    EYE_R "01 00a4 20" BASE "0028 00*10 0024" VENDOR SUBNET                                \
		  "00 01 00 00 10 0000 0000" GID2 V2X EID EYE_R,                                   \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 v2_ext@88 ueid@128 trailer@160", \
	    "SMC-R Proposal v2.1, 1 UEID, RoCEv2 192.168.1.1, subnet 192.168.1.0/24")              \
	CLC(proposal_v2_r_no_eid_no_v1,                                                            \
	    EYE_R "01 007c 22" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 00 00 10 0000 0000" GID2 V2X EYE_R,                                          \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 trailer@120",                    \
	    "SMC-R Proposal v2.1, 0 UEIDs, RoCEv2 192.168.1.1")                                    \
	CLC(proposal_v2_d_loopback,                                                                \
	    EYE_R "01 00b6 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 01 00 11 0000 0020 00*16" V2X SEID CHID_LO EYE_R,                            \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 smcd_v2_ext@120 gid_chid@168 "   \
	    "trailer@178",                                                                         \
	    "SMC-D Proposal v2.1, 0 UEIDs, loopback-ism")                                          \
	CLC(proposal_v2_d_no_gid,                                                                  \
	    EYE_R "01 00cc 26" BASE "0000" ISM "001c" VENDOR                                       \
		  "01 00 00 10 0000 0040 00*16" V2X EID SEID EYE_R,                                \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 ueid@120 smcd_v2_ext@152 "       \
	    "trailer@200",                                                                         \
	    "SMC-D Proposal v2.1, 1 UEID")                                                         \
	CLC(proposal_v2_b_8_of_each,                                                               \
	    EYE_R "01 028c 2f" BASE "0028" ISM "00ac" VENDOR "00*7 08" IPV6_8                      \
		  "08 08 00 11 0000 0120" GID2 V2X EID_8 SEID ISM ISM ISM ISM ISM ISM CHID_LO      \
			  CHID_LO EYE_R,                                                           \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 ipv6_prefix@88x8 v2_ext@224 "    \
	    "ueid@264x8 smcd_v2_ext@520 gid_chid@568x8 trailer@648",                               \
	    "SMC-R/SMC-D Proposal v2.1, 8 UEIDs, RoCEv2 192.168.1.1, CHID 0x8001, "                \
	    "prefix 2001:db8::/64")                                                                \
	CLC(proposal_v2_release_0,                                                                 \
	    EYE_R "01 00ac 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 00 00 00 0000 0020 00*16 00*16" EID "00*16" EYE_R,                           \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 smcd_v2_ext@120 trailer@168",    \
	    "SMC-D Proposal v2.0, 0 UEIDs")                                                        \
	CLC(proposal_v2_nothing_in_v2,                                                             \
	    EYE_R "01 005c 28" BASE "0028 00*12" VENDOR SUBNET "00" EYE_R,                         \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 trailer@88",                     \
	    "SMC-R Proposal v2, subnet 192.168.1.0/24")                                            \
	CLC(proposal_v2_nothing_at_all, EYE_R "01 0054 2a" BASE "0000 00*12" VENDOR EYE_R,         \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 trailer@80", "SMC Proposal v2")            \
	CLC(proposal_v15_as_v2,                                                                    \
	    EYE_R "01 007c f2" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 00 00 f0 0000 0000" GID2 V2X EYE_R,                                          \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 trailer@120",                    \
	    "SMC-R Proposal v15.15, 0 UEIDs, RoCEv2 192.168.1.1")

#define ACCEPTS                                                                                    \
	CLC(accept_r_v1_first, EYE_R "02 0044 18" SMCR EYE_R, "accept_hdr@0 smcr@8 trailer@64",    \
	    "SMC-R Accept v1, first contact, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, "      \
	    "64 KiB")                                                                              \
	CLC(confirm_r_v1, EYE_R "03 0044 10" SMCR EYE_R, "accept_hdr@0 smcr@8 trailer@64",         \
	    "SMC-R Confirm v1, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, 64 KiB")             \
	CLC(accept_d_v1_first, EYE_D "02 0030 19" SMCD "00*12" EYE_D,                              \
	    "accept_hdr@0 smcd@8 smcd_v1@32 trailer@44",                                           \
	    "SMC-D Accept v1, first contact, DMB 0xaa, 64 KiB")                                    \
	CLC(confirm_d_v1, EYE_D "03 0030 11" SMCD "00*12" EYE_D,                                   \
	    "accept_hdr@0 smcd@8 smcd_v1@32 trailer@44", "SMC-D Confirm v1, DMB 0xaa, 64 KiB")     \
	CLC(accept_r_v2, EYE_R "02 006c 20" SMCR SMCR_V2 EYE_R,                                    \
	    "accept_hdr@0 smcr@8 smcr_v2@64 trailer@104",                                          \
	    "SMC-R Accept v2, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, 64 KiB")              \
	CLC(accept_r_v20_first, EYE_R "02 0090 28" SMCR SMCR_V2 "80 20" HOST EYE_R,                \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 trailer@140",                                  \
	    "SMC-R Accept v2.0, first contact, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, "    \
	    "64 KiB")                                                                              \
	CLC(accept_r_v21_first, EYE_R "02 00a0 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X EYE_R,        \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 trailer@156",                     \
	    "SMC-R Accept v2.1, first contact, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, "    \
	    "64 KiB")                                                                              \
	CLC(confirm_r_v20_first_1_gid,                                                             \
	    EYE_R "03 00a4 28" SMCR SMCR_V2 "80 20" HOST "01 000000" GID2 EYE_R,                   \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 gid_list@140 gid_entry@144 trailer@160", NULL) \
	CLC(confirm_r_v20_first_long_1_gid,                                                        \
	    EYE_R "03 00b4 28" SMCR SMCR_V2 "80 20" HOST FCE_V2X "01 000000" GID2 EYE_R,           \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 gid_list@156 gid_entry@160 "      \
	    "trailer@176",                                                                         \
	    NULL)                                                                                  \
	CLC(confirm_r_v21_first_2_gids,                                                            \
	    EYE_R "03 00c4 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X "02 000000" GID2 GID2 EYE_R,      \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 gid_list@156 gid_entry@160x2 "    \
	    "trailer@192",                                                                         \
	    "SMC-R Confirm v2.1, first contact, fe80::ff:fe00:1, QP 0x000012, rkey 0x00001000, "   \
	    "64 KiB")                                                                              \
	CLC(confirm_r_v21_first_0_gids,                                                            \
	    EYE_R "03 00a4 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X "00 000000" EYE_R,                \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 gid_list@156 trailer@160", NULL)  \
	CLC(accept_d_v2, EYE_D "02 004e 21" SMCD SMCD_V2 EYE_D,                                    \
	    "accept_hdr@0 smcd@8 smcd_v2@32 trailer@74",                                           \
	    "SMC-D Accept v2, DMB 0xaa, 64 KiB, loopback-ism")                                     \
	CLC(accept_d_v20_first, EYE_D "02 0072 29" SMCD SMCD_V2 "00 20" HOST EYE_D,                \
	    "accept_hdr@0 smcd@8 smcd_v2@32 fce@74 trailer@110",                                   \
	    "SMC-D Accept v2.0, first contact, DMB 0xaa, 64 KiB, loopback-ism")                    \
	CLC(confirm_d_v21_first, EYE_D "03 0082 29" SMCD SMCD_V2 "00 21" HOST "00*16" EYE_D,       \
	    "accept_hdr@0 smcd@8 smcd_v2@32 fce@74 fce_smcd@110 trailer@126",                      \
	    "SMC-D Confirm v2.1, first contact, DMB 0xaa, 64 KiB, loopback-ism")

#define DECLINES                                                                                   \
	CLC(decline_v1_28_bytes, EYE_R "04 001c 10" PEER_ID "03010000 00*4" EYE_R,                 \
	    "decline_hdr@0 decline@8 trailer@24",                                                  \
	    "SMC Decline v1: peer did not offer SMC (0x03010000)")                                 \
	CLC(decline_v2_44_bytes, EYE_R "04 002c 28" PEER_ID "04000000 20 00*3 00*16" EYE_R,        \
	    "decline_hdr@0 decline@8 decline_v2@24 trailer@40",                                    \
	    "SMC Decline v2: link group state differs between the peers (0x04000000), "            \
	    "out of sync")                                                                         \
	CLC(decline_unknown_reason, EYE_R "04 001c 10" PEER_ID "12345678 00*4" EYE_R,              \
	    "decline_hdr@0 decline@8 trailer@24", "SMC Decline v1: unknown reason (0x12345678)")   \
	CLC(decline_eyecatchers_are_interchangeable,                                               \
	    EYE_D "04 001c 10" PEER_ID "03010000 00*4" EYE_R,                                      \
	    "decline_hdr@0 decline@8 trailer@24",                                                  \
	    "SMC Decline v1: peer did not offer SMC (0x03010000)")

#define LLCS                                                                                       \
	LLC(confirm_link, "01 2c 00 01" CONFIRM_LINK, "llc_v1@0 confirm_link@3",                   \
	    "LLC CONFIRM_LINK request, link 1, QP 0x000012")                                       \
	LLC(confirm_link_response, "01 2c 00 82" CONFIRM_LINK, "llc_v1@0 confirm_link@3",          \
	    "LLC CONFIRM_LINK response, link 1, QP 0x000012")                                      \
	LLC(confirm_link_v2_little, "21 2c00 01" CONFIRM_LINK, "llc_v2@0 confirm_link@3",          \
	    "LLC CONFIRM_LINK v2 request, link 1, QP 0x000012")                                    \
	LLC(confirm_link_v2_big, "21 002c 01" CONFIRM_LINK, "llc_v2@0 confirm_link@3",             \
	    "LLC CONFIRM_LINK v2 request, link 1, QP 0x000012")                                    \
	LLC(add_link, "02 2c 00 00" ADD_LINK, "llc_v1@0 add_link@3",                               \
	    "LLC ADD_LINK request, link 2, QP 0x000013")                                           \
	LLC(add_link_refused, "02 2c 01 c0 00*40", "llc_v1@0 add_link@3",                          \
	    "LLC ADD_LINK response, rejected")                                                     \
	LLC(add_link_v2_little, "22 6800 00" ADD_LINK "80 00" GID1 "00*8 0200" RTOKEN RTOKEN,      \
	    "llc_v2@0 add_link@3 add_link_ext@44 rtoken@72x2",                                     \
	    "LLC ADD_LINK v2 request, link 2, QP 0x000013")                                        \
	LLC(add_link_v2_big, "22 0068 00" ADD_LINK "80 00" GID1 "00*8 0002" RTOKEN RTOKEN,         \
	    "llc_v2@0 add_link@3 add_link_ext@44 rtoken@72x2",                                     \
	    "LLC ADD_LINK v2 request, link 2, QP 0x000013")                                        \
	LLC(add_link_v2_no_rkeys, "22 4800 00" ADD_LINK "00 00" GID1 "00*8 0000",                  \
	    "llc_v2@0 add_link@3 add_link_ext@44", NULL)                                           \
	LLC(add_link_v2_44_bytes, "22 2c00 80" ADD_LINK, "llc_v2@0 add_link@3",                    \
	    "LLC ADD_LINK v2 response, link 2, QP 0x000013")                                       \
	LLC(add_link_v2_refused_as_v1, "22 2c 01 c0 00*40", "llc_v1@0 add_link@3",                 \
	    "LLC ADD_LINK v2 response, rejected")                                                  \
	LLC(add_link_cont, "03 2c 00 00 02 02 0000" RTOKEN RTOKEN "00*4",                          \
	    "llc_v1@0 add_link_cont@3", "LLC ADD_LINK_CONT request")                               \
	LLC(delete_link, "04 2c 00 60 00 00030000 00*35", "llc_v1@0 delete_link@3",                \
	    "LLC DELETE_LINK request, all links, orderly: ended by the program, as inactive")      \
	LLC(delete_link_v2, "24 2c00 00 01 00010000 00*35", "llc_v2@0 delete_link@3",              \
	    "LLC DELETE_LINK v2 request, link 1: path lost")                                       \
	LLC(delete_link_unknown_reason, "04 2c 00 80 01 00990000 00*35", "llc_v1@0 delete_link@3", \
	    "LLC DELETE_LINK response, link 1: 0x990000")                                          \
	LLC(req_add_link_v1, "05 2c 00 00 00*20 01 000000" GID2,                                   \
	    "llc_v1@0 req_add_link@3 llc_gid@28", "LLC REQ_ADD_LINK request")                      \
	LLC(req_add_link_v2_2_gids, "25 3c00 00 00*20 02 000000" GID1 GID2,                        \
	    "llc_v2@0 req_add_link@3 llc_gid@28x2", "LLC REQ_ADD_LINK v2 request")                 \
	LLC(req_add_link_v2_empty_response, "25 2c00 80 00*40",                                    \
	    "llc_v2@0 req_add_link@3 filler@28x16", "LLC REQ_ADD_LINK v2 response")                \
	LLC(req_add_link_v2_refused_as_v1, "25 2c 01 c0 00*40",                                    \
	    "llc_v1@0 req_add_link@3 filler@28x16", NULL)                                          \
	LLC(confirm_rkey, "06 2c 00 00 01" RKEY1 "02" RKEY2 "00*14", "llc_v1@0 confirm_rkey@3",    \
	    "LLC CONFIRM_RKEY request, rkey 0x00001000")                                           \
	LLC(confirm_rkey_v2_negative, "26 2c00 b0 00" RKEY1 "00*27", "llc_v2@0 confirm_rkey@3",    \
	    "LLC CONFIRM_RKEY v2 response, rkey 0x00001000, negative")                             \
	LLC(confirm_rkey_cont, "08 2c 00 00 02 03" RKEY1 "04" RKEY2 "00*13",                       \
	    "llc_v1@0 confirm_rkey_cont@3", "LLC CONFIRM_RKEY_CONT request, 2 rkeys")              \
	LLC(test_link, "07 2c 00 00 'ping' 00*36", "llc_v1@0 test_link@3",                         \
	    "LLC TEST_LINK request")                                                               \
	LLC(test_link_v2, "27 002c 80 'ping' 00*36", "llc_v2@0 test_link@3",                       \
	    "LLC TEST_LINK v2 response")                                                           \
	LLC(delete_rkey, "09 2c 00 00 02 00 0000 00001000 00002000 00*28",                         \
	    "llc_v1@0 delete_rkey@3", "LLC DELETE_RKEY request, 2 rkeys")                          \
	LLC(delete_rkey_negative, "09 2c 00 a0 02 80 0000 00001000 00002000 00*28",                \
	    "llc_v1@0 delete_rkey@3", "LLC DELETE_RKEY response, 2 rkeys")                         \
	LLC(delete_rkey_v2_10_keys, "29 3000 00 0a 00 0000 00*40",                                 \
	    "llc_v2@0 delete_rkey_v2@3 rkey_entry@8x10", "LLC DELETE_RKEY v2 request, 10 rkeys")   \
	LLC(delete_rkey_v2_answer_cut_by_linux, "29 2c00 80 0a 00 0000 00*36",                     \
	    "llc_v2@0 delete_rkey_v2@3 rkey_entry@8x9", "LLC DELETE_RKEY v2 response, 10 rkeys")   \
	LLC(delete_rkey_v2_2_keys_filled_up, "29 002c 00 02 00 0000 00001000 00002000 00*28",      \
	    "llc_v2@0 delete_rkey_v2@3 rkey_entry@8x2 filler@16x28",                               \
	    "LLC DELETE_RKEY v2 request, 2 rkeys")                                                 \
	LLC(announce_credits, "0a 2c 00 80 0b 00*39", "llc_v1@0 announce_credits@3",               \
	    "LLC ANNOUNCE_CREDITS, 11 credits")                                                    \
	LLC(opt_ctrl, "80 2c 00 00 00*40", "llc_v1@0 llc_other@3",                                 \
	    "LLC optional message control request")                                                \
	LLC(nwm_data, "8a 2c 00 80 00*40", "llc_v1@0 llc_other@3", "LLC NWM data response")        \
	LLC(cdc, "fe 2c" CDC, "cdc@0",                                                             \
	    "SMC-R CDC 1, token 0x00000001, prod 0:4096, cons 1:2048, write blocked, "             \
	    "update requested, done writing")                                                      \
	LITTLE(smcd_cdc_little, "fe 00*7 0100 00100000 0000 0200 00080000 40 20 00*8",             \
	       "cdc_smcd@0", "SMC-D CDC, prod 1:4096, cons 2:2048, urgent pending, abort")         \
	BIG(smcd_cdc_big, "fe 00*7 0001 00001000 0000 0002 00000800 28 40 00*8", "cdc_smcd@0",     \
	    "SMC-D CDC, prod 1:4096, cons 2:2048, urgent present, failover, closed")

const struct sample samples[] = { PROPOSALS ACCEPTS DECLINES LLCS };
const size_t samples_n = ARRAY_LEN(samples);

/* ---- messages with a fault ---------------------------------------------------------- */

#define FAULTY_CLC                                                                                 \
	CLC(empty, "", " !CUT", "SMC CLC message of unknown type 0 [faulty]")                      \
	CLC(header_cut, EYE_R "01 00", "none@0+6 !CUT !UNCLAIMED", NULL)                           \
	CLC(length_below_header, EYE_R "01 0003 10" BASE, "proposal_hdr@0 !LENGTH",                \
	    "SMC Proposal [faulty]")                                                               \
	CLC(length_below_trailer, EYE_R "01 000b 10 00*8",                                         \
	    "proposal_hdr@0 none@8+3 !LENGTH !UNCLAIMED", NULL)                                    \
	CLC(header_and_trailer_only, EYE_R "02 000c 10" EYE_R, "accept_hdr@0 trailer@8 !LENGTH",   \
	    "SMC Accept [faulty]")                                                                 \
	CLC(eyecatcher, "e2d4c3c5 04 001c 10" PEER_ID "03010000 00*4" EYE_R,                       \
	    "decline_hdr@0 decline@8 trailer@24 !EYECATCHER",                                      \
	    "SMC Decline v1: peer did not offer SMC (0x03010000) [faulty]")                        \
	CLC(trailer, EYE_R "04 001c 10" PEER_ID "03010000 00*4 e2d4c3d8",                          \
	    "decline_hdr@0 decline@8 trailer@24 !TRAILER", NULL)                                   \
	CLC(type_0, EYE_R "00 000c 10" EYE_R, "proposal_hdr@0 trailer@8 !TYPE",                    \
	    "SMC CLC message of unknown type 0 [faulty]")                                          \
	CLC(type_5, EYE_R "05 0010 10 00*4" EYE_R,                                                 \
	    "proposal_hdr@0 none@8+4 trailer@12 !TYPE !UNCLAIMED",                                 \
	    "SMC CLC message of unknown type 5 [faulty]")                                          \
	CLC(version_0, EYE_R "01 0034 00" BASE "0000" SUBNET "00" EYE_R,                           \
	    "proposal_hdr@0 proposal@8 prefix@40 trailer@48 !VERSION", NULL)                       \
	CLC(proposal_cut, EYE_R "01 0034 10" BASE "0000 c0a8",                                     \
	    "proposal_hdr@0 proposal@8 none@40+2 !CUT", NULL)                                      \
	CLC(proposal_too_short, EYE_R "01 0020 10 00*20" EYE_R,                                    \
	    "proposal_hdr@0 none@8+20 trailer@28 !LENGTH !UNCLAIMED", NULL)                        \
	CLC(proposal_v1_too_long, EYE_R "01 0035 10" BASE "0000" SUBNET "00 00" EYE_R,             \
	    "proposal_hdr@0 proposal@8 prefix@40 none@48+1 trailer@49 !UNCLAIMED", NULL)           \
	CLC(proposal_v1_none, EYE_R "01 0034 12" BASE "0000" SUBNET "00" EYE_R,                    \
	    "proposal_hdr@0 proposal@8 prefix@40 trailer@48 !SMC_TYPE", NULL)                      \
	CLC(proposal_v1_odd_iparea, EYE_R "01 003b 10" BASE "0007 00*7" SUBNET "00" EYE_R,         \
	    "proposal_hdr@0 proposal@8 none@40+7 prefix@47 trailer@55 !IPAREA !UNCLAIMED", NULL)   \
	CLC(proposal_v1_iparea_41, EYE_R "01 005d 10" BASE "0029 00*41" SUBNET "00" EYE_R,         \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 none@80+1 prefix@81 trailer@89 !IPAREA "   \
	    "!UNCLAIMED",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v1_iparea_outside, EYE_R "01 005c 10" BASE "0030 00*40" SUBNET "00" EYE_R,    \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 none@80+8 trailer@88 !IPAREA !UNCLAIMED",  \
	    NULL)                                                                                  \
	CLC(proposal_v1_iparea_on_trailer, EYE_R "01 0054 10" BASE "0028 00*40" EYE_R,             \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 trailer@80 !IPAREA", NULL)                 \
	CLC(proposal_v1_d_no_smcd_area, EYE_R "01 0034 11" BASE "0000" SUBNET "00" EYE_R,          \
	    "proposal_hdr@0 proposal@8 prefix@40 trailer@48 !IPAREA", NULL)                        \
	CLC(proposal_v1_9_prefixes, EYE_R "01 00cd 10" BASE "0000 00*7 09" IPV6_8 IPV6 EYE_R,      \
	    "proposal_hdr@0 proposal@8 prefix@40 ipv6_prefix@48x9 trailer@201 !IPV6_COUNT", NULL)  \
	CLC(proposal_v1_prefixes_do_not_fit, EYE_R "01 0045 10" BASE "0000 00*7 02" IPV6 EYE_R,    \
	    "proposal_hdr@0 proposal@8 prefix@40 ipv6_prefix@48 trailer@65 !IPV6_COUNT", NULL)     \
	CLC(proposal_v2_no_smcd_area, EYE_R "01 0034 20" BASE "0000" SUBNET "00" EYE_R,            \
	    "proposal_hdr@0 proposal@8 prefix@40 trailer@48 !V2_EXT", NULL)                        \
	CLC(proposal_v2_smcd_area_does_not_fit, EYE_R "01 0034 2a" BASE "0000 00*8" EYE_R,         \
	    "proposal_hdr@0 proposal@8 none@40+8 trailer@48 !LENGTH !UNCLAIMED", NULL)             \
	CLC(proposal_v2_no_ext, EYE_R "01 005c 20" BASE "0028 00*12" VENDOR SUBNET "00" EYE_R,     \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 prefix@80 trailer@88 !V2_EXT", NULL)       \
	CLC(proposal_v2_ext_outside,                                                               \
	    EYE_R "01 007c 22" BASE "0000 00*10 001d" VENDOR "00*24" V2X EYE_R,                    \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 none@80+40 trailer@120 !V2_EXT "           \
	    "!UNCLAIMED",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v2_gap_before_ext,                                                            \
	    EYE_R "01 007e 22" BASE "0000 00*10 001e" VENDOR "0000 00*24" V2X EYE_R,               \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 none@80+2 v2_ext@82 trailer@122 "          \
	    "!UNCLAIMED",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v2_ext_over_smcd_area,                                                        \
	    EYE_R "01 0074 22" BASE "0000 00*10 0014" VENDOR "00*16" V2X EYE_R,                    \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 none@80+32 trailer@112 !V2_EXT !OVERLAP "  \
	    "!UNCLAIMED",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v2_iparea_over_smcd_area,                                                     \
	    EYE_R "01 00a4 20" BASE "0027 00*10 0024" VENDOR SUBNET                                \
		  "00 01 00 00 10 0000 0000" GID2 V2X EID EYE_R,                                   \
	    "proposal_hdr@0 proposal@8 none@40+39 prefix@79 none@87+73 trailer@160 !IPAREA "       \
	    "!V2_EXT !UNCLAIMED",                                                                  \
	    NULL)                                                                                  \
	CLC(proposal_v2_9_eids,                                                                    \
	    EYE_R "01 019c 22" BASE "0000 00*10 001c" VENDOR                                       \
		  "09 00 00 10 0000 0000" GID2 V2X EID_8 EID EYE_R,                                \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 ueid@120x9 trailer@408 "         \
	    "!EID_COUNT",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v2_eids_do_not_fit,                                                           \
	    EYE_R "01 009c 22" BASE "0000 00*10 001c" VENDOR                                       \
		  "02 00 00 10 0000 0000" GID2 V2X EID EYE_R,                                      \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 ueid@120 trailer@152 "           \
	    "!EID_COUNT",                                                                          \
	    NULL)                                                                                  \
	CLC(proposal_v2_no_smcd_ext,                                                               \
	    EYE_R "01 007c 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 00 00 10 0000 0000" GID2 V2X EYE_R,                                          \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 trailer@120 !SMCD_V2_EXT", NULL) \
	CLC(proposal_v2_smcd_ext_outside,                                                          \
	    EYE_R "01 00ac 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 00 00 10 0000 0021" GID2 V2X SEID EYE_R,                                     \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 none@120+48 trailer@168 "        \
	    "!SMCD_V2_EXT !UNCLAIMED",                                                             \
	    NULL)                                                                                  \
	CLC(proposal_v2_smcd_ext_over_eids,                                                        \
	    EYE_R "01 00cc 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "01 00 00 10 0000 0020" GID2 V2X EID SEID EYE_R,                                 \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 ueid@120 none@152+48 "           \
	    "trailer@200 !SMCD_V2_EXT !OVERLAP !UNCLAIMED",                                        \
	    NULL)                                                                                  \
	CLC(proposal_v2_9_gids,                                                                    \
	    EYE_R                                                                                  \
	    "01 0106 26" BASE "0000 00*10 001c" VENDOR                                             \
	    "00 09 00 11 0000 0020 00*16" V2X SEID ISM ISM ISM ISM ISM ISM ISM ISM ISM EYE_R,      \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 smcd_v2_ext@120 gid_chid@168x9 " \
	    "trailer@258 !GID_COUNT",                                                              \
	    NULL)                                                                                  \
	CLC(proposal_v2_gids_do_not_fit,                                                           \
	    EYE_R "01 00b6 26" BASE "0000 00*10 001c" VENDOR                                       \
		  "00 02 00 11 0000 0020 00*16" V2X SEID ISM EYE_R,                                \
	    "proposal_hdr@0 proposal@8 proposal_smcd@40 v2_ext@80 smcd_v2_ext@120 gid_chid@168 "   \
	    "trailer@178 !GID_COUNT",                                                              \
	    NULL)                                                                                  \
	CLC(accept_type_none, EYE_R "02 0044 12" SMCR EYE_R,                                       \
	    "accept_hdr@0 smcr@8 trailer@64 !SMC_TYPE", NULL)                                      \
	CLC(accept_type_both_smcd_eyecatcher, EYE_D "02 0030 13" SMCD "00*12" EYE_D,               \
	    "accept_hdr@0 smcd@8 smcd_v1@32 trailer@44 !SMC_TYPE", NULL)                           \
	CLC(accept_r_v1_too_short, EYE_R "02 0043 10" BASE "00*25" EYE_R,                          \
	    "accept_hdr@0 none@8+55 trailer@63 !LENGTH !UNCLAIMED", NULL)                          \
	CLC(accept_r_v1_too_long, EYE_R "02 0045 10" SMCR "00" EYE_R,                              \
	    "accept_hdr@0 smcr@8 none@64+1 trailer@65 !LENGTH !UNCLAIMED", NULL)                   \
	CLC(accept_r_v2_in_v1_length, EYE_R "02 0044 20" SMCR EYE_R,                               \
	    "accept_hdr@0 smcr@8 trailer@64 !LENGTH", NULL)                                        \
	CLC(accept_d_v1_too_short, EYE_D "02 002f 11" SMCD "00*11" EYE_D,                          \
	    "accept_hdr@0 smcd@8 none@32+11 trailer@43 !LENGTH !UNCLAIMED", NULL)                  \
	CLC(accept_r_v2_first_no_fce, EYE_R "02 006c 28" SMCR SMCR_V2 EYE_R,                       \
	    "accept_hdr@0 smcr@8 smcr_v2@64 trailer@104 !FCE", NULL)                               \
	CLC(accept_d_v2_first_fce_too_short,                                                       \
	    EYE_D "02 0071 29" SMCD SMCD_V2 "00 20 0000 00*31" EYE_D,                              \
	    "accept_hdr@0 smcd@8 smcd_v2@32 none@74+35 trailer@109 !LENGTH !FCE !UNCLAIMED", NULL) \
	CLC(accept_r_v21_behind_fce,                                                               \
	    EYE_R "02 00a4 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X "00*4" EYE_R,                     \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 none@156+4 trailer@160 !LENGTH "  \
	    "!UNCLAIMED",                                                                          \
	    NULL)                                                                                  \
	CLC(confirm_r_v21_gids_do_not_fit,                                                         \
	    EYE_R "03 00b4 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X "02 000000" GID2 EYE_R,           \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 gid_list@156 gid_entry@160 "      \
	    "trailer@176 !GID_COUNT",                                                              \
	    NULL)                                                                                  \
	CLC(confirm_r_v21_behind_gids,                                                             \
	    EYE_R "03 00b5 28" SMCR SMCR_V2 "80 21" HOST FCE_V2X "01 000000" GID2 "00" EYE_R,      \
	    "accept_hdr@0 smcr@8 smcr_v2@64 fce@104 fce_smcr@140 gid_list@156 gid_entry@160 "      \
	    "none@176+1 trailer@177 !LENGTH !UNCLAIMED",                                           \
	    NULL)                                                                                  \
	CLC(decline_v1_in_v2_length, EYE_R "04 002c 10" PEER_ID "03010000 00*20" EYE_R,            \
	    "decline_hdr@0 decline@8 decline_v2@24 trailer@40 !LENGTH", NULL)                      \
	CLC(decline_v2_in_v1_length, EYE_R "04 001c 20" PEER_ID "03010000 00*4" EYE_R,             \
	    "decline_hdr@0 decline@8 trailer@24 !LENGTH", NULL)                                    \
	CLC(decline_too_short, EYE_R "04 0018 10" PEER_ID "03010000" EYE_R,                        \
	    "decline_hdr@0 none@8+12 trailer@20 !LENGTH !UNCLAIMED", NULL)                         \
	CLC(decline_v2_too_long, EYE_R "04 002d 20" PEER_ID "03010000 00*21" EYE_R,                \
	    "decline_hdr@0 decline@8 decline_v2@24 none@40+1 trailer@41 !LENGTH !UNCLAIMED", NULL)

#define FAULTY_LLC                                                                                 \
	LLC(nothing, "", " !CUT", "SMC message too short to read [faulty]")                        \
	LLC(llc_43_bytes, "01 2b 00 00*40", "none@0+43 !CUT !UNCLAIMED",                           \
	    "SMC message too short to read [faulty]")                                              \
	LLC(llc_45_bytes, "01 2c 00 01" CONFIRM_LINK "00",                                         \
	    "llc_v1@0 confirm_link@3 none@44+1 !LENGTH !UNCLAIMED", NULL)                          \
	LLC(llc_v1_length_43, "01 2b 00 01" CONFIRM_LINK, "llc_v1@0 confirm_link@3 !LENGTH", NULL) \
	LLC(llc_v1_length_45, "01 2d 00 01" CONFIRM_LINK, "llc_v1@0 confirm_link@3 !CUT !LENGTH",  \
	    NULL)                                                                                  \
	LLC(llc_v1_length_60, "05 3c 00 00 00*20 02 000000" GID1 GID2,                             \
	    "llc_v1@0 req_add_link@3 llc_gid@28x2 !LENGTH", NULL)                                  \
	LLC(llc_v2_length_43, "21 2b00 01" CONFIRM_LINK, "llc_v2@0 confirm_link@3 !LENGTH", NULL)  \
	LLC(llc_v2_length_beyond_the_end, "21 4000 01" CONFIRM_LINK,                               \
	    "llc_v2@0 confirm_link@3 !CUT", NULL)                                                  \
	LLC(llc_v2_big_length_beyond_the_end, "21 0040 01" CONFIRM_LINK,                           \
	    "llc_v2@0 confirm_link@3 !CUT", NULL)                                                  \
	LLC(llc_unknown_type, "0b 2c 00 80 00*40", "llc_v1@0 llc_other@3 !TYPE",                   \
	    "LLC type 0x0b response [faulty]")                                                     \
	LLC(llc_unknown_v2_type, "23 2c00 00 00*40", "llc_v2@0 llc_other@3 !TYPE",                 \
	    "LLC type 0x23 request [faulty]")                                                      \
	LLC(add_link_v2_ext_cut, "22 4000 00" ADD_LINK "00*20",                                    \
	    "llc_v2@0 add_link@3 none@44+20 !LENGTH !UNCLAIMED", NULL)                             \
	LLC(add_link_v2_rkeys_do_not_fit, "22 5800 00" ADD_LINK "80 00" GID1 "00*8 0200" RTOKEN,   \
	    "llc_v2@0 add_link@3 add_link_ext@44 rtoken@72 !RKEY_COUNT", NULL)                     \
	LLC(add_link_v2_behind_rkeys, "22 5900 00" ADD_LINK "80 00" GID1 "00*8 0100" RTOKEN "00",  \
	    "llc_v2@0 add_link@3 add_link_ext@44 rtoken@72 none@88+1 !UNCLAIMED", NULL)            \
	LLC(delete_rkey_9_keys, "09 2c 00 00 09 00 0000 00*36",                                    \
	    "llc_v1@0 delete_rkey@3 !RKEY_COUNT", "LLC DELETE_RKEY request, 9 rkeys [faulty]")     \
	LLC(delete_rkey_v2_keys_do_not_fit, "29 2c00 00 0a 00 0000 00*36",                         \
	    "llc_v2@0 delete_rkey_v2@3 rkey_entry@8x9 !RKEY_COUNT",                                \
	    "LLC DELETE_RKEY v2 request, 10 rkeys [faulty]")                                       \
	LLC(req_add_link_v2_gids_do_not_fit, "25 2c00 00 00*20 02 000000" GID1,                    \
	    "llc_v2@0 req_add_link@3 llc_gid@28 !GID_COUNT", NULL)                                 \
	LLC(cdc_too_short, "fe 2c 00*41", "none@0+43 !CUT !LENGTH !UNCLAIMED", NULL)               \
	LLC(cdc_too_long, "fe 2c" CDC "00", "cdc@0 none@44+1 !LENGTH !UNCLAIMED", NULL)            \
	LLC(cdc_length_43, "fe 2b" CDC, "cdc@0 !LENGTH", NULL)                                     \
	LITTLE(smcd_cdc_cut, "fe 00*30", "none@0+31 !CUT !UNCLAIMED",                              \
	       "SMC message too short to read [faulty]")                                           \
	BIG(smcd_cdc_type, "fd 00*31", "cdc_smcd@0 !TYPE", NULL)

const struct sample faulty_samples[] = { FAULTY_CLC FAULTY_LLC };
const size_t faulty_samples_n = ARRAY_LEN(faulty_samples);

/* ---- reading and writing them -------------------------------------------------------- */

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		abort(); /* a sample with a typing error */
	return (int)(at - digits);
}

size_t sample_bytes(const char *hex, __u8 *buf)
{
	size_t n = 0;
	long more;
	char *end;

	while (*hex) {
		if (n >= SAMPLE_MAX - 256)
			abort();
		if (isspace((unsigned char)*hex)) {
			hex++;
		} else if (*hex == '*') {
			for (more = strtol(hex + 1, &end, 10); more > 1; more--, n++)
				buf[n] = buf[n - 1];
			hex = end;
		} else if (*hex == '\'') {
			for (hex++; *hex != '\''; hex++)
				buf[n++] = (__u8)*hex;
			hex++;
		} else {
			buf[n++] = (__u8)(digit(hex[0]) << 4 | digit(hex[1]));
			hex += 2;
		}
	}
	return n;
}

int sample_layout(enum sample_kind kind, const void *msg, size_t len, struct smcw_layout *l)
{
	switch (kind) {
	case SAMPLE_CLC:
		return smcw_clc_layout(msg, len, l);
	case SAMPLE_LLC:
		return smcw_llc_layout(msg, len, l);
	default:
		return smcw_cdc_smcd_layout(msg, len, kind == SAMPLE_SMCD_BIG, l);
	}
}

__attribute__((format(printf, 4, 5))) static void add(char *buf, size_t cap, size_t *len,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*len += (size_t)vsnprintf(buf + *len, cap - *len, format, args);
	va_end(args);
	if (*len >= cap)
		abort();
}

const char *layout_text(const struct smcw_layout *l, char *buf, size_t cap)
{
	static const char *const fault[] = {
#define X_NAME(name, text) #name,
		SMCW_FAULTS(X_NAME)
#undef X_NAME
	};
	const struct smcw_piece *p;
	size_t len = 0, i;

	buf[0] = '\0';
	for (p = l->piece; p < l->piece + l->n; p++) {
		add(buf, cap, &len, "%s%s@%u", len ? " " : "",
		    p->part == SMCW_PART_NONE ? "none" : smcw_parts[p->part].key, p->off);
		if (p->part == SMCW_PART_NONE)
			add(buf, cap, &len, "+%u", p->count);
		else if (p->count > 1)
			add(buf, cap, &len, "x%u", p->count);
	}
	for (i = 0; i < SMCW_FAULT_COUNT; i++)
		if (l->faults & 1u << i)
			add(buf, cap, &len, " !%s", fault[i]);
	return buf;
}
