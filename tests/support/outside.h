/* outside.h - servers outside that an installation speaks to: a push service with a browser behind it, and an SMS gateway, over TLS on
 * loopback (outside.mjs). How one answers is said by the first part of the path: taken, gone, missing, busy, closed, bad, broken, unknown, away,
 * drop, tarpit, drip, flood, ok, no. */
#pragma once

#include <jansson.h>

/* Starts them and waits until they listen; HTTPS_CA_FILE trusts them and PUSH_ALLOW lets us there, here and in the environment. They end with
 * this program. */
void outside_begin(void);
/* The end of a group of tests that spoke to them, here and by the first worker; for cmocka. */
int outside_end(void **state);

/* An address there: outside_url("taken/a"). Valid as long as replies. */
const char *outside_url(const char *path);
/* The browser's keys, in base64url. */
const char *outside_p256dh(void);
const char *outside_auth(void);

/* How many requests came to paths that begin like this ("/taken/a"). */
int outside_count(const char *path);
/* The newest of them: method, path, headers, bytes, text (decrypted), vapid {valid, aud, exp, sub, key}. NULL when there is none. */
json_t *outside_seen(const char *path);
/* Waits, a minute at most, until there are so many. */
void outside_expect(int count, const char *path);
