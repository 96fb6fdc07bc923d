/* brand_settings.c - what a brand's settings and compliance rules may hold, down to their last key. */
#include "domains/brands/brands_rules.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "platform/zone.h"
#include <ctype.h>
#include <string.h>

enum { HOLIDAYS_MAX = 400, CUSTOM_FIELDS_MAX = 50, OPTIONS_MAX = 100, NAME_LENGTH = 100 };

/* Where one is: "settings", and "working_hours.monday" within. */
struct place {
    struct request *rq;
    const char *field, *path;
};

static void wrong(const struct place *p, const char *words)
{
    rq_fail_field(p->rq, p->field, arena_printf(p->rq->arena, "%s %s", p->path, words));
}

static struct place within(const struct place *p, const char *key)
{
    const char *path = p->path[0] != '\0' ? arena_printf(p->rq->arena, "%s.%.100s", p->path, key) : key;
    return (struct place){ p->rq, p->field, path };
}

/* What a key of an object may hold; `needed` keys must be there. */
struct rule {
    const char *key;
    void (*check)(const struct place *, const json_t *);
    bool needed;
};

static const struct rule *rule_of(const struct rule *rules, const char *key)
{
    for (; rules->key != NULL; rules++) {
        if (strcmp(rules->key, key) == 0) {
            return rules;
        }
    }
    return NULL;
}

static void check_object(const struct place *p, const json_t *v, const struct rule *rules)
{
    const char *key;
    json_t *value;
    if (!json_is_object(v)) {
        wrong(p, "must be an object");
        return;
    }
    json_object_foreach((json_t *)v, key, value)
    {
        const struct rule *rule = rule_of(rules, key);
        struct place inner = within(p, key);
        if (rule == NULL) {
            wrong(&inner, "is not known here");
        } else if (!json_is_null(value)) {
            rule->check(&inner, value);
        }
    }
    for (; rules->key != NULL; rules++) {
        if (rules->needed && (json_object_get(v, rules->key) == NULL || json_is_null(json_object_get(v, rules->key)))) {
            struct place inner = within(p, rules->key);
            wrong(&inner, "is required");
        }
    }
}

static void check_list(const struct place *p, const json_t *v, size_t most, void (*item)(const struct place *, const json_t *))
{
    if (!json_is_array(v) || json_array_size(v) > most) {
        wrong(p, arena_printf(p->rq->arena, "must be a list of at most %zu", most));
        return;
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        struct place inner = within(p, arena_printf(p->rq->arena, "%zu", i));
        item(&inner, json_array_get(v, i));
    }
}

/* ---- single values ---- */

static void check_bool(const struct place *p, const json_t *v)
{
    if (!json_is_boolean(v)) {
        wrong(p, "must be true or false");
    }
}

static void check_name(const struct place *p, const json_t *v)
{
    const char *s = json_string_value(v);
    size_t n = s != NULL ? str_utf8_length(s, strlen(s)) : 0;
    if (n < 1 || n > NAME_LENGTH) {
        wrong(p, "must be text of 1 to 100 characters");
    }
}

/* Letters, digits and what stands between them in names of zones, languages and regions. */
static void check_word(const struct place *p, const json_t *v)
{
    const char *s = json_string_value(v);
    size_t n = 0;
    while (s != NULL && s[n] != '\0' && (isalnum((unsigned char)s[n]) || strchr("_+-/", s[n]) != NULL)) {
        n++;
    }
    if (n == 0 || s[n] != '\0' || n > 64) {
        wrong(p, "must be a short word");
    }
}

/* A zone that there is: local times are computed by it where nobody could be told that there is none. */
static void check_zone(const struct place *p, const json_t *v)
{
    const char *name = json_string_value(v);
    struct zone *zone = name != NULL ? zone_open(name) : NULL;
    if (zone == NULL) {
        wrong(p, "is no time zone, such as Europe/Berlin");
    }
    zone_close(zone);
}

static void check_currency(const struct place *p, const json_t *v)
{
    const char *s = json_string_value(v);
    if (s == NULL || strlen(s) != 3 || strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3) {
        wrong(p, "must be three capital letters, as in ISO 4217");
    }
}

static void check_days(const struct place *p, const json_t *v)
{
    if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > 36500) {
        wrong(p, "must be 1 to 36500 days");
    }
}

static void check_colour(const struct place *p, const json_t *v)
{
    const char *s = json_string_value(v);
    if (s == NULL || strlen(s) != 7 || s[0] != '#' || strspn(s + 1, "0123456789abcdefABCDEF") != 6) {
        wrong(p, "must be a colour like #2b6a4d");
    }
}

static void check_date(const struct place *p, const json_t *v)
{
    int32_t days;
    if (json_string_value(v) == NULL || !clock_parse_date(json_string_value(v), &days)) {
        wrong(p, "must be a date like 2026-11-20");
    }
}

/* "09:00"; 24:00 ends a day. -1 for anything else. */
static int minutes_of(const json_t *v)
{
    const char *s = json_string_value(v);
    if (s == NULL || strlen(s) != 5 || s[2] != ':' || strspn(s, "0123456789:") != 5 || s[3] > '5') {
        return -1;
    }
    int minutes = ((s[0] - '0') * 10 + s[1] - '0') * 60 + (s[3] - '0') * 10 + s[4] - '0';
    return minutes <= 24 * 60 ? minutes : -1;
}

static void check_time(const struct place *p, const json_t *v)
{
    if (minutes_of(v) < 0) {
        wrong(p, "must be a time like 09:00");
    }
}

/* ---- working hours, holidays, custom fields ---- */

static void check_hours(const struct place *p, const json_t *v)
{
    static const struct rule rules[] = { { "from", check_time, true }, { "to", check_time, true }, { NULL, NULL, false } };
    check_object(p, v, rules);
    int from = minutes_of(json_object_get(v, "from")), to = minutes_of(json_object_get(v, "to"));
    if (from >= 0 && to >= 0 && to <= from) {
        wrong(p, "must end after its start");
    }
}

static void check_week(const struct place *p, const json_t *v)
{
    static const struct rule rules[] = {
        { "monday", check_hours, false },    { "tuesday", check_hours, false },
        { "wednesday", check_hours, false }, { "thursday", check_hours, false },
        { "friday", check_hours, false },    { "saturday", check_hours, false },
        { "sunday", check_hours, false },    { NULL, NULL, false },
    };
    check_object(p, v, rules);
}

static void check_holiday(const struct place *p, const json_t *v)
{
    static const struct rule rules[] = { { "date", check_date, true }, { "name", check_name, false }, { NULL, NULL, false } };
    check_object(p, v, rules);
}

static void check_holidays(const struct place *p, const json_t *v)
{
    check_list(p, v, HOLIDAYS_MAX, check_holiday);
}

static void check_options(const struct place *p, const json_t *v)
{
    check_list(p, v, OPTIONS_MAX, check_name);
}

static void check_kind(const struct place *p, const json_t *v)
{
    static const char *const kinds[] = { "text", "number", "date", "choice", "boolean" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_eq(json_string_value(v), kinds[i])) {
            return;
        }
    }
    wrong(p, "must be one of: text, number, date, choice, boolean");
}

static void check_custom_field(const struct place *p, const json_t *v)
{
    static const struct rule rules[] = {
        { "key", check_word, true },         { "label", check_name, true },     { "type", check_kind, true },
        { "options", check_options, false }, { "required", check_bool, false }, { NULL, NULL, false },
    };
    check_object(p, v, rules);
}

static void check_custom_fields(const struct place *p, const json_t *v)
{
    check_list(p, v, CUSTOM_FIELDS_MAX, check_custom_field);
}

static void check_colours(const struct place *p, const json_t *v)
{
    static const struct rule rules[] = { { "accent", check_colour, false }, { NULL, NULL, false } };
    check_object(p, v, rules);
}

/* ---- the whole ---- */

static enum err check(struct request *rq, const char *field, const char *text, const struct rule *rules)
{
    const char *problem = NULL;
    const struct place top = { rq, field, "" };
    check_object(&top, schema_parse(rq->arena, text, strlen(text), 32, &problem), rules);
    return rq->err;
}

enum err brand_settings_check(struct request *rq, const char *settings)
{
    static const struct rule rules[] = {
        { "timezone", check_zone, false },
        { "date_format", check_name, false },
        { "currency", check_currency, false },
        { "language", check_word, false },
        { "working_hours", check_week, false },
        { "holidays", check_holidays, false },
        { "custom_fields", check_custom_fields, false },
        { "colours", check_colours, false },
        { "require_if_match", check_bool, false },
        { "require_2fa", check_bool, false },
        { NULL, NULL, false },
    };
    return check(rq, "settings", settings, rules);
}

enum err brand_compliance_check(struct request *rq, const char *compliance)
{
    static const struct rule rules[] = {
        { "data_retention_days", check_days, false },
        { "gdpr_compliant", check_bool, false },
        { "audit_logging", check_bool, false },
        { "data_encryption", check_bool, false },
        { "region", check_word, false },
        { NULL, NULL, false },
    };
    return check(rq, "compliance", compliance, rules);
}
