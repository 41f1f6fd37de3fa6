/* SPDX-License-Identifier: GPL-2.0 */
/* One end of a connection: its path, the rings, and how far each end has come. */
#ifndef SMCX_CONN_H
#define SMCX_CONN_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "smc_wire.h"
#include "spin.h"

struct mem_cgroup;
struct smcx_dmb;
struct smcx_lgr;
struct smcx_path;
struct smcx_ring;
struct smcx_sock;
struct sock;

/* smcx_conn.urg_state */
enum smcx_urg { SMCX_URG_NONE, SMCX_URG_PENDING, SMCX_URG_VALID, SMCX_URG_READ };

/*
 * The first of two events: both ends are attached, or this one gives up. For a client in
 * SMCX_HS_SETTLE, and for a server in SMCX_HS_WAIT_CONFIRM, to which DONE says that its client
 * takes it for connected.
 */
enum smcx_attached { SMCX_ATTACH_OPEN, SMCX_ATTACH_DONE, SMCX_ATTACH_OVER };

/*
 * Access rules:
 *  - tx members: holder of tx_lock; rx members: holder of rx_lock
 *  - cdc members: holder of cdc_lock, readers by READ_ONCE()
 *  - path, rx, tx and lgr: set before smcx_sock.mode says SMC (release), and left
 *    alone until nobody can be in sendmsg() or recvmsg() any more
 * Flags are whole words: two of them never share one.
 */
struct smcx_conn {
	const struct smcx_path *path; /* NULL: none is chosen */
	void *own;		      /* the path's */
	struct smcx_lgr *lgr;
	struct list_head lgr_link; /* lgr->lock */
	struct smcx_ring *rx;	   /* that we read from */
	struct smcx_ring *tx;	   /* that we write to */
	u32 number;		   /* its name on this machine, for tracers; 0: none yet */
	u64 token, peer_token;	   /* host order; 0 before it is known */
	u32 peer_size;		   /* bytes of the ring that the peer reads */
	u32 peer_linkid;
	u32 peer_attached;	  /* enum smcx_attached; cdc_lock */
	struct smcx_dmb *offered; /* server: its client's DMB, attached for it; till it has the
				   * Confirm; cdc_lock
				   */

	struct mutex tx_lock;
	u64 prod;     /* cursor in tx */
	u64 tx_bytes; /* ever */
	u32 tx_key;   /* of tx_bytes, when SOF_TIMESTAMPING_OPT_ID was set */
	u32 tx_lost;  /* what was sent after the peer's close() was taken, once */

	struct mutex rx_lock;
	u64 cons;	  /* cursor in rx */
	u32 cons_pending; /* bytes consumed and not yet reported by CDC */
	u64 rx_bytes;	  /* ever */
	ktime_t rx_stamp; /* the last time that the peer sent; WRITE_ONCE() by the peer */
	u64 rx_came; /* local_clock() when the peer first sent after a reader made it 0; likewise */
	u64 spin_prod; /* prod when a reader last waited */
	struct smcx_spin spin;

	spinlock_t cdc_lock; /* BH; the last one taken */
	u16 tx_seq;	     /* of CDC messages sent, for the trace only */
	u8 tx_flags;	     /* SMCW_CDC_WRITE_BLOCKED ... as last sent */
	u8 tx_state;	     /* SMCW_CDC_DONE_WRITING ... as sent */
	u32 rx_flags;	     /* as received */
	u32 rx_state;	     /* as received */
	u32 reset_told;	     /* the application has its error for the peer's abort */
	u32 urg_state;	     /* enum smcx_urg */
	u64 urg;	     /* cursor of the urgent byte itself */
	u8 urg_byte;
	u32 urg_over; /* cons is after the byte, and nothing after it is taken: rx_lock */

	u32 corrupt; /* a cursor of the peer's cannot be: reset at the next chance */
};

void smcx_conn_init(struct smcx_conn *conn);
void smcx_conn_anew(struct smcx_sock *smc);
void smcx_conn_number(struct smcx_conn *conn);
u32 smcx_conn_wanted(const struct sock *sk);
void smcx_conn_free(struct smcx_sock *smc);
void smcx_conn_begins(struct smcx_sock *smc);
void smcx_conn_ends(struct smcx_sock *smc);

/* A connection's numbers, taken in one go, in host order. */
struct smcx_conn_info {
	u32 linkid;
	u8 gid[SMCW_GID_LEN], peer_gid[SMCW_GID_LEN];
	u64 token, peer_token;
	u32 len, peer_len; /* bytes for data in the rings that we read and write */
	u64 rx_prod, rx_cons, tx_prod, tx_cons; /* cursors */
	u8 tx_flags, tx_state;
	u32 rx_flags, rx_state;
	u32 unread, unsent; /* bytes in our ring, in the peer's */
};

/**
 * smcx_conn_info() - look at the connection of any socket.
 * @smc: referenced
 * @info: filled in
 *
 * Any context but hard interrupts.
 *
 * Return: 0, or -ENOTCONN when there is no connection with a path.
 */
int smcx_conn_info(struct smcx_sock *smc, struct smcx_conn_info *info);

#endif
