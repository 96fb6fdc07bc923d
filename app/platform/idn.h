/* idn.h - host names as they stand in certificates and Host headers (libidn2: IDNA 2008). */
#pragma once

struct arena;

/* The name in small ASCII letters, labels of other scripts as punycode ("Bücher.example" -> "xn--bcher-kva.example"), without a dot at its
 * end; NULL for what is no name of a host in the DNS: less than two labels, an IP address, labels longer than 63 or a whole longer than 253
 * characters, or characters that may not stand in one (RFC 5891, RFC 1123 §2.1). */
const char *idn_host(struct arena *a, const char *text);
