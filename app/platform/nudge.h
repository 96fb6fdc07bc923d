/* nudge.h - a word to this host's karara-worker that there is something to do: a datagram on a Unix socket. It only shortens the wait:
 * it may be lost, and whoever waits for it looks by itself from time to time. */
#pragma once

/* Sends these bits (enum sql_wakes). Never waits, never fails. */
void nudge_send(unsigned bits);

/* The socket at which this host's nudges arrive: RUN_DIR/worker.sock, taken over from whoever had it. -1 with a line in the log when it
 * can't be had. Non-blocking. */
int nudge_listen(void);
/* Reads what has arrived; the bits of all of it. */
unsigned nudge_read(int fd);
