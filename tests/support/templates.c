/* templates.c - see templates.h. */
#include "templates.h"

#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int template_clean(void **state)
{
    (void)state;
    pg_exec("delete from tenant_shared.task_templates; delete from karara.schedules; delete from karara.jobs; "
            "delete from karara.jobs_done; delete from karara.job_keys; delete from tenant_shared.tasks; "
            "delete from karara.events");
    pg_exec("update tenant_shared.lists set task_count = 0, wip_limit = null; update tenant_shared.boards set task_count = 0");
    return 0;
}

struct api_reply template_make(const struct api_person *who, const struct api_brand *brand, const char *more)
{
    return api_post(who, "/api/v1/task-templates",
                    api_f("{\"title\":\"Read the numbers\",\"team_id\":\"%s\",\"board_id\":\"%s\",%s}", brand->team_id,
                          brand->board_id, more));
}

const char *template_made(const struct api_person *who, const struct api_brand *brand, const char *more)
{
    struct api_reply r = template_make(who, brand, more);
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    return api_text(&r, "data.id");
}

const char *template_late(const struct api_person *who, const struct api_brand *brand, int n, const char *more)
{
    const char *start = pg_value("select to_char(now() at time zone 'UTC' - make_interval(hours => %d, mins => 30), "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS')",
                                 n - 1);
    return template_made(who, brand,
                         api_f("\"rrule\":\"FREQ=HOURLY;COUNT=%d\",\"starts_at\":\"%s\",\"timezone\":\"UTC\","
                               "\"catch_up\":\"all\"%s",
                               n, start, more));
}

void template_catch_up(int most)
{
    pg_exec("update karara.schedules set next_run_at = starts_at at time zone 'UTC' where id in "
            "(select id from karara.schedules where last_run_at is null order by id limit %d)",
            most);
}

const char *template_path(const char *id, const char *more)
{
    return api_f("/api/v1/task-templates/%s%s", id, more);
}
