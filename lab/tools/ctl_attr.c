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
static const char *const lgr_types[] = { "none", "single", "symmetric", "asymmetric-peer",
					 "asymmetric-local", NULL };
static const char *const fback_ends[] = { "client", "server", NULL };

static const struct attr_row attr_lgr_v2[] = {
	{ SMC_NLA_LGR_V2_VER, "version", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_V2_REL, "release", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_V2_OS, "os", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_V2_NEG_EID, "eid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LGR_V2_PEER_HOST, "peer_host", ATTR_STR, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_lgr_r_v2[] = {
	{ SMC_NLA_LGR_R_V2_DIRECT, "direct", ATTR_NUM, NULL, NULL },
	{ COMPAT_LGR_R_V2_MAX_CONNS, "max_conns", ATTR_NUM, NULL, NULL },
	{ COMPAT_LGR_R_V2_MAX_LINKS, "max_links", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_lgr_r[] = {
	{ SMC_NLA_LGR_R_ID, "id", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LGR_R_ROLE, "role", ATTR_NAME, NULL, lgr_roles },
	{ SMC_NLA_LGR_R_TYPE, "type", ATTR_NAME, NULL, lgr_types },
	{ SMC_NLA_LGR_R_PNETID, "pnetid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LGR_R_VLAN_ID, "vlan", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_R_CONNS_NUM, "conns", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_R_V2_COMMON, "v2", ATTR_NEST, attr_lgr_v2, NULL },
	{ SMC_NLA_LGR_R_V2, "r_v2", ATTR_NEST, attr_lgr_r_v2, NULL },
	{ SMC_NLA_LGR_R_NET_COOKIE, "net_cookie", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_R_BUF_TYPE, "buf_type", ATTR_NUM, NULL, NULL },
	{ COMPAT_LGR_R_SNDBUF_ALLOC, "sndbuf_bytes", ATTR_NUM, NULL, NULL },
	{ COMPAT_LGR_R_RMB_ALLOC, "rmb_bytes", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_link[] = {
	{ SMC_NLA_LINK_ID, "id", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LINK_IB_DEV, "ib", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LINK_IB_PORT, "ib_port", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LINK_GID, "gid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LINK_PEER_GID, "peer_gid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LINK_CONN_CNT, "conns", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LINK_NET_DEV, "netdev", ATTR_IFINDEX, NULL, NULL },
	{ SMC_NLA_LINK_UID, "uid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LINK_PEER_UID, "peer_uid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LINK_STATE, "state", ATTR_NAME, NULL, link_states },
	{ 0 },
};

static const struct attr_row attr_lgr_d[] = {
	{ SMC_NLA_LGR_D_ID, "id", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LGR_D_GID, "gid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LGR_D_PEER_GID, "peer_gid", ATTR_HEX, NULL, NULL },
	{ COMPAT_LGR_D_EXT_GID, "gid_ext", ATTR_HEX, NULL, NULL },
	{ COMPAT_LGR_D_PEER_EXT_GID, "peer_gid_ext", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LGR_D_VLAN_ID, "vlan", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_D_CONNS_NUM, "conns", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_LGR_D_PNETID, "pnetid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_LGR_D_CHID, "chid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_LGR_D_V2_COMMON, "v2", ATTR_NEST, attr_lgr_v2, NULL },
	{ COMPAT_LGR_D_SNDBUF_ALLOC, "sndbuf_bytes", ATTR_NUM, NULL, NULL },
	{ COMPAT_LGR_D_DMB_ALLOC, "dmb_bytes", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_port[] = {
	{ SMC_NLA_DEV_PORT_PNET_USR, "pnetid_by_user", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_DEV_PORT_PNETID, "pnetid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_DEV_PORT_NETDEV, "netdev", ATTR_IFINDEX, NULL, NULL },
	{ SMC_NLA_DEV_PORT_STATE, "active", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_DEV_PORT_VALID, "valid", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_DEV_PORT_LNK_CNT, "links", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_dev[] = {
	{ SMC_NLA_DEV_IB_NAME, "name", ATTR_STR, NULL, NULL },
	{ SMC_NLA_DEV_USE_CNT, "uses", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_DEV_IS_CRIT, "critical", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_DEV_PCI_FID, "pci_fid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_DEV_PCI_CHID, "pci_chid", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_DEV_PCI_VENDOR, "pci_vendor", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_DEV_PCI_DEVICE, "pci_device", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_DEV_PCI_ID, "pci_id", ATTR_STR, NULL, NULL },
	{ SMC_NLA_DEV_PORT, "port1", ATTR_NEST, attr_port, NULL },
	{ SMC_NLA_DEV_PORT2, "port2", ATTR_NEST, attr_port, NULL },
	{ 0 },
};

static const struct attr_row attr_pload[] = {
	{ SMC_NLA_STATS_PLOAD_8K, "le_8k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_16K, "le_16k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_32K, "le_32k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_64K, "le_64k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_128K, "le_128k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_256K, "le_256k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_512K, "le_512k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_1024K, "le_1024k", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_PLOAD_G_1024K, "gt_1024k", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_rmb[] = {
	{ SMC_NLA_STATS_RMB_SIZE_SM_PEER_CNT, "too_small_peer", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_SIZE_SM_CNT, "too_small", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_FULL_PEER_CNT, "full_peer", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_FULL_CNT, "full", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_REUSE_CNT, "reused", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_ALLOC_CNT, "allocated", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_RMB_DGRADE_CNT, "downgraded", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_tech[] = {
	{ SMC_NLA_STATS_T_CLNT_V1_SUCC, "client_v1", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_CLNT_V2_SUCC, "client_v2", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_SRV_V1_SUCC, "server_v1", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_SRV_V2_SUCC, "server_v2", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_RX_BYTES, "rx_bytes", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_TX_BYTES, "tx_bytes", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_RX_CNT, "rx_count", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_TX_CNT, "tx_count", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_SENDPAGE_CNT, "sendpage", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_SPLICE_CNT, "splice", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_CORK_CNT, "cork", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_NDLY_CNT, "nodelay", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_URG_DATA_CNT, "urgent", ATTR_NUM, NULL, NULL },
	{ COMPAT_STATS_T_RX_RMB_USAGE, "rx_rmb_usage", ATTR_NUM, NULL, NULL },
	{ COMPAT_STATS_T_TX_RMB_USAGE, "tx_rmb_usage", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_T_TX_RMB_STATS, "tx_rmb", ATTR_NEST, attr_rmb, NULL },
	{ SMC_NLA_STATS_T_RX_RMB_STATS, "rx_rmb", ATTR_NEST, attr_rmb, NULL },
	{ SMC_NLA_STATS_T_TXPLOAD_SIZE, "tx_payload", ATTR_NEST, attr_pload, NULL },
	{ SMC_NLA_STATS_T_RXPLOAD_SIZE, "rx_payload", ATTR_NEST, attr_pload, NULL },
	{ SMC_NLA_STATS_T_TX_RMB_SIZE, "tx_rmb_size", ATTR_NEST, attr_pload, NULL },
	{ SMC_NLA_STATS_T_RX_RMB_SIZE, "rx_rmb_size", ATTR_NEST, attr_pload, NULL },
	{ 0 },
};

static const struct attr_row attr_stats[] = {
	{ SMC_NLA_STATS_SMCD_TECH, "smcd", ATTR_NEST, attr_tech, NULL },
	{ SMC_NLA_STATS_SMCR_TECH, "smcr", ATTR_NEST, attr_tech, NULL },
	{ SMC_NLA_STATS_CLNT_HS_ERR_CNT, "client_handshake_errors", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_STATS_SRV_HS_ERR_CNT, "server_handshake_errors", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_fback[] = {
	{ SMC_NLA_FBACK_STATS_TYPE, "end", ATTR_NAME, NULL, fback_ends },
	{ SMC_NLA_FBACK_STATS_SRV_CNT, "server_total", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_FBACK_STATS_CLNT_CNT, "client_total", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_FBACK_STATS_RSN_CODE, "reason", ATTR_HEX, NULL, NULL },
	{ SMC_NLA_FBACK_STATS_RSN_CNT, "count", ATTR_NUM, NULL, NULL },
	{ 0 },
};

static const struct attr_row attr_sys[] = {
	{ SMC_NLA_SYS_VER, "version", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_SYS_REL, "release", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_SYS_IS_ISM_V2, "ism_v2", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_SYS_IS_SMCR_V2, "smcr_v2", ATTR_NUM, NULL, NULL },
	{ SMC_NLA_SYS_LOCAL_HOST, "hostname", ATTR_STR, NULL, NULL },
	{ SMC_NLA_SYS_SEID, "seid", ATTR_STR, NULL, NULL },
	{ 0 },
};

const struct attr_row attr_top[] = {
	{ SMC_GEN_SYS_INFO, "system", ATTR_NEST, attr_sys, NULL },
	{ SMC_GEN_LGR_SMCR, "lgr_smcr", ATTR_NEST, attr_lgr_r, NULL },
	{ SMC_GEN_LINK_SMCR, "link", ATTR_NEST, attr_link, NULL },
	{ SMC_GEN_LGR_SMCD, "lgr_smcd", ATTR_NEST, attr_lgr_d, NULL },
	{ SMC_GEN_DEV_SMCD, "dev_smcd", ATTR_NEST, attr_dev, NULL },
	{ SMC_GEN_DEV_SMCR, "dev_smcr", ATTR_NEST, attr_dev, NULL },
	{ SMC_GEN_STATS, "stats", ATTR_NEST, attr_stats, NULL },
	{ SMC_GEN_FBACK_STATS, "fallback", ATTR_NEST, attr_fback, NULL },
	{ 0 },
};

const struct attr_row attr_ueid[] = {
	{ SMC_NLA_EID_TABLE_ENTRY, "ueid", ATTR_STR, NULL, NULL },
	{ 0 },
};

const struct attr_row attr_seid[] = {
	{ SMC_NLA_SEID_ENTRY, "seid", ATTR_STR, NULL, NULL },
	{ SMC_NLA_SEID_ENABLED, "enabled", ATTR_NUM, NULL, NULL },
	{ 0 },
};

const struct attr_row attr_pnet[] = {
	{ SMC_PNETID_NAME, "pnetid", ATTR_STR, NULL, NULL },
	{ SMC_PNETID_ETHNAME, "eth", ATTR_STR, NULL, NULL },
	{ SMC_PNETID_IBNAME, "ib", ATTR_STR, NULL, NULL },
	{ SMC_PNETID_IBPORT, "ib_port", ATTR_NUM, NULL, NULL },
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
