/* systemd.h - a word to systemd (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names. Nothing happens without it. */
#pragma once

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1"; several are lines. */
void systemd_notify(const char *state);
/* µs within which systemd wants to hear WATCHDOG=1; 0: it doesn't. */
int64_t systemd_watchdog(void);
