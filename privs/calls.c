// SPDX-License-Identifier: GPL-2.0-or-later
/* See calls.h. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

int calls_allow_if(scmp_filter_ctx ctx, int call, struct scmp_arg_cmp arg)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, arg);
}

static int allow_common(scmp_filter_ctx ctx)
{
	int err;

	/* The C library's fstat(). */
	err = calls_allow_if(ctx, SCMP_SYS(newfstatat),
			     SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	/* Memory, but no code. */
	if (!err)
		err = calls_allow_if(ctx, SCMP_SYS(mmap),
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!err)
		err = calls_allow_if(ctx, SCMP_SYS(mprotect),
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return err;
}

int calls_confine(const int *calls, size_t n, int (*some)(scmp_filter_ctx ctx))
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	if (!err)
		err = allow_common(ctx);
	if (!err)
		err = some(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}
