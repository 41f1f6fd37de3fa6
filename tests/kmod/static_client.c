// SPDX-License-Identifier: GPL-2.0-or-later
/* A client that is statically linked: connects to a port of 127.0.0.1, asks for a page, takes the
 * answer. */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char buffer[4096];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n;

	if (argc != 2)
		errx(2, "usage: kmod_static_client PORT");
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)))
		err(1, "connect");
	if (write(fd, ask, sizeof(ask) - 1) != sizeof(ask) - 1)
		err(1, "write");
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(STDOUT_FILENO, buffer, (size_t)n) != n)
			err(1, "stdout");
	if (n < 0)
		err(1, "read");
	return 0;
}
