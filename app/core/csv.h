/* csv.h - comma-separated values (RFC 4180), read and written: cells in double quotes may hold commas, line ends and doubled quotes. Lines
 * end with LF or CR LF; a byte order mark at the start and empty lines are passed over. Where the first line has semicolons or tabs between its
 * cells and no comma, these separate: so spreadsheets write tables in countries where the comma stands in numbers. */
#pragma once

#include <stdbool.h>

struct arena;
struct buf;

struct csv {
    struct arena *arena;
    const char *at; /* what is left to read; begins as the whole text */
    int line;       /* of the row that was read last, from 1 */
    bool broken;    /* a quote isn't closed, or something follows a closed one */
    /* the engine's own */
    int lines;
    char separator;
};

#define CSV_CELLS 64

/* The next row's cells, in the arena; what is beyond CSV_CELLS of them is broken. False at the end, and at what is broken. */
bool csv_next(struct csv *c, const char **ret_cells, int *ret_count);

/* Writes a cell, quoted where it has to be. */
void csv_cell(struct buf *to, const char *text);
/* The same for what people have written: what a spreadsheet would take for a formula (= + - @, a tab or CR in front) gets an apostrophe before
 * it, which spreadsheets don't show. */
void csv_text(struct buf *to, const char *text);
