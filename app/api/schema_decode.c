/* schema_decode.c - from JSON bodies and query parameters to input structs, with words for everything that is wrong. */
#include "api/schema.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/str.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ERRORS_MAX = 100,        /* what is wrong beyond these is not told: a body of rubbish gets no longer answer */
    LIST_MAX = 500,          /* items, where the field states no maximum */
    ITEM_MAX = 255,          /* code points of one text of a list */
    DOCUMENT_MAX = 64 << 10, /* bytes of an OBJECT or JSON, where the field states no maximum */
    EMAIL_MIN = 3,
    EMAIL_MAX = 254
};

/* ---- errors ---- */

void field_error_add(struct field_errors *e, const char *field, const char *message)
{
    e->count = e->first != NULL ? e->count + 1 : 1;
    if (e->count > ERRORS_MAX) {
        return;
    }
    struct field_error *x = arena_alloc(e->arena, sizeof *x);
    *x = (struct field_error){ .field = field, .message = message };
    if (e->last != NULL) {
        e->last->next = x;
    } else {
        e->first = x;
    }
    e->last = x;
}

static bool told_before(const struct field_errors *e, const struct field_error *x)
{
    for (const struct field_error *p = e->first; p != x; p = p->next) {
        if (strcmp(p->field, x->field) == 0) {
            return true;
        }
    }
    return false;
}

void field_errors_write(const struct field_errors *e, struct buf *b)
{
    const char *between = "{";
    for (const struct field_error *x = e->first; x != NULL; x = x->next) {
        if (told_before(e, x)) {
            continue;
        }
        buf_str(b, between);
        buf_json_str(b, x->field);
        buf_str(b, ":[");
        buf_json_str(b, x->message);
        for (const struct field_error *y = x->next; y != NULL; y = y->next) {
            if (strcmp(x->field, y->field) == 0) {
                buf_char(b, ',');
                buf_json_str(b, y->message);
            }
        }
        buf_char(b, ']');
        between = ",";
    }
    buf_str(b, e->first != NULL ? "}" : "{}");
}

/* ---- text ---- */

/* Bytes of the blank at s: ASCII white space, the no-break space, the spaces of U+2000, U+2028/9, the ideographic space and the byte
 * order mark; 0 if there is none. What looks empty must not count as a title. */
static size_t blank_at(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    if (n >= 1 && (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'))) {
        return 1;
    }
    if (n >= 2 && p[0] == 0xc2 && p[1] == 0xa0) {
        return 2;
    }
    if (n < 3) {
        return 0;
    }
    if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] <= 0x8b || p[2] == 0xa8 || p[2] == 0xa9)) {
        return 3;
    }
    return (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80) || (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) ? 3 : 0;
}

static size_t blank_before(const char *s, size_t n)
{
    for (size_t size = 1; size <= 3 && size <= n; size++) {
        if (blank_at(s + n - size, size) == size) {
            return size;
        }
    }
    return 0;
}

/* Without the blanks around it: `text` itself when there are none. */
static const char *trimmed(struct arena *a, const char *text, size_t *n)
{
    size_t from = 0, size, to = *n;
    while ((size = blank_at(text + from, to - from)) > 0) {
        from += size;
    }
    while ((size = blank_before(text + from, to - from)) > 0) {
        to -= size;
    }
    if (from == 0 && to == *n) {
        return text;
    }
    *n = to - from;
    return arena_strndup(a, text + from, *n);
}

/* C0 but tab and line ends, DEL, and C1. */
static bool has_control(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n; i++) {
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f ||
            (p[i] == 0xc2 && i + 1 < n && p[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static const char *take_string(struct arena *a, const struct field *f, const char *text, void *to)
{
    size_t n = strlen(text);
    if (!(f->flags & FIELD_RAW)) {
        text = trimmed(a, text, &n);
    }
    if (has_control(text, n)) {
        return "must not contain control characters";
    }
    int64_t length = (int64_t)str_utf8_length(text, n);
    if (length < f->min) {
        return arena_printf(a, "must be at least %lld character%s", (long long)f->min, plural(f->min));
    }
    if (f->max != 0 && length > f->max) {
        return arena_printf(a, "must be at most %lld character%s", (long long)f->max, plural(f->max));
    }
    *(const char **)to = text;
    return NULL;
}

static const char *take_email(struct arena *a, const struct field *f, const char *text, void *to)
{
    (void)f;
    size_t n = strlen(text);
    text = trimmed(a, text, &n);
    const char *at = strchr(text, '@');
    bool right = n >= EMAIL_MIN && n <= EMAIL_MAX && at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
                 !has_control(text, n);
    for (size_t i = 0; right && i < n; i++) {
        right = text[i] != '<' && text[i] != '>' && blank_at(text + i, n - i) == 0;
    }
    if (!right) {
        return "must be an e-mail address";
    }
    *(const char **)to = text;
    return NULL;
}

static const char *take_enum(struct arena *a, const struct field *f, const char *text, void *to)
{
    size_t room = sizeof "must be one of: ";
    for (const char *const *v = f->values; *v != NULL; v++) {
        if (strcmp(*v, text) == 0) {
            *(const char **)to = *v;
            return NULL;
        }
        room += strlen(*v) + 2;
    }
    char *words = arena_alloc(a, room), *end = stpcpy(words, "must be one of: ");
    for (const char *const *v = f->values; *v != NULL; v++) {
        end = stpcpy(end, *v);
        end = v[1] != NULL ? stpcpy(end, ", ") : end;
    }
    return words;
}

static const char *take_uuid(struct arena *a, const struct field *f, const char *text, void *to)
{
    (void)a;
    (void)f;
    return uuid_parse(text, to) ? NULL : "must be a UUID";
}

static const char *take_time(struct arena *a, const struct field *f, const char *text, void *to)
{
    (void)a;
    (void)f;
    return clock_parse(text, to) ? NULL : "must be a time with its offset, such as 2026-11-20T23:17:05Z";
}

static const char *take_date(struct arena *a, const struct field *f, const char *text, void *to)
{
    int32_t days;
    (void)a;
    (void)f;
    if (!clock_parse_date(text, &days)) {
        return "must be a date, such as 2026-11-20";
    }
    *(int64_t *)to = days;
    return NULL;
}

/* ---- numbers ---- */

/* Without stated bounds an integer is one of 32 bits, since that is what most columns hold. */
static const char *keep_int(struct arena *a, const struct field *f, int64_t v, void *to)
{
    int64_t most = f->max != 0 ? f->max : INT32_MAX, least = f->min != 0 || f->max != 0 ? f->min : INT32_MIN;
    if (v < least) {
        return arena_printf(a, "must be at least %lld", (long long)least);
    }
    if (v > most) {
        return arena_printf(a, "must be at most %lld", (long long)most);
    }
    *(int64_t *)to = v;
    return NULL;
}

static const char *keep_number(struct arena *a, const struct field *f, double v, void *to)
{
    if (!isfinite(v)) {
        return "must be a number";
    }
    if ((f->min != 0 || f->max != 0) && v < (double)f->min) {
        return arena_printf(a, "must be at least %lld", (long long)f->min);
    }
    if (f->max != 0 && v > (double)f->max) {
        return arena_printf(a, "must be at most %lld", (long long)f->max);
    }
    *(double *)to = v;
    return NULL;
}

static const char *take_int(struct arena *a, const struct field *f, const char *text, void *to)
{
    int64_t v;
    return str_to_int(text, INT64_MIN, INT64_MAX, &v) ? keep_int(a, f, v, to) : "must be a whole number";
}

static const char *take_number(struct arena *a, const struct field *f, const char *text, void *to)
{
    double v;
    return str_to_double(text, &v) ? keep_number(a, f, v, to) : "must be a number";
}

static const char *take_bool(struct arena *a, const struct field *f, const char *text, void *to)
{
    (void)a;
    (void)f;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return "must be true or false";
    }
    *(bool *)to = text[0] == 't';
    return NULL;
}

static const char *take_json_int(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    return json_is_integer(v) ? keep_int(a, f, json_integer_value(v), to) : "must be a whole number";
}

static const char *take_json_number(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    return json_is_number(v) ? keep_number(a, f, json_number_value(v), to) : "must be a number";
}

static const char *take_json_bool(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    (void)a;
    (void)f;
    if (!json_is_boolean(v)) {
        return "must be true or false";
    }
    *(bool *)to = json_is_true(v);
    return NULL;
}

/* ---- lists ---- */

static const char *check_items(struct arena *a, const struct field *f, size_t n)
{
    int64_t most = f->max != 0 ? f->max : LIST_MAX;
    if ((int64_t)n > most) {
        return arena_printf(a, "must have at most %lld item%s", (long long)most, plural(most));
    }
    if ((int64_t)n < f->min) {
        return arena_printf(a, "must have at least %lld item%s", (long long)f->min, plural(f->min));
    }
    return NULL;
}

static bool holds(const struct uuid *v, int n, const struct uuid *u)
{
    for (int i = 0; i < n; i++) {
        if (uuid_eq(&v[i], u)) {
            return true;
        }
    }
    return false;
}

/* `texts` has a NULL for what was no text. Each id is kept once, in the order of first mention. */
static const char *keep_uuids(struct arena *a, const struct field *f, const char *const *texts, size_t n, void *to)
{
    const char *problem = check_items(a, f, n);
    if (problem != NULL) {
        return problem;
    }
    struct uuid *v = arena_alloc(a, (n + 1) * sizeof *v);
    int kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!uuid_parse(texts[i], &v[kept])) {
            return arena_printf(a, "item %zu must be a UUID", i + 1);
        }
        kept += !holds(v, kept, &v[kept]);
    }
    *(struct uuid_list *)to = (struct uuid_list){ v, kept };
    return NULL;
}

static const char *keep_strings(struct arena *a, const struct field *f, const char **texts, size_t n, void *to)
{
    const char *problem = check_items(a, f, n);
    for (size_t i = 0; problem == NULL && i < n; i++) {
        static const struct field item = { .min = 1, .max = ITEM_MAX };
        problem = texts[i] != NULL ? take_string(a, &item, texts[i], &texts[i]) : "must be text";
        if (problem != NULL) {
            problem = arena_printf(a, "item %zu %s", i + 1, problem);
        }
    }
    if (problem == NULL) {
        *(struct text_list *)to = (struct text_list){ texts, (int)n };
    }
    return problem;
}

static const char *take_uuids(struct arena *a, const struct field *f, const char *text, void *to)
{
    size_t n;
    char **texts = str_split(a, text, ',', &n);
    return keep_uuids(a, f, (const char *const *)texts, n, to);
}

static const char *take_strings(struct arena *a, const struct field *f, const char *text, void *to)
{
    size_t n;
    char **texts = str_split(a, text, ',', &n);
    return keep_strings(a, f, (const char **)texts, n, to);
}

static const char **json_texts(struct arena *a, const json_t *v, size_t *ret_n)
{
    *ret_n = json_array_size(v);
    const char **texts = arena_alloc(a, (*ret_n + 1) * sizeof *texts);
    for (size_t i = 0; i < *ret_n; i++) {
        texts[i] = json_string_value(json_array_get(v, i));
    }
    return texts;
}

static const char *take_json_uuids(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    size_t n;
    if (!json_is_array(v)) {
        return "must be a list";
    }
    const char **texts = json_texts(a, v, &n);
    return keep_uuids(a, f, texts, n, to);
}

static const char *take_json_strings(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    size_t n;
    if (!json_is_array(v)) {
        return "must be a list";
    }
    const char **texts = json_texts(a, v, &n);
    return keep_strings(a, f, texts, n, to);
}

/* ---- documents ---- */

static const char *take_json_any(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    size_t most = f->max != 0 ? (size_t)f->max : DOCUMENT_MAX;
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        return "can't be stored";
    }
    arena_adopt(a, text, free);
    if (strlen(text) > most) {
        return arena_printf(a, "must be at most %zu KiB of JSON", (most + 1023) / 1024);
    }
    *(const char **)to = text;
    return NULL;
}

static const char *take_json_object(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    return json_is_object(v) ? take_json_any(a, f, v, to) : "must be an object";
}

/* ---- fields ---- */

/* How each type is taken: from text (a parameter, or a JSON string where `from_json` is NULL) and from other JSON. Each returns what is
 * wrong, or NULL after writing to `to`. */
static const struct {
    const char *(*from_text)(struct arena *a, const struct field *f, const char *text, void *to);
    const char *(*from_json)(struct arena *a, const struct field *f, const json_t *v, void *to);
} kinds[] = {
    [SCHEMA_STRING] = { take_string, NULL },
    [SCHEMA_EMAIL] = { take_email, NULL },
    [SCHEMA_ENUM] = { take_enum, NULL },
    [SCHEMA_INT] = { take_int, take_json_int },
    [SCHEMA_NUMBER] = { take_number, take_json_number },
    [SCHEMA_BOOL] = { take_bool, take_json_bool },
    [SCHEMA_UUID] = { take_uuid, NULL },
    [SCHEMA_TIME] = { take_time, NULL },
    [SCHEMA_DATE] = { take_date, NULL },
    [SCHEMA_UUIDS] = { take_uuids, take_json_uuids },
    [SCHEMA_STRINGS] = { take_strings, take_json_strings },
    [SCHEMA_OBJECT] = { NULL, take_json_object },
    [SCHEMA_JSON] = { NULL, take_json_any },
    [SCHEMA_ONE] = { NULL, NULL },
    [SCHEMA_MANY] = { NULL, NULL },
};

const struct field *schema_field(const struct schema *s, const char *name)
{
    for (int i = 0; s != NULL && i < s->count; i++) {
        if (strcmp(s->fields[i].name, name) == 0) {
            return &s->fields[i];
        }
    }
    return NULL;
}

static uint64_t bit_of(const struct schema *s, const struct field *f)
{
    return UINT64_C(1) << (f - s->fields);
}

static const char *decode_value(struct arena *a, const struct field *f, const json_t *v, void *to)
{
    if (kinds[f->type].from_json != NULL) {
        return kinds[f->type].from_json(a, f, v, to);
    }
    if (kinds[f->type].from_text == NULL) {
        return "can't be set";
    }
    return json_is_string(v) ? kinds[f->type].from_text(a, f, json_string_value(v), to) : "must be text";
}

static const char *decode_field(struct arena *a, const struct schema *s, const struct field *f, const json_t *v, void *out)
{
    struct input *in = out;
    in->given |= bit_of(s, f);
    if (!json_is_null(v)) {
        return decode_value(a, f, v, (char *)out + f->offset);
    }
    in->null |= bit_of(s, f);
    return f->flags & FIELD_NULLABLE ? NULL : "must not be null";
}

void schema_decode(struct arena *a, const struct schema *s, const json_t *body, const struct schema *output, void *out,
                   struct field_errors *errors)
{
    for (void *at = json_object_iter((json_t *)body); at != NULL; at = json_object_iter_next((json_t *)body, at)) {
        const char *name = json_object_iter_key(at), *problem;
        const struct field *f = schema_field(s, name);
        if (f == NULL) {
            problem = schema_field(output, name) != NULL ? "can't be set" : "is not a field here";
        } else if (f->flags & FIELD_QUERY) {
            problem = "belongs in the query string, not in the body";
        } else {
            problem = decode_field(a, s, f, json_object_iter_value(at), out);
        }
        if (problem != NULL) {
            field_error_add(errors, name, problem);
        }
    }
}

bool schema_decode_param(struct arena *a, const struct schema *s, const char *name, const char *text, void *out,
                         struct field_errors *errors)
{
    const struct field *f = schema_field(s, name);
    if (f == NULL || !(f->flags & FIELD_QUERY) || kinds[f->type].from_text == NULL) {
        return false;
    }
    struct input *in = out;
    const char *problem = "is given twice";
    if (!(in->given & bit_of(s, f))) {
        in->given |= bit_of(s, f);
        problem = kinds[f->type].from_text(a, f, text, (char *)out + f->offset);
    }
    if (problem != NULL) {
        field_error_add(errors, f->name, problem);
    }
    return true;
}

void schema_require(const struct schema *s, const void *in, struct field_errors *errors)
{
    for (int i = 0; s != NULL && i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if ((f->flags & FIELD_REQUIRED) && !(((const struct input *)in)->given & bit_of(s, f))) {
            field_error_add(errors, f->name, "is required");
        }
    }
}

bool schema_given(const struct schema *s, const void *in, const char *name)
{
    const struct field *f = schema_field(s, name);
    return f != NULL && (((const struct input *)in)->given & bit_of(s, f));
}

static void load_value(const struct field *f, const void *from, struct db_value *ret)
{
    switch (f->type) {
    case SCHEMA_INT:
    case SCHEMA_TIME:
    case SCHEMA_DATE:
        ret->i = *(const int64_t *)from;
        break;
    case SCHEMA_NUMBER:
        ret->d = *(const double *)from;
        break;
    case SCHEMA_BOOL:
        ret->b = *(const bool *)from;
        break;
    case SCHEMA_UUID:
        ret->u = *(const struct uuid *)from;
        break;
    case SCHEMA_UUIDS:
        ret->us = *(const struct uuid_list *)from;
        break;
    case SCHEMA_STRINGS:
        ret->ss = *(const struct text_list *)from;
        break;
    default:
        ret->s = *(const char *const *)from;
        break;
    }
}

bool schema_value(const struct schema *s, const void *in, const char *name, struct db_value *ret)
{
    const struct input *head = in;
    const struct field *f = schema_field(s, name);
    *ret = (struct db_value){ .is_set = false };
    if (f != NULL) {
        ret->is_set = (head->given & bit_of(s, f)) && !(head->null & bit_of(s, f));
        if (ret->is_set) {
            load_value(f, (const char *)in + f->offset, ret);
        }
        return true;
    }
    if (strncmp(name, "has_", 4) != 0 || (f = schema_field(s, name + 4)) == NULL) {
        return false;
    }
    ret->is_set = true;
    ret->b = (head->given & bit_of(s, f)) != 0;
    return true;
}
