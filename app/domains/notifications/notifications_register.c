/* notifications_register.c - the register of types, ways, reasons; and what a person wants of them. */
#include "domains/notifications/notifications.h"

#include "api/schema.h"
#include "core/arena.h"
#include "core/str.h"
#include <string.h>

enum { IN_APP = 1 << WAY_IN_APP, EMAIL = 1 << WAY_EMAIL, PUSH = 1 << WAY_PUSH, SMS = 1 << WAY_SMS };

static const struct notification_about register_of_types[NOTIFICATION_COUNT] = {
#define NOTIFICATION(name, type, subject, ways, urgent, days, label) { type, subject, ways, urgent, days, label },
#include "domains/notifications/notification.def"
#undef NOTIFICATION
};

const char *const notification_types[] = {
#define NOTIFICATION(name, type, subject, ways, urgent, days, label) type,
#include "domains/notifications/notification.def"
#undef NOTIFICATION
    NULL,
};

const char *const notification_way_names[] = { "in_app", "email", "push", "sms", NULL };
const char *const notification_reason_names[] = {
    "you", "assigned", "creator", "watching", "manager", "admin", "member", NULL
};
const char *const notification_digest_names[] = { "off", "hourly", "daily", "weekly", NULL };

/* Place of a word in a list; its length when it isn't there. */
static int place_of(const char *const *names, const char *word)
{
    int i = 0;
    while (names[i] != NULL && (word == NULL || strcmp(names[i], word) != 0)) {
        i++;
    }
    return i;
}

const struct notification_about *notification_about(enum notification_type type)
{
    return &register_of_types[type];
}

enum notification_type notification_parse(const char *type)
{
    return (enum notification_type)place_of(notification_types, type);
}

const char *notification_way_name(enum notification_way_id way)
{
    return notification_way_names[way];
}

enum notification_way_id notification_way_parse(const char *name)
{
    return (enum notification_way_id)place_of(notification_way_names, name);
}

const char *notification_reason_name(enum notification_reason reason)
{
    return notification_reason_names[reason];
}

enum notification_reason notification_reason_parse(const char *name)
{
    return (enum notification_reason)place_of(notification_reason_names, name);
}

/* ---- what a person wants ---- */

void notification_preferences_default(struct notification_preferences *ret)
{
    *ret = (struct notification_preferences){
        .digest_minute = 8 * 60, .digest_weekday = 1, .quiet_from = 22 * 60, .quiet_to = 7 * 60
    };
    for (int t = 0; t < NOTIFICATION_COUNT; t++) {
        ret->ways[t] = register_of_types[t].ways;
    }
}

void notification_preferences_read(struct arena *a, const char *json, struct notification_preferences *p)
{
    const char *problem = NULL, *type, *way;
    json_t *types = json != NULL ? schema_parse(a, json, strlen(json), 4, &problem) : NULL, *ways, *on;
    json_object_foreach(types, type, ways)
    {
        enum notification_type t = notification_parse(type);
        json_object_foreach(ways, way, on)
        {
            enum notification_way_id w = notification_way_parse(way);
            if (t < NOTIFICATION_COUNT && w < WAY_COUNT && json_is_boolean(on)) {
                p->ways[t] = json_is_true(on) ? p->ways[t] | 1U << w : p->ways[t] & ~(1U << w);
            }
        }
    }
}

int notification_minute(const char *text)
{
    static const char shape[] = "00:00";
    if (text == NULL || strlen(text) != strlen(shape) || text[2] != ':') {
        return -1;
    }
    int digits[4] = { text[0] - '0', text[1] - '0', text[3] - '0', text[4] - '0' };
    for (int i = 0; i < 4; i++) {
        if (digits[i] < 0 || digits[i] > 9) {
            return -1;
        }
    }
    int hour = digits[0] * 10 + digits[1], minute = digits[2] * 10 + digits[3];
    return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}
