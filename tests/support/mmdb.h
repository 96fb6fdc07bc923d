/* mmdb.h - writes a small database of places in MaxMind's format (MaxMind DB 2.0), for tests: the real thing is large and not ours to give on. */
#pragma once

/* What is known of a network. Names come in languages as they stand in the arrays: "en", "Berlin", "de", …, NULL; NULL for none. */
struct mmdb_network {
    const char *network; /* "203.0.113.0/24" or "2001:db8::/32" */
    const char *const *city, *const *country;
    const char *code; /* a flat country_code, as small databases have it; NULL for none */
};

/* Writes it to this file; the array ends with a NULL network. Ends the process when it can't. */
void mmdb_write(const char *path, const struct mmdb_network *networks);
