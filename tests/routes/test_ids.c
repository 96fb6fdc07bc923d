/* test_ids.c - ids of what isn't one's own, wherever a row takes an id: in its path, its body, its parameters, the filters of its list, the rows of
 * its bulk. Of another brand, of a team that one isn't in, and of what is gone; from the rows themselves, so that a new one is asked as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/registry.h"
#include "core/str.h"
#include "pg.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where things lie that a person of `place` may not name: in another brand, beside them in a team they aren't in, nowhere any more. What there is
 * but once in a brand, or isn't a team's, is in `hidden` as in `place`. */
static struct row_place place, foreign, hidden, gone;
static struct api_person deputy; /* may everything but see all teams and manage users; in one team of `place` */

static const struct {
    const char *what;
    const struct row_place *things;
} others[] = { { "another brand's", &foreign }, { "a hidden team's", &hidden }, { "what is gone:", &gone } };

enum { OTHERS = sizeof others / sizeof *others };

/* ---- the places ---- */

static void mint(char to[UUID_TEXT_SIZE])
{
    struct uuid u = uuid_v7();
    uuid_format(&u, to);
}

/* A team with a board, two tasks and a template, in which nobody is. */
static void hide(void)
{
    hidden = place;
    char *const made[] = { hidden.brand.team_id, hidden.brand.board_id, hidden.brand.todo_id, hidden.brand.progress_id,
                           hidden.brand.done_id, hidden.empty_list_id,  hidden.task_id,       hidden.other_task_id,
                           hidden.item_id,       hidden.template_id };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        mint(made[i]);
    }
    strcpy(hidden.spare_team_id, hidden.brand.team_id);
    pg_exec("insert into tenant_shared.teams (id, brand_id, name) values ('%s', '%s', 'Hidden'); "
            "insert into tenant_shared.boards (id, brand_id, team_id, name, key, position) values ('%s', '%s', '%s', 'Hidden', "
            "'HID', 'a5')",
            hidden.brand.team_id, place.brand.id, hidden.brand.board_id, place.brand.id, hidden.brand.team_id);
    const char *const lists[][2] = { { hidden.brand.todo_id, "todo" },
                                     { hidden.brand.progress_id, "in_progress" },
                                     { hidden.brand.done_id, "completed" },
                                     { hidden.empty_list_id, "on_hold" } };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        pg_exec("insert into tenant_shared.lists (id, brand_id, board_id, name, position, status) values "
                "('%s', '%s', '%s', 'L', 'a%zu', '%s')",
                lists[i][0], place.brand.id, hidden.brand.board_id, i, lists[i][1]);
    }
    const char *const tasks[] = { hidden.task_id, hidden.other_task_id };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        pg_exec(
            "insert into tenant_shared.tasks (id, brand_id, board_id, list_id, number, title, status, position, created_by) "
            "values ('%s', '%s', '%s', '%s', %zu, 'Keep this secret', 'todo', 'a%zu', '%s')",
            tasks[i], place.brand.id, hidden.brand.board_id, hidden.brand.todo_id, i + 1, i, rows_person(ROLE_OWNER)->id);
    }
    pg_exec("insert into tenant_shared.checklist_items (brand_id, id, task_id, text, position) values ('%s', '%s', '%s', 'S', "
            "'a0'); insert into tenant_shared.task_templates (brand_id, id, team_id, board_id, title, created_by) values "
            "('%s', '%s', '%s', '%s', 'Keep this secret', '%s')",
            place.brand.id, hidden.item_id, hidden.task_id, place.brand.id, hidden.template_id, hidden.brand.team_id,
            hidden.brand.board_id, rows_person(ROLE_OWNER)->id);
}

/* All that is deleted leaves nothing; of people a tombstone stays. */
static void lose(void)
{
    struct api_person left = api_person("left");
    gone = place;
    char *const lost[] = { gone.brand.team_id,   gone.brand.board_id, gone.brand.todo_id, gone.brand.progress_id,
                           gone.brand.done_id,   gone.task_id,        gone.other_task_id, gone.item_id,
                           gone.empty_list_id,   gone.spare_team_id,  gone.template_id,   gone.notification_id,
                           gone.division_id,     gone.delegation_id,  gone.session_id,    gone.subscription_id,
                           gone.mail_id,         gone.job_id,         gone.token_id,      gone.invitation_id,
                           gone.leaving_brand_id };
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        mint(lost[i]);
    }
    api_join(&place.brand, &left, "member");
    struct api_reply r = api_delete(&place.signer, api_f("/api/v1/admin/users/%s", left.id));
    assert_int_equal(r.status, 200);
    strcpy(gone.mate_id, left.id);
    strcpy(gone.guest_mate_id, left.id);
    strcpy(gone.outsider_id, left.id);
}

static void make_deputy(void)
{
    deputy = api_person("deputy");
    api_join(&place.brand, &deputy, "manager");
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        bool sees_all = p == PERM_CAN_VIEW_ALL_PROJECTS || p == PERM_CAN_MANAGE_USERS;
        pg_exec(
            "update karara.brand_members set permissions = permissions || '{\"%s\": %s}' where brand_id = '%s' and user_id = "
            "'%s'",
            permission_key((enum permission)p), sees_all ? "false" : "true", place.brand.id, deputy.id);
    }
}

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    foreign = rows_place();
    struct api_person stranger = api_person("stranger"); /* whom nobody of the place knows */
    api_brand("strange", &stranger);
    strcpy(foreign.mate_id, stranger.id);
    strcpy(foreign.guest_mate_id, stranger.id);
    place = rows_place();
    hide();
    lose();
    make_deputy();
    return 0;
}

/* ---- what a field of a name holds the id of ---- */

#define PLACE(member) offsetof(struct row_place, member)

static const struct {
    const char *field, *path; /* `path`: what the row's path holds, or NULL for any; the first that fits */
    size_t offset;
} things[] = {
    { "board_id", NULL, PLACE(brand.board_id) },
    { "list_id", NULL, PLACE(brand.progress_id) },
    { "move_to", NULL, PLACE(brand.progress_id) },
    { "team_id", NULL, PLACE(brand.team_id) },
    { "team_ids", NULL, PLACE(brand.team_id) },
    { "parent_task_id", NULL, PLACE(task_id) },
    { "parent_division_id", NULL, PLACE(division_id) },
    { "before", "/checklist", PLACE(item_id) },
    { "after", "/checklist", PLACE(item_id) },
    { "before", "/lists", PLACE(brand.done_id) },
    { "after", "/lists", PLACE(brand.done_id) },
    { "before", "/boards", PLACE(brand.board_id) },
    { "after", "/boards", PLACE(brand.board_id) },
    { "before", NULL, PLACE(other_task_id) },
    { "after", NULL, PLACE(other_task_id) },
    { "parent_brand_id", NULL, PLACE(leaving_brand_id) },
    { "brand_id", NULL, PLACE(leaving_brand_id) },
    { "project_id", NULL, PLACE(brand.board_id) }, /* there are none yet: no board's id is taken for one */
    { "resource_id", NULL, PLACE(task_id) },
    { "owner_id", NULL, PLACE(mate_id) },
    { "created_by", NULL, PLACE(mate_id) },
    { "actor_id", NULL, PLACE(mate_id) },
    { "from_user_id", NULL, PLACE(mate_id) },
    { "to_user_id", NULL, PLACE(mate_id) },
    { "user_id", NULL, PLACE(mate_id) },
    { "id", "/admin/users", PLACE(mate_id) },
    { "assignee_ids", NULL, PLACE(mate_id) },
    { "assignee_id", NULL, PLACE(mate_id) },
};

static const char *thing_in(const struct row_place *p, const struct route *row, const char *field)
{
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        if (strcmp(things[i].field, field) == 0 && (things[i].path == NULL || strstr(row->path, things[i].path) != NULL)) {
            return (const char *)p + things[i].offset;
        }
    }
    fail_msg("say in tests/routes/test_ids.c of what %s of %s is the id", field, rows_name(row));
    return NULL;
}

/* ---- asking ---- */

static bool deputy_has(enum permission p)
{
    return p == PERM_IN_BRAND || (p > PERM_PLATFORM_ADMIN && p != PERM_CAN_VIEW_ALL_PROJECTS && p != PERM_CAN_MANAGE_USERS);
}

static bool is_tenant(const struct route *row)
{
    return (row->flags & ROUTE_TENANT) != 0;
}

/* Who names the n-th other thing in this row; NULL where that is no matter: the platform's admins have no brand, and none of theirs is a team's. */
static const struct api_person *asker(const struct route *row, size_t n)
{
    if (others[n].things == &hidden) {
        return is_tenant(row) && (deputy_has(row->permission) || deputy_has(row->or_permission)) ? &deputy : NULL;
    }
    return row->permission == PERM_PLATFORM_ADMIN && others[n].things == &foreign ? NULL : rows_asker(row, &place);
}

/* Differs from what the place itself has there. */
static bool is_other(const struct route *row, size_t n, const char *field)
{
    return strcmp(thing_in(others[n].things, row, field), thing_in(&place, row, field)) != 0;
}

static int tried, wrong;

#define COMPLAIN(row, n, ...) (wrong++, print_error("%s, %s ", rows_name(row), others[n].what), print_error(__VA_ARGS__))

static bool is_refusal(int status)
{
    return status == 403 || status == 404 || status == 409 || status == 422;
}

static int set_back(void **state)
{
    (void)state;
    tried = wrong = 0;
    return 0;
}

/* Runs `ask` for every row; what it asked changed nothing. */
static void every_row(void (*ask)(const struct route *row), int least)
{
    const struct route *row;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        int before = tried;
        const char *was = api_f("%s", rows_digest());
        ask(row);
        if (tried > before && strcmp(was, rows_digest()) != 0) {
            wrong++;
            print_error("%s: an id that isn't the caller's has changed something\n", rows_name(row));
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(tried > least);
}

/* ---- paths ---- */

static void ask_path(const struct route *row)
{
    int n = 0;
    for (const char *s = strchr(row->path, '{'); s != NULL; s = strchr(s + 1, '{'), n++) {
        for (size_t k = 0; k < OTHERS; k++) {
            const struct api_person *who = asker(row, k);
            const char *path = rows_path_mixed(row, &place, others[k].things, n, false);
            if (who == NULL || str_starts(s, "{brand_id}") || strcmp(path, rows_path(row, &place, false)) == 0) {
                continue;
            }
            const char *body = row->method == HTTP_GET || row->method == HTTP_DELETE ? NULL : rows_body(row, &place);
            struct api_reply r = api_send(who, http_method_name(row->method), path, body, NULL);
            bool right = r.status == 404 || (others[k].things == &hidden && r.status == 403);
            if (!right) {
                COMPLAIN(row, k, "%.*s: %d %.300s\n", (int)strcspn(s, "/"), s, r.status, r.body);
            }
            tried++;
        }
    }
}

static void ids_in_paths(void **state)
{
    (void)state;
    every_row(ask_path, 150);
}

/* ---- bodies and parameters ---- */

static struct api_reply send_field(const struct api_person *who, const struct route *row, const struct field *f, const char *id)
{
    const char *path = rows_path(row, &place, false);
    bool bodiless = row->method == HTTP_GET || row->method == HTTP_DELETE;
    if ((f->flags & FIELD_QUERY) != 0) {
        return api_send(who, http_method_name(row->method), api_f("%.*s?%s=%s", (int)strcspn(path, "?"), path, f->name, id),
                        bodiless ? NULL : rows_body(row, &place), NULL);
    }
    json_t *body = json_loads(rows_body(row, &place), 0, NULL), *value = json_string(id);
    json_object_set_new(body, f->name, f->type == SCHEMA_UUIDS ? json_pack("[o]", value) : value);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    struct api_reply r = api_send(who, http_method_name(row->method), path, text, NULL);
    free(text);
    return r;
}

static void ask_fields(const struct route *row)
{
    for (int i = 0; row->input != NULL && i < row->input->count; i++) {
        const struct field *f = &row->input->fields[i];
        for (size_t k = 0; (f->type == SCHEMA_UUID || f->type == SCHEMA_UUIDS) && k < OTHERS; k++) {
            const struct api_person *who = asker(row, k);
            if (who == NULL || !is_other(row, k, f->name)) {
                continue;
            }
            struct api_reply r = send_field(who, row, f, thing_in(others[k].things, row, f->name));
            bool nothing = row->reply == REPLY_LIST && r.status == 200 && api_number(&r, "count") == 0;
            if (!is_refusal(r.status) && !nothing) {
                COMPLAIN(row, k, "%s: %d %.300s\n", f->name, r.status, r.body);
            }
            tried++;
        }
    }
}

static void ids_in_bodies_and_parameters(void **state)
{
    (void)state;
    every_row(ask_fields, 60);
}

/* ---- filters ---- */

static void ask_filters(const struct route *row)
{
    for (int i = 0; row->reply == REPLY_LIST && is_tenant(row) && i < row->output->count; i++) {
        const struct field *f = &row->output->fields[i];
        for (size_t k = 0; f->type == SCHEMA_UUID && (f->flags & FIELD_FILTER) != 0 && k < OTHERS; k++) {
            const struct api_person *who = asker(row, k);
            if (who == NULL || !is_other(row, k, f->name)) {
                continue;
            }
            const char *path =
                api_f("%s?%s=%s", rows_path(row, &place, false), f->name, thing_in(others[k].things, row, f->name));
            struct api_reply r = api_get(who, path);
            if (r.status != 200 || api_number(&r, "count") != 0) {
                COMPLAIN(row, k, "%s: %d %.300s\n", f->name, r.status, r.body);
            }
            tried++;
        }
    }
}

static void ids_in_filters(void **state)
{
    (void)state;
    pg_exec("delete from karara.audit_entries"); /* in which the one who is gone stands, and is to be found */
    every_row(ask_filters, 25);
}

/* ---- rows of a bulk ---- */

/* Operations that name something by an id; % stands for it. Each field of the bulk that holds one is in at least one of them. */
static const struct {
    const char *row, *field, *operation;
    bool csv;
} operations[] = {
    { "POST /brands/{brand_id}/users/bulk", "user_id", "{\"op\":\"update\",\"user_id\":\"%\",\"role\":\"guest\"}", false },
    { "POST /brands/{brand_id}/users/bulk", "user_id", "{\"op\":\"remove\",\"user_id\":\"%\"}", false },
    { "POST /brands/{brand_id}/users/bulk", "user_id", "{\"op\":\"add\",\"user_id\":\"%\",\"role\":\"guest\"}", false },
    { "POST /brands/{brand_id}/users/bulk", "team_ids",
      "{\"op\":\"add\",\"email\":\"bulk@test.example\",\"role\":\"guest\",\"team_ids\":[\"%\"]}", false },
    { "POST /brands/{brand_id}/users/bulk", "team_ids",
      "{\"op\":\"invite\",\"email\":\"bulk@test.example\",\"role\":\"guest\",\"team_ids\":[\"%\"]}", false },
    { "POST /brands/{brand_id}/users/bulk", "user_id", "op,user_id,role\nupdate,%,guest\n", true },
    { "POST /brands/{brand_id}/users/bulk", "user_id", "op,user_id,role\nadd,%,guest\n", true },
    { "POST /brands/{brand_id}/users/bulk", "user_id", "op,user_id\nremove,%\n", true },
    { "POST /admin/users/bulk", "id", "{\"op\":\"suspend\",\"id\":\"%\"}", false },
    { "POST /admin/users/bulk", "id", "{\"op\":\"update\",\"id\":\"%\",\"data\":{\"platform_role\":\"admin\"}}", false },
    { "POST /admin/users/bulk", "id", "{\"op\":\"delete\",\"id\":\"%\"}", false },
};

/* Takes operations whose fields the row's own schema doesn't tell. */
static bool is_bulk(const struct route *row)
{
    const struct field *f = row->input != NULL ? schema_field(row->input, "operations") : NULL;
    return f != NULL && f->type == SCHEMA_JSON;
}

static struct api_reply send_operation(const struct api_person *who, const struct route *row, size_t i, const char *id)
{
    const char *text = operations[i].operation, *at = strchr(text, '%');
    text = api_f("%.*s%s%s", (int)(at - text), text, id, at + 1);
    const char *path = rows_path(row, &place, false);
    return operations[i].csv ? api_send_bytes(who, "POST", path, text, strlen(text), "text/csv")
                             : api_post(who, path, api_f("{\"operations\":[%s]}", text));
}

/* Each field of an operation that holds an id stands in one of those above. */
static void check_listed(const struct route *row)
{
    const struct schema *of = schema_field(row->input, "operations")->of;
    for (int i = 0; of != NULL && i < of->count; i++) {
        const struct field *f = &of->fields[i];
        bool listed = f->type != SCHEMA_UUID && f->type != SCHEMA_UUIDS;
        for (size_t k = 0; k < sizeof operations / sizeof *operations; k++) {
            listed = listed || (strcmp(operations[k].row, rows_name(row)) == 0 && strcmp(operations[k].field, f->name) == 0);
        }
        if (!listed) {
            fail_msg("no operation in tests/routes/test_ids.c names %s of %s", f->name, rows_name(row));
        }
    }
}

static void ask_operations(const struct route *row)
{
    bool any = !is_bulk(row);
    if (!any) {
        check_listed(row);
    }
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        for (size_t k = 0; strcmp(operations[i].row, rows_name(row)) == 0 && k < OTHERS; k++) {
            const struct api_person *who = asker(row, k);
            any = true;
            if (who == NULL || !is_other(row, k, operations[i].field)) {
                continue;
            }
            struct api_reply r = send_operation(who, row, i, thing_in(others[k].things, row, operations[i].field));
            if (r.status != 200 || !is_refusal((int)api_number(&r, "data.results.0.status"))) {
                COMPLAIN(row, k, "%s: %d %.300s\n", operations[i].operation, r.status, r.body);
            }
            tried++;
        }
    }
    if (!any) {
        fail_msg("say in tests/routes/test_ids.c which operations of %s name something by an id", rows_name(row));
    }
}

static void ids_in_rows_of_a_bulk(void **state)
{
    (void)state;
    every_row(ask_operations, 15);
}

/* ---- none is taken for a word ---- */

static bool ends(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static void ids_are_declared_as_such(void **state)
{
    const struct route *row;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        const struct schema *const schemas[] = { row->input, row->reply == REPLY_LIST ? row->output : NULL };
        for (size_t k = 0; k < 2; k++) {
            for (int n = 0; schemas[k] != NULL && n < schemas[k]->count; n++) {
                const struct field *f = &schemas[k]->fields[n];
                bool named = ends(f->name, "_id") || ends(f->name, "_ids") || strcmp(f->name, "id") == 0;
                bool asks = k == 0 || (f->flags & FIELD_FILTER) != 0;
                if (named && asks && f->type != SCHEMA_UUID && f->type != SCHEMA_UUIDS && strcmp(f->name, "request_id") != 0) {
                    fail_msg("%s: %s is an id by its name, and no UUID", rows_name(row), f->name);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ids_in_paths, set_back),   cmocka_unit_test_setup(ids_in_bodies_and_parameters, set_back),
        cmocka_unit_test_setup(ids_in_filters, set_back), cmocka_unit_test_setup(ids_in_rows_of_a_bulk, set_back),
        cmocka_unit_test(ids_are_declared_as_such),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
