/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace event: what smc-trace saw on a live host, as it lies in a file.
 *
 * A header of fixed size, then a body: the exact bytes of a CLC, LLC or CDC
 * message, or one of the structs below for what happened without a message.
 * BPF programs fill it, smc-trace stores it, the dissector and `smc-trace
 * read` take it apart. All numbers are big-endian, as on the wire; what is not
 * known is zero. The version changes when a field moves; a reader refuses a
 * version that it does not know.
 *
 * CDC is so frequent that BPF hands on a smaller record (at the end), in the
 * byte order of the machine, which smc-trace widens into an event.
 */
#ifndef SMCKIT_SMC_EVENT_H
#define SMCKIT_SMC_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Members have their natural places, so BPF need not store byte by byte. */
#define SMCW_EVENT_PACKED __attribute__((packed, aligned(8)))

#define SMCW_EVENT_VERSION 1
#define SMCW_COMM_LEN 16
#define SMCW_DEVICE_LEN 16
#define SMCW_FACT_NAME_LEN 48
#define SMCW_FACT_VALUE_LEN 192

/* smcw_event.flags */
#define SMCW_EV_DIR 0xc0  /* enum smcw_event_dirs */
#define SMCW_EV_BIG 0x20  /* the machine, and so fields in host order, are big-endian */
#define SMCW_EV_SEEN 0x10 /* it was there when tracing began */
#define SMCW_EV_HOST 0x0f /* in a merged file: the number of the host, from 1 on */
/* SMCW_EV_DIR of an event, and the flags that have a direction. */
#define SMCW_EV_DIR_OF(ev) ((ev)->flags >> 6)
#define SMCW_EV_FLAGS_OF(dir) ((__u8)((dir) << 6))
#define SMCW_EV_HOST_OF(ev) ((ev)->flags & SMCW_EV_HOST)
#define SMCW_HOSTS_MAX 16
/* Numbers of sockets, connections and link groups are those of one stack of one host. */
#define SMCW_EV_SPACE(ev) ((__u32)(SMCW_EV_HOST_OF(ev) << 8 | (ev)->stack))

struct smcw_event {
	__u8 version;	 /* SMCW_EVENT_VERSION */
	__u8 kind;	 /* enum smcw_event_kinds */
	__u8 hook;	 /* enum smcw_event_hooks: the one that saw it */
	__u8 flags;	 /* SMCW_EV_* */
	__be16 length;	 /* bytes of the body in this event */
	__be16 original; /* bytes that the body has had; more than length if it was cut */
	__be64 time;	 /* ns; since boot out of BPF, since 1970 in a file */
	__be64 id;	 /* the sending and the receiving of a message on one host have the same */
	__be64 sock;	 /* cookie of the SMC socket, as in `ss -e` */
	__be64 cgroup;	 /* id of the owner's cgroup */
	__be64 channel;	 /* of the receiving end: DMB token, or QP number and GID folded */
	__be64 lost;	 /* events of this hook that were lost since the one before */
	__be32 netns;	 /* inode of the network namespace, as in `lsns` */
	__be32 pid;	 /* of the socket's owner */
	__be32 conn;	 /* alert token of this end: the connection's number on this host */
	__be32 lgr;	 /* link group's number on this host */
	__be32 link_uid; /* SMC-R */
	__u8 link;	 /* number in the link group, SMC-R */
	__u8 owner;	 /* enum smcw_event_owners: whose pid and comm they are */
	__u8 mode;	 /* enum smcw_event_modes */
	__u8 role;	 /* enum smcw_event_roles */
	__u8 state;	 /* enum smcw_sock_states, of the SMC socket */
	__u8 stack;	 /* enum smcw_event_stacks */
	__be16 cpu;	 /* that ran the hook */
	__be16 local_port;
	__be16 peer_port;
	__u8 local[16]; /* of the TCP connection; IPv4 as ::ffff:a.b.c.d */
	__u8 peer[16];
	__u8 comm[SMCW_COMM_LEN];     /* of the owner, NUL padded */
	__u8 device[SMCW_DEVICE_LEN]; /* RDMA or ISM device, NUL padded */
} SMCW_EVENT_PACKED;

/* SMCW_EV_SYN: direction shows whose segment it is. */
struct smcw_ev_syn {
	__u8 present; /* the SMC option */
	__u8 answer;  /* SYN-ACK */
	__u8 cookie;  /* the server has made the connection of a SYN cookie, without the option */
	__u8 reserved;
	__be32 error; /* errno: no connection came of it, 0 if one did */
} SMCW_EVENT_PACKED;

/* SMCW_EV_LGR_UP and _DOWN */
struct smcw_ev_lgr {
	__u8 version; /* of SMC */
	__u8 reserved[3];
	__be32 conns;  /* connections in it */
	__u8 peer[16]; /* SMC-D: GID of the peer's device; SMC-R: system id, then zeroes */
	__u8 eid[32];  /* negotiated */
	__u8 hostname[32];
} SMCW_EVENT_PACKED;

/* SMCW_EV_LINK_UP and _DOWN */
struct smcw_ev_link {
	__be32 qpn;
	__be32 peer_qpn;
	__u8 gid[16];
	__u8 peer_gid[16];
} SMCW_EVENT_PACKED;

/*
 * SMCW_EV_CONN_NEW, _READY and _FREE; buffer sizes in bytes. With the hook
 * SMCW_HOOK_CONN_ACCEPT a connection that is ready has got another owner.
 */
struct smcw_ev_conn {
	__be64 token;	   /* of the own receive buffer: DMB token, or rkey */
	__be64 peer_token; /* of the peer's */
	__be64 sent;	   /* bytes, by the cursors; right up to 65,536 wraps */
	__be64 received;
	__be32 peer_conn; /* alert token of the peer, SMC-R */
	__be32 send_size;
	__be32 receive_size;
	__be32 peer_size;
	__be32 error; /* errno or Decline reason, 0 if it went well */
	__u8 first_contact;
	__u8 reserved[3];
} SMCW_EVENT_PACKED;

/* SMCW_EV_BUF_*: an RMB (SMC-R) or DMB (SMC-D) */
struct smcw_ev_buf {
	__be64 token; /* DMB token or rkey */
	__be32 size;  /* bytes */
	__be32 error; /* errno */
} SMCW_EVENT_PACKED;

/* SMCW_EV_STATE */
struct smcw_ev_state {
	__u8 old; /* enum smcw_sock_states */
	__u8 now;
	__u8 reserved[2];
	__be32 error; /* errno that waits at the socket */
} SMCW_EVENT_PACKED;

/* SMCW_EV_FALLBACK */
struct smcw_ev_fallback {
	__be32 reason;	  /* enum smcw_decline_reasons */
	__be32 diagnosis; /* from the peer's Decline, 0 without one */
} SMCW_EVENT_PACKED;

/* SMCW_EV_CLC_FAILED: no, or no good, CLC message came, or one could not be sent */
struct smcw_ev_clc_failed {
	__be32 error;  /* errno */
	__u8 expected; /* enum smcw_clc_types */
	__u8 got;      /* type in the bytes that came, 0 if there are none */
	__be16 reserved;
} SMCW_EVENT_PACKED;

/* SMCW_EV_MODULE */
struct smcw_ev_module {
	__u8 name[16];
	__u8 what; /* enum smcw_module_events */
	__u8 reserved[7];
} SMCW_EVENT_PACKED;

/* SMCW_EV_COUNTERS: one a hook; seen = filtered + sent + full + unreadable */
struct smcw_ev_counter {
	__u8 hook;
	__u8 reserved[7];
	__be64 seen;
	__be64 filtered;
	__be64 sent;	   /* handed to smc-trace */
	__be64 full;	   /* lost: no room in the ring */
	__be64 unreadable; /* lost: kernel memory could not be read */
	__be64 truncated;  /* of those sent */
} SMCW_EVENT_PACKED;

/*
 * SMCW_EV_FACTS: any number of them. Facts that smc-trace knows and no event says: the parts of
 * this host that it observes, the setup of SMC here. Text is ASCII, NUL padded.
 */
struct smcw_ev_fact {
	__u8 topic; /* enum smcw_fact_topics */
	__u8 reserved[7];
	__u8 name[SMCW_FACT_NAME_LEN];
	__u8 value[SMCW_FACT_VALUE_LEN];
} SMCW_EVENT_PACKED;

/*
 * SMCW_EV_TRAFFIC, with --aggregate in place of an event a CDC message: of one end of a connection,
 * since it was first seen. Bytes are those that the producer cursors went on.
 */
struct smcw_ev_traffic {
	__be64 sent_messages;
	__be64 received_messages;
	__be64 sent;	 /* bytes */
	__be64 received; /* bytes */
	__be64 delays;	 /* times from a message's sending to its receiving that are known, SMC-D */
	__be64 delay_ns; /* their sum */
	__be64 sent_blocked; /* ns in which the flag "write blocked" was set, in sent messages */
	__be64 received_blocked;
} SMCW_EVENT_PACKED;

/*
 * SMCW_EV_DELAYS: one a class of times, of all connections that were traced, since tracing began.
 * Classes end where the histograms of latencies have their bounds.
 */
struct smcw_ev_delay {
	__u8 what; /* enum smcw_delays */
	__u8 reserved[7];
	__be64 to_ns; /* the longest time of the class; 0: no limit */
	__be64 count;
	__be64 sum_ns;
	__be64 min_ns; /* the shortest and the longest that came */
	__be64 max_ns;
} SMCW_EVENT_PACKED;

/*
 * SMCW_EV_CLOCK, of smc-trace merge: how the times of the host in the header were corrected, from
 * here to the next event of this kind that the host has.
 */
struct smcw_ev_clock {
	__be64 own;    /* ns since 1970 by the host's own clock, as its file has it */
	__be64 common; /* the same moment by the clock of the first host */
	__be64 within; /* ns by which a corrected time of the host is wrong at most */
	__be64 rate;   /* ns that go by on the own clock while 10^9 go by on the common one */
	__u8 name[SMCW_FACT_NAME_LEN]; /* of the host's file */
} SMCW_EVENT_PACKED;

/* The bounds in ns: X(ns, "seconds"), the lowest first. */
#define SMCW_DELAY_BOUNDS(X)                                                                       \
	X(10000ull, "0.00001")                                                                     \
	X(25000ull, "0.000025")                                                                    \
	X(50000ull, "0.00005")                                                                     \
	X(100000ull, "0.0001")                                                                     \
	X(250000ull, "0.00025")                                                                    \
	X(500000ull, "0.0005")                                                                     \
	X(1000000ull, "0.001")                                                                     \
	X(2500000ull, "0.0025")                                                                    \
	X(5000000ull, "0.005")                                                                     \
	X(10000000ull, "0.01")                                                                     \
	X(25000000ull, "0.025")                                                                    \
	X(50000000ull, "0.05")                                                                     \
	X(100000000ull, "0.1")                                                                     \
	X(250000000ull, "0.25")                                                                    \
	X(500000000ull, "0.5")                                                                     \
	X(1000000000ull, "1.0")                                                                    \
	X(2500000000ull, "2.5")                                                                    \
	X(5000000000ull, "5.0")                                                                    \
	X(10000000000ull, "10.0")

enum {
#define SMCW_X_BOUND(ns, text) SMCW_BOUND_##ns,
	SMCW_DELAY_BOUNDS(SMCW_X_BOUND)
#undef SMCW_X_BOUND
		SMCW_BOUND_COUNT
};

/* A record of the CDC ring, in the byte order of the machine. */
struct smcw_cdc_record {
	__u64 time;    /* ns since boot */
	__u64 channel; /* SMC-D: DMB token of the receiving end */
	__u32 conn;    /* alert token of this end */
	__u8 hook;     /* enum smcw_event_hooks, which gives the direction */
	__u8 length;   /* bytes of message */
	__u16 cpu;
	__u8 message[48];
};

/* The same with SMCW_HOOK_TRAFFIC. */
struct smcw_traffic_record {
	__u64 time;
	__u64 channel;
	__u32 conn;
	__u8 hook;
	__u8 length;
	__u16 cpu;
	struct smcw_ev_traffic traffic; /* big-endian */
};

/*
 * The bodies of events without a message, B(name, size, rows): struct smcw_ev_<name>, which is
 * the part ev_<name> of smc_fields.h, of so many bytes. ONE: the body is one such struct; MANY: a
 * table of them, which smc-trace makes itself.
 */
#define SMCW_EVENT_BODIES(B)                                                                       \
	B(syn, 8, ONE)                                                                             \
	B(lgr, 88, ONE)                                                                            \
	B(link, 40, ONE)                                                                           \
	B(conn, 56, ONE)                                                                           \
	B(buf, 16, ONE)                                                                            \
	B(state, 8, ONE)                                                                           \
	B(fallback, 8, ONE)                                                                        \
	B(clc_failed, 8, ONE)                                                                      \
	B(module, 24, ONE)                                                                         \
	B(traffic, 64, ONE)                                                                        \
	B(counter, 56, MANY)                                                                       \
	B(delay, 48, MANY)                                                                         \
	B(clock, 80, ONE)                                                                          \
	B(fact, 248, MANY)

/*
 * One row a kind of event, V(name, value, text, class, of, body, color):
 *
 * class   for --kinds and Wireshark's toolbar: CLC, LLC, CDC, or LIFE, all that has no message
 * of      the object of the event, for filters on sockets: SOCKET; GROUP, a link group; BUFFER,
 *         which is of a link group, too; TRACE, the trace itself, which no filter leaves out
 * body    a row of SMCW_EVENT_BODIES, or message
 * color   on a terminal; LOSS is red if something was lost, else none
 *
 * The line of a kind is written by the function <body>_text() of smc_event_text.c.
 */
#define SMCW_EVENT_KINDS(V)                                                                        \
	V(EV_CLC, 1, "CLC message", CLC, SOCKET, message, CYAN)                                    \
	V(EV_LLC, 2, "LLC message", LLC, GROUP, message, BLUE)                                     \
	V(EV_CDC, 3, "CDC message", CDC, SOCKET, message, NONE)                                    \
	V(EV_SYN, 16, "SMC option", LIFE, SOCKET, syn, GREEN)                                      \
	V(EV_LGR_UP, 17, "link group up", LIFE, GROUP, lgr, GREEN)                                 \
	V(EV_LGR_DOWN, 18, "link group down", LIFE, GROUP, lgr, GREEN)                             \
	V(EV_LINK_UP, 19, "link up", LIFE, GROUP, link, GREEN)                                     \
	V(EV_LINK_DOWN, 20, "link down", LIFE, GROUP, link, GREEN)                                 \
	V(EV_CONN_NEW, 21, "connection created", LIFE, SOCKET, conn, GREEN)                        \
	V(EV_CONN_READY, 22, "connection knows its peer", LIFE, SOCKET, conn, GREEN)               \
	V(EV_CONN_FREE, 23, "connection freed", LIFE, SOCKET, conn, GREEN)                         \
	V(EV_BUF_REGISTER, 24, "buffer registered", LIFE, BUFFER, buf, GREEN)                      \
	V(EV_BUF_UNREGISTER, 25, "buffer unregistered", LIFE, BUFFER, buf, GREEN)                  \
	V(EV_BUF_ATTACH, 26, "buffer attached", LIFE, BUFFER, buf, GREEN)                          \
	V(EV_BUF_DETACH, 27, "buffer detached", LIFE, BUFFER, buf, GREEN)                          \
	V(EV_STATE, 28, "socket state", LIFE, SOCKET, state, GREEN)                                \
	V(EV_FALLBACK, 29, "fallback to TCP", LIFE, SOCKET, fallback, RED)                         \
	V(EV_CLC_FAILED, 30, "CLC failed", LIFE, SOCKET, clc_failed, RED)                          \
	V(EV_MODULE, 31, "module", LIFE, TRACE, module, MAGENTA)                                   \
	V(EV_COUNTERS, 32, "counters", LIFE, TRACE, counter, LOSS)                                 \
	V(EV_TRAFFIC, 33, "traffic of a connection", CDC, SOCKET, traffic, GREEN)                  \
	V(EV_DELAYS, 34, "delays of messages", CDC, TRACE, delay, GREEN)                           \
	V(EV_FACTS, 48, "facts", LIFE, TRACE, fact, GREEN)                                         \
	V(EV_CLOCK, 49, "clock of a host", LIFE, TRACE, clock, GREEN)

/* Classes of kinds, C(name, value, word): bits, and the words of --kinds. */
#define SMCW_KIND_CLASSES(C)                                                                       \
	C(CLC, 1, "clc")                                                                           \
	C(LLC, 2, "llc")                                                                           \
	C(CDC, 4, "cdc")                                                                           \
	C(LIFE, 8, "life")

/* The object of an event. */
enum smcw_event_of { SMCW_OF_SOCKET, SMCW_OF_GROUP, SMCW_OF_BUFFER, SMCW_OF_TRACE };

/*
 * Each hook is a place in the kernel, V(name, value, text, kind, dir, mode); the texts are
 * functions of net/smc, whatever the stack. The BPF programs in these places:
 * tracer/hook/programs.h.
 *
 * kind    of its events, EV_NONE if it has none and only counts
 * dir     the direction of its messages: IN, OUT, or NONE
 * mode    SMCR or SMCD where the place alone says so, else UNKNOWN
 */
#define SMCW_EV_NONE 0

#define SMCW_EVENT_HOOKS(V)                                                                        \
	V(HOOK_NONE, 0, "none", EV_NONE, NONE, UNKNOWN)                                            \
	V(HOOK_CLC_TX, 1, "kernel_sendmsg", EV_CLC, OUT, UNKNOWN)                                  \
	V(HOOK_CLC_RX, 2, "smc_clc_wait_msg", EV_CLC, IN, UNKNOWN)                                 \
	V(HOOK_LLC_TX, 3, "smc_wr_tx_send", EV_LLC, OUT, SMCR)                                     \
	V(HOOK_LLC_TX_V2, 4, "smc_wr_tx_v2_send", EV_LLC, OUT, SMCR)                               \
	V(HOOK_LLC_RX, 5, "smc_llc_rx_handler", EV_LLC, IN, SMCR)                                  \
	V(HOOK_CDCR_TX, 6, "smc_wr_tx_send, CDC", EV_CDC, OUT, SMCR)                               \
	V(HOOK_CDCR_RX, 7, "smc_cdc_rx_handler", EV_CDC, IN, SMCR)                                 \
	V(HOOK_CDCD_TX, 8, "smcd_tx_ism_write", EV_CDC, OUT, SMCD)                                 \
	V(HOOK_CDCD_RX, 9, "smcd_cdc_rx_tsklet", EV_CDC, IN, SMCD)                                 \
	V(HOOK_SYN, 10, "inet_sock_set_state", EV_SYN, NONE, UNKNOWN)                              \
	V(HOOK_LGR_UP, 11, "smc_conn_create, first contact", EV_LGR_UP, NONE, UNKNOWN)             \
	V(HOOK_LGR_DOWN, 12, "smc_lgr_free", EV_LGR_DOWN, NONE, UNKNOWN)                           \
	V(HOOK_LINK_UP, 13, "smc_llc_link_active", EV_LINK_UP, NONE, SMCR)                         \
	V(HOOK_LINK_DOWN, 14, "smcr_link_clear", EV_LINK_DOWN, NONE, SMCR)                         \
	V(HOOK_CONN_NEW, 15, "smc_conn_create", EV_CONN_NEW, NONE, UNKNOWN)                        \
	V(HOOK_CONN_READY, 16, "smc_conn_save_peer_info", EV_CONN_READY, NONE, UNKNOWN)            \
	V(HOOK_CONN_FREE, 17, "smc_conn_free", EV_CONN_FREE, NONE, UNKNOWN)                        \
	V(HOOK_CONN_SEEN, 18, "first CDC of a connection met", EV_CONN_READY, NONE, UNKNOWN)       \
	V(HOOK_DMB_REGISTER, 19, "smc_ism_register_dmb", EV_BUF_REGISTER, NONE, SMCD)              \
	V(HOOK_DMB_UNREGISTER, 20, "smc_ism_unregister_dmb", EV_BUF_UNREGISTER, NONE, SMCD)        \
	V(HOOK_DMB_ATTACH, 21, "smc_ism_attach_dmb", EV_BUF_ATTACH, NONE, SMCD)                    \
	V(HOOK_DMB_DETACH, 22, "smc_ism_detach_dmb", EV_BUF_DETACH, NONE, SMCD)                    \
	V(HOOK_RMB_REGISTER, 23, "smcr_link_reg_buf", EV_BUF_REGISTER, NONE, SMCR)                 \
	V(HOOK_RMB_UNREGISTER, 24, "smc_ib_put_memory_region", EV_BUF_UNREGISTER, NONE, SMCR)      \
	V(HOOK_STATE, 25, "calls that change a socket's state", EV_STATE, NONE, UNKNOWN)           \
	V(HOOK_FALLBACK, 26, "smc_switch_to_fallback", EV_FALLBACK, NONE, UNKNOWN)                 \
	V(HOOK_CLC_FAILED, 27, "CLC that failed", EV_CLC_FAILED, NONE, UNKNOWN)                    \
	V(HOOK_MODULE, 28, "show_refcnt", EV_MODULE, NONE, UNKNOWN)                                \
	V(HOOK_CONN_ACCEPT, 29, "smc_accept", EV_CONN_READY, NONE, UNKNOWN)                        \
	V(HOOK_OWNER_TABLE, 30, "table of sockets", EV_NONE, NONE, UNKNOWN)                        \
	V(HOOK_CONN_TABLE, 31, "table of connections", EV_NONE, NONE, UNKNOWN)                     \
	V(HOOK_NESTED, 32, "hooks called while they ran", EV_NONE, NONE, UNKNOWN)                  \
	V(HOOK_BLIND, 33, "times without hooks", EV_NONE, NONE, UNKNOWN)                           \
	V(HOOK_TRAFFIC, 34, "CDC, added up", EV_TRAFFIC, NONE, UNKNOWN)                            \
	V(HOOK_DELAY_TABLE, 35, "table of messages under way", EV_NONE, NONE, UNKNOWN)

/* Arrays have a row a hook, and filters a bit a kind: powers of two, checked below. */
#define SMCW_HOOKS_MAX 64
#define SMCW_KINDS_MAX 64
#define SMCW_KIND_BIT(kind) (1ull << ((kind) & (SMCW_KINDS_MAX - 1)))
#define SMCW_HOOK_BIT(hook) (1ull << ((hook) & (SMCW_HOOKS_MAX - 1)))

#define SMCW_EVENT_DIRS(V)                                                                         \
	V(DIR_NONE, 0, "none")                                                                     \
	V(DIR_IN, 1, "received")                                                                   \
	V(DIR_OUT, 2, "sent")

#define SMCW_EVENT_MODES(V)                                                                        \
	V(MODE_UNKNOWN, 0, "undecided")                                                            \
	V(MODE_SMCR, 1, "SMC-R")                                                                   \
	V(MODE_SMCD, 2, "SMC-D")                                                                   \
	V(MODE_TCP, 3, "TCP")

/* The delays that SMCW_EV_DELAYS measures. */
#define SMCW_DELAYS(V)                                                                             \
	V(DELAY_NONE, 0, "none")                                                                   \
	V(DELAY_RECEIVED, 1, "from sending to receiving")                                          \
	V(DELAY_READ, 2, "from receiving to the news that it was read")

#define SMCW_EVENT_ROLES(V)                                                                        \
	V(ROLE_UNKNOWN, 0, "unknown")                                                              \
	V(ROLE_CLIENT, 1, "client")                                                                \
	V(ROLE_SERVER, 2, "server")                                                                \
	V(ROLE_LISTENER, 3, "listener")

#define SMCW_EVENT_OWNERS(V)                                                                       \
	V(OWNER_UNKNOWN, 0, "unknown")                                                             \
	V(OWNER_SOCKET, 1, "the socket's")                                                         \
	V(OWNER_LISTENER, 2, "the listening socket's")                                             \
	V(OWNER_CURRENT, 3, "the calling task")

#define SMCW_EVENT_STACKS(V)                                                                       \
	V(STACK_SMC, 0, "net/smc")                                                                 \
	V(STACK_SMCX, 1, "smcx")

#define SMCW_MODULE_EVENTS(V)                                                                      \
	V(MODULE_UNLOAD, 1, "is asked to unload")                                                  \
	V(MODULE_RELEASED, 2, "is released by smc-trace")                                          \
	V(MODULE_GONE, 3, "is gone")                                                               \
	V(MODULE_ATTACHED, 4, "is there, hooks attached")

/* The meaning of name and value in SMCW_EV_FACTS. */
#define SMCW_FACT_TOPICS(V)                                                                        \
	V(FACT_NONE, 0, "none")                                                                    \
	V(FACT_OBSERVED, 1, "observed")		/* a class of events */                            \
	V(FACT_NOT_OBSERVED, 2, "not observed") /* a class of events, and why not */               \
	V(FACT_NOT_ASKED, 3, "not asked for")	/* a class of events, and by which option */       \
	V(FACT_UNKNOWN, 4, "not known")		/* something that was not readable, and why */     \
	V(FACT_SYSCTL, 5, "sysctl")		/* name with dots, and its value */                \
	V(FACT_UEID, 6, "user-defined EID")	/* the EID */                                      \
	V(FACT_SEID, 7, "system EID")		/* the EID; "enabled" or "disabled" */             \
	V(FACT_PNET, 8, "PNET ID")	     /* the ID; "eth NAME", "ib NAME PORT", "smcd NAME" */ \
	V(FACT_SMCD_DEVICE, 9, "ISM device") /* name; "PNETID=ID" */                               \
	V(FACT_SMCR_DEVICE, 10, "RDMA device")	     /* name; "port N active PNETID=ID ..." */     \
	V(FACT_HS_LIMIT, 11, "handshake limitation") /* "enabled" or "disabled" */                 \
	V(FACT_LISTENER, 12, "listener")	     /* address:port; its process */               \
	V(FACT_CGROUP, 13, "cgroup")		     /* id; path */                                \
	V(FACT_PROCESS, 14, "process")		     /* pid; that inside its container */          \
	V(FACT_HOST_NAME, 15, "host name")	     /* pid; that of its container: the pod's */

/* Linux' numbers; the names are RFC 7609's, 4.7. */
#define SMCW_SOCK_STATES(V)                                                                        \
	V(STATE_UNKNOWN, 0, "unknown")                                                             \
	V(STATE_ACTIVE, 1, "ACTIVE")                                                               \
	V(STATE_INIT, 2, "INIT")                                                                   \
	V(STATE_CLOSED, 7, "CLOSED")                                                               \
	V(STATE_LISTEN, 10, "LISTEN")                                                              \
	V(STATE_PEERCLOSEWAIT1, 20, "PEERCLOSEWAIT1")                                              \
	V(STATE_PEERCLOSEWAIT2, 21, "PEERCLOSEWAIT2")                                              \
	V(STATE_APPLCLOSEWAIT1, 22, "APPLCLOSEWAIT1")                                              \
	V(STATE_APPLCLOSEWAIT2, 23, "APPLCLOSEWAIT2")                                              \
	V(STATE_APPLFINCLOSEWAIT, 24, "APPLFINCLOSEWAIT")                                          \
	V(STATE_PEERFINCLOSEWAIT, 25, "PEERFINCLOSEWAIT")                                          \
	V(STATE_PEERABORTWAIT, 26, "PEERABORTWAIT")                                                \
	V(STATE_PROCESSABORT, 27, "PROCESSABORT")

#define SMCW_EVENT_VALUE_LISTS(L)                                                                  \
	L(event_kinds, SMCW_EVENT_KINDS)                                                           \
	L(event_hooks, SMCW_EVENT_HOOKS)                                                           \
	L(event_dirs, SMCW_EVENT_DIRS)                                                             \
	L(event_modes, SMCW_EVENT_MODES)                                                           \
	L(delays, SMCW_DELAYS)                                                                     \
	L(event_roles, SMCW_EVENT_ROLES)                                                           \
	L(event_owners, SMCW_EVENT_OWNERS)                                                         \
	L(event_stacks, SMCW_EVENT_STACKS)                                                         \
	L(module_events, SMCW_MODULE_EVENTS)                                                       \
	L(fact_topics, SMCW_FACT_TOPICS)                                                           \
	L(sock_states, SMCW_SOCK_STATES)

#define SMCW_V_ENUM(name, value, ...) SMCW_##name = (value),
#define SMCW_L_ENUM(name, LIST) enum smcw_##name{ LIST(SMCW_V_ENUM) };
SMCW_EVENT_VALUE_LISTS(SMCW_L_ENUM)
#undef SMCW_L_ENUM
#undef SMCW_V_ENUM

/* A number beyond these would share another one's row or bit without a word. */
#define SMCW_V_FITS(name, value, ...)                                                              \
	_Static_assert((value) < SMCW_HOOKS_MAX, "SMCW_HOOKS_MAX is too small for " #name);
SMCW_EVENT_HOOKS(SMCW_V_FITS)
#undef SMCW_V_FITS
#define SMCW_V_FITS(name, value, ...)                                                              \
	_Static_assert((value) < SMCW_KINDS_MAX, "SMCW_KINDS_MAX is too small for " #name);
SMCW_EVENT_KINDS(SMCW_V_FITS)
#undef SMCW_V_FITS
_Static_assert(SMCW_HOOKS_MAX == 64, "SMCW_HOOK_BIT() is of 64 bits");
_Static_assert(SMCW_KINDS_MAX == 64, "SMCW_KIND_BIT() is of 64 bits");

/* Hooks with messages that are sent, and hooks of SMC-D alone, by SMCW_HOOK_BIT(). */
#define SMCW_V_OUT(name, value, text, kind, dir, mode)                                             \
	| (SMCW_DIR_##dir == SMCW_DIR_OUT ? SMCW_HOOK_BIT(value) : 0)
#define SMCW_V_SMCD(name, value, text, kind, dir, mode)                                            \
	| (SMCW_MODE_##mode == SMCW_MODE_SMCD ? SMCW_HOOK_BIT(value) : 0)
#define SMCW_HOOKS_OUT (0 SMCW_EVENT_HOOKS(SMCW_V_OUT))
#define SMCW_HOOKS_SMCD (0 SMCW_EVENT_HOOKS(SMCW_V_SMCD))
#define SMCW_HOOK_IS_OUT(hook) (!!(SMCW_HOOKS_OUT & SMCW_HOOK_BIT(hook)))
#define SMCW_HOOK_IS_SMCD(hook) (!!(SMCW_HOOKS_SMCD & SMCW_HOOK_BIT(hook)))

/* Arrays by enum smcw_delays have so many rows. */
#define SMCW_V_COUNT(name, value, text) +1
enum { SMCW_DELAY_COUNT = SMCW_DELAYS(SMCW_V_COUNT) };
#undef SMCW_V_COUNT
#define SMCW_V_FITS(name, value, text)                                                             \
	_Static_assert((value) < SMCW_DELAY_COUNT, "delays are counted from 0 on: " #name);
SMCW_DELAYS(SMCW_V_FITS)
#undef SMCW_V_FITS

#define SMCW_C_ENUM(name, value, word) SMCW_CLASS_##name = (value),
enum smcw_kind_classes { SMCW_KIND_CLASSES(SMCW_C_ENUM) };
#undef SMCW_C_ENUM

/* Sizes of the event's parts; members in tests/wire/layout.golden. */
_Static_assert(sizeof(struct smcw_event) == 152, "size of smcw_event");
#define SMCW_B_SIZE(name, size, rows)                                                              \
	_Static_assert(sizeof(struct smcw_ev_##name) == (size), "size of smcw_ev_" #name);
SMCW_EVENT_BODIES(SMCW_B_SIZE)
#undef SMCW_B_SIZE

#endif
