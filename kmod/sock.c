// SPDX-License-Identifier: GPL-2.0
/* The socket families and the life of a socket. See smcx.h. */
#include "smcx.h"

int __init smcx_sock_init(void)
{
	return 0;
}

void smcx_sock_exit(void)
{
}
