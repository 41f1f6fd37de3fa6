// SPDX-License-Identifier: GPL-2.0-or-later
/* See host.h. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "genl.h"
#include "helper.h"

enum { SYSCTLS_MAX = 16, EIDS_MAX = 8, SETTING_MAX = 32 };

/* A letter, answered by 0 or -errno. */
struct letter {
	__u8 kind; /* enum host_kind; HOST_KINDS: put back what was before */
	char name[SETTING_MAX], text[SMC_MAX_EID_LEN + 1];
};

struct host {
	int fd;
};

/* ---- the process that changes it --------------------------------------------------------- */

/* Those of the namespace; all others are the host's own affair. */
static const struct {
	const char *name, *folder; /* below /proc/sys/net */
} sysctls[] = { { "wmem", "smc" },
		{ "rmem", "smc" },
		{ "autocorking_size", "smc" },
		{ "smcr_buf_type", "smc" },
		{ "smcr_testlink_time", "smc" },
		{ "smcr_max_links_per_lgr", "smc" },
		{ "smcr_max_conns_per_lgr", "smc" },
		{ "limit_smc_hs", "smc" },
		{ "tcp_abort_on_overflow", "ipv4" } };

struct before {
	char value[sizeof(sysctls) / sizeof(sysctls[0])][SETTING_MAX]; /* empty: not changed */
	char eid[EIDS_MAX][SMC_MAX_EID_LEN + 1];
	unsigned int n_eids;
	bool has_eids, has_seid, seid;
};

static int with_sysctl(size_t i, char *value, bool put)
{
	char path[64];
	ssize_t n;
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/%s", sysctls[i].folder, sysctls[i].name);
	fd = open(path, (put ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = put ? write(fd, value, strlen(value)) : read(fd, value, SETTING_MAX - 1);
	if (n < 0)
		rc = -errno;
	else if (!put)
		value[n] = '\0';
	close(fd);
	return rc;
}

static int change_sysctl(struct before *b, struct letter *l)
{
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		int rc;

		if (strcmp(sysctls[i].name, l->name))
			continue;
		rc = *b->value[i] ? 0 : with_sysctl(i, b->value[i], false);
		return rc ? rc : with_sysctl(i, l->text, true);
	}
	return -ENOENT;
}

static int take_eid(const struct nlmsghdr *nlh, void *data)
{
	struct before *b = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == SMC_NLA_EID_TABLE_ENTRY && b->n_eids < EIDS_MAX)
			snprintf(b->eid[b->n_eids++], sizeof(b->eid[0]), "%s",
				 mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

static int take_seid(const struct nlmsghdr *nlh, void *data)
{
	struct before *b = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != SMC_NLA_SEID_ENABLED)
			continue;
		b->seid = mnl_attr_get_u8(attr);
		b->has_seid = true;
	}
	return MNL_CB_OK;
}

static int note_eids(struct before *b, struct genl *t)
{
	int rc = genl_dump(t, SMC_NETLINK_DUMP_UEID, take_eid, b);

	if (!rc)
		genl_dump(t, SMC_NETLINK_DUMP_SEID, take_seid, b);
	b->has_eids = !rc;
	return rc;
}

static int change_eids(struct before *b, const struct letter *l)
{
	static const __u8 commands[] = { [HOST_UEID_ADD] = SMC_NETLINK_ADD_UEID,
					 [HOST_UEID_REMOVE] = SMC_NETLINK_REMOVE_UEID,
					 [HOST_UEID_FLUSH] = SMC_NETLINK_FLUSH_UEID,
					 [HOST_SEID_ENABLE] = SMC_NETLINK_ENABLE_SEID,
					 [HOST_SEID_DISABLE] = SMC_NETLINK_DISABLE_SEID };
	bool has_text = l->kind == HOST_UEID_ADD || l->kind == HOST_UEID_REMOVE;
	struct genl t;
	int rc = genl_open(&t);

	if (!rc && !b->has_eids)
		rc = note_eids(b, &t);
	if (!rc)
		rc = genl_do(&t, commands[l->kind], SMC_NLA_EID_TABLE_ENTRY,
			     has_text ? l->text : NULL);
	genl_close(&t);
	return rc;
}

static int put_eids_back(const struct before *b)
{
	struct genl t;
	int rc = genl_open(&t);

	if (!rc)
		genl_do(&t, SMC_NETLINK_FLUSH_UEID, 0, NULL);
	for (unsigned int i = 0; i < b->n_eids && !rc; i++)
		rc = genl_do(&t, SMC_NETLINK_ADD_UEID, SMC_NLA_EID_TABLE_ENTRY, b->eid[i]);
	/* A kernel that refuses this has refused the change, too. */
	if (t.nl && b->has_seid)
		genl_do(&t, b->seid ? SMC_NETLINK_ENABLE_SEID : SMC_NETLINK_DISABLE_SEID, 0, NULL);
	genl_close(&t);
	return rc;
}

static int host_put_back(struct before *b)
{
	int rc = b->has_eids ? put_eids_back(b) : 0;

	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		int one = *b->value[i] ? with_sysctl(i, b->value[i], true) : 0;

		rc = rc ? rc : one;
	}
	*b = (struct before){ 0 };
	return rc;
}

static void host_serve(int from)
{
	struct before before = { 0 };
	struct letter l;

	while (recv(from, &l, sizeof(l), 0) == sizeof(l)) {
		int rc;

		l.name[sizeof(l.name) - 1] = l.text[sizeof(l.text) - 1] = '\0';
		if (l.kind > HOST_KINDS)
			rc = -EINVAL;
		else if (l.kind == HOST_KINDS)
			rc = host_put_back(&before);
		else
			rc = l.kind == HOST_SYSCTL ? change_sysctl(&before, &l) :
						     change_eids(&before, &l);
		if (send(from, &rc, sizeof(rc), MSG_NOSIGNAL) != sizeof(rc))
			break;
	}
	host_put_back(&before);
}

/* ---- the one that has it change ------------------------------------------------------------- */

int host_open(struct host **out)
{
	struct host *h = calloc(1, sizeof(*h));
	int rc = h ? helper_start(&h->fd, host_serve) : -ENOMEM;

	*out = rc ? NULL : h;
	if (rc)
		free(h);
	return rc;
}

static int host_exchange(struct host *h, const struct letter *l)
{
	int rc;

	if (!h)
		return -EPERM;
	if (send(h->fd, l, sizeof(*l), MSG_NOSIGNAL) != sizeof(*l))
		return -errno;
	return recv(h->fd, &rc, sizeof(rc), 0) == sizeof(rc) ? rc : -EPIPE;
}

int host_set(struct host *h, const struct host_change *c)
{
	struct letter l = { .kind = c->kind };

	snprintf(l.name, sizeof(l.name), "%s", c->name);
	snprintf(l.text, sizeof(l.text), c->kind == HOST_SYSCTL ? "%s" : "%-32s", c->text);
	return host_exchange(h, &l);
}

int host_restore(struct host *h)
{
	const struct letter l = { .kind = HOST_KINDS };

	return host_exchange(h, &l);
}

void host_close(struct host *h)
{
	if (!h)
		return;
	close(h->fd);
	free(h);
}
