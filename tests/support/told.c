/* told.c - see told.h. */
#include "told.h"

#include "pg.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LONG = 60 }; /* s */

int told_begin(void **state)
{
    setting(CONF_NOTIFICATION_MAIL_DELAY, "3600");
    return workers_begin(state);
}

struct api_person told_person(const struct told_place *p, const char *name)
{
    struct api_person who = api_person(api_f("%s%d", name, p->number));
    pg_exec("update karara.users set first_name = initcap('%s'), last_name = '' where id = '%s'", name, who.id);
    return who;
}

struct told_place told_place(void)
{
    static int count;
    struct told_place p = { .number = ++count };
    p.ada = told_person(&p, "ada");
    p.grace = told_person(&p, "grace");
    p.linus = told_person(&p, "linus");
    p.mary = told_person(&p, "mary");
    p.guest = told_person(&p, "gus");
    p.brand = api_brand(api_f("told%d", p.number), &p.ada);
    api_join(&p.brand, &p.grace, "manager");
    api_join(&p.brand, &p.linus, "member");
    api_join(&p.brand, &p.mary, "member");
    api_join(&p.brand, &p.guest, "client");
    struct uuid task = api_task(&p.brand, &p.ada, "Write the story");
    uuid_format(&task, p.task);
    return p;
}

const char *told_at(const struct told_place *p, const char *more)
{
    return api_f("/api/v1/brands/%s/notifications%s", p->brand.id, more);
}

/* ---- what people do ---- */

static void assert_done(const struct api_reply *r)
{
    if (r->status != 200) {
        fail_msg("%d %s", r->status, r->body);
    }
}

void assign(const struct told_place *p, const struct api_person *by, const struct api_person *to)
{
    struct api_reply r = api_post(by, api_f("/api/v1/tasks/%s/assign", p->task),
                                  to != NULL ? api_f("{\"assignee_ids\":[\"%s\"]}", to->id) : "{\"assignee_ids\":[]}");
    assert_done(&r);
}

void change(const struct told_place *p, const struct api_person *by, const char *body)
{
    struct api_reply r = api_patch(by, api_f("/api/v1/tasks/%s", p->task), body);
    assert_done(&r);
}

void prefer(const struct told_place *p, const struct api_person *who, const char *body)
{
    struct api_reply r = api_patch(who, told_at(p, "/preferences"), body);
    assert_done(&r);
}

/* ---- what comes of it ---- */

void decided(void)
{
    /* What can't be decided waits for another attempt: why is worth more than that it did. */
    const char *why = pg_value("select max(last_error) from karara.jobs where kind like 'notification%%' and attempts > 0");
    if (*why != '\0') {
        fail_msg("%s", why);
    }
    workers_expect("0", LONG,
                   "select (select count(*) from karara.events where sequenced_at is null) + (select count(*) from karara.jobs "
                   "where kind = 'notifications_decide')");
}

void time_passes(const struct told_place *p)
{
    decided();
    pg_exec(
        "update tenant_shared.notification_deliveries set due_at = now() where brand_id = '%s' and status = 'waiting'; "
        "update karara.jobs set run_at = now() where brand_id = '%s' and kind in ('notification_send', 'notification_digest')",
        p->brand.id, p->brand.id);
    workers_expect(
        "0", LONG,
        "select count(*) from karara.jobs where brand_id = '%s' and kind in ('notification_send', 'notification_digest')",
        p->brand.id);
}

const char *told_of(const struct told_place *p, const struct api_person *who)
{
    decided();
    return api_f("%s", pg_value("select string_agg(type, ' ' order by created_at, id) from tenant_shared.notifications "
                                "where user_id = '%s' and brand_id = '%s'",
                                who->id, p->brand.id));
}

const char *because(const struct told_place *p, const struct api_person *who)
{
    return api_f("%s", pg_value("select reason from tenant_shared.notifications where user_id = '%s' and brand_id = '%s' "
                                "order by created_at desc, id desc limit 1",
                                who->id, p->brand.id));
}

const char *newest(const struct told_place *p, const struct api_person *who)
{
    struct api_reply r = api_get(who, told_at(p, "?limit=1"));
    return api_text(&r, "data.0.id");
}

const char *delivery(const struct told_place *p, const struct api_person *who, const char *way)
{
    return api_f("%s", pg_value("select d.status || coalesce(' ' || d.error, '') from tenant_shared.notification_deliveries d "
                                "join tenant_shared.notifications n on n.brand_id = d.brand_id and n.id = d.notification_id "
                                "where d.brand_id = '%s' and d.user_id = '%s' and d.way = '%s' "
                                "order by n.created_at desc, n.id desc limit 1",
                                p->brand.id, who->id, way));
}

long long mails(const struct api_person *who)
{
    return pg_count("select count(*) from karara.mails where to_address = '%s'", who->email);
}
