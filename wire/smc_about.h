/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last column of the field table, in a file of its own: what a field means
 * and in what unit it is, and where each part is specified. Place, width and
 * byte order are not said here, since they follow from the row; nor what a
 * reserved field means, which is the same for all.
 *
 *	A(part, key, about)	a row of SMCW_FIELDS
 *	S(part, source)		a row of SMCW_PARTS
 *
 * Only programs that describe fields to people include it: the texts are in no
 * kernel module. "V2" is IBM's "Shared Memory Communications Version 2"; "Linux"
 * is net/smc, where the two leave a field open or a kernel has added one.
 */
#ifndef SMCKIT_SMC_ABOUT_H
#define SMCKIT_SMC_ABOUT_H

#define SMCW_SOURCES(S)                                                                            \
	S(tcp_option, "RFC 7609, A.1")                                                             \
	S(proposal_hdr, "RFC 7609, A.2.2; V2")                                                     \
	S(accept_hdr, "RFC 7609, A.2.3 and A.2.4; V2")                                             \
	S(decline_hdr, "RFC 7609, A.2.5; V2")                                                      \
	S(trailer, "RFC 7609, A.2")                                                                \
	S(proposal, "RFC 7609, A.2.2")                                                             \
	S(proposal_smcd, "V2, Proposal")                                                           \
	S(prefix, "RFC 7609, A.2.2")                                                               \
	S(ipv6_prefix, "RFC 7609, A.2.2")                                                          \
	S(v2_ext, "V2, Proposal")                                                                  \
	S(ueid, "V2, Proposal")                                                                    \
	S(smcd_v2_ext, "V2, Proposal")                                                             \
	S(gid_chid, "V2, Proposal")                                                                \
	S(smcr, "RFC 7609, A.2.3 and A.2.4")                                                       \
	S(smcr_v2, "V2, Accept and Confirm")                                                       \
	S(smcd, "V2, Accept and Confirm")                                                          \
	S(smcd_v1, "V2, Accept and Confirm")                                                       \
	S(smcd_v2, "V2, Accept and Confirm")                                                       \
	S(fce, "V2, first contact extension")                                                      \
	S(fce_smcr, "V2, first contact extension of release 1; Linux")                             \
	S(fce_smcd, "V2, first contact extension of release 1; Linux")                             \
	S(gid_list, "V2, Confirm")                                                                 \
	S(gid_entry, "V2, Confirm")                                                                \
	S(decline, "RFC 7609, A.2.5")                                                              \
	S(decline_v2, "V2, Decline")                                                               \
	S(llc_v1, "RFC 7609, A.3")                                                                 \
	S(llc_v2, "V2, LLC; Linux")                                                                \
	S(confirm_link, "RFC 7609, A.3.1")                                                         \
	S(add_link, "RFC 7609, A.3.2")                                                             \
	S(add_link_ext, "V2, ADD_LINK; Linux")                                                     \
	S(rtoken, "V2, ADD_LINK")                                                                  \
	S(add_link_cont, "RFC 7609, A.3.3")                                                        \
	S(delete_link, "RFC 7609, A.3.4")                                                          \
	S(confirm_rkey, "RFC 7609, A.3.5")                                                         \
	S(confirm_rkey_cont, "RFC 7609, A.3.6")                                                    \
	S(test_link, "RFC 7609, A.3.8")                                                            \
	S(delete_rkey, "RFC 7609, A.3.7")                                                          \
	S(delete_rkey_v2, "V2, DELETE_RKEY; Linux")                                                \
	S(rkey_entry, "V2, DELETE_RKEY; Linux")                                                    \
	S(req_add_link, "V2, REQ_ADD_LINK; Linux")                                                 \
	S(llc_gid, "V2, REQ_ADD_LINK; Linux")                                                      \
	S(filler, "V2, LLC; Linux")                                                                \
	S(announce_credits, "netdev, 20 January 2022: receive queue flow control")                 \
	S(llc_other, "RFC 7609, A.3")                                                              \
	S(cdc, "RFC 7609, A.4")                                                                    \
	S(cdc_smcd, "V2, SMC-D; Linux")                                                            \
	S(event, "smc-trace")                                                                      \
	S(ev_syn, "smc-trace")                                                                     \
	S(ev_lgr, "smc-trace")                                                                     \
	S(ev_link, "smc-trace")                                                                    \
	S(ev_conn, "smc-trace")                                                                    \
	S(ev_buf, "smc-trace")                                                                     \
	S(ev_state, "smc-trace")                                                                   \
	S(ev_fallback, "smc-trace")                                                                \
	S(ev_clc_failed, "smc-trace")                                                              \
	S(ev_module, "smc-trace")                                                                  \
	S(ev_traffic, "smc-trace")                                                                 \
	S(ev_delay, "smc-trace")                                                                   \
	S(ev_clock, "smc-trace")                                                                   \
	S(ev_fact, "smc-trace")                                                                    \
	S(ev_counter, "smc-trace")

/* Rows that several parts share. */
#define SMCW_ABOUT_CLC_HDR(A, part)                                                                \
	A(part, eyecatcher, "Says that this is CLC: SMCR or SMCD in EBCDIC (IBM-1047)")            \
	A(part, type, "Kind of CLC message")                                                       \
	A(part, length, "Bytes of the whole message, from the eyecatcher to the trailing one")     \
	A(part, version, "Version of SMC that the sender speaks or has chosen")

#define SMCW_ABOUT_RTOKEN(A, part, n)                                                              \
	A(part, rkey##n, "An RMB of the sender, by the rkey that it has on this link")             \
	A(part, rkey_new##n, "The rkey of the same RMB on the link that is added")                 \
	A(part, vaddr_new##n, "Virtual address of the same RMB on the link that is added")

#define SMCW_ABOUT_RESPONSE(A, part)                                                               \
	A(part, response, "Whether this answers a message of the same type")

#define SMCW_ABOUT_FURTHER_RKEY(A, part, n)                                                        \
	A(part, link_num##n, "Another link of the group: the next rkey is for it")                 \
	A(part, rkey##n, "The rkey of the same RMB on that link")                                  \
	A(part, vaddr##n, "Virtual address of the same RMB on that link")
#define SMCW_ABOUT_CONFIRM_RKEYS(A, part)                                                          \
	SMCW_ABOUT_RESPONSE(A, part)                                                               \
	A(part, negative, "Of a response: the receiver does not take the RMB")                     \
	A(part, retry,                                                                             \
	  "Of a negative response: the sender may ask again, as when the table of "                \
	  "rkeys is full")                                                                         \
	A(part, rkey_count,                                                                        \
	  "Rkeys of further links: how many follow, here and in "                                  \
	  "CONFIRM_RKEY_CONT")                                                                     \
	SMCW_ABOUT_FURTHER_RKEY(A, part, 2)                                                        \
	SMCW_ABOUT_FURTHER_RKEY(A, part, 3)

#define SMCW_ABOUT_CURSORS(A, part)                                                                \
	A(part, prod_wrap, "How often the producer cursor has come round, modulo 65,536")          \
	A(part, prod_count,                                                                        \
	  "Where the sender writes next: bytes from the start of the "                             \
	  "receiver's element, in this round")                                                     \
	A(part, cons_wrap, "How often the consumer cursor has come round, modulo 65,536")          \
	A(part, cons_count,                                                                        \
	  "Up to where the sender has read: bytes from the start of its own "                      \
	  "element, in this round")                                                                \
	A(part, write_blocked, "Whether the sender has bytes to send and no room for them")        \
	A(part, urgent_pending, "Whether urgent data is on its way")                               \
	A(part, urgent_present, "Whether the last byte before the producer cursor is urgent")      \
	A(part, update_requested, "Whether the sender asks for the receiver's consumer cursor")    \
	A(part, failover,                                                                          \
	  "Whether this repeats the last cursors on another link, to find out "                    \
	  "whether the receiver has lost some")                                                    \
	A(part, done_writing, "Whether the sender has shut down sending; it still receives")       \
	A(part, closed, "Whether the sender has closed the connection, both ways")                 \
	A(part, abort, "Whether the sender ends the connection at once: bytes may be lost")

#define SMCW_ABOUT_CLC(A)                                                                          \
	A(tcp_option, kind, "254: an option of some experiment, RFC 6994")                         \
	A(tcp_option, length, "Bytes of the option, kind and length included")                     \
	A(tcp_option, magic, "Which experiment: SMCR in EBCDIC (IBM-1047) says SMC capable")       \
                                                                                                   \
	SMCW_ABOUT_CLC_HDR(A, proposal_hdr)                                                        \
	A(proposal_hdr, typev2, "What is offered in version 2")                                    \
	A(proposal_hdr, typev1, "What is offered in version 1")                                    \
                                                                                                   \
	SMCW_ABOUT_CLC_HDR(A, accept_hdr)                                                          \
	A(accept_hdr, first_contact, "Whether this makes a new link group")                        \
	A(accept_hdr, smc_type, "What was chosen of the offer")                                    \
                                                                                                   \
	SMCW_ABOUT_CLC_HDR(A, decline_hdr)                                                         \
	A(decline_hdr, out_of_sync,                                                                \
	  "Whether the sender has lost the link group: the receiver "                              \
	  "has to end it, too")                                                                    \
                                                                                                   \
	A(trailer, eyecatcher, "Ends the message: SMCR or SMCD in EBCDIC (IBM-1047)")              \
                                                                                                   \
	A(proposal, peer_id,                                                                       \
	  "Instance of the client's stack, 2 bytes, and the MAC address of "                       \
	  "one of its RoCE ports, 6 bytes (RFC 7609, A.2.1)")                                      \
	A(proposal, gid, "GID of the RoCE port that the client prefers, or zero")                  \
	A(proposal, mac, "MAC address of the RoCE port that the client prefers")                   \
	A(proposal, iparea_offset, "Bytes from the end of this field to the IP area")              \
                                                                                                   \
	A(proposal_smcd, ism_gid, "GID of the client's ISM device of version 1")                   \
	A(proposal_smcd, ism_chid, "Channel ID of that device: the fabric that it is on")          \
	A(proposal_smcd, v2_ext_offset,                                                            \
	  "Bytes from the end of this field to the version 2 "                                     \
	  "extension")                                                                             \
	A(proposal_smcd, vendor_oui, "IEEE OUI of the vendor that the next options belong to")     \
	A(proposal_smcd, vendor_options, "Options of that vendor")                                 \
                                                                                                   \
	A(prefix, subnet,                                                                          \
	  "IPv4 subnet of the client's interface, zero for IPv6: the server's "                    \
	  "has to be the same in version 1")                                                       \
	A(prefix, prefix_len, "Significant bits of the subnet")                                    \
	A(prefix, ipv6_count, "IPv6 prefixes that follow, 8 at most")                              \
                                                                                                   \
	A(ipv6_prefix, prefix,                                                                     \
	  "IPv6 prefix of the client's interface: one of the server's has "                        \
	  "to be the same in version 1")                                                           \
	A(ipv6_prefix, prefix_len, "Significant bits of the prefix")                               \
                                                                                                   \
	A(v2_ext, eid_count, "User-defined EIDs that follow, 8 at most")                           \
	A(v2_ext, gid_count, "ISM devices in the SMC-Dv2 extension, 8 at most")                    \
	A(v2_ext, release, "Release of version 2 that the client speaks")                          \
	A(v2_ext, seid_indicator, "Whether the system EID may be matched")                         \
	A(v2_ext, smcd_v2_ext_offset,                                                              \
	  "Bytes from the end of this field to the SMC-Dv2 "                                       \
	  "extension, 0 without one")                                                              \
	A(v2_ext, roce_gid, "GID of the client's RoCEv2 port: its IP address")                     \
	A(v2_ext, max_conns, "Connections that the client takes in a link group; release 1")       \
	A(v2_ext, max_links, "Links that the client takes in a link group; release 1")             \
	A(v2_ext, feature_mask, "Optional features that the client has, a bit each; release 1")    \
                                                                                                   \
	A(ueid, eid,                                                                               \
	  "Group of hosts that the client belongs to, as an administrator has named "              \
	  "it; ASCII, filled up with blanks")                                                      \
                                                                                                   \
	A(smcd_v2_ext, seid,                                                                       \
	  "Name of the machine that the client runs on; ASCII or EBCDIC as "                       \
	  "the machine has it")                                                                    \
                                                                                                   \
	A(gid_chid, gid, "GID of one of the client's ISM devices, or the second half of one")      \
	A(gid_chid, chid,                                                                          \
	  "Channel ID of that device: the fabric that it is on; 0xff00 and above "                 \
	  "are emulated")                                                                          \
                                                                                                   \
	A(smcr, peer_id,                                                                           \
	  "Instance of the sender's stack, 2 bytes, and the MAC address of one of "                \
	  "its RoCE ports, 6 bytes (RFC 7609, A.2.1)")                                             \
	A(smcr, gid, "GID of the RoCE port that the sender has chosen")                            \
	A(smcr, mac, "MAC address of the RoCE port that the sender has chosen")                    \
	A(smcr, qpn, "The sender's queue pair: the receiver sends there")                          \
	A(smcr, rkey, "Key with which the receiver writes to the sender's RMB")                    \
	A(smcr, rmbe_idx, "Which element of the RMB is the connection's, from 1 on")               \
	A(smcr, alert_token, "The sender's name of the connection: the receiver's CDC has it")     \
	A(smcr, rmbe_size, "Size of the element, compressed: 16 KiB times two to this power")      \
	A(smcr, mtu,                                                                               \
	  "Largest payload of an RDMA packet, as InfiniBand codes it: 1 is 256 bytes, "            \
	  "each further one twice as much")                                                        \
	A(smcr, init_credits,                                                                      \
	  "SENDs that the sender's receive queue has room for; Alibaba's "                         \
	  "kernels (netdev, 20 January 2022), in others reserved and 0")                           \
	A(smcr, vaddr, "Virtual address of the sender's RMB")                                      \
	A(smcr, psn, "First packet sequence number that the sender uses")                          \
                                                                                                   \
	A(smcr_v2, eid, "EID that the two hosts have in common; ASCII, filled up with blanks")     \
                                                                                                   \
	A(smcd, gid, "GID of the sender's ISM device")                                             \
	A(smcd, dmb_token, "Key with which the receiver writes to the sender's DMB")               \
	A(smcd, dmbe_idx, "Which element of the DMB is the connection's")                          \
	A(smcd, dmbe_size, "Size of the element, compressed: 16 KiB times two to this power")      \
	A(smcd, linkid, "The sender's name of the link group")                                     \
                                                                                                   \
	A(smcd_v2, chid, "Channel ID of the sender's ISM device: the fabric that it is on")        \
	A(smcd_v2, eid, "EID that the two hosts have in common; ASCII, filled up with blanks")     \
	A(smcd_v2, gid_ext, "Second half of the GID of an emulated ISM device; Linux")             \
                                                                                                   \
	A(fce, v2_direct, "Whether RoCEv2 packets go to the peer without a gateway")               \
	A(fce, os, "Operating system of the sender")                                               \
	A(fce, release, "Release of version 2 that was chosen")                                    \
	A(fce, hostname,                                                                           \
	  "Name of the sender's host, filled up with blanks; ASCII, of z/OS also "                 \
	  "EBCDIC")                                                                                \
                                                                                                   \
	A(fce_smcr, max_conns, "Connections that the link group may have")                         \
	A(fce_smcr, max_links, "Links that the link group may have")                               \
	A(fce_smcr, feature_mask, "Optional features that were chosen, a bit each")                \
	A(fce_smcr, vendor_options, "Options of the sender's vendor")                              \
                                                                                                   \
	A(fce_smcd, feature_mask, "Optional features that were chosen, a bit each")                \
	A(fce_smcd, vendor_options, "Options of the sender's vendor")                              \
                                                                                                   \
	A(gid_list, gid_count, "GIDs that follow")                                                 \
	A(gid_entry, gid, "GID of one of the client's RoCEv2 ports: its IP address")               \
                                                                                                   \
	A(decline, peer_id,                                                                        \
	  "Instance of the sender's stack, 2 bytes, and the MAC address of one "                   \
	  "of its RoCE ports, 6 bytes (RFC 7609, A.2.1)")                                          \
	A(decline, diagnosis, "Why the connection stays on TCP; the codes are those of Linux")     \
	A(decline, os, "Operating system of the sender; version 2")                                \
                                                                                                   \
	A(decline_v2, diagnosis1, "More about the reason, as the sender's system has it")          \
	A(decline_v2, diagnosis2, "More about the reason, as the sender's system has it")          \
	A(decline_v2, diagnosis3, "More about the reason, as the sender's system has it")          \
	A(decline_v2, diagnosis4, "More about the reason, as the sender's system has it")

#define SMCW_ABOUT_LLC(A)                                                                          \
	A(llc_v1, type, "Kind of LLC message")                                                     \
	A(llc_v1, length, "Bytes of the message: always 44")                                       \
	A(llc_v1, reject_reason, "Why ADD_LINK or REQ_ADD_LINK was refused")                       \
                                                                                                   \
	A(llc_v2, type, "Kind of LLC message")                                                     \
	A(llc_v2, length, "Bytes of the message, 44 at least")                                     \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, confirm_link)                                                       \
	A(confirm_link, no_eye_resp, "Whether the responder does without eyecatchers in RMBEs")    \
	A(confirm_link, no_eye_req, "Whether the requester does without eyecatchers in RMBEs")     \
	A(confirm_link, mac, "MAC address of the sender's RoCE port")                              \
	A(confirm_link, gid, "GID of the sender's RoCE port")                                      \
	A(confirm_link, qpn, "The sender's queue pair: the receiver sends there")                  \
	A(confirm_link, link_num, "Number of the link in its link group, the server gives it")     \
	A(confirm_link, link_uid, "The sender's name of the link")                                 \
	A(confirm_link, max_links, "Links that the sender takes in the link group")                \
	A(confirm_link, max_conns,                                                                 \
	  "Connections that the sender takes in the link group; "                                  \
	  "version 2.1, Linux")                                                                    \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, add_link)                                                           \
	A(add_link, rejected, "Of a response: no link is added")                                   \
	A(add_link, mac, "MAC address of the sender's other RoCE port")                            \
	A(add_link, gid, "GID of the sender's other RoCE port")                                    \
	A(add_link, qpn, "The sender's queue pair of the new link")                                \
	A(add_link, link_num, "Number of the new link in its link group, the server gives it")     \
	A(add_link, mtu,                                                                           \
	  "Largest payload of an RDMA packet, as InfiniBand codes it: 1 is 256 "                   \
	  "bytes, each further one twice as much")                                                 \
	A(add_link, psn, "First packet sequence number that the sender uses on the new link")      \
	A(add_link, init_credits,                                                                  \
	  "SENDs that the sender's receive queue has room for; Alibaba's "                         \
	  "kernels (netdev, 20 January 2022), in others reserved and 0")                           \
                                                                                                   \
	A(add_link_ext, v2_direct, "Whether RoCEv2 packets go to the peer without a gateway")      \
	A(add_link_ext, client_target_gid,                                                         \
	  "GID of the client's RoCEv2 port that the server has "                                   \
	  "chosen")                                                                                \
	A(add_link_ext, rkey_count, "Rkeys that follow: RMBs of the sender")                       \
                                                                                                   \
	SMCW_ABOUT_RTOKEN(A, rtoken, )                                                             \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, add_link_cont)                                                      \
	A(add_link_cont, link_num, "Number of the new link in its link group")                     \
	A(add_link_cont, rkey_count,                                                               \
	  "RMBs of the sender that are still to be named, those of "                               \
	  "this message included")                                                                 \
	SMCW_ABOUT_RTOKEN(A, add_link_cont, )                                                      \
	SMCW_ABOUT_RTOKEN(A, add_link_cont, 2)                                                     \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, delete_link)                                                        \
	A(delete_link, all_links, "Whether the whole link group ends")                             \
	A(delete_link, orderly, "Whether connections may go on until they end by themselves")      \
	A(delete_link, link_num, "Number of the link that is deleted")                             \
	A(delete_link, reason, "Why it is deleted")                                                \
                                                                                                   \
	SMCW_ABOUT_CONFIRM_RKEYS(A, confirm_rkey)                                                  \
	A(confirm_rkey, rkey, "An RMB of the sender, by the rkey that it has on this link")        \
	A(confirm_rkey, vaddr, "Virtual address of the RMB on this link")                          \
	SMCW_ABOUT_CONFIRM_RKEYS(A, confirm_rkey_cont)                                             \
	SMCW_ABOUT_FURTHER_RKEY(A, confirm_rkey_cont, 1)                                           \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, test_link)                                                          \
	A(test_link, user_data, "Any bytes: the response has the same")                            \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, delete_rkey)                                                        \
	A(delete_rkey, negative, "Of a response: some rkeys were not known")                       \
	A(delete_rkey, rkey_count, "Rkeys in this message, 8 at most")                             \
	A(delete_rkey, error_mask,                                                                 \
	  "Of a negative response: which rkeys were not known, the "                               \
	  "highest bit for the first")                                                             \
	A(delete_rkey, rkey1, "The first RMB that is deleted, by its rkey on this link")           \
	A(delete_rkey, rkey2, "The second RMB that is deleted")                                    \
	A(delete_rkey, rkey3, "The third RMB that is deleted")                                     \
	A(delete_rkey, rkey4, "The fourth RMB that is deleted")                                    \
	A(delete_rkey, rkey5, "The fifth RMB that is deleted")                                     \
	A(delete_rkey, rkey6, "The sixth RMB that is deleted")                                     \
	A(delete_rkey, rkey7, "The seventh RMB that is deleted")                                   \
	A(delete_rkey, rkey8, "The eighth RMB that is deleted")                                    \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, delete_rkey_v2)                                                     \
	A(delete_rkey_v2, negative, "Of a response: some rkeys were not known")                    \
	A(delete_rkey_v2, rkey_count, "Rkeys that follow")                                         \
	A(delete_rkey_v2, invalid_count, "Of a negative response: rkeys that were not known")      \
	A(rkey_entry, rkey, "An RMB that is deleted, by its rkey on this link")                    \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, req_add_link)                                                       \
	A(req_add_link, rejected, "Of a response: no link is added")                               \
	A(req_add_link, gid_count, "GIDs that follow")                                             \
	A(llc_gid, gid, "GID of one of the client's RoCEv2 ports: its IP address")                 \
                                                                                                   \
	A(announce_credits, response, "Set by Alibaba's kernels, although nobody has asked")       \
	A(announce_credits, credits,                                                               \
	  "Receives that the sender has posted anew: so many more "                                \
	  "SENDs may come")                                                                        \
                                                                                                   \
	SMCW_ABOUT_RESPONSE(A, llc_other)                                                          \
	A(llc_other, flags, "Not known for this type")                                             \
	A(llc_other, data, "Not known for this type")

#define SMCW_ABOUT_CDC(A)                                                                          \
	A(cdc, type, "0xfe: this is CDC and no LLC message")                                       \
	A(cdc, length, "Bytes of the message: always 44")                                          \
	A(cdc, seqno,                                                                              \
	  "Number of the CDC message in its connection and direction, from 1 on, "                 \
	  "modulo 65,536")                                                                         \
	A(cdc, alert_token, "The receiver's name of the connection, from its Accept or Confirm")   \
	SMCW_ABOUT_CURSORS(A, cdc)                                                                 \
	A(cdc, credits,                                                                            \
	  "Receives that the sender has posted anew; Alibaba's kernels (netdev, 20 "               \
	  "January 2022), in others reserved and 0")                                               \
                                                                                                   \
	A(cdc_smcd, type, "0xfe: this is CDC")                                                     \
	SMCW_ABOUT_CURSORS(A, cdc_smcd)

#define SMCW_ABOUT_EVENT(A)                                                                        \
	A(event, version, "Version of the event's form")                                           \
	A(event, kind, "What happened")                                                            \
	A(event, hook, "Place in the kernel at which it was seen")                                 \
	A(event, direction, "Of a message: sent or received by the traced host")                   \
	A(event, big_endian,                                                                       \
	  "Whether the traced host is big-endian: the order of fields in host "                    \
	  "order")                                                                                 \
	A(event, seen, "Whether the object was there when tracing began")                          \
	A(event, host, "Number of the host in a merged file, 0 in any other")                      \
	A(event, length, "Bytes of the body in this event")                                        \
	A(event, original, "Bytes that the body has had: more than its length if it was cut")      \
	A(event, time, "Nanoseconds since 1970 (UTC)")                                             \
	A(event, id, "Name of the message: its sending and its receiving have the same")           \
	A(event, sock, "Cookie of the SMC socket, as ss -e shows it")                              \
	A(event, cgroup, "Number of the owner's cgroup")                                           \
	A(event, channel, "Receiving end: DMB token, or QP number and GID folded into one")        \
	A(event, lost, "Events of this hook that were lost since the one before")                  \
	A(event, netns, "Inode of the network namespace, as lsns shows it")                        \
	A(event, pid, "Process ID of the socket's owner")                                          \
	A(event, conn, "The traced host's name of the connection: its alert token")                \
	A(event, lgr, "The traced host's name of the link group")                                  \
	A(event, link_uid, "The traced host's name of the link")                                   \
	A(event, link, "Number of the link in its link group, 0 for none")                         \
	A(event, owner, "How the owner was found")                                                 \
	A(event, mode, "SMC-R, SMC-D or TCP")                                                      \
	A(event, role, "Whether the traced end is client or server")                               \
	A(event, state, "State of the SMC socket (RFC 7609, 4.7)")                                 \
	A(event, stack, "Which SMC stack of the host it is")                                       \
	A(event, cpu, "Processor on which it was seen")                                            \
	A(event, local_port, "TCP port of the traced end")                                         \
	A(event, peer_port, "TCP port of the other end")                                           \
	A(event, local, "IP address of the traced end, of IPv4 as mapped")                         \
	A(event, peer, "IP address of the other end, of IPv4 as mapped")                           \
	A(event, comm, "Name of the owner's thread")                                               \
	A(event, device, "RDMA or ISM device")                                                     \
                                                                                                   \
	A(ev_syn, present, "Whether the segment has the SMC option: 1 or 0")                       \
	A(ev_syn, answer, "Whether the segment is a SYN-ACK: 1 or 0")                              \
	A(ev_syn, cookie, "Whether the server made the connection of a SYN cookie: 1 or 0")        \
	A(ev_syn, error, "errno of a SYN of which no connection came, 0 if one did")               \
                                                                                                   \
	A(ev_lgr, version, "Version of SMC that the link group has")                               \
	A(ev_lgr, conns, "Connections in the link group")                                          \
	A(ev_lgr, peer, "SMC-D: GID of the peer's device; SMC-R: the peer's ID, then zeroes")      \
	A(ev_lgr, eid, "EID that was negotiated; ASCII")                                           \
	A(ev_lgr, hostname, "Name that the peer has given itself")                                 \
                                                                                                   \
	A(ev_link, qpn, "Queue pair of the traced end")                                            \
	A(ev_link, peer_qpn, "Queue pair of the other end")                                        \
	A(ev_link, gid, "GID of the traced end's RoCE port")                                       \
	A(ev_link, peer_gid, "GID of the other end's RoCE port")                                   \
                                                                                                   \
	A(ev_conn, token, "Receive buffer of the traced end: DMB token or rkey")                   \
	A(ev_conn, peer_token, "Receive buffer of the other end: DMB token or rkey")               \
	A(ev_conn, sent, "Bytes that were sent, by the cursors")                                   \
	A(ev_conn, received, "Bytes that were received, by the cursors")                           \
	A(ev_conn, peer_conn, "Alert token of the other end; SMC-R")                               \
	A(ev_conn, send_size, "Bytes of the send buffer")                                          \
	A(ev_conn, receive_size, "Bytes of the receive buffer")                                    \
	A(ev_conn, peer_size, "Bytes of the other end's receive buffer")                           \
	A(ev_conn, error, "errno or reason for a Decline, 0 if it went well")                      \
	A(ev_conn, first_contact, "Whether the connection makes its link group: 1 or 0")           \
                                                                                                   \
	A(ev_buf, token, "The buffer: DMB token or rkey")                                          \
	A(ev_buf, size, "Bytes of the buffer")                                                     \
	A(ev_buf, error, "errno, 0 if it went well")                                               \
                                                                                                   \
	A(ev_state, old, "State of the SMC socket before (RFC 7609, 4.7)")                         \
	A(ev_state, now, "State of the SMC socket from now on (RFC 7609, 4.7)")                    \
	A(ev_state, error, "errno that waits at the socket, 0 for none")                           \
                                                                                                   \
	A(ev_fallback, reason, "Why the connection stays on TCP, as this host sees it")            \
	A(ev_fallback, diagnosis, "Reason in the peer's Decline, 0 without one")                   \
                                                                                                   \
	A(ev_clc_failed, error, "errno")                                                           \
	A(ev_clc_failed, expected, "CLC message that was waited for")                              \
	A(ev_clc_failed, got, "Type in the bytes that came, 0 if there were none")                 \
                                                                                                   \
	A(ev_traffic, sent_messages, "CDC messages that the traced end has sent")                  \
	A(ev_traffic, received_messages, "CDC messages that it has received")                      \
	A(ev_traffic, sent, "Bytes that it has sent, by the cursors")                              \
	A(ev_traffic, received, "Bytes that it has received, by the cursors")                      \
	A(ev_traffic, delays, "Messages of which the times of sending and receiving are known")    \
	A(ev_traffic, delay_ns, "Sum of the times between the two, nanoseconds")                   \
	A(ev_traffic, sent_blocked,                                                                \
	  "Nanoseconds in which its messages said that it is write blocked")                       \
	A(ev_traffic, received_blocked,                                                            \
	  "Nanoseconds in which the peer's messages said that it is write blocked")                \
                                                                                                   \
	A(ev_delay, what, "What the times of this class are of")                                   \
	A(ev_delay, reserved, "Zero")                                                              \
	A(ev_delay, to_ns, "Longest time that belongs to this class, nanoseconds; 0: no limit")    \
	A(ev_delay, count, "Messages that took so long")                                           \
	A(ev_delay, sum_ns, "Sum of their times, nanoseconds")                                     \
	A(ev_delay, min_ns, "Shortest of their times, nanoseconds")                                \
	A(ev_delay, max_ns, "Longest of their times, nanoseconds")                                 \
                                                                                                   \
	A(ev_clock, own, "A moment by the host's own clock, nanoseconds since 1970")               \
	A(ev_clock, common, "The same moment by the clock of the first host")                      \
	A(ev_clock, within,                                                                        \
	  "Nanoseconds by which corrected times of the host are wrong at most, to the next such "  \
	  "event")                                                                                 \
	A(ev_clock, rate, "Nanoseconds of the own clock in 10^9 of the first host's")              \
	A(ev_clock, name, "Name of the file that has the host's events")                           \
                                                                                                   \
	A(ev_fact, topic, "What the fact is about: what is observed, or how SMC is set up")        \
	A(ev_fact, name, "Of the class of events, setting or device")                              \
	A(ev_fact, value, "What was found when tracing began")                                     \
                                                                                                   \
	A(ev_module, name, "Name of the kernel module")                                            \
	A(ev_module, what, "Whether the module came or went")                                      \
                                                                                                   \
	A(ev_counter, hook, "Place in the kernel that these counters belong to")                   \
	A(ev_counter, seen, "Events that it has seen")                                             \
	A(ev_counter, filtered, "Events that a filter has left out")                               \
	A(ev_counter, sent, "Events that were handed to smc-trace")                                \
	A(ev_counter, full, "Events that were lost, for want of room in the ring")                 \
	A(ev_counter, unreadable, "Events that were lost, since kernel memory could not be read")  \
	A(ev_counter, truncated, "Events of which a part was kept")

#define SMCW_ABOUT(A)                                                                              \
	SMCW_ABOUT_CLC(A)                                                                          \
	SMCW_ABOUT_LLC(A)                                                                          \
	SMCW_ABOUT_CDC(A)                                                                          \
	SMCW_ABOUT_EVENT(A)

#endif
