// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: the attributes of both SMC netlink families as tables, and their way into JSON. */
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <linux/genetlink.h>

#include "ctl.h"
#include "smc_compat.h"

/* Kernel-private enumerations that netlink shows as numbers; each ends with NULL. */
static const char *const link_states[] = { "unused", "inactive", "activating", "active", NULL };
static const char *const lgr_roles[] = { "client", "server", NULL };
static const char *const lgr_types[] = {
	"none", "single", "symmetric", "asymmetric-peer", "asymmetric-local", NULL
};
static const char *const fback_ends[] = { "client", "server", NULL };

/* clang-format off */
#define NUM(type, key) { type, key, ATTR_NUM, NULL, NULL }
#define HEX(type, key) { type, key, ATTR_HEX, NULL, NULL }
#define STR(type, key) { type, key, ATTR_STR, NULL, NULL }
#define IFINDEX(type, key) { type, key, ATTR_IFINDEX, NULL, NULL }
#define NAME(type, key, names) { type, key, ATTR_NAME, NULL, names }
#define NEST(type, key, rows) { type, key, ATTR_NEST, rows, NULL }
/* clang-format on */

static const struct attr_row attr_lgr_v2[] = {
	NUM(SMC_NLA_LGR_V2_VER, "version"),
	NUM(SMC_NLA_LGR_V2_REL, "release"),
	NUM(SMC_NLA_LGR_V2_OS, "os"),
	STR(SMC_NLA_LGR_V2_NEG_EID, "eid"),
	STR(SMC_NLA_LGR_V2_PEER_HOST, "peer_host"),
	{ 0 },
};

static const struct attr_row attr_lgr_r_v2[] = {
	NUM(SMC_NLA_LGR_R_V2_DIRECT, "direct"),
	NUM(COMPAT_LGR_R_V2_MAX_CONNS, "max_conns"),
	NUM(COMPAT_LGR_R_V2_MAX_LINKS, "max_links"),
	{ 0 },
};

static const struct attr_row attr_lgr_r[] = {
	HEX(SMC_NLA_LGR_R_ID, "id"),
	NAME(SMC_NLA_LGR_R_ROLE, "role", lgr_roles),
	NAME(SMC_NLA_LGR_R_TYPE, "type", lgr_types),
	STR(SMC_NLA_LGR_R_PNETID, "pnetid"),
	NUM(SMC_NLA_LGR_R_VLAN_ID, "vlan"),
	NUM(SMC_NLA_LGR_R_CONNS_NUM, "conns"),
	NEST(SMC_NLA_LGR_R_V2_COMMON, "v2", attr_lgr_v2),
	NEST(SMC_NLA_LGR_R_V2, "r_v2", attr_lgr_r_v2),
	NUM(SMC_NLA_LGR_R_NET_COOKIE, "net_cookie"),
	NUM(SMC_NLA_LGR_R_BUF_TYPE, "buf_type"),
	NUM(COMPAT_LGR_R_SNDBUF_ALLOC, "sndbuf_bytes"),
	NUM(COMPAT_LGR_R_RMB_ALLOC, "rmb_bytes"),
	{ 0 },
};

static const struct attr_row attr_link[] = {
	NUM(SMC_NLA_LINK_ID, "id"),
	STR(SMC_NLA_LINK_IB_DEV, "ib"),
	NUM(SMC_NLA_LINK_IB_PORT, "ib_port"),
	STR(SMC_NLA_LINK_GID, "gid"),
	STR(SMC_NLA_LINK_PEER_GID, "peer_gid"),
	NUM(SMC_NLA_LINK_CONN_CNT, "conns"),
	IFINDEX(SMC_NLA_LINK_NET_DEV, "netdev"),
	HEX(SMC_NLA_LINK_UID, "uid"),
	HEX(SMC_NLA_LINK_PEER_UID, "peer_uid"),
	NAME(SMC_NLA_LINK_STATE, "state", link_states),
	{ 0 },
};

static const struct attr_row attr_lgr_d[] = {
	HEX(SMC_NLA_LGR_D_ID, "id"),
	HEX(SMC_NLA_LGR_D_GID, "gid"),
	HEX(SMC_NLA_LGR_D_PEER_GID, "peer_gid"),
	HEX(COMPAT_LGR_D_EXT_GID, "gid_ext"),
	HEX(COMPAT_LGR_D_PEER_EXT_GID, "peer_gid_ext"),
	NUM(SMC_NLA_LGR_D_VLAN_ID, "vlan"),
	NUM(SMC_NLA_LGR_D_CONNS_NUM, "conns"),
	STR(SMC_NLA_LGR_D_PNETID, "pnetid"),
	HEX(SMC_NLA_LGR_D_CHID, "chid"),
	NEST(SMC_NLA_LGR_D_V2_COMMON, "v2", attr_lgr_v2),
	NUM(COMPAT_LGR_D_SNDBUF_ALLOC, "sndbuf_bytes"),
	NUM(COMPAT_LGR_D_DMB_ALLOC, "dmb_bytes"),
	{ 0 },
};

static const struct attr_row attr_port[] = {
	NUM(SMC_NLA_DEV_PORT_PNET_USR, "pnetid_by_user"),
	STR(SMC_NLA_DEV_PORT_PNETID, "pnetid"),
	IFINDEX(SMC_NLA_DEV_PORT_NETDEV, "netdev"),
	NUM(SMC_NLA_DEV_PORT_STATE, "active"),
	NUM(SMC_NLA_DEV_PORT_VALID, "valid"),
	NUM(SMC_NLA_DEV_PORT_LNK_CNT, "links"),
	{ 0 },
};

static const struct attr_row attr_dev[] = {
	STR(SMC_NLA_DEV_IB_NAME, "name"),
	NUM(SMC_NLA_DEV_USE_CNT, "uses"),
	NUM(SMC_NLA_DEV_IS_CRIT, "critical"),
	HEX(SMC_NLA_DEV_PCI_FID, "pci_fid"),
	HEX(SMC_NLA_DEV_PCI_CHID, "pci_chid"),
	HEX(SMC_NLA_DEV_PCI_VENDOR, "pci_vendor"),
	HEX(SMC_NLA_DEV_PCI_DEVICE, "pci_device"),
	STR(SMC_NLA_DEV_PCI_ID, "pci_id"),
	NEST(SMC_NLA_DEV_PORT, "port1", attr_port),
	NEST(SMC_NLA_DEV_PORT2, "port2", attr_port),
	{ 0 },
};

static const struct attr_row attr_pload[] = {
	NUM(SMC_NLA_STATS_PLOAD_8K, "le_8k"),	      NUM(SMC_NLA_STATS_PLOAD_16K, "le_16k"),
	NUM(SMC_NLA_STATS_PLOAD_32K, "le_32k"),	      NUM(SMC_NLA_STATS_PLOAD_64K, "le_64k"),
	NUM(SMC_NLA_STATS_PLOAD_128K, "le_128k"),     NUM(SMC_NLA_STATS_PLOAD_256K, "le_256k"),
	NUM(SMC_NLA_STATS_PLOAD_512K, "le_512k"),     NUM(SMC_NLA_STATS_PLOAD_1024K, "le_1024k"),
	NUM(SMC_NLA_STATS_PLOAD_G_1024K, "gt_1024k"), { 0 },
};

static const struct attr_row attr_rmb[] = {
	NUM(SMC_NLA_STATS_RMB_SIZE_SM_PEER_CNT, "too_small_peer"),
	NUM(SMC_NLA_STATS_RMB_SIZE_SM_CNT, "too_small"),
	NUM(SMC_NLA_STATS_RMB_FULL_PEER_CNT, "full_peer"),
	NUM(SMC_NLA_STATS_RMB_FULL_CNT, "full"),
	NUM(SMC_NLA_STATS_RMB_REUSE_CNT, "reused"),
	NUM(SMC_NLA_STATS_RMB_ALLOC_CNT, "allocated"),
	NUM(SMC_NLA_STATS_RMB_DGRADE_CNT, "downgraded"),
	{ 0 },
};

static const struct attr_row attr_tech[] = {
	NUM(SMC_NLA_STATS_T_CLNT_V1_SUCC, "client_v1"),
	NUM(SMC_NLA_STATS_T_CLNT_V2_SUCC, "client_v2"),
	NUM(SMC_NLA_STATS_T_SRV_V1_SUCC, "server_v1"),
	NUM(SMC_NLA_STATS_T_SRV_V2_SUCC, "server_v2"),
	NUM(SMC_NLA_STATS_T_RX_BYTES, "rx_bytes"),
	NUM(SMC_NLA_STATS_T_TX_BYTES, "tx_bytes"),
	NUM(SMC_NLA_STATS_T_RX_CNT, "rx_count"),
	NUM(SMC_NLA_STATS_T_TX_CNT, "tx_count"),
	NUM(SMC_NLA_STATS_T_SENDPAGE_CNT, "sendpage"),
	NUM(SMC_NLA_STATS_T_SPLICE_CNT, "splice"),
	NUM(SMC_NLA_STATS_T_CORK_CNT, "cork"),
	NUM(SMC_NLA_STATS_T_NDLY_CNT, "nodelay"),
	NUM(SMC_NLA_STATS_T_URG_DATA_CNT, "urgent"),
	NUM(COMPAT_STATS_T_RX_RMB_USAGE, "rx_rmb_usage"),
	NUM(COMPAT_STATS_T_TX_RMB_USAGE, "tx_rmb_usage"),
	NEST(SMC_NLA_STATS_T_TX_RMB_STATS, "tx_rmb", attr_rmb),
	NEST(SMC_NLA_STATS_T_RX_RMB_STATS, "rx_rmb", attr_rmb),
	NEST(SMC_NLA_STATS_T_TXPLOAD_SIZE, "tx_payload", attr_pload),
	NEST(SMC_NLA_STATS_T_RXPLOAD_SIZE, "rx_payload", attr_pload),
	NEST(SMC_NLA_STATS_T_TX_RMB_SIZE, "tx_rmb_size", attr_pload),
	NEST(SMC_NLA_STATS_T_RX_RMB_SIZE, "rx_rmb_size", attr_pload),
	{ 0 },
};

static const struct attr_row attr_stats[] = {
	NEST(SMC_NLA_STATS_SMCD_TECH, "smcd", attr_tech),
	NEST(SMC_NLA_STATS_SMCR_TECH, "smcr", attr_tech),
	NUM(SMC_NLA_STATS_CLNT_HS_ERR_CNT, "client_handshake_errors"),
	NUM(SMC_NLA_STATS_SRV_HS_ERR_CNT, "server_handshake_errors"),
	{ 0 },
};

static const struct attr_row attr_fback[] = {
	NAME(SMC_NLA_FBACK_STATS_TYPE, "end", fback_ends),
	NUM(SMC_NLA_FBACK_STATS_SRV_CNT, "server_total"),
	NUM(SMC_NLA_FBACK_STATS_CLNT_CNT, "client_total"),
	HEX(SMC_NLA_FBACK_STATS_RSN_CODE, "reason"),
	NUM(SMC_NLA_FBACK_STATS_RSN_CNT, "count"),
	{ 0 },
};

static const struct attr_row attr_sys[] = {
	NUM(SMC_NLA_SYS_VER, "version"),
	NUM(SMC_NLA_SYS_REL, "release"),
	NUM(SMC_NLA_SYS_IS_ISM_V2, "ism_v2"),
	NUM(SMC_NLA_SYS_IS_SMCR_V2, "smcr_v2"),
	STR(SMC_NLA_SYS_LOCAL_HOST, "hostname"),
	STR(SMC_NLA_SYS_SEID, "seid"),
	{ 0 },
};

const struct attr_row attr_top[] = {
	NEST(SMC_GEN_SYS_INFO, "system", attr_sys),
	NEST(SMC_GEN_LGR_SMCR, "lgr_smcr", attr_lgr_r),
	NEST(SMC_GEN_LINK_SMCR, "link", attr_link),
	NEST(SMC_GEN_LGR_SMCD, "lgr_smcd", attr_lgr_d),
	NEST(SMC_GEN_DEV_SMCD, "dev_smcd", attr_dev),
	NEST(SMC_GEN_DEV_SMCR, "dev_smcr", attr_dev),
	NEST(SMC_GEN_STATS, "stats", attr_stats),
	NEST(SMC_GEN_FBACK_STATS, "fallback", attr_fback),
	{ 0 },
};

const struct attr_row attr_ueid[] = {
	STR(SMC_NLA_EID_TABLE_ENTRY, "ueid"),
	{ 0 },
};

const struct attr_row attr_seid[] = {
	STR(SMC_NLA_SEID_ENTRY, "seid"),
	NUM(SMC_NLA_SEID_ENABLED, "enabled"),
	{ 0 },
};

const struct attr_row attr_pnet[] = {
	STR(SMC_PNETID_NAME, "pnetid"),
	STR(SMC_PNETID_ETHNAME, "eth"),
	STR(SMC_PNETID_IBNAME, "ib"),
	NUM(SMC_PNETID_IBPORT, "ib_port"),
	{ 0 },
};

/* Kernels change the width of an attribute (u32 to uint) without a new name for it. */
static uint64_t attr_uint(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint8_t):
		return mnl_attr_get_u8(attr);
	case sizeof(uint16_t):
		return mnl_attr_get_u16(attr);
	case sizeof(uint32_t):
		return mnl_attr_get_u32(attr);
	case sizeof(uint64_t):
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/* Names come padded with blanks, and not always terminated. */
static json_t *attr_string(const struct nlattr *attr)
{
	const char *s = mnl_attr_get_payload(attr);
	size_t len = strnlen(s, mnl_attr_get_payload_len(attr));

	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	return json_stringn_nocheck(s, len);
}

static json_t *attr_ifindex(unsigned int index)
{
	char name[IF_NAMESIZE];

	if (!index)
		return json_string("");
	return if_indextoname(index, name) ? json_string(name) : json_sprintf("if%u", index);
}

static json_t *attr_named(const char *const *names, uint64_t value)
{
	uint64_t i;

	for (i = 0; names[i]; i++)
		if (i == value)
			return json_string(names[i]);
	return json_sprintf("%llu", (unsigned long long)value);
}

struct attr_walk {
	const struct attr_row *rows;
	json_t *out;
};

static int attr_each(const struct nlattr *attr, void *data);

static json_t *attr_value(const struct attr_row *row, const struct nlattr *attr)
{
	struct attr_walk nest;

	switch (row->kind) {
	case ATTR_STR:
		return attr_string(attr);
	case ATTR_HEX:
		return json_sprintf("0x%0*llx", 2 * mnl_attr_get_payload_len(attr),
				    (unsigned long long)attr_uint(attr));
	case ATTR_IFINDEX:
		return attr_ifindex((unsigned int)attr_uint(attr));
	case ATTR_NAME:
		return attr_named(row->names, attr_uint(attr));
	case ATTR_NEST:
		nest = (struct attr_walk){ row->nest, json_object() };
		mnl_attr_parse_nested(attr, attr_each, &nest);
		return nest.out;
	case ATTR_NUM:
		break;
	}
	return json_integer((json_int_t)attr_uint(attr));
}

static int attr_each(const struct nlattr *attr, void *data)
{
	struct attr_walk *walk = data;
	const struct attr_row *row;

	for (row = walk->rows; row->key; row++)
		if (row->type == mnl_attr_get_type(attr))
			json_object_set_new_nocheck(walk->out, row->key, attr_value(row, attr));
	return MNL_CB_OK;
}

/**
 * attr_parse - turn a message's attributes into a JSON object
 * @rows: the attributes to look for; others are skipped
 * @nlh: the message
 * @offset: bytes of the family's own header before the attributes
 *
 * Return: an object with a key for every attribute found; the caller owns it.
 */
json_t *attr_parse(const struct attr_row *rows, const struct nlmsghdr *nlh, size_t offset)
{
	struct attr_walk walk = { rows, json_object() };

	mnl_attr_parse(nlh, (unsigned int)offset, attr_each, &walk);
	return walk.out;
}
