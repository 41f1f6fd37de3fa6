/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SMC option where TCP does not have it (Debian since 6.18). Three files do
 * what CONFIG_SMC would have TCP do:
 *	option_bytes.c	the option within a TCP header
 *	option_hook.c	sends it: adds it to SYN and SYN-ACK on their way out
 *	option_stage.c	decides on it, and sees the peer's
 */
#ifndef SMCX_OPTION_OWN_H
#define SMCX_OPTION_OWN_H

#include <linux/types.h>

struct net;
struct request_sock;
struct sk_buff;
struct sock;

/**
 * smcx_option_in() - does a TCP header have the SMC option?
 * @options: what follows the fixed header
 * @len: bytes of it
 *
 * Options of a wrong length end the search.
 */
bool smcx_option_in(const u8 *options, u32 len);

/* The same of a packet, whose TCP header has to be in its linear part. */
bool smcx_option_in_packet(const struct sk_buff *skb);

/* Make it nothing (TCPOPT_NOP), if there is one; checksums are not looked at any more. */
void smcx_option_remove(u8 *options, u32 len);

/* The same of a packet that has come, with all of TCP's header. Return: 0, -ENOMEM. */
int smcx_option_remove_from_packet(struct sk_buff *skb);

/**
 * smcx_option_put() - add the SMC option to a SYN or SYN-ACK.
 * @skb: a packet at NF_INET_LOCAL_OUT: begins with the IP header, TCP's header is known
 *
 * All else in it stays, and checksums and lengths are right again.
 *
 * Return: 0, also when somebody else has put it there; -EMSGSIZE no room, or data in the packet;
 * -EEXIST an option that forbids it: a signature, for which all the others count, or fast open;
 * -EOPNOTSUPP a packet that TCP would not make; -ENOMEM. With an error the packet is as it was.
 */
int smcx_option_put(struct sk_buff *skb);

/**
 * smcx_option_ask() - a SYN leaves.
 * @sk: TCP socket that sends it, locked
 *
 * Return: 0 it is right as it is now, -ENOMEM it must not go; TCP sends it again.
 */
int smcx_option_ask(struct sock *sk, struct sk_buff *skb);

/* The same for a SYN-ACK. Cookies have no request, so they do not come here. */
int smcx_option_answer(struct request_sock *req, struct sk_buff *skb);

/**
 * smcx_option_hook_get() - have the packets that leave a namespace looked at.
 * @net: of a socket that is going to offer
 *
 * May sleep. Return: 0, or -errno; on success smcx_option_hook_put() is owed.
 */
int smcx_option_hook_get(struct net *net);

/* Any context. Nobody looks any more when there has been no such socket for a while. */
void smcx_option_hook_put(struct net *net);

int smcx_option_hook_init(void);
void smcx_option_hook_exit(void);

#endif
