/* notifications_words.c - what notifications say, in each language. */
#include "domains/notifications/notifications.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/template.h"
#include "core/uuid.h"
#include <stdlib.h>
#include <string.h>

enum { EN, DE, LANGUAGES };
enum { TITLE_MAX = 255, MESSAGE_MAX = 2000 }; /* characters */

struct texts {
    const char *title, *message;
};

static const char of_task[] = "{{title}}";
static const char with_due[LANGUAGES][64] = {
    [EN] = "{{title}}{{#due}} · due {{due}}{{/due}}", [DE] = "{{title}}{{#due}} · fällig {{due}}{{/due}}"
};

static const struct texts words[NOTIFICATION_COUNT][LANGUAGES] = {
    [NOTIFICATION_TASK_ASSIGNED] = { [EN] = { "{{#actor}}{{actor}} assigned {{reference}} to "
                                              "you{{/actor}}{{^actor}}{{reference}} is now assigned to you{{/actor}}",
                                              with_due[EN] },
                                     [DE] = { "{{#actor}}{{actor}} hat Ihnen {{reference}} "
                                              "zugewiesen{{/actor}}{{^actor}}{{reference}} ist jetzt Ihnen "
                                              "zugewiesen{{/actor}}",
                                              with_due[DE] } },
    [NOTIFICATION_TASK_UNASSIGNED] = { [EN] = { "{{#actor}}{{actor}} took you off "
                                                "{{reference}}{{/actor}}{{^actor}}{{reference}} is no longer assigned to "
                                                "you{{/actor}}",
                                                of_task },
                                       [DE] = { "{{reference}} ist Ihnen nicht mehr zugewiesen", of_task } },
    [NOTIFICATION_TASK_STATUS] = { [EN] = { "{{#actor}}{{actor}} set {{reference}} to "
                                            "{{status}}{{/actor}}{{^actor}}{{reference}} is now {{status}}{{/actor}}",
                                            of_task },
                                   [DE] = { "{{#actor}}{{actor}} hat {{reference}} auf {{status}} "
                                            "gesetzt{{/actor}}{{^actor}}{{reference}} ist jetzt {{status}}{{/actor}}",
                                            of_task } },
    [NOTIFICATION_TASK_COMPLETED] = { [EN] = { "{{#actor}}{{actor}} completed {{reference}}{{/actor}}{{^actor}}{{reference}} "
                                               "is completed{{/actor}}",
                                               of_task },
                                      [DE] = { "{{#actor}}{{actor}} hat {{reference}} "
                                               "erledigt{{/actor}}{{^actor}}{{reference}} ist erledigt{{/actor}}",
                                               of_task } },
    [NOTIFICATION_TASK_UPDATED] = { [EN] = { "{{#actor}}{{actor}} changed {{reference}}{{/actor}}{{^actor}}{{reference}} was "
                                             "changed{{/actor}}",
                                             with_due[EN] },
                                    [DE] = { "{{#actor}}{{actor}} hat {{reference}} geändert{{/actor}}{{^actor}}{{reference}} "
                                             "wurde geändert{{/actor}}",
                                             with_due[DE] } },
    [NOTIFICATION_TASK_DUE_SOON] = { [EN] = { "{{reference}} is due {{due}}", of_task },
                                     [DE] = { "{{reference}} ist fällig: {{due}}", of_task } },
    [NOTIFICATION_TASK_OVERDUE] = { [EN] = { "{{reference}} is overdue", "{{title}} · was due {{due}}" },
                                    [DE] = { "{{reference}} ist überfällig", "{{title}} · war fällig {{due}}" } },
    [NOTIFICATION_TASK_TEMPLATE_SPAWNED] = { [EN] = { "{{reference}} has come round for you", with_due[EN] },
                                             [DE] = { "{{reference}} ist wieder an der Reihe", with_due[DE] } },
    [NOTIFICATION_INVITATION_RECEIVED] = { [EN] = { "{{#actor}}{{actor}} invites you to {{brand}}{{/actor}}{{^actor}}You are "
                                                    "invited to {{brand}}{{/actor}}",
                                                    "The link to accept is in the mail that was sent to you." },
                                           [DE] = { "{{#actor}}{{actor}} lädt Sie zu {{brand}} ein{{/actor}}{{^actor}}Sie sind "
                                                    "zu {{brand}} eingeladen{{/actor}}",
                                                    "Der Link zum Annehmen steht in der Mail, die an Sie ging." } },
    [NOTIFICATION_MEMBER_ADDED] = { [EN] = { "{{#actor}}{{actor}} added you to {{brand}}{{/actor}}{{^actor}}You are now in "
                                             "{{brand}}{{/actor}}",
                                             "Your role: {{role}}" },
                                    [DE] = { "{{#actor}}{{actor}} hat Sie bei {{brand}} aufgenommen{{/actor}}{{^actor}}Sie "
                                             "gehören jetzt zu {{brand}}{{/actor}}",
                                             "Ihre Rolle: {{role}}" } },
    [NOTIFICATION_MEMBER_ROLE_CHANGED] = { [EN] = { "You are now {{role}} in {{brand}}",
                                                    "{{#actor}}{{actor}} changed your role.{{/actor}}" },
                                           [DE] = { "Ihre Rolle bei {{brand}} ist jetzt: {{role}}",
                                                    "{{#actor}}{{actor}} hat Ihre Rolle geändert.{{/actor}}" } },
    [NOTIFICATION_DELEGATION_RECEIVED] = { [EN] = { "{{#actor}}{{actor}} lends you permissions{{/actor}}{{^actor}}Permissions "
                                                    "are lent to you{{/actor}}",
                                                    "In {{brand}}{{#due}}, until {{due}}{{/due}}" },
                                           [DE] = { "{{#actor}}{{actor}} überträgt Ihnen "
                                                    "Berechtigungen{{/actor}}{{^actor}}Ihnen sind Berechtigungen "
                                                    "übertragen{{/actor}}",
                                                    "Bei {{brand}}{{#due}}, bis {{due}}{{/due}}" } },
    [NOTIFICATION_DELEGATION_ENDED] = { [EN] = { "{{#actor}}{{actor}} took lent permissions back{{/actor}}{{^actor}}Lent "
                                                 "permissions have ended{{/actor}}",
                                                 "In {{brand}}" },
                                        [DE] = { "{{#actor}}{{actor}} hat übertragene Berechtigungen "
                                                 "zurückgenommen{{/actor}}{{^actor}}Übertragene Berechtigungen sind "
                                                 "beendet{{/actor}}",
                                                 "Bei {{brand}}" } },
    [NOTIFICATION_SCHEDULE_FAILED] = { [EN] = { "A recurring task had to be paused", of_task },
                                       [DE] = { "Eine wiederkehrende Aufgabe musste angehalten werden", of_task } },
};

static const struct {
    const char *word, *in[LANGUAGES];
} terms[] = {
    { "todo", { "To do", "Zu erledigen" } },
    { "in_progress", { "In progress", "In Arbeit" } },
    { "on_hold", { "On hold", "Angehalten" } },
    { "completed", { "Completed", "Erledigt" } },
    { "cancelled", { "Cancelled", "Abgebrochen" } },
    { "owner", { "owner", "Inhaber" } },
    { "admin", { "admin", "Administrator" } },
    { "manager", { "manager", "Manager" } },
    { "member", { "member", "Mitglied" } },
    { "client", { "client", "Kunde" } },
    { "guest", { "guest", "Gast" } },
};

static const char *const because[REASON_COUNT][LANGUAGES] = {
    [REASON_YOU] = { "You get this because it is about you.", "Sie erhalten das, weil es Sie betrifft." },
    [REASON_ASSIGNED] = { "You get this because the task is assigned to you.",
                          "Sie erhalten das, weil die Aufgabe Ihnen zugewiesen ist." },
    [REASON_CREATOR] = { "You get this because you made the task.", "Sie erhalten das, weil Sie die Aufgabe angelegt haben." },
    [REASON_WATCHING] = { "You get this because you watch it.", "Sie erhalten das, weil Sie es beobachten." },
    [REASON_MANAGER] = { "You get this because you manage the team.", "Sie erhalten das, weil Sie das Team leiten." },
    [REASON_ADMIN] = { "You get this because you look after the installation.",
                       "Sie erhalten das, weil Sie die Installation betreuen." },
    [REASON_MEMBER] = { "You get this because you belong to the brand.", "Sie erhalten das, weil Sie dazugehören." },
};

static int language_of(const char *tag)
{
    return tag != NULL && (str_starts(tag, "de") || str_starts(tag, "DE")) && (tag[2] == '\0' || tag[2] == '-' || tag[2] == '_')
               ? DE
               : EN;
}

static const char *term(const char *word, int language)
{
    for (size_t i = 0; i < sizeof terms / sizeof *terms && word != NULL; i++) {
        if (str_eq(terms[i].word, word)) {
            return terms[i].in[language];
        }
    }
    return word;
}

/* The first `most` characters, with an ellipsis for what is left out. */
static const char *cut(struct arena *a, const char *text, int most)
{
    int n = 0;
    const char *last = text;
    for (const char *s = text; *s != '\0'; s++) {
        if (((unsigned char)*s & 0xC0) == 0x80) {
            continue;
        }
        if (++n == most) {
            last = s;
        }
        if (n > most) {
            return arena_printf(a, "%.*s…", (int)(last - text), text);
        }
    }
    return text;
}

static const char *fill(struct arena *a, const char *text, const struct template_value *values, int most)
{
    char err[200];
    struct buf b = { 0 };
    const struct template_job job = { .source = { text, strlen(text) }, .escape = TEMPLATE_PLAIN, .values = values };
    if (!template_render(&b, &job, err, sizeof err)) {
        abort(); /* ours are rendered by a test, each */
    }
    const char *filled = cut(a, arena_strndup(a, b.data != NULL ? b.data : "", b.len), most);
    buf_free(&b);
    return filled;
}

void notification_words(struct arena *a, enum notification_type type, const char *language,
                        const struct notification_facts *facts, struct notification_words *ret)
{
    int l = language_of(language);
    const struct texts *t = &words[type][l];
    const struct template_value values[] = {
        TEMPLATE_VALUE("actor", facts->actor),
        TEMPLATE_VALUE("reference", facts->reference),
        TEMPLATE_VALUE("title", facts->title),
        TEMPLATE_VALUE("brand", facts->brand),
        TEMPLATE_VALUE("status", term(facts->status, l)),
        TEMPLATE_VALUE("role", term(facts->role, l)),
        TEMPLATE_VALUE("due", facts->due),
        TEMPLATE_END,
    };
    *ret = (struct notification_words){ fill(a, t->title, values, TITLE_MAX), fill(a, t->message, values, MESSAGE_MAX) };
}

const char *notification_because(enum notification_type type, enum notification_reason reason, const char *language)
{
    static const char *const template_made[LANGUAGES] = {
        "You get this because you made the recurring task.",
        "Sie erhalten das, weil Sie die wiederkehrende Aufgabe angelegt haben."
    };
    int l = language_of(language);
    return type == NOTIFICATION_SCHEDULE_FAILED && reason == REASON_CREATOR ? template_made[l] : because[reason][l];
}

const char *notification_digest_title(struct arena *a, const char *language, const char *first, int count)
{
    return count == 1
               ? first
               : arena_printf(a, language_of(language) == DE ? "%s – und %d weitere" : "%s – and %d more", first, count - 1);
}

const char *notification_day(struct arena *a, const char *language, int64_t local)
{
    static const char *const days[LANGUAGES][7] = { { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" },
                                                    { "So.", "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa." } };
    static const char *const months[LANGUAGES][12] = { { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
                                                         "Nov", "Dec" },
                                                       { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
                                                         "September", "Oktober", "November", "Dezember" } };
    enum { DAY = 86400 };
    int l = language_of(language), year, month, day;
    int64_t days_since = local / DAY, second = local % DAY;
    if (second < 0) {
        second += DAY;
        days_since--;
    }
    clock_civil(days_since, &year, &month, &day);
    return arena_printf(a, l == DE ? "%s, %d. %s, %02d:%02d" : "%s %d %s, %02d:%02d", days[l][clock_weekday(days_since)], day,
                        months[l][month - 1], (int)(second / 3600), (int)(second / 60 % 60));
}

const char *notification_page(struct arena *a, const char *path, struct uuid brand_id)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&brand_id, id);
    return arena_printf(a, "%s?in=%s", path + 1, id);
}
