/* emit.h - the commas of JSON that is written by hand: members and items after the bracket that opened them. For documents about the API;
 * replies are written by schemas. */
#pragma once

#include "core/buf.h"

/* The comma before all but the first. */
static inline void emit_item(struct buf *b)
{
    if (b->len > 0 && b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[') {
        buf_char(b, ',');
    }
}

/* The name of a member; its value comes next. */
static inline void emit_key(struct buf *b, const char *name)
{
    emit_item(b);
    buf_json_str(b, name);
    buf_char(b, ':');
}

/* A member with text; nothing for NULL. */
static inline void emit_str(struct buf *b, const char *name, const char *value)
{
    if (value != NULL) {
        emit_key(b, name);
        buf_json_str(b, value);
    }
}

static inline void emit_int(struct buf *b, const char *name, int64_t value)
{
    emit_key(b, name);
    buf_json_int(b, value);
}

/* A member whose value is JSON text. */
static inline void emit_json(struct buf *b, const char *name, const char *json)
{
    emit_key(b, name);
    buf_str(b, json);
}

/* A member {"$ref":"#/components/<section>/<name>"}. */
static inline void emit_ref(struct buf *b, const char *member, const char *section, const char *name)
{
    emit_key(b, member);
    buf_printf(b, "{\"$ref\":\"#/components/%s/%s\"}", section, name);
}
