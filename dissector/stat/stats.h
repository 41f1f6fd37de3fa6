/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics, the listeners of the taps: tree of counts, times, conversations, lists. */
#ifndef SMCKIT_DISSECTOR_STATS_H
#define SMCKIT_DISSECTOR_STATS_H

/**
 * stats_register() - register the tree, the table of times, that of conversations, and the lists.
 * @proto: the plugin's protocol
 */
void stats_register(int proto);

/* The parts of stats_register(). */
void stats_tree_setup(void);
void stats_times_setup(int proto);
void stats_flow_setup(int proto);

#endif
