// SPDX-License-Identifier: GPL-2.0
/*
 * The PNET table of a network namespace, and generic netlink SMC_PNETID of
 * <linux/smc.h>. RDMA and ISM devices belong to the initial namespace; in
 * others, only network interfaces get a PNET ID.
 */
#include <linux/ctype.h>
#include <linux/if.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "dev.h"
#include "net.h"
#include "pnet.h"
#include "uapi.h"

#define IB_PORTS 2
#define IB_PORT_NONE 0xff

struct smcx_pnet {
	struct mutex lock;
	struct list_head entries; /* struct entry, as they came */
	unsigned long last;	  /* number of the newest */
};

/* Names are not looked up: a device may come later, or go. */
struct entry {
	struct list_head link;
	unsigned long number; /* ascending, from 1 */
	char id[SMCX_PNETID_LEN + 1];
	bool is_eth;
	u8 ib_port;
	char name[IB_DEVICE_NAME_MAX];
};

static_assert(IB_DEVICE_NAME_MAX > IFNAMSIZ);

/* Bytes of an entry in an answer, at most. */
#define ENTRY_SIZE                                                                                 \
	(nlmsg_total_size(GENL_HDRLEN) + nla_total_size(SMCX_PNETID_LEN + 1) +                     \
	 nla_total_size(IFNAMSIZ) + nla_total_size(IB_DEVICE_NAME_MAX) + nla_total_size(1))

static struct genl_family family;

/* A to Z and 0 to 9, 1 to 16 of them; small letters become capitals, blanks around them go. */
static bool pnet_normalize(const char *text, char *id)
{
	size_t i, len;

	text = skip_spaces(text);
	len = strlen(text);
	while (len && isspace(text[len - 1]))
		len--;
	if (!len || len > SMCX_PNETID_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if (!isascii(text[i]) || !isalnum(text[i]))
			return false;
		id[i] = toupper(text[i]);
	}
	id[len] = '\0';
	return true;
}

/* A blank ends @text, too. */
static bool pnet_matches(const struct entry *entry, const char *text)
{
	size_t len = strcspn(text, " ");

	return len == strlen(entry->id) && !memcmp(entry->id, text, len);
}

static struct entry *pnet_find_locked(const struct smcx_pnet *pnet, bool is_eth, const char *name)
{
	struct entry *entry;

	lockdep_assert_held(&pnet->lock);
	list_for_each_entry(entry, &pnet->entries, link)
		if (entry->is_eth == is_eth && !strcmp(entry->name, name))
			return entry;
	return NULL;
}

static int pnet_add_entry(struct smcx_pnet *pnet, const char *id, bool is_eth, const char *name,
			  u8 port)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!entry)
		return -ENOMEM;
	strscpy(entry->id, id, sizeof(entry->id));
	strscpy(entry->name, name, sizeof(entry->name));
	entry->is_eth = is_eth;
	entry->ib_port = port;
	mutex_lock(&pnet->lock);
	if (pnet_find_locked(pnet, is_eth, name)) {
		err = -EEXIST;
	} else {
		entry->number = ++pnet->last;
		list_add_tail(&entry->link, &pnet->entries);
	}
	mutex_unlock(&pnet->lock);
	if (err)
		kfree(entry);
	return err;
}

/* Both names may be given: it is enough if one of them is new. */
static int pnet_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *eth = info->attrs[SMC_PNETID_ETHNAME], *ib = info->attrs[SMC_PNETID_IBNAME];
	struct nlattr *ib_port = info->attrs[SMC_PNETID_IBPORT];
	u8 port = ib_port ? nla_get_u8(ib_port) : 1;
	struct net *net = genl_info_net(info);
	struct smcx_pnet *pnet = smcx_net(net)->pnet;
	char id[SMCX_PNETID_LEN + 1];
	int err_eth = -EEXIST, err_ib = -EEXIST;

	if (!info->attrs[SMC_PNETID_NAME] ||
	    !pnet_normalize(nla_data(info->attrs[SMC_PNETID_NAME]), id))
		return -EINVAL;
	if (!net_eq(net, &init_net))
		ib = NULL;
	if (ib && (port < 1 || port > IB_PORTS))
		return -EINVAL;
	if (eth)
		err_eth = pnet_add_entry(pnet, id, true, nla_data(eth), IB_PORT_NONE);
	if (err_eth && err_eth != -EEXIST)
		return err_eth;
	if (ib)
		err_ib = pnet_add_entry(pnet, id, false, strim(nla_data(ib)), port);
	return err_eth ? err_ib : 0;
}

/* All of one PNET ID, or all. */
static int pnet_remove_entries(struct smcx_pnet *pnet, const char *id)
{
	struct entry *entry, *next;
	int err = -ENOENT;

	mutex_lock(&pnet->lock);
	list_for_each_entry_safe(entry, next, &pnet->entries, link) {
		if (id && !pnet_matches(entry, id))
			continue;
		list_del(&entry->link);
		kfree(entry);
		err = 0;
	}
	mutex_unlock(&pnet->lock);
	return err;
}

static int pnet_del(struct sk_buff *skb, struct genl_info *info)
{
	if (!info->attrs[SMC_PNETID_NAME])
		return -EINVAL;
	return pnet_remove_entries(smcx_net(genl_info_net(info))->pnet,
				   nla_data(info->attrs[SMC_PNETID_NAME]));
}

static int pnet_flush(struct sk_buff *skb, struct genl_info *info)
{
	pnet_remove_entries(smcx_net(genl_info_net(info))->pnet, NULL);
	return 0;
}

/* Each entry has both names; "n/a" and port 255 stand for the one it does not have. */
static int pnet_put_entry(struct sk_buff *skb, u32 portid, u32 seq, const struct entry *entry)
{
	void *hdr = genlmsg_put(skb, portid, seq, &family, NLM_F_MULTI, SMC_PNETID_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, SMC_PNETID_NAME, entry->id) ||
	    nla_put_string(skb, SMC_PNETID_ETHNAME, entry->is_eth ? entry->name : "n/a") ||
	    nla_put_string(skb, SMC_PNETID_IBNAME, entry->is_eth ? "n/a" : entry->name) ||
	    nla_put_u8(skb, SMC_PNETID_IBPORT, entry->ib_port)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* cb->args[0]: number of the last entry sent. An entry that goes meanwhile takes no other with it.
 */
static int pnet_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct smcx_pnet *pnet = smcx_net(sock_net(skb->sk))->pnet;
	struct entry *entry;

	mutex_lock(&pnet->lock);
	list_for_each_entry(entry, &pnet->entries, link) {
		if (entry->number <= cb->args[0])
			continue;
		if (pnet_put_entry(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, entry))
			break;
		cb->args[0] = entry->number;
	}
	mutex_unlock(&pnet->lock);
	return skb->len;
}

static struct sk_buff *pnet_answer_locked(const struct smcx_pnet *pnet, const char *id,
					  const struct genl_info *info)
{
	struct entry *entry;
	struct sk_buff *skb;
	size_t size = NLMSG_HDRLEN;

	lockdep_assert_held(&pnet->lock);
	list_for_each_entry(entry, &pnet->entries, link)
		if (pnet_matches(entry, id))
			size += ENTRY_SIZE;
	skb = nlmsg_new(size, GFP_KERNEL);
	if (!skb)
		return NULL;
	list_for_each_entry(entry, &pnet->entries, link)
		if (pnet_matches(entry, id))
			pnet_put_entry(skb, info->snd_portid, info->snd_seq, entry);
	nlmsg_put(skb, info->snd_portid, info->snd_seq, NLMSG_DONE, 0, NLM_F_MULTI);
	return skb;
}

/* All entries of one PNET ID: no dump, but answered like one. */
static int pnet_get(struct sk_buff *skb, struct genl_info *info)
{
	struct smcx_pnet *pnet = smcx_net(genl_info_net(info))->pnet;
	struct sk_buff *answer;

	if (!info->attrs[SMC_PNETID_NAME])
		return -EINVAL;
	mutex_lock(&pnet->lock);
	answer = pnet_answer_locked(pnet, nla_data(info->attrs[SMC_PNETID_NAME]), info);
	mutex_unlock(&pnet->lock);
	return answer ? genlmsg_reply(answer, info) : -ENOMEM;
}

bool smcx_pnet_of_dev(char *id)
{
	struct smcx_pnet *pnet = smcx_net(&init_net)->pnet;
	struct entry *entry;

	mutex_lock(&pnet->lock);
	entry = pnet_find_locked(pnet, false, SMCX_DEV_NAME);
	strscpy(id, entry ? entry->id : "", SMCX_PNETID_LEN + 1);
	mutex_unlock(&pnet->lock);
	return *id;
}

bool smcx_pnet_dev_serves(struct net *net)
{
	struct smcx_pnet *pnet = smcx_net(net)->pnet;
	char id[SMCX_PNETID_LEN + 1];
	struct entry *entry;
	bool serves = false;

	if (!smcx_pnet_of_dev(id))
		return true;
	mutex_lock(&pnet->lock);
	list_for_each_entry(entry, &pnet->entries, link)
		serves |= entry->is_eth && !strcmp(entry->id, id);
	mutex_unlock(&pnet->lock);
	return serves;
}

bool smcx_pnet_of(struct net *net, const char *name, u32 port, char *id)
{
	struct smcx_pnet *pnet = smcx_net(port ? &init_net : net)->pnet;
	struct entry *entry;

	mutex_lock(&pnet->lock);
	entry = pnet_find_locked(pnet, !port, name);
	if (entry && port && entry->ib_port != port)
		entry = NULL;
	strscpy(id, entry ? entry->id : "", SMCX_PNETID_LEN + 1);
	mutex_unlock(&pnet->lock);
	return *id;
}

int smcx_pnet_net_init(struct smcx_net *sn)
{
	sn->pnet = kzalloc(sizeof(*sn->pnet), GFP_KERNEL);
	if (!sn->pnet)
		return -ENOMEM;
	mutex_init(&sn->pnet->lock);
	INIT_LIST_HEAD(&sn->pnet->entries);
	return 0;
}

void smcx_pnet_net_exit(struct smcx_net *sn)
{
	pnet_remove_entries(sn->pnet, NULL);
	kfree(sn->pnet);
}

static const struct nla_policy policy[SMC_PNETID_MAX + 1] = {
	[SMC_PNETID_NAME] = { .type = NLA_NUL_STRING, .len = SMCX_PNETID_LEN },
	[SMC_PNETID_ETHNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[SMC_PNETID_IBNAME] = { .type = NLA_NUL_STRING, .len = IB_DEVICE_NAME_MAX - 1 },
	[SMC_PNETID_IBPORT] = { .type = NLA_U8 },
};

#define OLD_RULES (GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP)

static const struct genl_ops ops[] = {
	{ .cmd = SMC_PNETID_GET, .validate = OLD_RULES, .doit = pnet_get, .dumpit = pnet_dump },
	{ .cmd = SMC_PNETID_ADD,
	  .validate = OLD_RULES,
	  .flags = GENL_ADMIN_PERM,
	  .doit = pnet_add },
	{ .cmd = SMC_PNETID_DEL,
	  .validate = OLD_RULES,
	  .flags = GENL_ADMIN_PERM,
	  .doit = pnet_del },
	{ .cmd = SMC_PNETID_FLUSH,
	  .validate = OLD_RULES,
	  .flags = GENL_ADMIN_PERM,
	  .doit = pnet_flush },
};

static struct genl_family family __ro_after_init = {
	.name = SMCR_GENL_FAMILY_NAME,
	.version = SMCR_GENL_FAMILY_VERSION,
	.maxattr = SMC_PNETID_MAX,
	.policy = policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = SMC_PNETID_FLUSH + 1,
};

int __init smcx_pnet_init(void)
{
	return genl_register_family(&family);
}

void smcx_pnet_exit(void)
{
	genl_unregister_family(&family);
}
