/* sqlc_write.c - writes the C. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put_literal(struct text *t, const char *s)
{
    size_t column = 0;
    text_puts(t, "        \"");
    for (size_t i = 0; s[i]; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\' || (c == '?' && i && s[i - 1] == '?')) {
            text_printf(t, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            text_printf(t, "\\%03o", c);
        } else {
            text_put(t, s + i, 1);
        }
        if (++column >= 100 && c == ' ' && s[i + 1]) {
            text_puts(t, "\"\n        \"");
            column = 0;
        }
    }
    text_puts(t, "\"");
}

static void put_prose(struct text *t, const char *prose)
{
    text_puts(t, "\n/* ");
    for (const char *p = prose; *p; p++) {
        if (*p == '\n') {
            text_puts(t, "\n * ");
        } else if ((*p == '/' && (p[1] == '*' || (p > prose && p[-1] == '*')))) {
            text_puts(t, "|");
        } else {
            text_put(t, p, 1);
        }
    }
    text_puts(t, " */\n");
}

static void put_query(struct text *t, const struct entry *e, int id)
{
    char upper[8] = "";
    for (size_t i = 0; e->kind[i] && i + 1 < sizeof upper; i++) {
        upper[i] = (char)toupper((unsigned char)e->kind[i]);
    }
    if (e->order_count) {
        text_printf(t, "\nstatic const struct sql_param %s_params[] = {\n", e->name);
        for (int i = 0; i < e->order_count; i++) {
            text_printf(t, "    { \"%s\", %s },\n", e->order[i]->name, e->order[i]->type);
        }
        text_puts(t, "};\n");
    }
    text_printf(
        t, "\nconst struct sql_query sql_%s = {\n    .name = \"%s\",\n    .file = \"%s\",\n    .kind = SQL_%s,\n    .text =\n",
        e->name, e->name, e->file->shown, upper);
    put_literal(t, e->sql);
    if (e->order_count) {
        text_printf(t, ",\n    .params = %s_params,\n    .param_count = %d", e->name, e->order_count);
    }
    if (strstr(e->sql, "insert into karara.jobs ")) {
        text_puts(t, ",\n    .wakes = WAKE_JOBS");
        if (strstr(e->sql, "insert into karara.events ")) {
            text_puts(t, " | WAKE_EVENTS");
        }
    } else if (strstr(e->sql, "insert into karara.events ")) {
        text_puts(t, ",\n    .wakes = WAKE_EVENTS");
    }
    text_printf(t, ",\n    .id = %d,\n};\n", id);
}

static bool write_if_changed(const char *dir, const char *name, const struct text *t)
{
    struct text path = { 0 };
    text_printf(&path, "%s/%s", dir, name);
    FILE *old = fopen(path.s, "rb");
    if (old) {
        fclose(old);
        const char *content = text_of_file(path.s);
        if (content && strcmp(content, t->s) == 0) {
            return true;
        }
    }
    FILE *out = fopen(path.s, "wb");
    bool ok = out && fwrite(t->s, 1, t->len, out) == t->len;
    if (out && fclose(out) != 0) {
        ok = false;
    }
    if (!ok) {
        fprintf(stderr, "sqlc: %s: %s\n", path.s, strerror(errno));
    }
    return ok;
}

static bool write_source(const char *dir, const struct source *f, int *next_id, struct text *all_includes,
                         struct text *all_rows)
{
    struct text h = { 0 }, c = { 0 };
    char name[512];
    text_printf(&h, "/* Compiled by sqlc from %s. */\n#pragma once\n\n#include \"platform/sql.h\"\n", f->shown);
    text_printf(&c, "/* Compiled by sqlc from %s. */\n#include \"%s_sql.h\"\n", f->shown, f->base);
    text_printf(all_includes, "#include \"%s_sql.h\"\n", f->base);
    for (int i = 0; i < sqlc_entry_count; i++) {
        const struct entry *e = sqlc_entries[i];
        if (e->file != f || !e->kind) {
            continue;
        }
        put_prose(&h, e->prose);
        text_printf(&h, "extern const struct sql_query sql_%s;\n", e->name);
        put_query(&c, e, (*next_id)++);
        text_printf(all_rows, "    &sql_%s,\n", e->name);
    }
    snprintf(name, sizeof name, "%s_sql.h", f->base);
    if (!write_if_changed(dir, name, &h)) {
        return false;
    }
    snprintf(name, sizeof name, "%s_sql.c", f->base);
    return write_if_changed(dir, name, &c);
}

bool write_all_queries(const char *dir, const struct source *files, int n)
{
    struct text out = { 0 }, rows = { 0 };
    int ids = 0;
    text_puts(&out, "/* Compiled by sqlc: every named query. */\n#include <stddef.h>\n");
    text_puts(&out, "#include \"platform/sql.h\"\n");
    text_put(&rows, "", 0);
    for (int i = 0; i < n; i++) {
        if (!write_source(dir, &files[i], &ids, &out, &rows)) {
            return false;
        }
    }
    text_printf(&out, "\nconst struct sql_query *const sql_all[] = {\n");
    text_puts(&out, rows.s);
    text_printf(&out, "    NULL,\n};\n\nconst int sql_count = %d;\n", ids);
    return write_if_changed(dir, "sql_all.c", &out);
}
