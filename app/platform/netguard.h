/* netguard.h - addresses that people give us to send something to: which of them we do send to. A server that fetches any address lets
 * whoever names one reach into the network that it stands in (SSRF).
 *
 * The text is looked at when it is given (netguard_url), and the address that a connection is about to be made to (netguard_public), which is
 * what counts: a name may lead anywhere, and elsewhere a moment later. Knows no library of transfers. */
#pragma once

#include <stdbool.h>

struct sockaddr;

enum { NETGUARD_URL = 2000 }; /* bytes of an address, at most */

struct netguard_url {
    char host[256]; /* a name, or an address without brackets */
    int port;
    char origin[280]; /* "https://host", with the port where it isn't 443 (RFC 6454) */
};

/* Takes "https://host[:port][/…]" apart, of printable ASCII, without a user's name, a fragment or a backslash. A host that is a number is a whole
 * IPv4 address, or one of IPv6 in brackets. Returns NULL, or what is wrong, as a person may read it behind the field's name. */
const char *netguard_url(const char *url, struct netguard_url *ret);

/* Whether an address is one of the internet's at large: none of the private, local, shared, multicast, test and reserved ones (RFC 6890), also
 * when an IPv4 address is wrapped in one of IPv6 (mapped, NAT64; 6to4 and Teredo are refused altogether). */
bool netguard_public(const struct sockaddr *address);

/* Whether it is in one of these networks ("10.1.2.0/24 ::1"), separated by blanks. What can't be read matches nothing. */
bool netguard_listed(const char *networks, const struct sockaddr *address);

/* Whether each of these networks can be read; *ret_wrong (32 bytes) is the first that can't. */
bool netguard_networks_fit(const char *networks, char *ret_wrong);
