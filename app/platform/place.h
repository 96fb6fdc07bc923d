/* place.h - where in the world an address is: libmaxminddb, and a file in its format that who runs the installation brings (cities or
 * countries). The file is mapped while it is asked and no longer, so that a worker doesn't carry it and a newer one is found. */
#pragma once

struct arena;
struct place_book;

/* The database in this file; NULL for "" and for one that can't be read, which is legal below. The caller closes it. */
struct place_book *place_open(const char *path);
void place_close(struct place_book *book);

/* "Berlin, Germany", as near as the database knows it, in this language where it has names in it (a tag such as "de-AT"), else in English;
 * "this network" for private, link-local and loopback addresses (RFC 1918, 6598, 4193, 4291), which no database knows; "" for all else. */
const char *place_name(struct arena *a, const struct place_book *book, const char *address, const char *language);
