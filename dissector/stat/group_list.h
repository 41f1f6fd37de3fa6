/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of link groups: -z smcx,groups, and a window. */
#ifndef SMCKIT_DISSECTOR_GROUP_LIST_H
#define SMCKIT_DISSECTOR_GROUP_LIST_H

#include <glib.h>

struct group;
struct link;

void group_list_register(void);

/* The version of SMC, as "2.1", for g_free(); NULL when it is not known. */
char *group_list_version(const struct group *group);

/* The numbers of the links that were up, as "1, 2", for g_free(); NULL when there are none. */
char *group_list_link_numbers(const struct group *group);

/* The RDMA address of an end of a link, as "192.0.2.1?", for g_free(); NULL when it is not known.
 */
char *group_list_address(const struct link *link, unsigned side);

#endif
