// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMBs without a device (LD_PRELOAD), by the interface of wire/smc_dmb.h: those of processes of one
 * host, in the file $FAKE_DMB, which all of them map. What a device would refuse is refused. The
 * signal of the number $FAKE_LOSES is lost, as one is that cannot be kept, and $FAKE_SIZE is
 * reported as the size of the peer's DMB; 0: no DMB has its token.
 *
 * The file that is opened in the place of the device is a datagram socket, so that signals can be
 * read and waited for by themselves.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "smc_dmb.h"
#include "smc_wire.h"

enum { ENDS = 16 };

/* The place of one that has opened the device. */
struct end {
	int owner;	   /* its process; 0: free */
	__u64 token, from; /* of its DMB and of who is attached to it; 0: none */
	__u64 signals;
	__u32 size;
	__u8 bytes[SMCW_DMB_SIZE_MAX];
};

static struct end *ends, *own, *peer;
static int device = -1;
static bool said_end; /* to the peer: closed or abort */

static struct sockaddr_un name_of(const struct end *e, socklen_t *len)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s.%d", getenv("FAKE_DMB"),
			 (int)(e - ends));

	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	return a;
}

static bool open_device(void)
{
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	int file = real(getenv("FAKE_DMB"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct sockaddr_un a;
	socklen_t len;

	if (file < 0 || ftruncate(file, (off_t)(ENDS * sizeof(*ends))))
		return false;
	ends = mmap(NULL, ENDS * sizeof(*ends), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (ends == MAP_FAILED)
		return false;
	for (int i = 0; i < ENDS && !own; i++) {
		int nobody = 0;

		if (__atomic_compare_exchange_n(&ends[i].owner, &nobody, getpid(), false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			own = &ends[i];
	}
	device = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!own || device < 0)
		return false;
	a = name_of(own, &len);
	return !bind(device, (struct sockaddr *)&a, len);
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (!getenv("FAKE_DMB") || strcmp(path, "/dev/" SMCW_DMB_DIBS))
		return real(path, flags, mode);
	if (device < 0 && !open_device())
		errno = EIO;
	return device;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

/* Steps of a power of 2 of 16 KiB. */
static bool is_size(__u32 size)
{
	return size >= 16384 && size <= SMCW_DMB_SIZE_MAX && !(size & (size - 1));
}

static int make(struct smcw_dmb_register *r)
{
	if (own->token)
		return refuse(EBUSY);
	if (!is_size(r->size) || r->reserved)
		return refuse(EINVAL);
	memset(own->bytes, 0, r->size);
	own->size = r->size;
	own->signals = own->from = 0;
	r->token = (__u64)getpid() << 32 | (__u64)(own - ends) << 8 | 1;
	own->token = r->token;
	return 0;
}

static int attach(struct smcw_dmb_attach *a)
{
	const char *size = getenv("FAKE_SIZE");

	if (size && !strcmp(size, "0"))
		return refuse(ENXIO);
	if (peer)
		return refuse(EBUSY);
	if (a->size || a->reserved)
		return refuse(EINVAL);
	for (int i = 0; i < ENDS && a->token; i++) {
		if (ends[i].token != a->token)
			continue;
		if (&ends[i] == own || ends[i].from)
			return refuse(EBUSY);
		peer = &ends[i];
		peer->from = own->token ? own->token : 1;
		a->size = size ? (__u32)strtoul(size, NULL, 10) : peer->size;
		said_end = false;
		return 0;
	}
	return refuse(ENXIO);
}

static bool fits(const struct end *e, const struct smcw_dmb_copy *c)
{
	return c->offset <= e->size && c->len <= e->size - c->offset && !c->reserved;
}

static int interrupt(void)
{
	struct smcw_dmb_signal s = { .number = ++peer->signals };
	const char *loses = getenv("FAKE_LOSES");
	struct sockaddr_un a;
	socklen_t len;

	memcpy(s.head, peer->bytes, sizeof(s.head));
	said_end |= ((struct smcw_cdc_smcd *)s.head)->state & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
	a = name_of(peer, &len);
	if (!loses || s.number != strtoull(loses, NULL, 10))
		sendto(device, &s, sizeof(s), 0, (struct sockaddr *)&a, len);
	return 0;
}

static int write_to_peer(const struct smcw_dmb_copy *c)
{
	if (!peer)
		return refuse(ENOTCONN);
	if (!peer->token)
		return refuse(EPIPE);
	if (!fits(peer, c) || c->flags & ~(unsigned int)SMCW_DMB_SIGNAL)
		return refuse(EINVAL);
	memcpy(peer->bytes + c->offset, (const void *)(unsigned long)c->address, c->len);
	return c->flags ? interrupt() : 0;
}

static int read_own(const struct smcw_dmb_copy *c)
{
	if (!own->token)
		return refuse(ENOTCONN);
	if (!fits(own, c) || c->flags)
		return refuse(EINVAL);
	memcpy((void *)(unsigned long)c->address, own->bytes + c->offset, c->len);
	return 0;
}

static int release(void)
{
	char rest[sizeof(struct smcw_dmb_signal)];

	if (peer && peer->token && !said_end) {
		((struct smcw_cdc_smcd *)peer->bytes)->state |= SMCW_CDC_ABORT;
		interrupt();
	}
	if (peer)
		peer->from = 0;
	peer = NULL;
	own->token = 0;
	while (recv(device, rest, sizeof(rest), MSG_DONTWAIT) >= 0)
		;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	va_list args;
	void *what;

	va_start(args, request);
	what = va_arg(args, void *);
	va_end(args);
	if (fd != device || fd < 0)
		return real(fd, request, what);
	switch (request) {
	case SMCW_DMB_REGISTER:
		return make(what);
	case SMCW_DMB_ATTACH:
		return attach(what);
	case SMCW_DMB_WRITE:
		return write_to_peer(what);
	case SMCW_DMB_READ:
		return read_own(what);
	case SMCW_DMB_RELEASE:
		return release();
	default:
		return refuse(ENOTTY);
	}
}
