/* csv.h - reading comma-separated values (RFC 4180): cells in double quotes may hold commas, line ends and doubled quotes. Lines end with LF or
 * CR LF; a byte order mark at the start and empty lines are passed over. */
#pragma once

#include <stdbool.h>

struct arena;

struct csv {
    struct arena *arena;
    const char *at; /* what is left to read; begins as the whole text */
    int line;       /* of the row that was read last, from 1 */
    bool broken;    /* a quote isn't closed, or something follows a closed one */
    /* the engine's own */
    int lines;
};

#define CSV_CELLS 64

/* The next row's cells, in the arena; what is beyond CSV_CELLS of them is broken. False at the end, and at what is broken. */
bool csv_next(struct csv *c, const char **ret_cells, int *ret_count);
