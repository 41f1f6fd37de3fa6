/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SMC wire format: every fixed part of every message, as packed structs,
 * and every list of named values. Nothing else in the project states a layout.
 *
 * Sources: RFC 7609 (CLC, LLC and CDC of version 1), IBM's "SMC Version 2"
 * papers (version 2 and 2.1), and the behaviour of Linux where the two leave
 * room. All fields are big-endian unless a comment says "host order": those
 * are in the byte order of the machine that wrote them.
 *
 * Compiles unchanged in user space, in a kernel module, for BPF beside
 * vmlinux.h and in a Wireshark plugin. Masks instead of bit-fields, because a
 * bit-field's place depends on the compiler. Prefix smcw_: the names smc_*
 * belong to the kernel.
 */
#ifndef SMCKIT_SMC_WIRE_H
#define SMCKIT_SMC_WIRE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define SMCW_PACKED __attribute__((packed))

#define SMCW_PEER_ID_LEN 8
#define SMCW_GID_LEN 16
#define SMCW_MAC_LEN 6
#define SMCW_EID_LEN 32
#define SMCW_HOSTNAME_LEN 32
#define SMCW_EYE_LEN 4

/* "SMCR" and "SMCD" in EBCDIC, as they stand on the wire. */
#define SMCW_EYE_SMCR 0xe2d4c3d9u
#define SMCW_EYE_SMCD 0xe2d4c3c4u

/* ---- the TCP option of the SYN and SYN-ACK (RFC 7609 A.1) --------------- */

#define SMCW_TCPOPT_EXP 254

struct smcw_tcp_option {
	__u8 kind;    /* SMCW_TCPOPT_EXP */
	__u8 length;  /* 6, this struct */
	__be32 magic; /* SMCW_EYE_SMCR */
} SMCW_PACKED;

/* ---- CLC: handshake on the TCP connection (RFC 7609 A.2) ---------------- */

#define SMCW_V1 1
#define SMCW_V2 2

#define SMCW_CLC_VERSION 0xf0
#define SMCW_CLC_TYPEV2 0x0c	    /* Proposal */
#define SMCW_CLC_TYPEV1 0x03	    /* Proposal; in Accept and Confirm the chosen one */
#define SMCW_CLC_FIRST_CONTACT 0x08 /* Accept, Confirm */
#define SMCW_CLC_OUT_OF_SYNC 0x08   /* Decline */

struct smcw_clc_hdr {
	__u8 eyecatcher[SMCW_EYE_LEN];
	__u8 type;
	__be16 length; /* of the whole message, trailer included */
	__u8 flags;
} SMCW_PACKED;

struct smcw_clc_trailer {
	__u8 eyecatcher[SMCW_EYE_LEN];
} SMCW_PACKED;

/* After the header. The areas that follow are found by offsets. */
struct smcw_proposal {
	__u8 peer_id[SMCW_PEER_ID_LEN];
	__u8 gid[SMCW_GID_LEN];
	__u8 mac[SMCW_MAC_LEN];
	__be16 iparea_offset; /* from the end of this struct to smcw_proposal_prefix */
} SMCW_PACKED;

/* At once after smcw_proposal, unless iparea_offset leaves no room for it. */
struct smcw_proposal_smcd {
	__be64 gid;
	__be16 chid;
	__be16 v2_ext_offset; /* from the end of this field to smcw_v2_ext */
	__u8 vendor_oui[3];
	__u8 vendor_options[5];
	__u8 reserved[20];
} SMCW_PACKED;

struct smcw_proposal_prefix {
	__u8 subnet[4];
	__u8 prefix_len;
	__u8 reserved[2];
	__u8 ipv6_count;
} SMCW_PACKED;

struct smcw_ipv6_prefix {
	__u8 prefix[16];
	__u8 prefix_len;
} SMCW_PACKED;

#define SMCW_RELEASE_HI 0xf0 /* the release where it stands in the upper half of a byte */
#define SMCW_SEID_IND 0x01

/* Version 2: the client-options area. User-defined EIDs follow. */
struct smcw_v2_ext {
	__u8 eid_count;
	__u8 gid_count;
	__u8 reserved1;
	__u8 flags;
	__u8 reserved2[2];
	__be16 smcd_v2_ext_offset; /* from the end of this field to smcw_smcd_v2_ext */
	__u8 roce_gid[SMCW_GID_LEN];
	__u8 max_conns;
	__u8 max_links;
	__be16 feature_mask;
	__u8 reserved3[12];
} SMCW_PACKED;

struct smcw_eid {
	__u8 eid[SMCW_EID_LEN]; /* ASCII, filled up with blanks */
} SMCW_PACKED;

/* SMC-Dv2: the system EID; GID and CHID pairs follow. */
struct smcw_smcd_v2_ext {
	__u8 seid[SMCW_EID_LEN];
	__u8 reserved[16];
} SMCW_PACKED;

struct smcw_gid_chid {
	__be64 gid;
	__be16 chid;
} SMCW_PACKED;

/* CHIDs from here on name devices that are emulated in software; 0xffff is loopback-ism. */
#define SMCW_CHID_EMULATED 0xff00
#define SMCW_CHID_LOOPBACK 0xffff

#define SMCW_SIZE_HI 0xf0 /* RMBE or DMBE size, compressed: 16 KiB << n */
#define SMCW_BUF_BYTES(n) (16384u << (n))
#define SMCW_MTU_LO 0x0f

/* Accept and Confirm of SMC-R, after the header. */
struct smcw_accept_smcr {
	__u8 peer_id[SMCW_PEER_ID_LEN];
	__u8 gid[SMCW_GID_LEN];
	__u8 mac[SMCW_MAC_LEN];
	__u8 qpn[3];
	__be32 rkey;
	__u8 rmbe_idx;
	__be32 alert_token;
	__u8 size_mtu;
	__u8 init_credits; /* Alibaba's kernels: SENDs that the receive queue has room for */
	__be64 vaddr;
	__u8 reserved;
	__u8 psn[3];
} SMCW_PACKED;

struct smcw_accept_smcr_v2 {
	__u8 eid[SMCW_EID_LEN];
	__u8 reserved[8];
} SMCW_PACKED;

/* Accept and Confirm of SMC-D, after the header. */
struct smcw_accept_smcd {
	__be64 gid;
	__be64 dmb_token;
	__u8 dmbe_idx;
	__u8 size; /* upper half */
	__u8 reserved[2];
	__be32 linkid;
} SMCW_PACKED;

struct smcw_accept_smcd_v1 {
	__u8 reserved[12];
} SMCW_PACKED;

struct smcw_accept_smcd_v2 {
	__be16 chid;
	__u8 eid[SMCW_EID_LEN];
	__be64 gid_ext; /* lower half of a 128-bit GID; emulated devices only */
} SMCW_PACKED;

#define SMCW_V2_DIRECT 0x80
#define SMCW_OS_HI 0xf0
#define SMCW_RELEASE_LO 0x0f

/* First-contact extension; 36 bytes in release 0 of SMC-D, else v2x follows. */
struct smcw_fce {
	__u8 flags;
	__u8 os_release;
	__u8 reserved[2];
	__u8 hostname[SMCW_HOSTNAME_LEN];
} SMCW_PACKED;

struct smcw_fce_v2x {
	__u8 max_conns; /* SMC-R only, as max_links */
	__u8 max_links;
	__be16 feature_mask;
	__be32 vendor_options;
	__u8 reserved[8];
} SMCW_PACKED;

/* The SMC-Rv2 client's RoCE GIDs, at the end of its first-contact Confirm. */
struct smcw_gid_list {
	__u8 gid_count;
	__u8 reserved[3];
} SMCW_PACKED;

struct smcw_gid {
	__u8 gid[SMCW_GID_LEN];
} SMCW_PACKED;

struct smcw_decline {
	__u8 peer_id[SMCW_PEER_ID_LEN];
	__be32 diagnosis;
	__u8 os; /* upper half */
	__u8 reserved[3];
} SMCW_PACKED;

struct smcw_decline_v2 {
	__be32 diagnosis[4];
} SMCW_PACKED;

/* The limits of receivers (counts a sender may not pass). */
#define SMCW_MAX_IPV6_PREFIX 8
#define SMCW_MAX_EID 8
#define SMCW_MAX_GID_CHID 8

/* ---- LLC: link control, RDMA SENDs (RFC 7609 A.3) ------------------------ */

#define SMCW_LLC_LEN 44	     /* every version 1 message; the least of version 2 */
#define SMCW_LLC_V2_MAX 8192 /* the largest version 2 message */
#define SMCW_LLC_VERSION 0xf0
#define SMCW_LLC_V2_TYPE 0x20 /* types of version 2: this upper half */

#define SMCW_LLC_RESP 0x80
#define SMCW_LLC_REJ 0x40	  /* ADD_LINK, REQ_ADD_LINK */
#define SMCW_LLC_REJ_REASON 0x0f  /* byte 2 of these */
#define SMCW_LLC_DEL_ALL 0x40	  /* DELETE_LINK */
#define SMCW_LLC_DEL_ORDERLY 0x20 /* DELETE_LINK */
#define SMCW_LLC_NEG 0x20	  /* CONFIRM_RKEY, DELETE_RKEY */
#define SMCW_LLC_RETRY 0x10	  /* CONFIRM_RKEY */
#define SMCW_LLC_NO_EYE_RESP 0x02 /* CONFIRM_LINK: no RMBE eyecatcher wanted by the responder */
#define SMCW_LLC_NO_EYE_REQ 0x01  /* ... by the requester */

struct smcw_llc_v1 {
	__u8 type;
	__u8 length; /* SMCW_LLC_LEN */
	__u8 reject; /* SMCW_LLC_REJ_REASON in refusals, else reserved */
} SMCW_PACKED;

struct smcw_llc_v2 {
	__u8 type;
	__u16 length; /* host order: Linux writes it as it stands */
} SMCW_PACKED;

/* The bodies follow either header; each begins with the flags byte. */
struct smcw_llc_confirm_link {
	__u8 flags;
	__u8 mac[SMCW_MAC_LEN];
	__u8 gid[SMCW_GID_LEN];
	__u8 qpn[3];
	__u8 link_num;
	__u8 link_uid[4];
	__u8 max_links;
	__u8 max_conns;
	__u8 reserved[8];
} SMCW_PACKED;

struct smcw_llc_add_link {
	__u8 flags;
	__u8 mac[SMCW_MAC_LEN];
	__u8 reserved1[2];
	__u8 gid[SMCW_GID_LEN];
	__u8 qpn[3];
	__u8 link_num;
	__u8 mtu; /* lower half */
	__u8 psn[3];
	__u8 init_credits; /* as in smcw_accept_smcr */
	__u8 reserved2[7];
} SMCW_PACKED;

/* Version 2, after the 44 bytes; rkey_count of smcw_llc_rtoken follow. */
struct smcw_llc_add_link_ext {
	__u8 flags;
	__u8 reserved1;
	__u8 client_target_gid[SMCW_GID_LEN];
	__u8 reserved2[8];
	__u16 rkey_count; /* host order */
} SMCW_PACKED;

struct smcw_llc_rtoken {
	__be32 rkey;	 /* as known on this link */
	__be32 rkey_new; /* the same RMB on the new link */
	__be64 vaddr_new;
} SMCW_PACKED;

struct smcw_llc_add_link_cont {
	__u8 flags;
	__u8 link_num;
	__u8 rkey_count; /* still to be sent, this message's included */
	__u8 reserved1[2];
	struct smcw_llc_rtoken rtoken[2];
	__u8 reserved2[4];
} SMCW_PACKED;

struct smcw_llc_delete_link {
	__u8 flags;
	__u8 link_num;
	__be32 reason;
	__u8 reserved[35];
} SMCW_PACKED;

struct smcw_llc_rkey {
	__u8 link_num; /* in the first one of CONFIRM_RKEY: how many others follow */
	__be32 rkey;
	__be64 vaddr;
} SMCW_PACKED;

struct smcw_llc_confirm_rkey {
	__u8 flags;
	struct smcw_llc_rkey rkey[3];
	__u8 reserved;
} SMCW_PACKED;

/* The rkeys of further links: each has its number, so the count stands before them. */
struct smcw_llc_confirm_rkey_cont {
	__u8 flags;
	__u8 rkey_count; /* still to be sent, this message's included */
	struct smcw_llc_rkey rkey[3];
} SMCW_PACKED;

struct smcw_llc_test_link {
	__u8 flags;
	__u8 user_data[16];
	__u8 reserved[24];
} SMCW_PACKED;

struct smcw_llc_delete_rkey {
	__u8 flags;
	__u8 rkey_count;
	__u8 error_mask; /* version 1: bit 7-i for key i */
	__u8 reserved1[2];
	__be32 rkey[8];
	__u8 reserved2[4];
} SMCW_PACKED;

/* Version 2: rkey_count keys follow. */
struct smcw_llc_delete_rkey_v2 {
	__u8 flags;
	__u8 rkey_count;
	__u8 invalid_count;
	__u8 reserved[2];
} SMCW_PACKED;

struct smcw_llc_rkey_entry {
	__be32 rkey;
} SMCW_PACKED;

/* gid_count of smcw_gid follow. */
struct smcw_llc_req_add_link {
	__u8 flags;
	__u8 reserved1[20];
	__u8 gid_count;
	__u8 reserved2[3];
} SMCW_PACKED;

/* One byte between a short list and SMCW_LLC_LEN. */
struct smcw_llc_filler {
	__u8 reserved;
} SMCW_PACKED;

/*
 * Alibaba's kernels (netdev, 20 January 2022: "net/smc: Introduce receive queue
 * flow control support"): so many receives have been posted anew. It is sent
 * unasked, with SMCW_LLC_RESP set, and has no answer.
 */
struct smcw_llc_announce_credits {
	__u8 flags;
	__u8 credits;
	__u8 reserved[39];
} SMCW_PACKED;

/* Types that are reserved by name only, and unknown ones. */
struct smcw_llc_other {
	__u8 flags;
	__u8 data[40];
} SMCW_PACKED;

/* ---- CDC: cursors of a connection (RFC 7609 A.4) ------------------------- */

#define SMCW_CDC_TYPE 0xfe
#define SMCW_CDC_LEN 44

#define SMCW_CDC_WRITE_BLOCKED 0x80
#define SMCW_CDC_URG_PENDING 0x40
#define SMCW_CDC_URG_PRESENT 0x20
#define SMCW_CDC_UPDATE_REQ 0x10
#define SMCW_CDC_FAILOVER 0x08

#define SMCW_CDC_DONE_WRITING 0x80
#define SMCW_CDC_CLOSED 0x40
#define SMCW_CDC_ABORT 0x20

struct smcw_cursor {
	__be16 reserved;
	__be16 wrap;
	__be32 count;
} SMCW_PACKED;

struct smcw_cdc {
	__u8 type;
	__u8 length; /* SMCW_CDC_LEN */
	__be16 seqno;
	__be32 alert_token;
	struct smcw_cursor prod;
	struct smcw_cursor cons;
	__u8 flags;
	__u8 state;
	__u8 credits; /* Alibaba's kernels: as smcw_llc_announce_credits has them */
	__u8 reserved[17];
} SMCW_PACKED;

/* SMC-D: the head of the DMB, written by the peer. Host order. */
struct smcw_cdc_smcd {
	__u8 type;
	__u8 reserved1[7];
	__u16 prod_wrap;
	__u32 prod_count;
	__u8 reserved2[2];
	__u16 cons_wrap;
	__u32 cons_count;
	__u8 flags;
	__u8 state;
	__u8 reserved3[8];
} SMCW_PACKED;

/* ---- values: V(NAME, value, "text") --------------------------------------- */

#define SMCW_CLC_TYPES(V)                                                                          \
	V(PROPOSAL, 1, "Proposal")                                                                 \
	V(ACCEPT, 2, "Accept")                                                                     \
	V(CONFIRM, 3, "Confirm")                                                                   \
	V(DECLINE, 4, "Decline")

#define SMCW_SMC_TYPES(V)                                                                          \
	V(TYPE_R, 0, "SMC-R")                                                                      \
	V(TYPE_D, 1, "SMC-D")                                                                      \
	V(TYPE_N, 2, "none")                                                                       \
	V(TYPE_B, 3, "SMC-R and SMC-D")

#define SMCW_OS_TYPES(V)                                                                           \
	V(OS_ZOS, 1, "z/OS")                                                                       \
	V(OS_LINUX, 2, "Linux")                                                                    \
	V(OS_AIX, 3, "AIX")                                                                        \
	V(OS_UNKNOWN, 15, "unknown")

/* The reasons a peer gives for staying on TCP. */
#define SMCW_DECLINE_REASONS(V)                                                                    \
	V(DECL_MEM, 0x01010000u, "out of memory")                                                  \
	V(DECL_TIMEOUT_CL, 0x02010000u, "timeout waiting for CONFIRM_LINK")                        \
	V(DECL_TIMEOUT_AL, 0x02020000u, "timeout waiting for ADD_LINK")                            \
	V(DECL_CNFERR, 0x03000000u, "configuration error")                                         \
	V(DECL_PEERNOSMC, 0x03010000u, "peer did not offer SMC")                                   \
	V(DECL_IPSEC, 0x03020000u, "IPsec in use")                                                 \
	V(DECL_NOSMCDEV, 0x03030000u, "no usable SMC device")                                      \
	V(DECL_NOSMCDDEV, 0x03030001u, "no usable SMC-D device")                                   \
	V(DECL_NOSMCRDEV, 0x03030002u, "no usable SMC-R device")                                   \
	V(DECL_NOISM2SUPP, 0x03030003u, "no ISMv2 support in the hardware")                        \
	V(DECL_NOV2EXT, 0x03030004u, "no version 2 extension in the Proposal")                     \
	V(DECL_NOV2DEXT, 0x03030005u, "no SMC-Dv2 extension in the Proposal")                      \
	V(DECL_NOSEID, 0x03030006u, "no system EID in the Proposal")                               \
	V(DECL_NOSMCD2DEV, 0x03030007u, "no SMC-Dv2 device reaches the peer")                      \
	V(DECL_NOUEID, 0x03030008u, "no user-defined EID in the Proposal")                         \
	V(DECL_RELEASEERR, 0x03030009u, "release negotiation failed")                              \
	V(DECL_MAXCONNERR, 0x0303000au, "negotiation of the connections per link group failed")    \
	V(DECL_MAXLINKERR, 0x0303000bu, "negotiation of the links per link group failed")          \
	V(DECL_MODEUNSUPP, 0x03040000u, "SMC modes do not match")                                  \
	V(DECL_RMBE_EC, 0x03050000u, "peer wants eyecatchers in the RMBE")                         \
	V(DECL_OPTUNSUPP, 0x03060000u, "socket option not supported over SMC")                     \
	V(DECL_DIFFPREFIX, 0x03070000u, "IP prefixes do not match")                                \
	V(DECL_GETVLANERR, 0x03080000u, "VLAN of the IP device not known")                         \
	V(DECL_ISMVLANERR, 0x03090000u, "VLAN not usable on the ISM device")                       \
	V(DECL_NOACTLINK, 0x030a0000u, "no active link in the link group")                         \
	V(DECL_NOSRVLINK, 0x030b0000u, "the server's link is not in the link group")               \
	V(DECL_VERSMISMAT, 0x030c0000u, "SMC versions do not match")                               \
	V(DECL_MAX_DMB, 0x030d0000u, "no DMB left on the device")                                  \
	V(DECL_NOROUTE, 0x030e0000u, "no route to the peer's RoCE address")                        \
	V(DECL_NOINDIRECT, 0x030f0000u, "peer is behind a gateway, the link group is direct")      \
	V(DECL_SYNCERR, 0x04000000u, "link group state differs between the peers")                 \
	V(DECL_PEERDECL, 0x05000000u, "peer declined")                                             \
	V(DECL_INTERR, 0x09990000u, "internal error")                                              \
	V(DECL_ERR_RTOK, 0x09990001u, "too many rkeys in the link group")                          \
	V(DECL_ERR_RDYLNK, 0x09990002u, "the link could not be made ready")                        \
	V(DECL_ERR_REGBUF, 0x09990003u, "RMB could not be registered on the links")                \
	V(DECL_CREDITSERR, 0x09990004u, "receive credits could not be announced")

#define SMCW_LLC_TYPES(V)                                                                          \
	V(LLC_CONFIRM_LINK, 0x01, "CONFIRM_LINK")                                                  \
	V(LLC_ADD_LINK, 0x02, "ADD_LINK")                                                          \
	V(LLC_ADD_LINK_CONT, 0x03, "ADD_LINK_CONT")                                                \
	V(LLC_DELETE_LINK, 0x04, "DELETE_LINK")                                                    \
	V(LLC_REQ_ADD_LINK, 0x05, "REQ_ADD_LINK")                                                  \
	V(LLC_CONFIRM_RKEY, 0x06, "CONFIRM_RKEY")                                                  \
	V(LLC_TEST_LINK, 0x07, "TEST_LINK")                                                        \
	V(LLC_CONFIRM_RKEY_CONT, 0x08, "CONFIRM_RKEY_CONT")                                        \
	V(LLC_DELETE_RKEY, 0x09, "DELETE_RKEY")                                                    \
	V(LLC_ANNOUNCE_CREDITS, 0x0a, "ANNOUNCE_CREDITS")                                          \
	V(LLC_CONFIRM_LINK_V2, 0x21, "CONFIRM_LINK v2")                                            \
	V(LLC_ADD_LINK_V2, 0x22, "ADD_LINK v2")                                                    \
	V(LLC_DELETE_LINK_V2, 0x24, "DELETE_LINK v2")                                              \
	V(LLC_REQ_ADD_LINK_V2, 0x25, "REQ_ADD_LINK v2")                                            \
	V(LLC_CONFIRM_RKEY_V2, 0x26, "CONFIRM_RKEY v2")                                            \
	V(LLC_TEST_LINK_V2, 0x27, "TEST_LINK v2")                                                  \
	V(LLC_DELETE_RKEY_V2, 0x29, "DELETE_RKEY v2")                                              \
	V(LLC_OPT_CTRL, 0x80, "optional message control")                                          \
	V(LLC_NWM_DATA, 0x8a, "NWM data")                                                          \
	V(LLC_CDC, 0xfe, "CDC")

#define SMCW_DEL_LINK_REASONS(V)                                                                   \
	V(DEL_LOST_PATH, 0x00010000u, "path lost")                                                 \
	V(DEL_OPERATOR, 0x00020000u, "ended by the operator")                                      \
	V(DEL_PROGRAM, 0x00030000u, "ended by the program, as inactive")                           \
	V(DEL_PROTOCOL, 0x00040000u, "protocol violation")                                         \
	V(DEL_NO_ASYM, 0x00050000u, "asymmetric link no longer needed")                            \
	V(DEL_NO_LINK, 0x00100000u, "unknown link")                                                \
	V(DEL_NO_LGR, 0x00200000u, "unknown link group")

#define SMCW_REJECT_REASONS(V) V(REJ_NO_ALT_PATH, 1, "no alternate path")

#define SMCW_BUF_SIZES(V)                                                                          \
	V(BUF_16K, 0, "16 KiB")                                                                    \
	V(BUF_32K, 1, "32 KiB")                                                                    \
	V(BUF_64K, 2, "64 KiB")                                                                    \
	V(BUF_128K, 3, "128 KiB")                                                                  \
	V(BUF_256K, 4, "256 KiB")                                                                  \
	V(BUF_512K, 5, "512 KiB")                                                                  \
	V(BUF_1M, 6, "1 MiB")                                                                      \
	V(BUF_2M, 7, "2 MiB")                                                                      \
	V(BUF_4M, 8, "4 MiB")                                                                      \
	V(BUF_8M, 9, "8 MiB")                                                                      \
	V(BUF_16M, 10, "16 MiB")                                                                   \
	V(BUF_32M, 11, "32 MiB")                                                                   \
	V(BUF_64M, 12, "64 MiB")                                                                   \
	V(BUF_128M, 13, "128 MiB")                                                                 \
	V(BUF_256M, 14, "256 MiB")                                                                 \
	V(BUF_512M, 15, "512 MiB")

#define SMCW_MTUS(V)                                                                               \
	V(MTU_256, 1, "256 bytes")                                                                 \
	V(MTU_512, 2, "512 bytes")                                                                 \
	V(MTU_1024, 3, "1024 bytes")                                                               \
	V(MTU_2048, 4, "2048 bytes")                                                               \
	V(MTU_4096, 5, "4096 bytes")

#define SMCW_CHIDS(V) V(CHID_LO, 0xffff, "loopback-ism")

#define SMCW_EYECATCHERS(V)                                                                        \
	V(EYE_R, SMCW_EYE_SMCR, "SMCR in EBCDIC")                                                  \
	V(EYE_D, SMCW_EYE_SMCD, "SMCD in EBCDIC")

#define SMCW_VALUE_LISTS(L)                                                                        \
	L(clc_types, SMCW_CLC_TYPES)                                                               \
	L(smc_types, SMCW_SMC_TYPES)                                                               \
	L(os_types, SMCW_OS_TYPES)                                                                 \
	L(decline_reasons, SMCW_DECLINE_REASONS)                                                   \
	L(llc_types, SMCW_LLC_TYPES)                                                               \
	L(del_link_reasons, SMCW_DEL_LINK_REASONS)                                                 \
	L(reject_reasons, SMCW_REJECT_REASONS)                                                     \
	L(buf_sizes, SMCW_BUF_SIZES)                                                               \
	L(mtus, SMCW_MTUS)                                                                         \
	L(chids, SMCW_CHIDS)                                                                       \
	L(eyecatchers, SMCW_EYECATCHERS)

#define SMCW_V_ENUM(name, value, text) SMCW_##name = (value),
#define SMCW_L_ENUM(name, LIST) enum smcw_##name{ LIST(SMCW_V_ENUM) };
SMCW_VALUE_LISTS(SMCW_L_ENUM)
#undef SMCW_L_ENUM
#undef SMCW_V_ENUM

/* ---- proof of the layout ---------------------------------------------------- */

/* Sizes here; every member's offset in tests/wire/layout.golden. */
#define SMCW_SIZE_IS(type, size) _Static_assert(sizeof(struct type) == (size), "size of " #type)

SMCW_SIZE_IS(smcw_tcp_option, 6);
SMCW_SIZE_IS(smcw_clc_hdr, 8);
SMCW_SIZE_IS(smcw_clc_trailer, 4);
SMCW_SIZE_IS(smcw_proposal, 32);
SMCW_SIZE_IS(smcw_proposal_smcd, 40);
SMCW_SIZE_IS(smcw_proposal_prefix, 8);
SMCW_SIZE_IS(smcw_ipv6_prefix, 17);
SMCW_SIZE_IS(smcw_v2_ext, 40);
SMCW_SIZE_IS(smcw_eid, 32);
SMCW_SIZE_IS(smcw_smcd_v2_ext, 48);
SMCW_SIZE_IS(smcw_gid_chid, 10);
SMCW_SIZE_IS(smcw_accept_smcr, 56);
SMCW_SIZE_IS(smcw_accept_smcr_v2, 40);
SMCW_SIZE_IS(smcw_accept_smcd, 24);
SMCW_SIZE_IS(smcw_accept_smcd_v1, 12);
SMCW_SIZE_IS(smcw_accept_smcd_v2, 42);
SMCW_SIZE_IS(smcw_fce, 36);
SMCW_SIZE_IS(smcw_fce_v2x, 16);
SMCW_SIZE_IS(smcw_gid_list, 4);
SMCW_SIZE_IS(smcw_decline, 16);
SMCW_SIZE_IS(smcw_decline_v2, 16);
SMCW_SIZE_IS(smcw_cdc, SMCW_CDC_LEN);
SMCW_SIZE_IS(smcw_cdc_smcd, 32);
SMCW_SIZE_IS(smcw_llc_v1, 3);
SMCW_SIZE_IS(smcw_llc_v2, 3);
SMCW_SIZE_IS(smcw_llc_confirm_link, 41);
SMCW_SIZE_IS(smcw_llc_add_link, 41);
SMCW_SIZE_IS(smcw_llc_add_link_ext, 28);
SMCW_SIZE_IS(smcw_llc_rtoken, 16);
SMCW_SIZE_IS(smcw_llc_add_link_cont, 41);
SMCW_SIZE_IS(smcw_llc_delete_link, 41);
SMCW_SIZE_IS(smcw_llc_rkey, 13);
SMCW_SIZE_IS(smcw_llc_confirm_rkey, 41);
SMCW_SIZE_IS(smcw_llc_confirm_rkey_cont, 41);
SMCW_SIZE_IS(smcw_llc_test_link, 41);
SMCW_SIZE_IS(smcw_llc_delete_rkey, 41);
SMCW_SIZE_IS(smcw_llc_delete_rkey_v2, 5);
SMCW_SIZE_IS(smcw_llc_req_add_link, 25);
SMCW_SIZE_IS(smcw_llc_announce_credits, 41);
SMCW_SIZE_IS(smcw_llc_other, 41);

#endif
