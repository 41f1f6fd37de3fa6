// SPDX-License-Identifier: GPL-2.0-or-later
/* See transports.h. */
#include "transports.h"

#include "smcd/smcd.h"
#include "smcr/rdma.h"

int transports_begin(struct play *p)
{
	int rc = smcd_begin(p);

	/* A link group that no case goes on with ends first. */
	return rc ? rc : rdma_begin(p);
}

void transports_end(struct play *p, bool passed)
{
	rdma_end(p, passed);
	smcd_end(p);
}
