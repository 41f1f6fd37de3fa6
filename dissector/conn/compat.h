/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The differences between Wireshark 4.0, 4.4 and 4.6. Everything else is the same in all. */
#ifndef SMCKIT_DISSECTOR_COMPAT_H
#define SMCKIT_DISSECTOR_COMPAT_H

#include <ws_version.h>

#define SMCX_WIRESHARK(major, minor)                                                               \
	(WIRESHARK_VERSION_MAJOR > (major) ||                                                      \
	 (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Heuristic dissectors answer gboolean before 4.4, bool from then on. */
#if SMCX_WIRESHARK(4, 4)
#include <stdbool.h>
typedef bool smcx_bool;
#else
#include <glib.h>
typedef gboolean smcx_bool;
#endif

#endif
