/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row a field: the name of every bit of every part of an SMC message, the
 * way it is shown, and its treatment by a replayer. The dissector's fields,
 * the tracer's text and JSON and the replayer's rewriting are expansions of
 * this table; a test proves that the rows of a part tile it without a gap.
 *
 *	R(part, member, mask, kind, class, list, key, label)
 *
 * part    a row of SMCW_PARTS, which names its struct
 * member  of that struct
 * mask    bits inside a one-byte member, 0 for the whole member
 * kind    UINT, HEX, BOOL, BYTES, MAC, GID (IPv6 notation), IPV4, TEXT (ASCII,
 *         blank padded), HOST (unsigned, host order of the sender), RSVD (sent
 *         as zero, never validated)
 * class   for the replayer: F fixed by the protocol, N negotiated, V volatile
 *         (this host, this run), D derived from other fields, S state (moves
 *         by rule, the absolute value is free)
 * list    a row of SMCW_VALUE_LISTS, or none
 * key     unique in its part: name in JSON and in display filters
 * label   what people read
 */
#ifndef SMCKIT_SMC_FIELDS_H
#define SMCKIT_SMC_FIELDS_H

#include "smc_event.h"
#include "smc_wire.h"

/* P(part, struct, label): the units of which messages are made. */
#define SMCW_PARTS(P)                                                                              \
	P(tcp_option, smcw_tcp_option, "SMC capable")                                              \
	P(proposal_hdr, smcw_clc_hdr, "CLC header")                                                \
	P(accept_hdr, smcw_clc_hdr, "CLC header")                                                  \
	P(decline_hdr, smcw_clc_hdr, "CLC header")                                                 \
	P(trailer, smcw_clc_trailer, "Trailer")                                                    \
	P(proposal, smcw_proposal, "SMC-R information")                                            \
	P(proposal_smcd, smcw_proposal_smcd, "SMC-D information")                                  \
	P(prefix, smcw_proposal_prefix, "IP area")                                                 \
	P(ipv6_prefix, smcw_ipv6_prefix, "IPv6 prefix")                                            \
	P(v2_ext, smcw_v2_ext, "Version 2 extension")                                              \
	P(ueid, smcw_eid, "User-defined EID")                                                      \
	P(smcd_v2_ext, smcw_smcd_v2_ext, "SMC-Dv2 extension")                                      \
	P(gid_chid, smcw_gid_chid, "ISM device")                                                   \
	P(smcr, smcw_accept_smcr, "SMC-R connection")                                              \
	P(smcr_v2, smcw_accept_smcr_v2, "SMC-Rv2")                                                 \
	P(smcd, smcw_accept_smcd, "SMC-D connection")                                              \
	P(smcd_v1, smcw_accept_smcd_v1, "SMC-Dv1")                                                 \
	P(smcd_v2, smcw_accept_smcd_v2, "SMC-Dv2")                                                 \
	P(fce, smcw_fce, "First contact extension")                                                \
	P(fce_smcr, smcw_fce_v2x, "First contact extension, v2.1")                                 \
	P(fce_smcd, smcw_fce_v2x, "First contact extension, v2.1")                                 \
	P(gid_list, smcw_gid_list, "RoCEv2 GID list")                                              \
	P(gid_entry, smcw_gid, "RoCEv2 GID")                                                       \
	P(decline, smcw_decline, "Decline")                                                        \
	P(decline_v2, smcw_decline_v2, "Decline v2")                                               \
	P(llc_v1, smcw_llc_v1, "LLC header")                                                       \
	P(llc_v2, smcw_llc_v2, "LLC header, version 2")                                            \
	P(confirm_link, smcw_llc_confirm_link, "CONFIRM_LINK")                                     \
	P(add_link, smcw_llc_add_link, "ADD_LINK")                                                 \
	P(add_link_ext, smcw_llc_add_link_ext, "ADD_LINK extension")                               \
	P(rtoken, smcw_llc_rtoken, "RToken")                                                       \
	P(add_link_cont, smcw_llc_add_link_cont, "ADD_LINK_CONT")                                  \
	P(delete_link, smcw_llc_delete_link, "DELETE_LINK")                                        \
	P(confirm_rkey, smcw_llc_confirm_rkey, "CONFIRM_RKEY")                                     \
	P(confirm_rkey_cont, smcw_llc_confirm_rkey_cont, "CONFIRM_RKEY_CONT")                      \
	P(test_link, smcw_llc_test_link, "TEST_LINK")                                              \
	P(delete_rkey, smcw_llc_delete_rkey, "DELETE_RKEY")                                        \
	P(delete_rkey_v2, smcw_llc_delete_rkey_v2, "DELETE_RKEY, version 2")                       \
	P(rkey_entry, smcw_llc_rkey_entry, "RKey")                                                 \
	P(req_add_link, smcw_llc_req_add_link, "REQ_ADD_LINK")                                     \
	P(llc_gid, smcw_gid, "RoCEv2 GID")                                                         \
	P(filler, smcw_llc_filler, "Filler")                                                       \
	P(announce_credits, smcw_llc_announce_credits, "ANNOUNCE_CREDITS")                         \
	P(llc_other, smcw_llc_other, "LLC")                                                        \
	P(cdc, smcw_cdc, "CDC")                                                                    \
	P(cdc_smcd, smcw_cdc_smcd, "CDC of SMC-D")                                                 \
	P(event, smcw_event, "Trace event")                                                        \
	P(ev_syn, smcw_ev_syn, "SMC option")                                                       \
	P(ev_lgr, smcw_ev_lgr, "Link group")                                                       \
	P(ev_link, smcw_ev_link, "Link")                                                           \
	P(ev_conn, smcw_ev_conn, "Connection")                                                     \
	P(ev_buf, smcw_ev_buf, "Buffer")                                                           \
	P(ev_state, smcw_ev_state, "Socket state")                                                 \
	P(ev_fallback, smcw_ev_fallback, "Fallback")                                               \
	P(ev_clc_failed, smcw_ev_clc_failed, "CLC that failed")                                    \
	P(ev_module, smcw_ev_module, "Module")                                                     \
	P(ev_counter, smcw_ev_counter, "Counters of a hook")                                       \
	P(ev_traffic, smcw_ev_traffic, "Traffic of a connection")                                  \
	P(ev_delay, smcw_ev_delay, "Delays of a class")                                            \
	P(ev_clock, smcw_ev_clock, "Clock of a host")                                              \
	P(ev_fact, smcw_ev_fact, "Fact")

/* Rows that several parts share. */
#define SMCW_CLC_HDR_FIELDS(R, part)                                                               \
	R(part, eyecatcher, 0, HEX, F, eyecatchers, eyecatcher, "Eyecatcher")                      \
	R(part, type, 0, UINT, F, clc_types, type, "Message type")                                 \
	R(part, length, 0, UINT, D, none, length, "Length")                                        \
	R(part, flags, SMCW_CLC_VERSION, UINT, N, none, version, "Version")

#define SMCW_GID_FIELDS(R, part) R(part, gid, 0, GID, V, none, gid, "RoCEv2 GID")

#define SMCW_RTOKEN_FIELDS(R, part, at, n, of)                                                     \
	R(part, at rkey, 0, HEX, V, none, rkey##n, "RKey" of " as known on this link")             \
	R(part, at rkey_new, 0, HEX, V, none, rkey_new##n, "RKey" of " on the new link")           \
	R(part, at vaddr_new, 0, HEX, V, none, vaddr_new##n,                                       \
	  "RMB" of " virtual address on the new link")

#define SMCW_CONFIRM_RKEY_FIELDS(R, part)                                                          \
	R(part, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                         \
	R(part, flags, 0x40, RSVD, F, none, reserved1, "Reserved")                                 \
	R(part, flags, SMCW_LLC_NEG, BOOL, F, none, negative, "Negative response")                 \
	R(part, flags, SMCW_LLC_RETRY, BOOL, F, none, retry, "Retry the rkey set")                 \
	R(part, flags, 0x0f, RSVD, F, none, reserved2, "Reserved")                                 \
	R(part, rkey[0].link_num, 0, UINT, D, none, rkey_count, "RKeys of other links")            \
	R(part, rkey[0].rkey, 0, HEX, V, none, rkey, "RKey on this link")                          \
	R(part, rkey[0].vaddr, 0, HEX, V, none, vaddr, "RMB virtual address on this link")         \
	R(part, rkey[1].link_num, 0, UINT, V, none, link_num2, "Link number of other link 1")      \
	R(part, rkey[1].rkey, 0, HEX, V, none, rkey2, "RKey on other link 1")                      \
	R(part, rkey[1].vaddr, 0, HEX, V, none, vaddr2, "RMB virtual address on other link 1")     \
	R(part, rkey[2].link_num, 0, UINT, V, none, link_num3, "Link number of other link 2")      \
	R(part, rkey[2].rkey, 0, HEX, V, none, rkey3, "RKey on other link 2")                      \
	R(part, rkey[2].vaddr, 0, HEX, V, none, vaddr3, "RMB virtual address on other link 2")     \
	R(part, reserved, 0, RSVD, F, none, reserved3, "Reserved")

#define SMCW_LINK_RKEY_FIELDS(R, part, at, n)                                                      \
	R(part, rkey[at].link_num, 0, UINT, V, none, link_num##n, "Link number")                   \
	R(part, rkey[at].rkey, 0, HEX, V, none, rkey##n, "RKey on that link")                      \
	R(part, rkey[at].vaddr, 0, HEX, V, none, vaddr##n, "RMB virtual address on that link")

#define SMCW_FLAGS_FIELDS(R, part)                                                                 \
	R(part, flags, SMCW_CDC_WRITE_BLOCKED, BOOL, S, none, write_blocked, "Write blocked")      \
	R(part, flags, SMCW_CDC_URG_PENDING, BOOL, S, none, urgent_pending, "Urgent data pending") \
	R(part, flags, SMCW_CDC_URG_PRESENT, BOOL, S, none, urgent_present, "Urgent data present") \
	R(part, flags, SMCW_CDC_UPDATE_REQ, BOOL, S, none, update_requested,                       \
	  "Consumer cursor update requested")                                                      \
	R(part, flags, SMCW_CDC_FAILOVER, BOOL, S, none, failover, "Failover validation")          \
	R(part, flags, 0x07, RSVD, F, none, flags_reserved, "Reserved")                            \
	R(part, state, SMCW_CDC_DONE_WRITING, BOOL, S, none, done_writing, "Done writing")         \
	R(part, state, SMCW_CDC_CLOSED, BOOL, S, none, closed, "Connection closed")                \
	R(part, state, SMCW_CDC_ABORT, BOOL, S, none, abort, "Abnormal close")                     \
	R(part, state, 0x1f, RSVD, F, none, state_reserved, "Reserved")

/* The table. */
#define SMCW_CLC_FIELDS(R)                                                                         \
	R(tcp_option, kind, 0, UINT, F, none, kind, "Kind")                                        \
	R(tcp_option, length, 0, UINT, F, none, length, "Length")                                  \
	R(tcp_option, magic, 0, HEX, F, eyecatchers, magic, "Experiment identifier")               \
                                                                                                   \
	SMCW_CLC_HDR_FIELDS(R, proposal_hdr)                                                       \
	R(proposal_hdr, flags, SMCW_CLC_TYPEV2, UINT, N, smc_types, typev2, "Version 2 types")     \
	R(proposal_hdr, flags, SMCW_CLC_TYPEV1, UINT, N, smc_types, typev1, "Version 1 types")     \
                                                                                                   \
	SMCW_CLC_HDR_FIELDS(R, accept_hdr)                                                         \
	R(accept_hdr, flags, SMCW_CLC_FIRST_CONTACT, BOOL, N, none, first_contact,                 \
	  "First contact")                                                                         \
	R(accept_hdr, flags, 0x04, RSVD, F, none, reserved, "Reserved")                            \
	R(accept_hdr, flags, SMCW_CLC_TYPEV1, UINT, N, smc_types, smc_type, "SMC type")            \
                                                                                                   \
	SMCW_CLC_HDR_FIELDS(R, decline_hdr)                                                        \
	R(decline_hdr, flags, SMCW_CLC_OUT_OF_SYNC, BOOL, S, none, out_of_sync, "Out of sync")     \
	R(decline_hdr, flags, 0x07, RSVD, F, none, reserved, "Reserved")                           \
                                                                                                   \
	R(trailer, eyecatcher, 0, HEX, F, eyecatchers, eyecatcher, "Trailing eyecatcher")          \
                                                                                                   \
	R(proposal, peer_id, 0, HEX, V, none, peer_id, "Client's peer ID")                         \
	R(proposal, gid, 0, GID, V, none, gid, "Client's preferred GID")                           \
	R(proposal, mac, 0, MAC, V, none, mac, "Client's preferred MAC address")                   \
	R(proposal, iparea_offset, 0, UINT, D, none, iparea_offset, "Offset of the IP area")       \
                                                                                                   \
	R(proposal_smcd, gid, 0, HEX, V, none, ism_gid, "ISM GID")                                 \
	R(proposal_smcd, chid, 0, HEX, V, chids, ism_chid, "ISM CHID")                             \
	R(proposal_smcd, v2_ext_offset, 0, UINT, D, none, v2_ext_offset,                           \
	  "Offset of the version 2 extension")                                                     \
	R(proposal_smcd, vendor_oui, 0, BYTES, N, none, vendor_oui, "Vendor OUI")                  \
	R(proposal_smcd, vendor_options, 0, BYTES, N, none, vendor_options, "Vendor options")      \
	R(proposal_smcd, reserved, 0, RSVD, F, none, reserved, "Reserved")                         \
                                                                                                   \
	R(prefix, subnet, 0, IPV4, V, none, subnet, "Subnet of the outgoing interface")            \
	R(prefix, prefix_len, 0, UINT, V, none, prefix_len, "Subnet prefix length")                \
	R(prefix, reserved, 0, RSVD, F, none, reserved, "Reserved")                                \
	R(prefix, ipv6_count, 0, UINT, V, none, ipv6_count, "IPv6 prefixes")                       \
                                                                                                   \
	R(ipv6_prefix, prefix, 0, GID, V, none, prefix, "IPv6 prefix")                             \
	R(ipv6_prefix, prefix_len, 0, UINT, V, none, prefix_len, "IPv6 prefix length")             \
                                                                                                   \
	R(v2_ext, eid_count, 0, UINT, N, none, eid_count, "User-defined EIDs")                     \
	R(v2_ext, gid_count, 0, UINT, V, none, gid_count, "ISM GID entries")                       \
	R(v2_ext, reserved1, 0, RSVD, F, none, reserved1, "Reserved")                              \
	R(v2_ext, flags, SMCW_RELEASE_HI, UINT, N, none, release, "Release")                       \
	R(v2_ext, flags, 0x0e, RSVD, F, none, reserved2, "Reserved")                               \
	R(v2_ext, flags, SMCW_SEID_IND, BOOL, N, none, seid_indicator, "System EID present")       \
	R(v2_ext, reserved2, 0, RSVD, F, none, reserved3, "Reserved")                              \
	R(v2_ext, smcd_v2_ext_offset, 0, UINT, D, none, smcd_v2_ext_offset,                        \
	  "Offset of the SMC-Dv2 extension")                                                       \
	R(v2_ext, roce_gid, 0, GID, V, none, roce_gid, "RoCEv2 GID")                               \
	R(v2_ext, max_conns, 0, UINT, N, none, max_conns, "Connections per link group, at most")   \
	R(v2_ext, max_links, 0, UINT, N, none, max_links, "Links per link group, at most")         \
	R(v2_ext, feature_mask, 0, HEX, N, none, feature_mask, "Feature mask")                     \
	R(v2_ext, reserved3, 0, RSVD, F, none, reserved4, "Reserved")                              \
                                                                                                   \
	R(ueid, eid, 0, TEXT, N, none, eid, "User-defined EID")                                    \
                                                                                                   \
	R(smcd_v2_ext, seid, 0, TEXT, V, none, seid, "System EID")                                 \
	R(smcd_v2_ext, reserved, 0, RSVD, F, none, reserved, "Reserved")                           \
                                                                                                   \
	R(gid_chid, gid, 0, HEX, V, none, gid, "ISM GID")                                          \
	R(gid_chid, chid, 0, HEX, V, chids, chid, "ISM CHID")                                      \
                                                                                                   \
	R(smcr, peer_id, 0, HEX, V, none, peer_id, "Sender's peer ID")                             \
	R(smcr, gid, 0, GID, V, none, gid, "Sender's GID")                                         \
	R(smcr, mac, 0, MAC, V, none, mac, "Sender's MAC address")                                 \
	R(smcr, qpn, 0, HEX, V, none, qpn, "QP number")                                            \
	R(smcr, rkey, 0, HEX, V, none, rkey, "RMB rkey")                                           \
	R(smcr, rmbe_idx, 0, UINT, F, none, rmbe_idx, "RMBE index")                                \
	R(smcr, alert_token, 0, HEX, V, none, alert_token, "RMBE alert token")                     \
	R(smcr, size_mtu, SMCW_SIZE_HI, UINT, N, buf_sizes, rmbe_size, "RMBE size")                \
	R(smcr, size_mtu, SMCW_MTU_LO, UINT, N, mtus, mtu, "QP MTU")                               \
	R(smcr, init_credits, 0, UINT, N, none, init_credits, "Receive credits at the start")      \
	R(smcr, vaddr, 0, HEX, V, none, vaddr, "RMB virtual address")                              \
	R(smcr, reserved, 0, RSVD, F, none, reserved, "Reserved")                                  \
	R(smcr, psn, 0, HEX, V, none, psn, "Initial PSN")                                          \
                                                                                                   \
	R(smcr_v2, eid, 0, TEXT, N, none, eid, "Negotiated EID")                                   \
	R(smcr_v2, reserved, 0, RSVD, F, none, reserved, "Reserved")                               \
                                                                                                   \
	R(smcd, gid, 0, HEX, V, none, gid, "Sender's ISM GID")                                     \
	R(smcd, dmb_token, 0, HEX, V, none, dmb_token, "DMB token")                                \
	R(smcd, dmbe_idx, 0, UINT, F, none, dmbe_idx, "DMBE index")                                \
	R(smcd, size, SMCW_SIZE_HI, UINT, N, buf_sizes, dmbe_size, "DMBE size")                    \
	R(smcd, size, 0x0f, RSVD, F, none, reserved1, "Reserved")                                  \
	R(smcd, reserved, 0, RSVD, F, none, reserved2, "Reserved")                                 \
	R(smcd, linkid, 0, HEX, V, none, linkid, "Link ID")                                        \
                                                                                                   \
	R(smcd_v1, reserved, 0, RSVD, F, none, reserved, "Reserved")                               \
                                                                                                   \
	R(smcd_v2, chid, 0, HEX, V, chids, chid, "ISM CHID")                                       \
	R(smcd_v2, eid, 0, TEXT, N, none, eid, "Negotiated EID")                                   \
	R(smcd_v2, gid_ext, 0, HEX, V, none, gid_ext, "Sender's ISM GID, extension")               \
                                                                                                   \
	R(fce, flags, SMCW_V2_DIRECT, BOOL, N, none, v2_direct, "RoCEv2 without a gateway")        \
	R(fce, flags, 0x7f, RSVD, F, none, reserved1, "Reserved")                                  \
	R(fce, os_release, SMCW_OS_HI, UINT, N, os_types, os, "Operating system")                  \
	R(fce, os_release, SMCW_RELEASE_LO, UINT, N, none, release, "Release")                     \
	R(fce, reserved, 0, RSVD, F, none, reserved2, "Reserved")                                  \
	R(fce, hostname, 0, TEXT, V, none, hostname, "Host name")                                  \
                                                                                                   \
	R(fce_smcr, max_conns, 0, UINT, N, none, max_conns, "Connections per link group, at most") \
	R(fce_smcr, max_links, 0, UINT, N, none, max_links, "Links per link group, at most")       \
	R(fce_smcr, feature_mask, 0, HEX, N, none, feature_mask, "Feature mask")                   \
	R(fce_smcr, vendor_options, 0, HEX, N, none, vendor_options, "Vendor options")             \
	R(fce_smcr, reserved, 0, RSVD, F, none, reserved, "Reserved")                              \
                                                                                                   \
	R(fce_smcd, max_conns, 0, RSVD, F, none, reserved1, "Reserved")                            \
	R(fce_smcd, max_links, 0, RSVD, F, none, reserved2, "Reserved")                            \
	R(fce_smcd, feature_mask, 0, HEX, N, none, feature_mask, "Feature mask")                   \
	R(fce_smcd, vendor_options, 0, HEX, N, none, vendor_options, "Vendor options")             \
	R(fce_smcd, reserved, 0, RSVD, F, none, reserved3, "Reserved")                             \
                                                                                                   \
	R(gid_list, gid_count, 0, UINT, V, none, gid_count, "RoCEv2 GIDs")                         \
	R(gid_list, reserved, 0, RSVD, F, none, reserved, "Reserved")                              \
	SMCW_GID_FIELDS(R, gid_entry)                                                              \
                                                                                                   \
	R(decline, peer_id, 0, HEX, V, none, peer_id, "Sender's peer ID")                          \
	R(decline, diagnosis, 0, HEX, N, decline_reasons, diagnosis, "Peer diagnosis")             \
	R(decline, os, SMCW_OS_HI, UINT, N, os_types, os, "Operating system")                      \
	R(decline, os, 0x0f, RSVD, F, none, reserved1, "Reserved")                                 \
	R(decline, reserved, 0, RSVD, F, none, reserved2, "Reserved")                              \
                                                                                                   \
	R(decline_v2, diagnosis[0], 0, HEX, N, none, diagnosis1, "Further diagnosis 1")            \
	R(decline_v2, diagnosis[1], 0, HEX, N, none, diagnosis2, "Further diagnosis 2")            \
	R(decline_v2, diagnosis[2], 0, HEX, N, none, diagnosis3, "Further diagnosis 3")            \
	R(decline_v2, diagnosis[3], 0, HEX, N, none, diagnosis4, "Further diagnosis 4")

#define SMCW_LLC_FIELDS(R)                                                                         \
	R(llc_v1, type, 0, HEX, F, llc_types, type, "Message type")                                \
	R(llc_v1, length, 0, UINT, F, none, length, "Length")                                      \
	R(llc_v1, reject, 0xf0, RSVD, F, none, reserved, "Reserved")                               \
	R(llc_v1, reject, SMCW_LLC_REJ_REASON, UINT, N, reject_reasons, reject_reason,             \
	  "Reject reason")                                                                         \
                                                                                                   \
	R(llc_v2, type, 0, HEX, F, llc_types, type, "Message type")                                \
	R(llc_v2, length, 0, HOST, D, none, length, "Length")                                      \
                                                                                                   \
	R(confirm_link, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                 \
	R(confirm_link, flags, 0x7c, RSVD, F, none, reserved1, "Reserved")                         \
	R(confirm_link, flags, SMCW_LLC_NO_EYE_RESP, BOOL, F, none, no_eye_resp,                   \
	  "No RMBE eyecatcher, responder")                                                         \
	R(confirm_link, flags, SMCW_LLC_NO_EYE_REQ, BOOL, F, none, no_eye_req,                     \
	  "No RMBE eyecatcher, requester")                                                         \
	R(confirm_link, mac, 0, MAC, V, none, mac, "Sender's MAC address")                         \
	R(confirm_link, gid, 0, GID, V, none, gid, "Sender's GID")                                 \
	R(confirm_link, qpn, 0, HEX, V, none, qpn, "Sender's QP number")                           \
	R(confirm_link, link_num, 0, UINT, V, none, link_num, "Link number")                       \
	R(confirm_link, link_uid, 0, HEX, V, none, link_uid, "Link user ID")                       \
	R(confirm_link, max_links, 0, UINT, N, none, max_links, "Links, at most")                  \
	R(confirm_link, max_conns, 0, UINT, N, none, max_conns, "Connections, at most")            \
	R(confirm_link, reserved, 0, RSVD, F, none, reserved2, "Reserved")                         \
                                                                                                   \
	R(add_link, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                     \
	R(add_link, flags, SMCW_LLC_REJ, BOOL, F, none, rejected, "Rejected")                      \
	R(add_link, flags, 0x3f, RSVD, F, none, reserved1, "Reserved")                             \
	R(add_link, mac, 0, MAC, V, none, mac, "Sender's MAC address")                             \
	R(add_link, reserved1, 0, RSVD, F, none, reserved2, "Reserved")                            \
	R(add_link, gid, 0, GID, V, none, gid, "Sender's GID")                                     \
	R(add_link, qpn, 0, HEX, V, none, qpn, "Sender's QP number")                               \
	R(add_link, link_num, 0, UINT, V, none, link_num, "Link number")                           \
	R(add_link, mtu, 0xf0, RSVD, F, none, reserved3, "Reserved")                               \
	R(add_link, mtu, SMCW_MTU_LO, UINT, N, mtus, mtu, "QP MTU")                                \
	R(add_link, psn, 0, HEX, V, none, psn, "Initial PSN")                                      \
	R(add_link, init_credits, 0, UINT, N, none, init_credits, "Receive credits at the start")  \
	R(add_link, reserved2, 0, RSVD, F, none, reserved4, "Reserved")                            \
                                                                                                   \
	R(add_link_ext, flags, SMCW_V2_DIRECT, BOOL, N, none, v2_direct,                           \
	  "RoCEv2 without a gateway")                                                              \
	R(add_link_ext, flags, 0x7f, RSVD, F, none, reserved1, "Reserved")                         \
	R(add_link_ext, reserved1, 0, RSVD, F, none, reserved2, "Reserved")                        \
	R(add_link_ext, client_target_gid, 0, GID, V, none, client_target_gid,                     \
	  "Client's target GID")                                                                   \
	R(add_link_ext, reserved2, 0, RSVD, F, none, reserved3, "Reserved")                        \
	R(add_link_ext, rkey_count, 0, HOST, D, none, rkey_count, "RKeys")                         \
                                                                                                   \
	SMCW_RTOKEN_FIELDS(R, rtoken, , , )                                                        \
                                                                                                   \
	R(add_link_cont, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                \
	R(add_link_cont, flags, 0x7f, RSVD, F, none, reserved1, "Reserved")                        \
	R(add_link_cont, link_num, 0, UINT, V, none, link_num, "Link number")                      \
	R(add_link_cont, rkey_count, 0, UINT, D, none, rkey_count, "RKeys still to come")          \
	R(add_link_cont, reserved1, 0, RSVD, F, none, reserved2, "Reserved")                       \
	SMCW_RTOKEN_FIELDS(R, add_link_cont, rtoken[0]., , " 1")                                   \
	SMCW_RTOKEN_FIELDS(R, add_link_cont, rtoken[1]., 2, " 2")                                  \
	R(add_link_cont, reserved2, 0, RSVD, F, none, reserved3, "Reserved")                       \
                                                                                                   \
	R(delete_link, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                  \
	R(delete_link, flags, SMCW_LLC_DEL_ALL, BOOL, F, none, all_links, "All links")             \
	R(delete_link, flags, SMCW_LLC_DEL_ORDERLY, BOOL, F, none, orderly, "Orderly")             \
	R(delete_link, flags, 0x1f, RSVD, F, none, reserved1, "Reserved")                          \
	R(delete_link, link_num, 0, UINT, V, none, link_num, "Link number")                        \
	R(delete_link, reason, 0, HEX, N, del_link_reasons, reason, "Reason")                      \
	R(delete_link, reserved, 0, RSVD, F, none, reserved2, "Reserved")                          \
                                                                                                   \
	SMCW_CONFIRM_RKEY_FIELDS(R, confirm_rkey)                                                  \
	R(confirm_rkey_cont, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")            \
	R(confirm_rkey_cont, flags, 0x40, RSVD, F, none, reserved1, "Reserved")                    \
	R(confirm_rkey_cont, flags, SMCW_LLC_NEG, BOOL, F, none, negative, "Negative response")    \
	R(confirm_rkey_cont, flags, SMCW_LLC_RETRY, BOOL, F, none, retry, "Retry the rkey set")    \
	R(confirm_rkey_cont, flags, 0x0f, RSVD, F, none, reserved2, "Reserved")                    \
	R(confirm_rkey_cont, rkey_count, 0, UINT, D, none, rkey_count, "RKeys still to come")      \
	SMCW_LINK_RKEY_FIELDS(R, confirm_rkey_cont, 0, 1)                                          \
	SMCW_LINK_RKEY_FIELDS(R, confirm_rkey_cont, 1, 2)                                          \
	SMCW_LINK_RKEY_FIELDS(R, confirm_rkey_cont, 2, 3)                                          \
                                                                                                   \
	R(test_link, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                    \
	R(test_link, flags, 0x7f, RSVD, F, none, reserved1, "Reserved")                            \
	R(test_link, user_data, 0, BYTES, V, none, user_data, "User data")                         \
	R(test_link, reserved, 0, RSVD, F, none, reserved2, "Reserved")                            \
                                                                                                   \
	R(delete_rkey, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                  \
	R(delete_rkey, flags, 0x40, RSVD, F, none, reserved1, "Reserved")                          \
	R(delete_rkey, flags, SMCW_LLC_NEG, BOOL, F, none, negative, "Negative response")          \
	R(delete_rkey, flags, 0x1f, RSVD, F, none, reserved2, "Reserved")                          \
	R(delete_rkey, rkey_count, 0, UINT, D, none, rkey_count, "RKeys")                          \
	R(delete_rkey, error_mask, 0, HEX, S, none, error_mask, "Error mask")                      \
	R(delete_rkey, reserved1, 0, RSVD, F, none, reserved3, "Reserved")                         \
	R(delete_rkey, rkey[0], 0, HEX, V, none, rkey1, "RKey 1")                                  \
	R(delete_rkey, rkey[1], 0, HEX, V, none, rkey2, "RKey 2")                                  \
	R(delete_rkey, rkey[2], 0, HEX, V, none, rkey3, "RKey 3")                                  \
	R(delete_rkey, rkey[3], 0, HEX, V, none, rkey4, "RKey 4")                                  \
	R(delete_rkey, rkey[4], 0, HEX, V, none, rkey5, "RKey 5")                                  \
	R(delete_rkey, rkey[5], 0, HEX, V, none, rkey6, "RKey 6")                                  \
	R(delete_rkey, rkey[6], 0, HEX, V, none, rkey7, "RKey 7")                                  \
	R(delete_rkey, rkey[7], 0, HEX, V, none, rkey8, "RKey 8")                                  \
	R(delete_rkey, reserved2, 0, RSVD, F, none, reserved4, "Reserved")                         \
                                                                                                   \
	R(delete_rkey_v2, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")               \
	R(delete_rkey_v2, flags, 0x40, RSVD, F, none, reserved1, "Reserved")                       \
	R(delete_rkey_v2, flags, SMCW_LLC_NEG, BOOL, F, none, negative, "Negative response")       \
	R(delete_rkey_v2, flags, 0x1f, RSVD, F, none, reserved2, "Reserved")                       \
	R(delete_rkey_v2, rkey_count, 0, UINT, D, none, rkey_count, "RKeys")                       \
	R(delete_rkey_v2, invalid_count, 0, UINT, S, none, invalid_count, "Invalid rkeys")         \
	R(delete_rkey_v2, reserved, 0, RSVD, F, none, reserved3, "Reserved")                       \
                                                                                                   \
	R(rkey_entry, rkey, 0, HEX, V, none, rkey, "RKey")                                         \
                                                                                                   \
	R(req_add_link, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                 \
	R(req_add_link, flags, SMCW_LLC_REJ, BOOL, F, none, rejected, "Rejected")                  \
	R(req_add_link, flags, 0x3f, RSVD, F, none, reserved1, "Reserved")                         \
	R(req_add_link, reserved1, 0, RSVD, F, none, reserved2, "Reserved")                        \
	R(req_add_link, gid_count, 0, UINT, V, none, gid_count, "RoCEv2 GIDs")                     \
	R(req_add_link, reserved2, 0, RSVD, F, none, reserved3, "Reserved")                        \
	SMCW_GID_FIELDS(R, llc_gid)                                                                \
                                                                                                   \
	R(filler, reserved, 0, RSVD, F, none, reserved, "Reserved")                                \
                                                                                                   \
	R(announce_credits, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")             \
	R(announce_credits, flags, 0x7f, RSVD, F, none, reserved1, "Reserved")                     \
	R(announce_credits, credits, 0, UINT, S, none, credits, "Receive credits")                 \
	R(announce_credits, reserved, 0, RSVD, F, none, reserved2, "Reserved")                     \
                                                                                                   \
	R(llc_other, flags, SMCW_LLC_RESP, BOOL, F, none, response, "Response")                    \
	R(llc_other, flags, 0x7f, HEX, F, none, flags, "Flags")                                    \
	R(llc_other, data, 0, BYTES, V, none, data, "Data")

#define SMCW_CDC_FIELDS(R)                                                                         \
	R(cdc, type, 0, HEX, F, llc_types, type, "Message type")                                   \
	R(cdc, length, 0, UINT, F, none, length, "Length")                                         \
	R(cdc, seqno, 0, UINT, S, none, seqno, "Sequence number")                                  \
	R(cdc, alert_token, 0, HEX, V, none, alert_token, "Alert token")                           \
	R(cdc, prod.reserved, 0, RSVD, F, none, prod_reserved, "Reserved")                         \
	R(cdc, prod.wrap, 0, UINT, S, none, prod_wrap, "Producer cursor wrap")                     \
	R(cdc, prod.count, 0, UINT, S, none, prod_count, "Producer cursor")                        \
	R(cdc, cons.reserved, 0, RSVD, F, none, cons_reserved, "Reserved")                         \
	R(cdc, cons.wrap, 0, UINT, S, none, cons_wrap, "Consumer cursor wrap")                     \
	R(cdc, cons.count, 0, UINT, S, none, cons_count, "Consumer cursor")                        \
	SMCW_FLAGS_FIELDS(R, cdc)                                                                  \
	R(cdc, credits, 0, UINT, S, none, credits, "Receive credits")                              \
	R(cdc, reserved, 0, RSVD, F, none, reserved, "Reserved")                                   \
                                                                                                   \
	R(cdc_smcd, type, 0, HEX, F, llc_types, type, "Message type")                              \
	R(cdc_smcd, reserved1, 0, RSVD, F, none, reserved1, "Reserved")                            \
	R(cdc_smcd, prod_wrap, 0, HOST, S, none, prod_wrap, "Producer cursor wrap")                \
	R(cdc_smcd, prod_count, 0, HOST, S, none, prod_count, "Producer cursor")                   \
	R(cdc_smcd, reserved2, 0, RSVD, F, none, reserved2, "Reserved")                            \
	R(cdc_smcd, cons_wrap, 0, HOST, S, none, cons_wrap, "Consumer cursor wrap")                \
	R(cdc_smcd, cons_count, 0, HOST, S, none, cons_count, "Consumer cursor")                   \
	SMCW_FLAGS_FIELDS(R, cdc_smcd)                                                             \
	R(cdc_smcd, reserved3, 0, RSVD, F, none, reserved3, "Reserved")

#define SMCW_EVENT_FIELDS(R)                                                                       \
	R(event, version, 0, UINT, V, none, version, "Version")                                    \
	R(event, kind, 0, UINT, V, event_kinds, kind, "Kind")                                      \
	R(event, hook, 0, UINT, V, event_hooks, hook, "Seen at")                                   \
	R(event, flags, SMCW_EV_DIR, UINT, V, event_dirs, direction, "Direction")                  \
	R(event, flags, SMCW_EV_BIG, BOOL, V, none, big_endian, "Big-endian machine")              \
	R(event, flags, SMCW_EV_SEEN, BOOL, V, none, seen, "There when tracing began")             \
	R(event, flags, SMCW_EV_HOST, UINT, V, none, host, "Host")                                 \
	R(event, length, 0, UINT, V, none, length, "Length of the body")                           \
	R(event, original, 0, UINT, V, none, original, "Length before it was cut")                 \
	R(event, time, 0, UINT, V, none, time, "Time (ns)")                                        \
	R(event, id, 0, UINT, V, none, id, "Message")                                              \
	R(event, sock, 0, UINT, V, none, sock, "Socket cookie")                                    \
	R(event, cgroup, 0, UINT, V, none, cgroup, "Cgroup of the owner")                          \
	R(event, channel, 0, HEX, V, none, channel, "Channel")                                     \
	R(event, lost, 0, UINT, V, none, lost, "Lost before this")                                 \
	R(event, netns, 0, UINT, V, none, netns, "Network namespace")                              \
	R(event, pid, 0, UINT, V, none, pid, "Process ID of the owner")                            \
	R(event, conn, 0, HEX, V, none, conn, "Connection")                                        \
	R(event, lgr, 0, HEX, V, none, lgr, "Link group")                                          \
	R(event, link_uid, 0, HEX, V, none, link_uid, "Link user ID")                              \
	R(event, link, 0, UINT, V, none, link, "Link number")                                      \
	R(event, owner, 0, UINT, V, event_owners, owner, "Owner is")                               \
	R(event, mode, 0, UINT, V, event_modes, mode, "Mode")                                      \
	R(event, role, 0, UINT, V, event_roles, role, "Role")                                      \
	R(event, state, 0, UINT, V, sock_states, state, "State of the socket")                     \
	R(event, stack, 0, UINT, V, event_stacks, stack, "SMC stack")                              \
	R(event, cpu, 0, UINT, V, none, cpu, "Processor")                                          \
	R(event, local_port, 0, UINT, V, none, local_port, "Local port")                           \
	R(event, peer_port, 0, UINT, V, none, peer_port, "Peer's port")                            \
	R(event, local, 0, GID, V, none, local, "Local address")                                   \
	R(event, peer, 0, GID, V, none, peer, "Peer's address")                                    \
	R(event, comm, 0, TEXT, V, none, comm, "Name of the owner")                                \
	R(event, device, 0, TEXT, V, none, device, "Device")                                       \
                                                                                                   \
	R(ev_syn, present, 0, UINT, V, none, present, "SMC option is there")                       \
	R(ev_syn, answer, 0, UINT, V, none, answer, "SYN-ACK")                                     \
	R(ev_syn, cookie, 0, UINT, V, none, cookie, "SYN cookie")                                  \
	R(ev_syn, reserved, 0, RSVD, F, none, reserved, "Reserved")                                \
	R(ev_syn, error, 0, UINT, V, none, error, "Error")                                         \
                                                                                                   \
	R(ev_lgr, version, 0, UINT, V, none, version, "Version of SMC")                            \
	R(ev_lgr, reserved, 0, RSVD, F, none, reserved, "Reserved")                                \
	R(ev_lgr, conns, 0, UINT, V, none, conns, "Connections")                                   \
	R(ev_lgr, peer, 0, BYTES, V, none, peer, "Peer")                                           \
	R(ev_lgr, eid, 0, TEXT, V, none, eid, "Negotiated EID")                                    \
	R(ev_lgr, hostname, 0, TEXT, V, none, hostname, "Peer's host name")                        \
                                                                                                   \
	R(ev_link, qpn, 0, HEX, V, none, qpn, "QP number")                                         \
	R(ev_link, peer_qpn, 0, HEX, V, none, peer_qpn, "Peer's QP number")                        \
	R(ev_link, gid, 0, GID, V, none, gid, "GID")                                               \
	R(ev_link, peer_gid, 0, GID, V, none, peer_gid, "Peer's GID")                              \
                                                                                                   \
	R(ev_conn, token, 0, HEX, V, none, token, "Receive buffer")                                \
	R(ev_conn, peer_token, 0, HEX, V, none, peer_token, "Peer's receive buffer")               \
	R(ev_conn, sent, 0, UINT, V, none, sent, "Bytes sent")                                     \
	R(ev_conn, received, 0, UINT, V, none, received, "Bytes received")                         \
	R(ev_conn, peer_conn, 0, HEX, V, none, peer_conn, "Peer's alert token")                    \
	R(ev_conn, send_size, 0, UINT, V, none, send_size, "Size of the send buffer")              \
	R(ev_conn, receive_size, 0, UINT, V, none, receive_size, "Size of the receive buffer")     \
	R(ev_conn, peer_size, 0, UINT, V, none, peer_size, "Size of the peer's receive buffer")    \
	R(ev_conn, error, 0, HEX, V, decline_reasons, error, "Error")                              \
	R(ev_conn, first_contact, 0, UINT, V, none, first_contact, "First contact")                \
	R(ev_conn, reserved, 0, RSVD, F, none, reserved, "Reserved")                               \
                                                                                                   \
	R(ev_buf, token, 0, HEX, V, none, token, "Token or rkey")                                  \
	R(ev_buf, size, 0, UINT, V, none, size, "Size")                                            \
	R(ev_buf, error, 0, UINT, V, none, error, "Error")                                         \
                                                                                                   \
	R(ev_state, old, 0, UINT, V, sock_states, old, "Old state")                                \
	R(ev_state, now, 0, UINT, V, sock_states, now, "New state")                                \
	R(ev_state, reserved, 0, RSVD, F, none, reserved, "Reserved")                              \
	R(ev_state, error, 0, UINT, V, none, error, "Error of the socket")                         \
                                                                                                   \
	R(ev_fallback, reason, 0, HEX, V, decline_reasons, reason, "Reason")                       \
	R(ev_fallback, diagnosis, 0, HEX, V, decline_reasons, diagnosis, "Peer diagnosis")         \
                                                                                                   \
	R(ev_clc_failed, error, 0, UINT, V, none, error, "Error")                                  \
	R(ev_clc_failed, expected, 0, UINT, V, clc_types, expected, "Expected")                    \
	R(ev_clc_failed, got, 0, UINT, V, clc_types, got, "Got")                                   \
	R(ev_clc_failed, reserved, 0, RSVD, F, none, reserved, "Reserved")                         \
                                                                                                   \
	R(ev_module, name, 0, TEXT, V, none, name, "Module")                                       \
	R(ev_module, what, 0, UINT, V, module_events, what, "What happened")                       \
	R(ev_module, reserved, 0, RSVD, F, none, reserved, "Reserved")                             \
                                                                                                   \
	R(ev_counter, hook, 0, UINT, V, event_hooks, hook, "Hook")                                 \
	R(ev_counter, reserved, 0, RSVD, F, none, reserved, "Reserved")                            \
	R(ev_counter, seen, 0, UINT, V, none, seen, "Seen")                                        \
	R(ev_counter, filtered, 0, UINT, V, none, filtered, "Filtered")                            \
	R(ev_counter, sent, 0, UINT, V, none, sent, "Sent")                                        \
	R(ev_counter, full, 0, UINT, V, none, full, "Lost: ring full")                             \
	R(ev_counter, unreadable, 0, UINT, V, none, unreadable, "Lost: unreadable")                \
	R(ev_counter, truncated, 0, UINT, V, none, truncated, "Truncated")                         \
                                                                                                   \
	R(ev_traffic, sent_messages, 0, UINT, V, none, sent_messages, "CDC messages sent")         \
	R(ev_traffic, received_messages, 0, UINT, V, none, received_messages,                      \
	  "CDC messages received")                                                                 \
	R(ev_traffic, sent, 0, UINT, V, none, sent, "Bytes sent")                                  \
	R(ev_traffic, received, 0, UINT, V, none, received, "Bytes received")                      \
	R(ev_traffic, delays, 0, UINT, V, none, delays, "Delays known")                            \
	R(ev_traffic, delay_ns, 0, UINT, V, none, delay_ns, "Sum of the delays, ns")               \
	R(ev_traffic, sent_blocked, 0, UINT, V, none, sent_blocked, "Sending blocked, ns")         \
	R(ev_traffic, received_blocked, 0, UINT, V, none, received_blocked,                        \
	  "Receiving blocked, ns")                                                                 \
                                                                                                   \
	R(ev_delay, what, 0, UINT, V, delays, what, "Delay")                                       \
	R(ev_delay, reserved, 0, RSVD, F, none, reserved, "Reserved")                              \
	R(ev_delay, to_ns, 0, UINT, V, none, to_ns, "Up to, ns")                                   \
	R(ev_delay, count, 0, UINT, V, none, count, "Messages")                                    \
	R(ev_delay, sum_ns, 0, UINT, V, none, sum_ns, "Sum, ns")                                   \
	R(ev_delay, min_ns, 0, UINT, V, none, min_ns, "Shortest, ns")                              \
	R(ev_delay, max_ns, 0, UINT, V, none, max_ns, "Longest, ns")                               \
                                                                                                   \
	R(ev_clock, own, 0, UINT, V, none, own, "Own clock (ns)")                                  \
	R(ev_clock, common, 0, UINT, V, none, common, "Common clock (ns)")                         \
	R(ev_clock, within, 0, UINT, V, none, within, "Right within, ns")                          \
	R(ev_clock, rate, 0, UINT, V, none, rate, "Own ns in a second")                            \
	R(ev_clock, name, 0, TEXT, V, none, name, "File")                                          \
                                                                                                   \
	R(ev_fact, topic, 0, UINT, V, fact_topics, topic, "Topic")                                 \
	R(ev_fact, reserved, 0, RSVD, F, none, reserved, "Reserved")                               \
	R(ev_fact, name, 0, TEXT, V, none, name, "Name")                                           \
	R(ev_fact, value, 0, TEXT, V, none, value, "Value")

#define SMCW_FIELDS(R)                                                                             \
	SMCW_CLC_FIELDS(R)                                                                         \
	SMCW_LLC_FIELDS(R)                                                                         \
	SMCW_CDC_FIELDS(R)                                                                         \
	SMCW_EVENT_FIELDS(R)

/* Every list there is. */
#define SMCW_ALL_VALUE_LISTS(L)                                                                    \
	SMCW_VALUE_LISTS(L)                                                                        \
	SMCW_EVENT_VALUE_LISTS(L)

#define SMCW_P_ENUM(part, type, label) SMCW_PART_##part,
enum smcw_part_id { SMCW_PARTS(SMCW_P_ENUM) SMCW_PART_COUNT, SMCW_PART_NONE = SMCW_PART_COUNT };
#undef SMCW_P_ENUM

#define SMCW_F_ENUM(part, member, mask, kind, class, list, key, label) SMCW_F_##part##_##key,
enum smcw_field_id { SMCW_FIELDS(SMCW_F_ENUM) SMCW_FIELD_COUNT };
#undef SMCW_F_ENUM

#define SMCW_L_ENUM(name, LIST) SMCW_LIST_##name,
enum smcw_list_id { SMCW_LIST_none, SMCW_ALL_VALUE_LISTS(SMCW_L_ENUM) SMCW_LIST_COUNT };
#undef SMCW_L_ENUM

enum smcw_kind {
	SMCW_K_UINT,
	SMCW_K_HEX,
	SMCW_K_BOOL,
	SMCW_K_BYTES,
	SMCW_K_MAC,
	SMCW_K_GID,
	SMCW_K_IPV4,
	SMCW_K_TEXT,
	SMCW_K_HOST,
	SMCW_K_RSVD,
};

enum smcw_class {
	SMCW_C_F = 'F',
	SMCW_C_N = 'N',
	SMCW_C_V = 'V',
	SMCW_C_D = 'D',
	SMCW_C_S = 'S',
};

struct smcw_field {
	__u8 part;   /* enum smcw_part_id */
	__u8 offset; /* bytes from the start of the part */
	__u8 size;   /* bytes */
	__u8 mask;   /* 0: the whole member */
	__u8 kind;   /* enum smcw_kind */
	__u8 class;  /* enum smcw_class */
	__u8 list;   /* enum smcw_list_id */
	const char *key;
	const char *label;
};

struct smcw_part {
	__u8 size;  /* bytes */
	__u16 last; /* its last row in smcw_fields; the rows of a part stand together */
	const char *key;
	const char *label;
};

struct smcw_value {
	__u32 value;
	const char *text;
};

struct smcw_list {
	const struct smcw_value *values;
	unsigned int n;
};

extern const struct smcw_field smcw_fields[SMCW_FIELD_COUNT];
extern const struct smcw_part smcw_parts[SMCW_PART_COUNT];
extern const struct smcw_list smcw_lists[SMCW_LIST_COUNT];

/**
 * smcw_part_first() - index of the first row of a part in smcw_fields.
 * @part: enum smcw_part_id; parts and rows are in the same order.
 */
static inline unsigned int smcw_part_first(unsigned int part)
{
	return part ? smcw_parts[part - 1].last + 1u : 0;
}

/**
 * smcw_value_text() - the text of a value.
 * @list: enum smcw_list_id
 * @value: host order
 *
 * Return: the text, or NULL when the list does not name the value.
 */
const char *smcw_value_text(unsigned int list, __u32 value);

/**
 * smcw_field_get() - a field of up to 8 bytes as a number.
 * @f: its row
 * @part: start of the part; f->offset + f->size bytes of it are read
 * @big: byte order of fields of kind HOST, as smcw_layout.big has it
 *
 * Return: the value, masked and shifted down; 0 for fields above 8 bytes.
 */
__u64 smcw_field_get(const struct smcw_field *f, const void *part, int big);

#endif
