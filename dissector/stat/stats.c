// SPDX-License-Identifier: GPL-2.0-or-later
/* See stats.h. */
#include "conn_list.h"
#include "group_list.h"
#include "stats.h"

void stats_register(int proto)
{
	stats_flow_setup(proto);
	stats_tree_setup();
	stats_times_setup(proto);
	conn_list_register();
	group_list_register();
}
