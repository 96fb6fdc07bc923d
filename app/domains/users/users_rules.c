/* users_rules.c - what an account may hold. */
#include "domains/users/users_rules.h"

#include "core/arena.h"
#include "core/str.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_word(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)s[i]) && strchr("_+-/", s[i]) == NULL) {
            return false;
        }
    }
    return n > 0 && n <= 64;
}

static bool is_choice(const char *s, const char *const *values)
{
    for (; *values != NULL; values++) {
        if (strcmp(s, *values) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL when the value fits, else what it must be. */
static const char *key_problem(const struct key_rule *rule, const json_t *value)
{
    const char *text = json_string_value(value);
    switch (rule->kind) {
    case KEY_TEXT:
        return text != NULL && strlen(text) <= 1000 ? NULL : "must be text of at most 1000 bytes";
    case KEY_WORD:
        return text != NULL && is_word(text) ? NULL : "must be a short word";
    case KEY_CHOICE:
        return text != NULL && is_choice(text, rule->values) ? NULL : "is none of its values";
    case KEY_BOOL:
        return json_is_boolean(value) ? NULL : "must be true or false";
    case KEY_COUNT:
        return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 1000000000
                   ? NULL
                   : "must be a whole number from 0 to 1000000000";
    case KEY_OBJECT:
        return json_is_object(value) ? NULL : "must be an object";
    case KEY_ARRAY:
        return json_is_array(value) ? NULL : "must be a list";
    }
    return NULL;
}

enum err user_keys_check(struct request *rq, const char *field, const char *object, const struct key_rule *rules)
{
    const char *problem = NULL;
    const json_t *json = object != NULL ? schema_parse(rq->arena, object, strlen(object), 32, &problem) : NULL;
    for (; json != NULL && rules->key != NULL; rules++) {
        const json_t *value = json_object_get(json, rules->key);
        problem = value != NULL && !json_is_null(value) ? key_problem(rules, value) : NULL;
        if (problem != NULL) {
            rq_fail_field(rq, field, arena_printf(rq->arena, "%s %s", rules->key, problem));
        }
    }
    return rq->err;
}

/* ---- preferences ---- */

enum { NOTICES_MAX = 64, WAYS_MAX = 16, WORD_MAX = 32, LAYOUT_SIZE = 16384, LAYOUT_DEPTH = 8 };

/* A zone that this system's tzdata has, by the name that the file has there. */
static bool is_zone(struct arena *a, const char *name)
{
    char magic[4] = "";
    if (!isupper((unsigned char)name[0]) || !is_word(name) || strstr(name, "//") != NULL) {
        return false;
    }
    FILE *f = fopen(arena_printf(a, "/usr/share/zoneinfo/%s", name), "re");
    size_t n = f != NULL ? fread(magic, 1, sizeof magic, f) : 0;
    if (f != NULL) {
        fclose(f);
    }
    return n == sizeof magic && memcmp(magic, "TZif", n) == 0;
}

/* Yes, no, or a word such as "daily" or "22:00". */
static bool is_choice_made(const json_t *value)
{
    return json_is_boolean(value) || json_is_null(value) || (json_is_string(value) && json_string_length(value) <= WORD_MAX);
}

/* {"task_assigned": true, "comment": {"email": true, "push": false}, "quiet_hours": {"from": "22:00", "to": "07:00"}} */
static const char *notifications_problem(const json_t *notifications)
{
    const char *type, *way;
    json_t *value, *choice;
    if (json_object_size(notifications) > NOTICES_MAX) {
        return "holds too many kinds";
    }
    json_object_foreach((json_t *)notifications, type, value)
    {
        if (!is_word(type) || json_object_size(value) > WAYS_MAX || !(json_is_object(value) || is_choice_made(value))) {
            return "must say of each kind true, false, a word, or an object of these by way";
        }
        json_object_foreach(value, way, choice)
        {
            if (!is_word(way) || !is_choice_made(choice)) {
                return "must say of each way true, false or a word";
            }
        }
    }
    return NULL;
}

static bool nests_deeper(const json_t *value, int depth)
{
    size_t i;
    const char *key;
    json_t *inner;
    if (!json_is_object(value) && !json_is_array(value)) {
        return false;
    }
    if (depth == 0) {
        return true;
    }
    json_array_foreach(value, i, inner)
    {
        if (nests_deeper(inner, depth - 1)) {
            return true;
        }
    }
    json_object_foreach((json_t *)value, key, inner)
    {
        if (nests_deeper(inner, depth - 1)) {
            return true;
        }
    }
    return false;
}

static const char *layout_problem(const json_t *layout)
{
    if (json_dumpb(layout, NULL, 0, JSON_COMPACT) > LAYOUT_SIZE) {
        return "may have 16 KiB";
    }
    return nests_deeper(layout, LAYOUT_DEPTH) ? "nests too deep" : NULL;
}

static void check_key(struct request *rq, const char *key, const char *problem)
{
    if (problem != NULL) {
        rq_fail_field(rq, "preferences", arena_printf(rq->arena, "%s %s", key, problem));
    }
}

enum err user_preferences_check(struct request *rq, const char *preferences)
{
    static const char *const themes[] = { "light", "dark", "auto", NULL };
    static const struct key_rule rules[] = {
        { "timezone", KEY_WORD, NULL },        { "language", KEY_WORD, NULL },           { "theme", KEY_CHOICE, themes },
        { "notifications", KEY_OBJECT, NULL }, { "dashboard_layout", KEY_OBJECT, NULL }, { NULL, KEY_TEXT, NULL },
    };
    const char *problem = NULL;
    if (user_keys_check(rq, "preferences", preferences, rules) != ERR_NONE || preferences == NULL) {
        return rq->err;
    }
    const json_t *json = schema_parse(rq->arena, preferences, strlen(preferences), 32, &problem);
    const char *zone = json_string_value(json_object_get(json, "timezone"));
    check_key(rq, "timezone", zone == NULL || is_zone(rq->arena, zone) ? NULL : "is no time zone, such as Europe/Berlin");
    check_key(rq, "notifications", notifications_problem(json_object_get(json, "notifications")));
    const json_t *layout = json_object_get(json, "dashboard_layout");
    check_key(rq, "dashboard_layout", layout != NULL ? layout_problem(layout) : NULL);
    return rq->err;
}
