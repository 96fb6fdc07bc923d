/* csv.c - see csv.h. */
#include "core/csv.h"

#include "core/arena.h"
#include "core/buf.h"
#include <string.h>

static bool at_end_of_line(const char *s)
{
    return *s == '\0' || *s == '\n' || (s[0] == '\r' && (s[1] == '\n' || s[1] == '\0'));
}

/* Past the line's end. */
static void next_line(struct csv *c)
{
    c->at += *c->at == '\r';
    c->at += *c->at == '\n';
    c->lines++;
}

static const char *quoted_cell(struct csv *c)
{
    char *cell = arena_alloc(c->arena, strlen(c->at)), *to = cell;
    for (c->at++; *c->at != '\0'; c->at++) {
        if (*c->at == '"' && *++c->at != '"') {
            *to = '\0';
            c->broken = *c->at != c->separator && !at_end_of_line(c->at);
            return cell;
        }
        c->lines += *c->at == '\n';
        *to++ = *c->at;
    }
    c->broken = true;
    return "";
}

static const char *plain_cell(struct csv *c)
{
    const char *from = c->at;
    while (*c->at != c->separator && !at_end_of_line(c->at)) {
        c->at++;
    }
    return arena_strndup(c->arena, from, (size_t)(c->at - from));
}

/* What stands between the cells of the first line, outside of quotes. */
static char separator_of(const char *s)
{
    char found = ',';
    bool quoted = false;
    for (; *s != '\0' && (quoted || !at_end_of_line(s)); s++) {
        quoted ^= *s == '"';
        if (!quoted && *s == ',') {
            return ',';
        }
        found = !quoted && found == ',' && (*s == ';' || *s == '\t') ? *s : found;
    }
    return found;
}

bool csv_next(struct csv *c, const char **ret_cells, int *ret_count)
{
    c->at += c->lines == 0 && strncmp(c->at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (*c->at != '\0' && at_end_of_line(c->at)) {
        next_line(c);
    }
    c->line = c->lines + 1;
    *ret_count = 0;
    if (*c->at == '\0' || c->broken) {
        return false;
    }
    c->separator = c->separator != '\0' ? c->separator : separator_of(c->at);
    for (;;) {
        const char *cell = *c->at == '"' ? quoted_cell(c) : plain_cell(c);
        c->broken |= *ret_count == CSV_CELLS;
        if (c->broken) {
            return false;
        }
        ret_cells[(*ret_count)++] = cell;
        if (at_end_of_line(c->at)) {
            break;
        }
        c->at++; /* the separator */
    }
    next_line(c);
    return true;
}

static void put(struct buf *to, const char *before, const char *text)
{
    bool quoted = *before != '\0' || strpbrk(text, ",\"\r\n") != NULL || text[0] == ' ' ||
                  (text[0] != '\0' && text[strlen(text) - 1] == ' ');
    buf_str(to, quoted ? "\"" : "");
    buf_str(to, before);
    for (; *text != '\0'; text++) {
        buf_str(to, *text == '"' ? "\"" : "");
        buf_char(to, *text);
    }
    buf_str(to, quoted ? "\"" : "");
}

void csv_cell(struct buf *to, const char *text)
{
    put(to, "", text);
}

void csv_text(struct buf *to, const char *text)
{
    put(to, text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL ? "'" : "", text);
}
