// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: SMC sockets as sock_diag shows them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "ctl.h"
#include "smc_compat.h"
#include "smc_wire.h"

/* The states of an SMC socket (RFC 7609 4.7); sock_diag shows the kernel's private numbers. */
#define DIAG_STATES(V)                                                                             \
	V(ACTIVE, 1)                                                                               \
	V(INIT, 2)                                                                                 \
	V(CLOSED, 7)                                                                               \
	V(LISTEN, 10)                                                                              \
	V(PEERCLOSEWAIT1, 20)                                                                      \
	V(PEERCLOSEWAIT2, 21)                                                                      \
	V(APPCLOSEWAIT1, 22)                                                                       \
	V(APPCLOSEWAIT2, 23)                                                                       \
	V(APPFINCLOSEWAIT, 24)                                                                     \
	V(PEERFINCLOSEWAIT, 25)                                                                    \
	V(PEERABORTWAIT, 26)                                                                       \
	V(PROCESSABORT, 27)

#define DIAG_STATE_ENUM(name, value) DIAG_##name = (value),
enum { DIAG_STATES(DIAG_STATE_ENUM) };

static const struct {
	uint32_t value;
	const char *text;
} diag_states[] =
	{
#define DIAG_STATE_ROW(name, value) { value, #name },
		DIAG_STATES(DIAG_STATE_ROW)},
  diag_reasons[] = {
#define DIAG_REASON_ROW(name, value, text) { value, text },
	  SMCW_DECLINE_REASONS(DIAG_REASON_ROW)};

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const diag_modes[] = {
	[SMC_DIAG_MODE_SMCR] = "smcr",
	[SMC_DIAG_MODE_FALLBACK_TCP] = "tcp",
	[SMC_DIAG_MODE_SMCD] = "smcd",
};

/**
 * diag_knows_mode - is this a mode's name?
 * @mode: what the user wrote
 */
bool diag_knows_mode(const char *mode)
{
	size_t i;

	for (i = 0; i < ROWS(diag_modes); i++)
		if (!strcasecmp(diag_modes[i], mode))
			return true;
	return false;
}

/**
 * diag_knows_state - is this a state's name?
 * @state: what the user wrote, in any case
 */
bool diag_knows_state(const char *state)
{
	size_t i;

	for (i = 0; i < ROWS(diag_states); i++)
		if (!strcasecmp(diag_states[i].text, state))
			return true;
	return false;
}

/**
 * diag_reason_text - the text of a fallback reason or peer diagnosis
 * @reason: the code
 *
 * Return: the text, NULL if there is none.
 */
const char *diag_reason_text(uint32_t reason)
{
	size_t i;

	for (i = 0; i < ROWS(diag_reasons); i++)
		if (diag_reasons[i].value == reason)
			return diag_reasons[i].text;
	return NULL;
}

static json_t *diag_state(uint8_t state)
{
	size_t i;

	for (i = 0; i < ROWS(diag_states); i++)
		if (diag_states[i].value == state)
			return json_string(diag_states[i].text);
	return json_sprintf("state%u", state);
}

/* Where there is no connection yet, or no more, the kernel's answer is a default: no mode. */
static json_t *diag_mode(const struct smc_diag_msg *msg)
{
	bool settled = msg->diag_state != DIAG_LISTEN && msg->diag_state != DIAG_INIT &&
		       msg->diag_state != DIAG_CLOSED;

	if (msg->diag_mode >= ROWS(diag_modes))
		return json_sprintf("mode%u", msg->diag_mode);
	if (msg->diag_mode == SMC_DIAG_MODE_SMCR && !settled)
		return json_string("none");
	return json_string(diag_modes[msg->diag_mode]);
}

/*
 * The family is AF_SMC for IPv4 and for IPv6: only the address itself shows which. An IPPROTO_SMC
 * socket (AF_INET, AF_INET6) has its ports filled in and its addresses not.
 */
static json_t *diag_address(const __be32 addr[4], __be16 port)
{
	char text[INET6_ADDRSTRLEN] = "*";

	if (addr[1] || addr[2] || addr[3])
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	else if (addr[0])
		inet_ntop(AF_INET, addr, text, sizeof(text));
	return json_sprintf(strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, ntohs(port));
}

static const char *diag_family(uint8_t family)
{
	switch (family) {
	case AF_SMC:
		return "smc";
	case AF_INET:
		return "inet";
	case AF_INET6:
		return "inet6";
	default:
		return "other";
	}
}

static void diag_put_reason(json_t *out, const char *key, const char *text_key, uint32_t reason)
{
	const char *text = diag_reason_text(reason);

	json_object_set_new(out, key, json_sprintf("0x%08x", reason));
	if (reason && text)
		json_object_set_new(out, text_key, json_string(text));
}

static void diag_put_fallback(json_t *out, const void *payload)
{
	struct smc_diag_fallback fallback;

	memcpy(&fallback, payload, sizeof(fallback));
	diag_put_reason(out, "reason", "reason_text", fallback.reason);
	diag_put_reason(out, "peer_diagnosis", "peer_diagnosis_text", fallback.peer_diagnosis);
}

static json_t *diag_cursor(const struct smc_diag_cursor *cursor)
{
	return json_sprintf("%u/%u", cursor->wrap, cursor->count);
}

static void diag_put_conn(json_t *out, const void *payload)
{
	struct smc_diag_conninfo info;
	json_t *conn = json_object();
	const struct {
		const char *key;
		const struct smc_diag_cursor *cursor;
	} cursors[] = {
		{ "rx_prod", &info.rx_prod }, { "rx_cons", &info.rx_cons },
		{ "tx_prod", &info.tx_prod }, { "tx_cons", &info.tx_cons },
		{ "tx_prep", &info.tx_prep }, { "tx_sent", &info.tx_sent },
		{ "tx_fin", &info.tx_fin },
	};
	const struct {
		const char *key;
		const __u8 *flags;
	} flags[] = {
		{ "rx_prod_flags", &info.rx_prod_flags },
		{ "rx_state_flags", &info.rx_conn_state_flags },
		{ "tx_prod_flags", &info.tx_prod_flags },
		{ "tx_state_flags", &info.tx_conn_state_flags },
	};
	size_t i;

	memcpy(&info, payload, sizeof(info));
	json_object_set_new(conn, "token", json_sprintf("0x%08x", info.token));
	json_object_set_new(conn, "sndbuf", json_integer(info.sndbuf_size));
	json_object_set_new(conn, "rmbe", json_integer(info.rmbe_size));
	json_object_set_new(conn, "peer_rmbe", json_integer(info.peer_rmbe_size));
	for (i = 0; i < ROWS(cursors); i++)
		json_object_set_new(conn, cursors[i].key, diag_cursor(cursors[i].cursor));
	for (i = 0; i < ROWS(flags); i++)
		json_object_set_new(conn, flags[i].key, json_sprintf("0x%02x", *flags[i].flags));
	json_object_set_new(out, "conn", conn);
}

static json_t *diag_fixed_string(const void *text, size_t size)
{
	return json_stringn_nocheck(text, strnlen(text, size));
}

static void diag_put_link(json_t *out, const void *payload)
{
	struct smc_diag_lgrinfo info;
	const struct smc_diag_linkinfo *lnk = &info.lnk[0];
	json_t *link = json_object();

	memcpy(&info, payload, sizeof(info));
	json_object_set_new(link, "role", json_string(info.role ? "server" : "client"));
	json_object_set_new(link, "id", json_integer(lnk->link_id));
	json_object_set_new(link, "ib", diag_fixed_string(lnk->ibname, sizeof(lnk->ibname)));
	json_object_set_new(link, "ib_port", json_integer(lnk->ibport));
	json_object_set_new(link, "gid", diag_fixed_string(lnk->gid, sizeof(lnk->gid)));
	json_object_set_new(link, "peer_gid",
			    diag_fixed_string(lnk->peer_gid, sizeof(lnk->peer_gid)));
	json_object_set_new(out, "link", link);
}

static void diag_put_hex64(json_t *out, const char *key, uint64_t value)
{
	json_object_set_new(out, key, json_sprintf("0x%016llx", (unsigned long long)value));
}

/* Older kernels send the structure without its last two members: they read as 0. */
static void diag_put_dmb(json_t *out, const void *payload, size_t len)
{
	struct compat_diag_dmbinfo info = { 0 };
	json_t *dmb = json_object();

	memcpy(&info, payload, len < sizeof(info) ? len : sizeof(info));
	json_object_set_new(dmb, "lgr", json_sprintf("0x%08x", info.linkid));
	diag_put_hex64(dmb, "gid", info.my_gid);
	diag_put_hex64(dmb, "gid_ext", info.my_gid_ext);
	diag_put_hex64(dmb, "peer_gid", info.peer_gid);
	diag_put_hex64(dmb, "peer_gid_ext", info.peer_gid_ext);
	diag_put_hex64(dmb, "token", info.token);
	diag_put_hex64(dmb, "peer_token", info.peer_token);
	json_object_set_new(out, "dmb", dmb);
}

static int diag_attr(const struct nlattr *attr, void *data)
{
	const void *payload = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case SMC_DIAG_SHUTDOWN:
		json_object_set_new(data, "shutdown", json_integer(mnl_attr_get_u8(attr)));
		break;
	case SMC_DIAG_FALLBACK:
		if (len >= sizeof(struct smc_diag_fallback))
			diag_put_fallback(data, payload);
		break;
	case SMC_DIAG_CONNINFO:
		if (len >= sizeof(struct smc_diag_conninfo))
			diag_put_conn(data, payload);
		break;
	case SMC_DIAG_LGRINFO:
		if (len >= sizeof(struct smc_diag_lgrinfo))
			diag_put_link(data, payload);
		break;
	case SMC_DIAG_DMBINFO:
		diag_put_dmb(data, payload, len);
		break;
	}
	return MNL_CB_OK;
}

static json_t *diag_row(const struct nlmsghdr *nlh)
{
	const struct smc_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	json_t *row = json_object();

	json_object_set_new(row, "state", diag_state(msg->diag_state));
	json_object_set_new(row, "mode", diag_mode(msg));
	json_object_set_new(row, "local", diag_address(msg->id.idiag_src, msg->id.idiag_sport));
	json_object_set_new(row, "peer", diag_address(msg->id.idiag_dst, msg->id.idiag_dport));
	json_object_set_new(row, "family", json_string(diag_family(msg->diag_family)));
	json_object_set_new(row, "local_port", json_integer(ntohs(msg->id.idiag_sport)));
	json_object_set_new(row, "peer_port", json_integer(ntohs(msg->id.idiag_dport)));
	json_object_set_new(row, "uid", json_integer(msg->diag_uid));
	json_object_set_new(row, "inode", json_integer((json_int_t)msg->diag_inode));
	json_object_set_new(
		row, "cookie",
		json_sprintf("0x%08x%08x", msg->id.idiag_cookie[1], msg->id.idiag_cookie[0]));
	mnl_attr_parse(nlh, sizeof(*msg), diag_attr, row);
	return row;
}

struct diag_sink {
	json_t *rows;
	bool listen;
};

static int diag_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct smc_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct diag_sink *sink = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return -EBADMSG;
	if (msg->diag_state == DIAG_LISTEN && !sink->listen)
		return 0;
	return json_array_append_new(sink->rows, diag_row(nlh)) ? -ENOMEM : 0;
}

/**
 * diag_dump - list the SMC sockets of this network namespace
 * @listen: listening ones too
 * @rows: set to an array of objects; always set
 *
 * Return: 0, -EPROTONOSUPPORT if smc_diag is not loaded, or another -errno.
 */
int diag_dump(bool listen, json_t **rows)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct diag_sink sink = { *rows = json_array(), listen };
	struct smc_diag_req *req;
	int err;

	err = nl_open(&nl, NETLINK_SOCK_DIAG);
	if (err)
		return err;
	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->diag_family = AF_SMC;
	req->diag_ext = 1 << (SMC_DIAG_CONNINFO - 1) | 1 << (SMC_DIAG_LGRINFO - 1) |
			1 << (SMC_DIAG_DMBINFO - 1);
	err = nl_talk(&nl, nlh, diag_reply, &sink);
	return err == -ENOENT ? -EPROTONOSUPPORT : err;
}

/**
 * cmd_diag - smc-ctl diag
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_diag(struct ctl *ctl)
{
	_cleanup_json_ json_t *rows = NULL;
	int err;

	ctl->module = "smc_diag";
	err = diag_dump(ctl->listen, &rows);
	return err ? err : print_result(ctl, rows);
}
