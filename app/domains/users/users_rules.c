/* users_rules.c - what an account may hold. */
#include "domains/users/users_rules.h"

#include "core/arena.h"
#include "core/str.h"
#include <ctype.h>
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

enum err user_preferences_check(struct request *rq, const char *preferences)
{
    static const char *const themes[] = { "light", "dark", "auto", NULL };
    static const struct key_rule rules[] = {
        { "timezone", KEY_WORD, NULL },        { "language", KEY_WORD, NULL },           { "theme", KEY_CHOICE, themes },
        { "notifications", KEY_OBJECT, NULL }, { "dashboard_layout", KEY_OBJECT, NULL }, { NULL, KEY_TEXT, NULL },
    };
    return user_keys_check(rq, "preferences", preferences, rules);
}
