/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filter names that Wireshark's built-in SMC dissector gives to fields of the
 * same meaning and type. Ours take them over, so that saved filters, columns
 * and colour rules go on working; all other fields are smcx.<part>.<key>. The
 * built-in has other names for the same part in a Confirm than in an Accept, and
 * in a refused ADD_LINK: those variants are in the second list.
 *
 *	N(part, key, "name")
 *
 * The third list has names for what ours have another name or another form for: the byte that
 * several of our fields are bits of, or the same field in other messages. Those are added hidden,
 * and only where something asks for them: see alias.h.
 *
 *	A(part, key, when, "name")
 */
#ifndef SMCKIT_DISSECTOR_BUILTIN_NAMES_H
#define SMCKIT_DISSECTOR_BUILTIN_NAMES_H

#define SMCX_BUILTIN_NAMES(N)                                                                      \
	N(proposal_hdr, type, "smc.clc_msg")                                                       \
	N(proposal_hdr, length, "smc.length")                                                      \
	N(proposal_hdr, version, "smc.proposal.smc.version")                                       \
	N(proposal_hdr, typev2, "smc.proposal.smcv2.type")                                         \
	N(proposal_hdr, typev1, "smc.proposal.smc.type")                                           \
	N(accept_hdr, type, "smc.clc_msg")                                                         \
	N(accept_hdr, length, "smc.length")                                                        \
	N(accept_hdr, first_contact, "smc.accept.first.contact")                                   \
	N(accept_hdr, smc_type, "smc.accept.smc.type")                                             \
	N(decline_hdr, type, "smc.clc_msg")                                                        \
	N(decline_hdr, length, "smc.length")                                                       \
	N(decline_hdr, version, "smc.decline.smc.version")                                         \
	N(decline_hdr, out_of_sync, "smc.decline.osync")                                           \
	N(proposal, peer_id, "smc.proposal.sender.client.peer.id")                                 \
	N(proposal, gid, "smc.proposal.client.preferred.gid")                                      \
	N(proposal, mac, "smc.proposal.client.preferred.mac")                                      \
	N(proposal, iparea_offset, "smc.proposal.smcv1_subnet_ext_offset")                         \
	N(proposal_smcd, ism_gid, "smc.proposal.ism.gid")                                          \
	N(proposal_smcd, ism_chid, "smc.proposal.smc.chid")                                        \
	N(proposal_smcd, v2_ext_offset, "smc.proposal.smcv2_ext_offset")                           \
	N(prefix, subnet, "smc.outgoing.interface.subnet.mask")                                    \
	N(prefix, prefix_len, "smc.outgoing.interface.subnet.mask.number.of.significant.bits")     \
	N(prefix, ipv6_count, "smc.proposal.ipv6.prefix.count")                                    \
	N(ipv6_prefix, prefix, "smc.proposal.ipv6.prefix.value")                                   \
	N(ipv6_prefix, prefix_len, "smc.proposal.ipv6.prefix.length")                              \
	N(v2_ext, eid_count, "smc.proposal.eid.count")                                             \
	N(v2_ext, gid_count, "smc.proposal.ismv2_gid_count")                                       \
	N(v2_ext, release, "smc.proposal.smc.version.relnum")                                      \
	N(v2_ext, seid_indicator, "smc.proposal.smc.seid")                                         \
	N(v2_ext, smcd_v2_ext_offset, "smc.proposal.smcdv2_ext_offset")                            \
	N(v2_ext, roce_gid, "smc.proposal.rocev2.gid.ipv6")                                        \
	N(ueid, eid, "smc.proposal.eid")                                                           \
	N(smcd_v2_ext, seid, "smc.proposal.system.eid")                                            \
	N(gid_chid, gid, "smc.proposal.ism.gid")                                                   \
	N(gid_chid, chid, "smc.proposal.smc.chid")                                                 \
	N(smcr, peer_id, "smc.accept.sender.server.peer.id")                                       \
	N(smcr, gid, "smc.accept.server.preferred.gid")                                            \
	N(smcr, mac, "smc.accept.server.preferred.mac")                                            \
	N(smcr, qpn, "smc.accept.server.qp.number")                                                \
	N(smcr, rkey, "smc.accept.server.rmb.rkey")                                                \
	N(smcr, rmbe_idx, "smc.accept.server.tcp.conn.index")                                      \
	N(smcr, alert_token, "smc.accept.server.rmb.element.alert.token")                          \
	N(smcr, rmbe_size, "smc.accept.rmb.buffer.size")                                           \
	N(smcr, mtu, "smc.accept.qp.mtu.value")                                                    \
	N(smcr, vaddr, "smc.accept.server.rmb.virtual.address")                                    \
	N(smcr, psn, "smc.accept.initial.psn")                                                     \
	N(smcr_v2, eid, "smc.accept.eid")                                                          \
	N(smcd, gid, "smc.accept.sender.server.ism.gid")                                           \
	N(smcd, dmb_token, "smc.accept.dmb.token")                                                 \
	N(smcd, dmbe_idx, "smc.accept.dmbe.conn.index")                                            \
	N(smcd, dmbe_size, "smc.accept.dmbe.buffer.size")                                          \
	N(smcd, linkid, "smc.accept.server.linkid")                                                \
	N(smcd_v2, chid, "smc.accept.smc.chid")                                                    \
	N(smcd_v2, eid, "smc.accept.eid")                                                          \
	N(fce, os, "smc.accept.os.type")                                                           \
	N(fce, release, "smc.accept.smc.version.relnum")                                           \
	N(fce, hostname, "smc.accept.peer.host.name")                                              \
	N(gid_list, gid_count, "smc.confirm.gid.list.entry_count")                                 \
	N(gid_entry, gid, "smc.confirm.gid.list.entry")                                            \
	N(decline, peer_id, "smc.sender.peer.id")                                                  \
	N(decline, diagnosis, "smc.peer.diag.info")                                                \
	N(decline, os, "smc.decline.os.type")                                                      \
	N(llc_v1, type, "smc.llc_msg")                                                             \
	N(llc_v2, type, "smc.llc_msg")                                                             \
	N(confirm_link, response, "smc.confirm.link.response")                                     \
	N(confirm_link, mac, "smc.confirm.link.sender.mac")                                        \
	N(confirm_link, gid, "smc.sender.gid")                                                     \
	N(confirm_link, qpn, "smc.confirm.link.sender.qp.number")                                  \
	N(confirm_link, link_num, "smc.confirm.link.number")                                       \
	N(confirm_link, link_uid, "smc.confirm.link.sender.link.userid")                           \
	N(confirm_link, max_links, "smc.confirm.link.max.links")                                   \
	N(add_link, response, "smc.add.link.response")                                             \
	N(add_link, rejected, "smc.add.link.response.rejected")                                    \
	N(add_link, mac, "smc.add.link.sender.mac")                                                \
	N(add_link, gid, "smc.add.link.sender.gid")                                                \
	N(add_link, qpn, "smc.add.link.sender.qp.number")                                          \
	N(add_link, link_num, "smc.add.link.link.number")                                          \
	N(add_link, mtu, "smc.add.link.qp.mtu.value")                                              \
	N(add_link, psn, "smc.add.link.initial.psn")                                               \
	N(add_link_ext, v2_direct, "smc.add.link.direct_link")                                     \
	N(add_link_ext, client_target_gid, "smc.add.link.client_target_gid")                       \
	N(add_link_ext, rkey_count, "smc.add.link.rkey_count")                                     \
	N(rtoken, rkey, "smc.add.link.rmb.RTok.Rkey1")                                             \
	N(rtoken, rkey_new, "smc.add.link.rmb.RTok.Rkey2")                                         \
	N(rtoken, vaddr_new, "smc.add.link.rmb.RTok.virt")                                         \
	N(add_link_cont, response, "smc.add.link.cont.response")                                   \
	N(add_link_cont, link_num, "smc.add.link.cont.link.number")                                \
	N(add_link_cont, rkey_count, "smc.add.link.cont.rkey.number")                              \
	N(add_link_cont, rkey, "smc.add.link.cont.rmb.RTok1.Rkey1")                                \
	N(add_link_cont, rkey_new, "smc.add.link.cont.rmb.RTok1.Rkey2")                            \
	N(add_link_cont, vaddr_new, "smc.add.link.cont.rmb.RTok1.virt")                            \
	N(add_link_cont, rkey2, "smc.add.link.cont.rmb.RTok2.Rkey1")                               \
	N(add_link_cont, rkey_new2, "smc.add.link.cont.rmb.RTok2.Rkey2")                           \
	N(delete_link, response, "smc.delete.link.response")                                       \
	N(delete_link, all_links, "smc.delete.link.all")                                           \
	N(delete_link, orderly, "smc.delete.link.orderly")                                         \
	N(delete_link, link_num, "smc.delete.link.number")                                         \
	N(delete_link, reason, "smc.delete.link.reason.code")                                      \
	N(confirm_rkey, response, "smc.confirm.rkey.response")                                     \
	N(confirm_rkey, negative, "smc.confirm.rkey.negative.response")                            \
	N(confirm_rkey, retry, "smc.confirm.rkey.retry.rkey.set")                                  \
	N(confirm_rkey, rkey_count, "smc.confirm.rkey.number.qp")                                  \
	N(confirm_rkey, rkey, "smc.confirm.rkey.new.rkey")                                         \
	N(confirm_rkey, vaddr, "smc.confirm.rkey.new.virt")                                        \
	N(confirm_rkey, link_num2, "smc.confirm.rkey.link.number")                                 \
	N(confirm_rkey, rkey2, "smc.confirm.rkey.new.rkey")                                        \
	N(confirm_rkey, vaddr2, "smc.confirm.rkey.new.virt")                                       \
	N(confirm_rkey, link_num3, "smc.confirm.rkey.link.number")                                 \
	N(confirm_rkey, rkey3, "smc.confirm.rkey.new.rkey")                                        \
	N(confirm_rkey, vaddr3, "smc.confirm.rkey.new.virt")                                       \
	N(confirm_rkey_cont, response, "smc.confirm.rkey.response")                                \
	N(confirm_rkey_cont, negative, "smc.confirm.rkey.negative.response")                       \
	N(confirm_rkey_cont, retry, "smc.confirm.rkey.retry.rkey.set")                             \
	N(confirm_rkey_cont, rkey_count, "smc.confirm.rkey.number.qp")                             \
	N(confirm_rkey_cont, link_num1, "smc.confirm.rkey.link.number")                            \
	N(confirm_rkey_cont, rkey1, "smc.confirm.rkey.new.rkey")                                   \
	N(confirm_rkey_cont, vaddr1, "smc.confirm.rkey.new.virt")                                  \
	N(confirm_rkey_cont, link_num2, "smc.confirm.rkey.link.number")                            \
	N(confirm_rkey_cont, rkey2, "smc.confirm.rkey.new.rkey")                                   \
	N(confirm_rkey_cont, vaddr2, "smc.confirm.rkey.new.virt")                                  \
	N(confirm_rkey_cont, link_num3, "smc.confirm.rkey.link.number")                            \
	N(confirm_rkey_cont, rkey3, "smc.confirm.rkey.new.rkey")                                   \
	N(confirm_rkey_cont, vaddr3, "smc.confirm.rkey.new.virt")                                  \
	N(test_link, response, "smc.test.link.response")                                           \
	N(delete_rkey, response, "smc.delete.rkey.response")                                       \
	N(delete_rkey, negative, "smc.delete.rkey.negative.response")                              \
	N(delete_rkey, rkey_count, "smc.delete.rkey.count")                                        \
	N(delete_rkey, error_mask, "smc.delete.rkey.error.mask")                                   \
	N(delete_rkey, rkey1, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey2, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey3, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey4, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey5, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey6, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey7, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey, rkey8, "smc.delete.rkey.deleted")                                           \
	N(delete_rkey_v2, response, "smc.delete.rkey.response")                                    \
	N(delete_rkey_v2, negative, "smc.delete.rkey.negative.response")                           \
	N(delete_rkey_v2, rkey_count, "smc.delete.rkey.count")                                     \
	N(delete_rkey_v2, invalid_count, "smc.delete.rkey.count.invalid")                          \
	N(rkey_entry, rkey, "smc.delete.rkey.deleted")                                             \
	N(req_add_link, response, "smc.request.add.link.response")                                 \
	N(req_add_link, rejected, "smc.request.add.link.response.rejected")                        \
	N(req_add_link, gid_count, "smc.request.add.link.gid.list.entry_count")                    \
	N(llc_gid, gid, "smc.request.add.link.gid.list.entry")                                     \
	N(cdc, type, "smc.llc_msg")                                                                \
	N(cdc, seqno, "smc.rmbe.ctrl.seqno")                                                       \
	N(cdc, alert_token, "smc.rmbe.ctrl.alert.token")                                           \
	N(cdc, prod_wrap, "smc.rmbe.ctrl.prod.wrap.seq")                                           \
	N(cdc, prod_count, "smc.rmbe.ctrl.peer.prod.curs")                                         \
	N(cdc, write_blocked, "smc.rmbe.ctrl.write.blocked")                                       \
	N(cdc, urgent_pending, "smc.rmbe.ctrl.urgent.pending")                                     \
	N(cdc, urgent_present, "smc.rmbe.ctrl.urgent.present")                                     \
	N(cdc, update_requested, "smc.rmbe.ctrl.cons.update.requested")                            \
	N(cdc, failover, "smc.rmbe.ctrl.failover.validation")                                      \
	N(cdc, done_writing, "smc.rmbe.ctrl.peer.sending.done")                                    \
	N(cdc, closed, "smc.rmbe.ctrl.peer.closed.conn")                                           \
	N(cdc, abort, "smc.rmbe.ctrl.peer.abnormal.close")

#define SMCX_BUILTIN_VARIANT_NAMES(N)                                                              \
	N(accept_hdr, first_contact, "smc.confirm.first.contact")                                  \
	N(accept_hdr, smc_type, "smc.confirm.smc.type")                                            \
	N(smcr, peer_id, "smc.confirm.sender.client.peer.id")                                      \
	N(smcr, gid, "smc.client.gid")                                                             \
	N(smcr, mac, "smc.confirm.client.mac")                                                     \
	N(smcr, qpn, "smc.confirm.client.qp.number")                                               \
	N(smcr, rkey, "smc.confirm.client.rmb.rkey")                                               \
	N(smcr, rmbe_idx, "smc.confirm.client.tcp.conn.index")                                     \
	N(smcr, alert_token, "smc.client.rmb.element.alert.token")                                 \
	N(smcr, rmbe_size, "smc.confirm.rmb.buffer.size")                                          \
	N(smcr, mtu, "smc.confirm.qp.mtu.value")                                                   \
	N(smcr, vaddr, "smc.client.rmb.virtual.address")                                           \
	N(smcr, psn, "smc.initial.psn")                                                            \
	N(smcr_v2, eid, "smc.confirm.eid")                                                         \
	N(smcd, gid, "smc.confirm.sender.client.ism.gid")                                          \
	N(smcd, dmb_token, "smc.confirm.dmb.token")                                                \
	N(smcd, dmbe_idx, "smc.confirm.dmbe.conn.index")                                           \
	N(smcd, dmbe_size, "smc.confirm.dmbe.buffer.size")                                         \
	N(smcd, linkid, "smc.confirm.client.linkid")                                               \
	N(smcd_v2, chid, "smc.confirm.smc.chid")                                                   \
	N(smcd_v2, eid, "smc.confirm.eid")                                                         \
	N(fce, os, "smc.confirm.os.type")                                                          \
	N(fce, release, "smc.confirm.smc.version.relnum")                                          \
	N(fce, hostname, "smc.confirm.peer.host.name")                                             \
	N(llc_v1, reject_reason, "smc.add.link.response.reject_reason")

#define SMCX_BUILTIN_ALIASES(A)                                                                    \
	A(proposal_hdr, version, ALWAYS, "smc.proposal.flags")                                     \
	A(accept_hdr, version, ALWAYS, "smc.proposal.smc.version")                                 \
	A(accept_hdr, version, IN_ACCEPT, "smc.accept.flags")                                      \
	A(accept_hdr, version, IN_CONFIRM, "smc.confirm.flags")                                    \
	A(accept_hdr, first_contact, IN_ACCEPT, "smc.proposal.first.contact")                      \
	A(decline_hdr, version, ALWAYS, "smc.decline.flags")                                       \
	A(v2_ext, release, ALWAYS, "smc.proposal.extflags.2")                                      \
	A(smcr, rmbe_size, IN_ACCEPT, "smc.accept.flags.2")                                        \
	A(smcr, rmbe_size, IN_CONFIRM, "smc.confirm.flags.2")                                      \
	A(smcd, dmbe_size, IN_ACCEPT, "smc.accept.dmbe.size")                                      \
	A(smcd, dmbe_size, IN_CONFIRM, "smc.confirm.dmbe.size")                                    \
	A(fce, os, ALWAYS, "smc.accept.fce.flags")                                                 \
	A(fce, v2_direct, ALWAYS, "smc.accept.fce1.flags")                                         \
	A(fce, v2_direct, ALWAYS, "smc.accept.v2_lg.type")                                         \
	A(decline, os, ALWAYS, "smc.decline.flags2")                                               \
	A(decline_v2, diagnosis1, ALWAYS, "smc.peer.diag.info")                                    \
	A(decline_v2, diagnosis2, ALWAYS, "smc.peer.diag.info")                                    \
	A(decline_v2, diagnosis3, ALWAYS, "smc.peer.diag.info")                                    \
	A(decline_v2, diagnosis4, ALWAYS, "smc.peer.diag.info")                                    \
	A(llc_v1, length, ALWAYS, "smc.length")                                                    \
	A(llc_v2, length, ALWAYS, "smc.length")                                                    \
	A(cdc, length, ALWAYS, "smc.length")                                                       \
	A(confirm_link, response, ALWAYS, "smc.confirm.link.flags")                                \
	A(add_link, response, ALWAYS, "smc.add.link.flags")                                        \
	A(add_link, response, IN_V2, "smc.add.link.response.reject_reason")                        \
	A(add_link, mtu, ALWAYS, "smc.add.link.flags2")                                            \
	A(add_link_ext, v2_direct, ALWAYS, "smc.add.link.flags3")                                  \
	A(add_link_cont, response, ALWAYS, "smc.add.link.cont.flags")                              \
	A(add_link_cont, vaddr_new2, ALWAYS, "smc.add.link.cont.rmb.RTok2.virt")                   \
	A(delete_link, response, ALWAYS, "smc.delete.link.flags")                                  \
	A(confirm_rkey, response, ALWAYS, "smc.confirm.rkey.flags")                                \
	A(confirm_rkey_cont, response, ALWAYS, "smc.confirm.rkey.flags")                           \
	A(test_link, response, ALWAYS, "smc.test.link.flags")                                      \
	A(delete_rkey, response, ALWAYS, "smc.delete.rkey.flags")                                  \
	A(delete_rkey_v2, response, ALWAYS, "smc.delete.rkey.flags")                               \
	A(req_add_link, response, ALWAYS, "smc.add.link.flags")                                    \
	A(req_add_link, response, IN_V2, "smc.request.add.link.response.reject_reason")            \
	A(cdc, cons_wrap, ALWAYS, "smc.rmbe.ctrl.cons.wrap.seq")                                   \
	A(cdc, cons_count, ALWAYS, "smc.rmbe.ctrl.peer.cons.curs")                                 \
	A(cdc, write_blocked, ALWAYS, "smc.rmbe.ctrl.conn.rw.status.flags")                        \
	A(cdc, done_writing, ALWAYS, "smc.rmbe.ctrl.peer.conn.state.flags")

#endif
