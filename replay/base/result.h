/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result of whatever is played, from one call on a socket to a whole case. It is the one
 * convention of these rooms: 0 is success, -errno is a fault of ours that is passed on as it is,
 * and above 0 is one of these.
 */
#ifndef SMCKIT_REPLAY_RESULT_H
#define SMCKIT_REPLAY_RESULT_H

enum result {
	RESULT_DONE = 0,

	/* An end of a connection did not do what was waited for; the caller says what that means
	   for its step. */
	PEER_EOF = 1,	/* the other end has shut down */
	PEER_RESET = 2, /* the other end has reset the connection, or broken the link */
	PEER_LATE = 3,	/* nothing came in time */

	/* The case ends here; the outcome has the reason already. */
	PLAY_FAILED = 16, /* the stack did something other than the script says */
	PLAY_NOT_PLAYABLE =
		17,	     /* a step takes a device or a link group that our end does not have */
	PLAY_UNCHECKED = 18, /* all steps went well, and none of them checked anything */
	PLAY_UNKNOWN = 19,   /* a message of ours takes a value that nothing has shown */
};

#endif
