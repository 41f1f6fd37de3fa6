// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into tshark by fuzz_plugin.sh: plugins stay in memory to the end, so
 * that a leak's stack still names the plugin when leaks are looked for.
 */
int dlclose(void *handle);

int dlclose(void *handle)
{
	(void)handle;
	return 0;
}
