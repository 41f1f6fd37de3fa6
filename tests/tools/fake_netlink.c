// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink side of a kernel with SMC, for programs that use libmnl: preloaded, it answers in the
 *place of the kernel. Each dump has all attributes that net/smc has, numbers that are all
 *different, and devices, link groups and sockets of all kinds; each request that changes something
 *is written to standard error and acknowledged.
 *
 *	FAKE_NETLINK_ERROR   errno with which each request but that for a family ends
 *	FAKE_NETLINK_ONLY    the error is only for this command
 *	FAKE_NETLINK_AT      of a dump: the error comes at its end
 *	FAKE_NETLINK_NONE    there is no such family
 *	FAKE_NETLINK_SHORT   so many bytes are missing at the end of each message
 *	FAKE_NETLINK_INODE   of the first socket
 *	FAKE_NETLINK_GROWS   numbers are larger with each dump
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/smc.h>
#include <linux/smc_diag.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FAMILY = 0x20, PNET_FAMILY, PORT_ID = 4711, ANSWER_MAX = 65536 };

struct mnl_socket {
	int bus, fd;
	char answer[ANSWER_MAX];
	size_t len;
	struct nlmsghdr request;
};

static unsigned long dumps;

static unsigned long number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : 0;
}

/* ---- attributes: a letter a kind, its number, and its value ------------------------------------
 */

/*
 * put() - attributes by a text: "b1" a number of one byte with the number 1, likewise h, w and q of
 * two, four and eight; "s3=TEXT" a string; "{2 ... }" a nest. Numbers are counted up; "b1=7" is 7.
 */
static unsigned long put_one(struct nlmsghdr *nlh, const char *word, unsigned long next)
{
	const char *equals = strchr(word, '=');
	unsigned short type = (unsigned short)strtoul(word + 1, NULL, 10);
	unsigned long value = equals ? strtoul(equals + 1, NULL, 0) : next;

	if (getenv("FAKE_NETLINK_GROWS") && !equals)
		value += dumps * 100;
	switch (*word) {
	case 'b':
		mnl_attr_put_u8(nlh, type, (uint8_t)value);
		break;
	case 'h':
		mnl_attr_put_u16(nlh, type, (uint16_t)(0x100 + value));
		break;
	case 'w':
		mnl_attr_put_u32(nlh, type, (uint32_t)(equals ? value : 0x10000 + value));
		break;
	case 'q':
		mnl_attr_put_u64(nlh, type, equals ? value : 0x100000000ull + value);
		break;
	case 's':
		mnl_attr_put_strz(nlh, type, equals + 1);
		break;
	}
	return next + !equals;
}

static void put(struct nlmsghdr *nlh, const char *text)
{
	struct nlattr *nests[8];
	unsigned long next = 1;
	char copy[4096], *save = NULL;
	size_t depth = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (*word == '{')
			nests[depth++] = mnl_attr_nest_start(
				nlh, (unsigned short)strtoul(word + 1, NULL, 10));
		else if (*word == '}')
			mnl_attr_nest_end(nlh, nests[--depth]);
		else
			next = put_one(nlh, word, next);
	}
}

/* ---- what the kernel has ------------------------------------------------------------------------
 */

#define RMB "q1 q2 q3 q4 q5 q6 q7 "
#define PLOAD "q1 q2 q3 q4 q5 q6 q7 q8 q9 q10 "
#define TECH                                                                                       \
	"{1 " RMB "} {2 " RMB "} {3 " PLOAD "} {4 " PLOAD "} {5 " PLOAD "} {6 " PLOAD              \
	"} q7 q8 q9 q10 q11 q12 "                                                                  \
	"q13 q14 q15 q16 q17 q18 q19 q20 q21 q22 q23 q24 "
#define V2 "b0=2 b1 b2 s3=SMCKIT.LAB s4=peer-host "

static const struct {
	int family, command;
	const char *answers[6];
} dump_rows[] = {
	{ FAMILY,
	  SMC_NETLINK_GET_SYS_INFO,
	  { "{1 b1=2 b2=1 b3=1 s4=lab-host s5=IBM-SYSZ b6=1 }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_LGR_SMCR,
	  { "{2 w1=0x100 b2=0 b3=2 s4=NET1 b5 w6 {7 " V2 "} {8 b1 b2 b3 } q9 b11 w12 w13 }",
	    "{2 w1=0x200 b2=1 b3=9 s4= b5=0 w6=0 }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_LINK_SMCR,
	  { "{2 w1=0x100 b2=0 b3=2 s4=NET1 b5 w6 {7 " V2 "} {8 b1 b2 b3 } q9 b11 w12 w13 }",
	    "{3 b1 s2=mlx5_0 b3 s4=fe80::1 s5=fe80::2 w6 w7=1 w8 w9 w10=3 }",
	    "{3 b1=2 s2=mlx5_1 b3=2 s4=fe80::3 s5=fe80::4 w6=0 w7=999 w8 w9 w10=7 }",
	    "{2 w1=0x200 b2=1 b3=1 s4= b5 w6 w12=4096 w13=8192 }",
	    "{3 b1 s2=rxe0 b3 s4=fe80::5 s5=fe80::6 w6 w7=0 w8 w9 w10=0 }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_LGR_SMCD,
	  { "{4 w1=0x300 q2 q3 b4 w5=3 s6=NET2 h7 {9 " V2 "} q10 q11 w12=65536 w13=131072 }",
	    "{4 w1=0x400 q2 q3 b4 w5=1 s6= h7 w12 w13 }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_DEV_SMCD,
	  { "{5 w1 b2 w3 h4 h5 h6 s7=0000:00:00.0 {8 b1 s2=NET2 w3 b4 b5 } s10=ism0 }",
	    "{5 w1 b2 w3 h4=65279 h5 h6 s7= {8 b1 s2= } s10= }", "{5 w1 b2 h4 s7= }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_DEV_SMCR,
	  { "{6 w1 b2 w3 h4 h5 h6 s7=0000:01:00.0 {8 b1=1 s2=NET1 w3=1 b4=1 b5=1 w6 } {9 b1=0 "
	    "s2=NET3 w3 b4=0 b5=0 w6 } s10=mlx5_0 }",
	    "{6 w1 b2 w3 s7=0000:02:00.0 {8 b1=1 s2=NET1 w3=1 b4=0 b5=1 } s10=rxe0 }",
	    "{6 w1 b2 w3 s7=0000:03:00.0 {8 b4=0 } {9 b4=1 } s10=mlx5_2 }" } },
	{ FAMILY, SMC_NETLINK_GET_STATS, { "{7 {1 " TECH "} {2 " TECH "} q3 q4 }" } },
	{ FAMILY,
	  SMC_NETLINK_GET_FBACK_STATS,
	  { "{8 b1=1 q3 q4 w5=0x03010000 h6 }", "{8 b1=0 w5=0x03010000 h6 }",
	    "{8 b1=0 w5=0x03070000 h6 }", "{8 b1=1 w5=0x1234 h6 }", "{8 b1=1 w5=0x03010000 h6 }",
	    "{8 b1=0 w5=0 h6=0 }" } },
	{ FAMILY,
	  SMC_NETLINK_DUMP_UEID,
	  { "s1=SMCKIT.LAB                      ", "s1=OTHER-1", "s1=" } },
	{ FAMILY, SMC_NETLINK_DUMP_SEID, { "s1=IBM-SYSZ-ISMSEID00000000 b2=1" } },
	{ FAMILY, SMC_NETLINK_DUMP_HS_LIMITATION, { "b1=1" } },
	{ PNET_FAMILY,
	  SMC_PNETID_GET,
	  { "s1=NET1 s2=eth0 s3=n/a b4=0", "s1=NET2 s2=n/a s3=mlx5_0 b4=2",
	    "s1=NET3 s2=n/a s3=ism0 b4=255", "s1=NET4 s2=eth1 s3=rxe0 b4=1", "s1=NET5 s2= s3=" } },
};

/* ---- answers ------------------------------------------------------------------------------------
 */

static struct nlmsghdr *begin(struct mnl_socket *nl, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->answer + nl->len);

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = nl->request.nlmsg_seq;
	nlh->nlmsg_pid = PORT_ID;
	return nlh;
}

static void end(struct mnl_socket *nl, struct nlmsghdr *nlh)
{
	unsigned long less =
		nlh->nlmsg_type >= NLMSG_MIN_TYPE ? number_of("FAKE_NETLINK_SHORT") : 0;

	if (nlh->nlmsg_len > less + sizeof(*nlh))
		nlh->nlmsg_len -= (uint32_t)less;
	nl->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void put_error(struct mnl_socket *nl, int err)
{
	struct nlmsghdr *nlh = begin(nl, NLMSG_ERROR);
	struct nlmsgerr *msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));

	msg->error = err;
	msg->msg = nl->request;
	end(nl, nlh);
}

static void put_done(struct mnl_socket *nl, int err)
{
	struct nlmsghdr *nlh = begin(nl, NLMSG_DONE);

	*(int *)mnl_nlmsg_put_extra_header(nlh, sizeof(int)) = err;
	nlh->nlmsg_flags = NLM_F_MULTI;
	end(nl, nlh);
}

static void put_row(struct mnl_socket *nl, const char *text)
{
	struct nlmsghdr *nlh = begin(nl, nl->request.nlmsg_type);

	nlh->nlmsg_flags = NLM_F_MULTI;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	put(nlh, text);
	end(nl, nlh);
}

static void answer_dump(struct mnl_socket *nl, int command)
{
	for (size_t i = 0; i < sizeof(dump_rows) / sizeof(dump_rows[0]); i++)
		for (size_t k = 0; k < 6 && dump_rows[i].answers[k]; k++)
			if (dump_rows[i].family == nl->request.nlmsg_type &&
			    dump_rows[i].command == command)
				put_row(nl, dump_rows[i].answers[k]);
	dumps++;
}

static void answer_family(struct mnl_socket *nl, const struct nlmsghdr *request)
{
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	uint16_t id = FAMILY;

	mnl_attr_for_each(attr, request, sizeof(struct genlmsghdr))
	{
		if (!strcmp(mnl_attr_get_str(attr), SMCR_GENL_FAMILY_NAME))
			id = PNET_FAMILY;
	}
	if (getenv("FAKE_NETLINK_NONE")) {
		put_error(nl, -ENOENT);
		return;
	}
	nlh = begin(nl, GENL_ID_CTRL);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "SMC");
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, id);
	nl->len += NLMSG_ALIGN(nlh->nlmsg_len);
	put_error(nl, 0);
}

static void show_request(const struct nlmsghdr *request, int command)
{
	const struct nlattr *attr;

	fprintf(stderr, "kernel: family %#x, command %d", request->nlmsg_type, command);
	mnl_attr_for_each(attr, request, sizeof(struct genlmsghdr))
	{
		const unsigned char *bytes = mnl_attr_get_payload(attr);

		fprintf(stderr, ", %u:", mnl_attr_get_type(attr));
		for (unsigned int i = 0; i < mnl_attr_get_payload_len(attr); i++)
			fprintf(stderr, bytes[i] > ' ' && bytes[i] < 127 ? " %c" : " %02x",
				bytes[i]);
	}
	fputc('\n', stderr);
}

static void answer_genl(struct mnl_socket *nl, const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	int err = -(int)number_of("FAKE_NETLINK_ERROR");
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	if (number_of("FAKE_NETLINK_ONLY") && number_of("FAKE_NETLINK_ONLY") != genl->cmd)
		err = 0;
	if (request->nlmsg_type == GENL_ID_CTRL) {
		answer_family(nl, request);
		return;
	}
	if (!dump)
		show_request(request, genl->cmd);
	if (err && !(dump && getenv("FAKE_NETLINK_AT"))) {
		put_error(nl, err);
		return;
	}
	if (dump)
		answer_dump(nl, genl->cmd);
	if (dump)
		put_done(nl, err);
	else
		put_error(nl, 0);
}

/* ---- sockets ------------------------------------------------------------------------------------
 */

static const struct {
	__u8 family, state, mode;
	__u32 local[4], peer[4];
	__u16 ports[2];
	bool conn, lgr, dmb, fallback;
} socket_rows[] = {
	{ 43,
	  1,
	  SMC_DIAG_MODE_SMCR,
	  { 0x0100007f },
	  { 0x0200007f },
	  { 80, 40000 },
	  true,
	  true,
	  false,
	  false },
	{ 43,
	  1,
	  SMC_DIAG_MODE_SMCD,
	  { 0x0100007f },
	  { 0x0200007f },
	  { 40001, 81 },
	  true,
	  false,
	  true,
	  false },
	{ AF_INET6,
	  20,
	  SMC_DIAG_MODE_SMCD,
	  { 0, 0, 0, 0x01000000 },
	  { 0xb80d0120, 0, 0, 7 },
	  { 443, 1 },
	  true,
	  false,
	  true,
	  false },
	{ AF_INET,
	  1,
	  SMC_DIAG_MODE_FALLBACK_TCP,
	  { 0x0100007f },
	  { 0x0300007f },
	  { 8080, 40002 },
	  false,
	  false,
	  false,
	  true },
	{ 43, 10, SMC_DIAG_MODE_SMCR, { 0 }, { 0 }, { 80, 0 }, false, false, false, false },
	{ 43,
	  10,
	  SMC_DIAG_MODE_FALLBACK_TCP,
	  { 0 },
	  { 0 },
	  { 8081, 0 },
	  false,
	  false,
	  false,
	  true },
	{ 43, 2, SMC_DIAG_MODE_SMCR, { 0 }, { 0 }, { 0, 0 }, false, false, false, false },
	{ 2, 7, SMC_DIAG_MODE_SMCR, { 0x0100007f }, { 0 }, { 1, 2 }, true, false, false, false },
	{ 5, 99, 7, { 0x0100007f }, { 0 }, { 1, 2 }, true, true, true, false },
	{ 43,
	  22,
	  SMC_DIAG_MODE_SMCR,
	  { 0x0100007f },
	  { 0x0200007f },
	  { 82, 40003 },
	  false,
	  true,
	  false,
	  false },
};

static void put_conn(struct nlmsghdr *nlh, unsigned int n)
{
	struct smc_diag_conninfo info;

	for (size_t i = 0; i < sizeof(info); i++)
		((__u8 *)&info)[i] = (__u8)(i % 4 == 1 ? n + i / 4 : 0);
	info.rx_prod_flags = 0x80;
	info.tx_conn_state_flags = 0x40;
	mnl_attr_put(nlh, SMC_DIAG_CONNINFO, sizeof(info), &info);
}

static void put_socket(struct mnl_socket *nl, unsigned int n)
{
	struct nlmsghdr *nlh = begin(nl, SOCK_DIAG_BY_FAMILY);
	struct smc_diag_msg *msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	const struct smc_diag_lgrinfo lgr = { .lnk[0] = { .link_id = 3,
							  .ibname = "mlx5_0",
							  .ibport = 2,
							  .gid = "fe80::1",
							  .peer_gid = "fe80::2" },
					      .role = (__u8)(n % 2) };
	const __u64 dmb[] = { 0x100 * (n + 1), 2, 3, 0x1234500 + n, 0x1234600 + n, 6, 7 };
	const struct smc_diag_fallback fallback = { .reason = 0x03010000,
						    .peer_diagnosis = n % 2 ? 0 : 0x03070000 };

	nlh->nlmsg_flags = NLM_F_MULTI;
	msg->diag_family = socket_rows[n].family;
	msg->diag_state = socket_rows[n].state;
	msg->diag_mode = socket_rows[n].mode;
	msg->diag_uid = 1000 + n;
	msg->diag_inode =
		n || !getenv("FAKE_NETLINK_INODE") ? 900000 + n : number_of("FAKE_NETLINK_INODE");
	memcpy(msg->id.idiag_src, socket_rows[n].local, 16);
	memcpy(msg->id.idiag_dst, socket_rows[n].peer, 16);
	msg->id.idiag_sport = __builtin_bswap16(socket_rows[n].ports[0]);
	msg->id.idiag_dport = __builtin_bswap16(socket_rows[n].ports[1]);
	msg->id.idiag_cookie[0] = 0x10 + n;
	msg->id.idiag_cookie[1] = n % 3;
	mnl_attr_put_u8(nlh, SMC_DIAG_SHUTDOWN, (uint8_t)(n % 4));
	if (socket_rows[n].conn)
		put_conn(nlh, n);
	if (socket_rows[n].lgr)
		mnl_attr_put(nlh, SMC_DIAG_LGRINFO, sizeof(lgr), &lgr);
	/* Older kernels have two numbers less. */
	if (socket_rows[n].dmb)
		mnl_attr_put(nlh, SMC_DIAG_DMBINFO, n % 2 ? sizeof(dmb) : sizeof(dmb) - 16, dmb);
	if (socket_rows[n].fallback)
		mnl_attr_put(nlh, SMC_DIAG_FALLBACK, sizeof(fallback), &fallback);
	end(nl, nlh);
}

static void answer_diag(struct mnl_socket *nl)
{
	int err = -(int)number_of("FAKE_NETLINK_ERROR");

	if (getenv("FAKE_NETLINK_NONE") || (err && !getenv("FAKE_NETLINK_AT"))) {
		put_error(nl, err ?: -ENOENT);
		return;
	}
	for (unsigned int i = 0; i < sizeof(socket_rows) / sizeof(socket_rows[0]); i++)
		put_socket(nl, i);
	put_done(nl, err);
}

/* ---- libmnl -------------------------------------------------------------------------------------
 */

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return NULL;
	nl->bus = bus;
	nl->fd = socket(AF_UNIX, SOCK_DGRAM | flags, 0);
	return nl;
}

struct mnl_socket *mnl_socket_open(int bus)
{
	return mnl_socket_open2(bus, 0);
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl, (void)groups, (void)pid;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	return nl->fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return PORT_ID;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket_, const void *request, size_t len)
{
	struct mnl_socket *nl = (struct mnl_socket *)socket_;

	nl->request = *(const struct nlmsghdr *)request;
	nl->len = 0;
	if (nl->bus == NETLINK_GENERIC)
		answer_genl(nl, request);
	else
		answer_diag(nl);
	return (ssize_t)len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket_, void *buf, size_t cap)
{
	struct mnl_socket *nl = (struct mnl_socket *)socket_;
	size_t len = nl->len < cap ? nl->len : cap;

	if (!nl->len) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buf, nl->answer, len);
	nl->len = 0;
	return (ssize_t)len;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	free(nl);
	return 0;
}
