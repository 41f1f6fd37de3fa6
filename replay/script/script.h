/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script: cases, each a timeline of the actions of client and server. The
 * grammar is in smc-replay(8).
 *
 * A script does not say which end is played. A step of that end is something
 * to do; one of the other, the stack under test, is something to expect.
 */
#ifndef SMCKIT_REPLAY_SCRIPT_H
#define SMCKIT_REPLAY_SCRIPT_H

#include "message.h"

#define SCRIPT_VERSION 1
#define SCRIPT_OPTION_MAX 40
#define SCRIPT_ERRORS_MAX 4
#define SCRIPT_LINKS_MAX 3 /* that our end has of a link group */

enum end { END_CLIENT, END_SERVER };

/* S(NAME, word): the actions of an end. */
#define SCRIPT_STEPS(S)                                                                            \
	S(OPTION, option) /* in the SYN or SYN-ACK */                                              \
	S(CLC, clc)                                                                                \
	S(LLC, llc)                                                                                \
	S(DMB, dmb)                                                                                \
	S(WRITE, write)	  /* RDMA write */                                                         \
	S(DATA, data)	  /* of the application, on the TCP connection */                          \
	S(GOT, got)	  /* by the application, of bytes sent already */                          \
	S(BYTES, bytes)	  /* on the TCP connection, which no application is to see */              \
	S(EOF, eof)	  /* no more bytes */                                                      \
	S(RESET, reset)	  /* of the TCP connection */                                              \
	S(GONE, gone)	  /* EOF or reset */                                                       \
	S(SILENT, silent) /* for .ms, an observation of the stack */                               \
	S(WAIT, wait)	  /* .ms pass, and nothing is checked */                                   \
	S(LAPS, laps) /* of our end: the stack's RMBE is reported full, and read, .count times */  \
	S(RECEIVE,                                                                                 \
	  receive)    /* of our end: does it take messages of its queue pairs? .count says */      \
	S(PORT, port) /* the cable of the interface with address .key goes in or out: .count */    \
	S(DEVICE, device) /* the RDMA device of the interface with address .key comes or goes */   \
	S(APP, app)	  /* the application's steps before connect() or listen() */               \
	S(RESULT, result) /* of the application's connect() or accept() */                         \
	S(RECV, recv)	  /* the result of its recv(), with nothing more to read */                \
	S(SEND, send)	  /* the result of its send() */                                           \
	S(ERROR, error)	  /* its SO_ERROR, once the socket is ready */                             \
	S(CALL, call)	  /* another call of its, and what comes of it */                          \
	S(SOCK, sock)	  /* a call on a socket that the script has made */                        \
	S(DIAG, diag)	  /* the data of sock_diag about the socket */                             \
	S(STATS, stats)	  /* the stack's counts since the case began */

enum step_kind {
#define SCRIPT_STEP_ENUM(name, word) STEP_##name,
	SCRIPT_STEPS(SCRIPT_STEP_ENUM)
#undef SCRIPT_STEP_ENUM
};

/* A(NAME, word) */
#define SCRIPT_APP_WORDS(A)                                                                        \
	A(FASTOPEN, fastopen) /* TCP_FASTOPEN, or TCP_FASTOPEN_CONNECT, is set */                  \
	A(NONBLOCK, nonblock) /* connect() does not block */                                       \
	A(TCP, tcp)	      /* it asks for TCP, not for SMC */                                   \
	A(SET, set)	      /* .call, an option of its socket */                                 \
	A(SMC, smc)	      /* our end is a socket of the stack, too */                          \
	A(SPLICE, splice)     /* it reads by splice() */

enum app_word {
#define SCRIPT_APP_ENUM(name, word) APP_##name,
	SCRIPT_APP_WORDS(SCRIPT_APP_ENUM)
#undef SCRIPT_APP_ENUM
};

/* C(NAME, word): calls of the application, of which the result is looked at. */
#define SCRIPT_CALLS(C)                                                                            \
	C(SET, set) /* setsockopt() */                                                             \
	C(GET, get) /* getsockopt() */                                                             \
	C(IOCTL, ioctl)                                                                            \
	C(SHUTDOWN, shutdown)                                                                      \
	C(PEEK, peek)	    /* recv() with MSG_PEEK, of .data */                                   \
	C(SPLICE, splice)   /* to a pipe, of .data */                                              \
	C(POLL, poll)	    /* the events that are ready: all of them and no other */              \
	C(WATCH, watch)	    /* from now on, by epoll, for events */                                \
	C(WATCHED, watched) /* the events that epoll has seen since */                             \
	C(CONNECT, connect) /* once more */                                                        \
	C(PEER, peer)	    /* getpeername() */                                                    \
	C(CLOSE, close)                                                                            \
	C(CLOSING, closing) /* close() begins, and goes on while the script does */

enum call_kind {
#define SCRIPT_CALL_ENUM(name, word) CALL_##name,
	SCRIPT_CALLS(SCRIPT_CALL_ENUM)
#undef SCRIPT_CALL_ENUM
};

#define CALL_SIZE_MAX 64

/* Options that a script can set before a connection. */
#define SCRIPT_SETS_MAX 8

struct call {
	__u8 kind;	   /* enum call_kind */
	unsigned int what; /* index of an option, a request or a direction; events */
	int value;	   /* of the option or request */
	bool has_size;	   /* of the option's value: .size bytes */
	unsigned int size;
	bool has_value; /* else .errors of the step say what comes of it */
};

/*
 * S(NAME, word, arguments): calls on sockets that a script makes by itself. Letters of the
 * arguments: k is a kind of socket, s the name of another one, n a number, x a number or bytes, r
 * what comes of it, o that or the bytes that are received, w a way to shut down, g a signal, d
 * bytes; those of CALL and DIAG are those of the steps.
 */
#define SCRIPT_SOCKS(S)                                                                            \
	S(OPEN, open, "k") /* socket() */                                                          \
	S(BIND, bind, "sr")                                                                        \
	S(LISTEN, listen, "nr")                                                                    \
	S(CONNECT, connect, "sr")                                                                  \
	S(ACCEPT, accept, "sr") /* the new one is .other */                                        \
	S(SEND, send, "xr")                                                                        \
	S(RECV, recv, "no")                                                                        \
	S(SPLICE, splice, "no")	 /* to a pipe, from which it is read then */                       \
	S(HOLD, hold, "no")	 /* to a pipe, in which it stays */                                \
	S(RELEASE, release, "d") /* what is in that pipe is read */                                \
	S(PUT, put, "n")	 /* the next bytes of the pattern, all of them */                  \
	S(FILL, fill, "n")	 /* the same until there is no room: as many as .n, if not 0 */    \
	S(DRAIN, drain, "s")	 /* read what the other one has sent of its pattern */             \
	S(NAME, name, "r")	 /* getsockname() */                                               \
	S(PEER, peer, "r")	 /* getpeername() */                                               \
	S(BLOCK, block, "")                                                                        \
	S(NONBLOCK, nonblock, "")                                                                  \
	S(ASYNC, async, "")    /* signals for what poll() would report */                          \
	S(SIGNAL, signal, "g") /* such a signal comes */                                           \
	S(SHUTDOWN, shutdown, "wr")                                                                \
	S(CLOSE, close, "")                                                                        \
	S(INTERRUPT, interrupt, "") /* a call that was begun, by a signal */                       \
	S(END, end, "o")	    /* a call that was begun returns */                            \
	S(CALL, call, "")                                                                          \
	S(DIAG, diag, "")

enum sock_kind {
#define SCRIPT_SOCK_ENUM(name, word, arguments) SOCKET_##name,
	SCRIPT_SOCKS(SCRIPT_SOCK_ENUM)
#undef SCRIPT_SOCK_ENUM
};

struct sock_call {
	__u8 kind;	  /* enum sock_kind */
	bool begins;	  /* a thread makes the call, for which END waits */
	const char *name; /* of the socket */
	const char *other;
	const char *of;	       /* NAME, PEER: it is the address of that one; NULL: of any */
	unsigned int what;     /* index of a kind of socket, a way or a signal */
	unsigned int n;	       /* bytes, or a backlog */
	long count;	       /* the result is a number of bytes; -1: it is another one */
	int len, family;       /* of the address; -1: as it is */
	unsigned int flags;    /* of send() or recv() */
	unsigned int returned; /* flags that recvmsg() returns; ~0: they are not looked at */
};

/* C(NAME, word): the counters of a stack, for each end; REASON is one fallback reason's. From
 * GROUPS on it is what it has, and not what has happened. */
#define SCRIPT_COUNTERS(C)                                                                         \
	C(ERRORS, errors)	/* handshakes that ended with an errno */                          \
	C(FALLBACKS, fallbacks) /* connections that became TCP */                                  \
	C(SMCR_V1, smcr_v1)	/* handshakes that went well */                                    \
	C(SMCR_V2, smcr_v2)                                                                        \
	C(SMCD_V1, smcd_v1)                                                                        \
	C(SMCD_V2, smcd_v2)                                                                        \
	C(TX_BYTES, tx_bytes)	      /* that applications have sent, at both ends */              \
	C(RX_BYTES, rx_bytes)	      /* that they have read */                                    \
	C(URGENT, urgent)	      /* calls for an urgent byte */                               \
	C(CORKS, corks)		      /* calls that took TCP_CORK away */                          \
	C(NODELAYS, nodelays)	      /* calls that set TCP_NODELAY */                             \
	C(GROUPS, groups)	      /* link groups that it has */                                \
	C(LINKS, links)		      /* of them, with SMC-R */                                    \
	C(CONNS, conns)		      /* in them */                                                \
	C(RMB_BYTES, rmb_bytes)	      /* of their RMBs or DMBs, in use or not */                   \
	C(SNDBUF_BYTES, sndbuf_bytes) /* of their buffers for sending */                           \
	C(REASON, fallback)

enum stat_counter {
#define SCRIPT_COUNTER_ENUM(name, word) STAT_##name,
	SCRIPT_COUNTERS(SCRIPT_COUNTER_ENUM)
#undef SCRIPT_COUNTER_ENUM
		STAT_COUNT
};

struct stat_want {
	struct stat_want *next;
	__u8 counter; /* enum stat_counter */
	__u32 reason; /* of STAT_REASON */
	int count;    /* below 0: what there is less of */
};

enum diag_mode { DIAG_ANY, DIAG_TCP, DIAG_SMCR, DIAG_SMCD };

#define RESULT_NONE (-1) /* accept() has nobody to return */
#define RESULT_EOF (-2)	 /* recv() returns the end of the stream */

/* How a message that is played goes out, 0 for as it comes; and when an event of the stack is to
 * come. */
struct delivery {
	unsigned int segment;		  /* bytes a segment */
	unsigned int delay_ms;		  /* before it, and with .segment between two */
	unsigned int repeat;		  /* so often */
	unsigned int cut;		  /* no more bytes than that */
	bool unsolicited;		  /* an RDMA SEND that raises no event at the receiver */
	unsigned int link;		  /* of the group, from 1; 0: not said */
	unsigned int after_ms, before_ms; /* bounds on an event of the stack: see pace.h; 0: none */
};

struct step {
	struct step *next;
	struct place place;
	__u8 end;  /* enum end */
	__u8 kind; /* enum step_kind */
	struct message *message;
	struct delivery delivery;
	const __u8 *data; /* OPTION (none if .len is 0), WRITE, DATA, GOT, BYTES */
	size_t len;
	const char *key; /* WRITE: name or number of the rkey; PORT, DEVICE: name of an address */
	__u64 offset;	 /* WRITE: in the buffer */
	unsigned int ms;
	unsigned int count; /* LAPS; RECEIVE, PORT, DEVICE: on or off */
	__u8 app;	    /* enum app_word */
	struct call call;
	struct sock_call sock;
	int errors[SCRIPT_ERRORS_MAX];
	unsigned int n_errors;
	__u8 mode; /* enum diag_mode */
	bool has_reason, has_diagnosis;
	__u32 reason, diagnosis;
	__u8 state; /* DIAG: enum smcw_sock_states, 0: any */
	struct stat_want *stats;
};

/* H(NAME, word): changes of the host, before a case and until its end. */
#define SCRIPT_HOSTS(H)                                                                            \
	H(SYSCTL, "sysctl") /* of net.smc */                                                       \
	H(UEID_ADD, "ueid_add")                                                                    \
	H(UEID_REMOVE, "ueid_remove")                                                              \
	H(UEID_FLUSH, "ueid_flush")                                                                \
	H(SEID_ENABLE, "seid_enable")                                                              \
	H(SEID_DISABLE, "seid_disable")

enum host_kind {
#define SCRIPT_HOST_ENUM(name, word) HOST_##name,
	SCRIPT_HOSTS(SCRIPT_HOST_ENUM)
#undef SCRIPT_HOST_ENUM
		HOST_KINDS
};

#define SCRIPT_EID_MAX 32

struct host_change {
	struct host_change *next;
	struct place place;
	__u8 kind;		 /* enum host_kind */
	const char *name, *text; /* of a sysctl, and its value; or an EID */
	int errors[SCRIPT_ERRORS_MAX];
	unsigned int n_errors;
};

/* A name's value unless the run has a better one. As text: the field that uses it has the kind. */
struct let {
	struct let *next;
	const char *name, *text;
	__u8 sender; /* enum end: the first one to say it, where names were given to values */
	struct place place;
};

struct word {
	struct word *next;
	const char *text;
};

struct names;

struct test_case {
	struct test_case *next;
	const char *name;
	struct place place;
	struct word *covers; /* IDs of statements */
	struct word *keeps;  /* $names: the cases after it that need its group have their values */
	struct word *needs;  /* of the host: see setup.h; with client: or server: before it, of that
				end's */
	unsigned int times;  /* it is played so often, and leaves nothing: see leaks.h; 0: once */
	bool plays[2];	     /* which ends can be played */
	bool pair;	     /* neither: both are the stack's. It counts as one of clients */
	bool sockets;	     /* ... and the script makes them */
	struct host_change *changes; /* of the host, in this order */
	struct let *lets;
	struct names *names; /* the lets by name and by value: see names.h; NULL: not made yet */
	struct step *steps;
};

struct script {
	struct arena arena;
	const char *path;
	struct test_case *cases;
};

/* Has a case a step of this kind? */
bool script_has_step(const struct test_case *test, enum step_kind kind);

/* Can it be a step of a case in which neither end is played? */
bool script_is_of_pair(const struct step *s);

/* Does a step say what the stack has to do, when @played is our end? */
bool script_is_checked(const struct step *s, enum end played);

/* Is it a result of the application, which a stack elsewhere does not show? */
bool script_is_of_app(const struct step *s);

void script_free(struct script *script);

/* The result of a call by its word: 0 for "ok", an errno, RESULT_EOF or RESULT_NONE. -EINVAL:
 * there is no such word. */
int script_errno(const char *word, size_t len);

/* The name of an errno, or NULL. */
const char *script_errno_name(int error);

extern const char *const script_step_words[],
	*const script_host_words[], *const script_app_words[],
					    *const script_end_words[],
						    *const script_mode_words[],
							    *const script_counter_words[];

#endif
