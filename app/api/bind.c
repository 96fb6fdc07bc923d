/* bind.c - finds a query's parameters by name: arguments, path, input, context. */
#include "api/bind.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/log.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

#define USER_AGENT_MAX 400 /* bytes */

enum context_kind {
    CONTEXT_BRAND,
    CONTEXT_ACTOR,
    CONTEXT_SESSION,
    CONTEXT_SEE_ALL,
    CONTEXT_GIVES_ALL,
    CONTEXT_TEAMS,
    CONTEXT_MANAGED,
    CONTEXT_IF_MATCH,
    CONTEXT_REQUEST,
    CONTEXT_NEW_ID,
    CONTEXT_EVENT,
    CONTEXT_CHANGES,
    CONTEXT_NOW,
    CONTEXT_ACCESS_VERSION,
    CONTEXT_IP,
    CONTEXT_USER_AGENT,
    CONTEXT_HOST
};

static const struct {
    const char *name;
    enum context_kind kind;
} context_names[] = {
    { "brand_id", CONTEXT_BRAND },
    { "actor_id", CONTEXT_ACTOR },
    { "session_id", CONTEXT_SESSION },
    { "see_all", CONTEXT_SEE_ALL },
    { "gives_all", CONTEXT_GIVES_ALL },
    { "team_ids", CONTEXT_TEAMS },
    { "managed_team_ids", CONTEXT_MANAGED },
    { "if_match", CONTEXT_IF_MATCH },
    { "request_id", CONTEXT_REQUEST },
    { "new_id", CONTEXT_NEW_ID },
    { "event", CONTEXT_EVENT },
    { "changes", CONTEXT_CHANGES },
    { "now", CONTEXT_NOW },
    { "access_version", CONTEXT_ACCESS_VERSION },
    { "ip", CONTEXT_IP },
    { "user_agent", CONTEXT_USER_AGENT },
    { "host", CONTEXT_HOST },
};

static struct db_value of_text(const char *s)
{
    return (struct db_value){ .is_set = s != NULL, .s = s };
}

static struct db_value of_uuid(bool is_set, struct uuid u)
{
    return (struct db_value){ .is_set = is_set, .u = u };
}

static struct db_value of_teams(const struct access *access, bool managed)
{
    struct db_value v = { .is_set = true };
    if (access != NULL) {
        v.us = managed ? access->managed : access->teams;
    }
    return v;
}

/* The client's description of itself, cut between two characters to what a row holds; "" for none, or what isn't UTF-8. */
static const char *user_agent(const struct request *rq)
{
    const char *text = http_header(rq->http, "User-Agent");
    if (text == NULL || !str_utf8_valid(text, strlen(text))) {
        return "";
    }
    size_t n = strlen(text) < USER_AGENT_MAX ? strlen(text) : USER_AGENT_MAX;
    while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xC0) == 0x80) {
        n--;
    }
    return arena_strndup(rq->arena, text, n);
}

static struct db_value context_value(const struct request *rq, enum context_kind kind)
{
    switch (kind) {
    case CONTEXT_BRAND:
        return of_uuid(rq->has_brand, rq->brand_id);
    case CONTEXT_ACTOR:
        return of_uuid(rq->signed_in, rq->user_id);
    case CONTEXT_SESSION:
        return of_uuid(rq->signed_in, rq->session_id);
    case CONTEXT_SEE_ALL:
        return (struct db_value){ .is_set = true, .b = rq_can(rq, PERM_CAN_VIEW_ALL_PROJECTS) };
    case CONTEXT_GIVES_ALL: {
        bool own = rq->access != NULL && (rq->access->own & permission_bit(PERM_CAN_VIEW_ALL_PROJECTS)) != 0;
        return (struct db_value){ .is_set = true, .b = own };
    }
    case CONTEXT_TEAMS:
        return of_teams(rq->access, false);
    case CONTEXT_MANAGED:
        return of_teams(rq->access, true);
    case CONTEXT_IF_MATCH:
        return (struct db_value){ .is_set = rq->if_match > 0, .i = rq->if_match };
    case CONTEXT_REQUEST:
        return of_text(rq->http->request_id);
    case CONTEXT_NEW_ID:
        return of_uuid(true, rq->new_id);
    case CONTEXT_EVENT:
        return of_text(rq->route->event);
    case CONTEXT_CHANGES:
        return of_text(rq->changes);
    case CONTEXT_NOW:
        return (struct db_value){ .is_set = true, .i = rq->now };
    case CONTEXT_ACCESS_VERSION:
        return (struct db_value){ .is_set = rq->access != NULL, .i = rq->access != NULL ? rq->access->version : 0 };
    case CONTEXT_IP:
        return of_text(rq->http->remote_addr);
    case CONTEXT_USER_AGENT:
        return of_text(user_agent(rq));
    case CONTEXT_HOST:
        return of_text(rq->http->host);
    }
    abort();
}

static bool find_context(const struct request *rq, const char *name, struct db_value *ret)
{
    for (size_t i = 0; i < sizeof context_names / sizeof *context_names; i++) {
        if (strcmp(name, context_names[i].name) == 0) {
            *ret = context_value(rq, context_names[i].kind);
            return true;
        }
    }
    if (str_starts(name, "can_")) {
        enum permission p = permission_parse(name);
        if (p != PERM_UNSET) {
            *ret = (struct db_value){ .is_set = true, .b = rq_can(rq, p) };
            return true;
        }
    }
    return false;
}

static bool find_path(const struct request *rq, const char *name, struct db_value *ret)
{
    for (int i = 0; i < rq->match.param_count; i++) {
        if (strcmp(name, rq->match.params[i].name) == 0 && strcmp(name, "brand_id") != 0) {
            *ret = router_param_is_id(name) ? of_uuid(true, rq_path_uuid(rq, name)) : of_text(rq->match.params[i].value);
            return true;
        }
    }
    return false;
}

static bool find_argument(const struct rq_arg *args, const char *name, struct db_value *ret)
{
    for (const struct rq_arg *a = args; a != NULL && a->name != NULL; a++) {
        if (strcmp(name, a->name) == 0) {
            *ret = a->value;
            return true;
        }
    }
    return false;
}

const struct db_value *bind_values(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    struct db_value *values = arena_zalloc(rq->arena, sizeof *values * (size_t)(q->param_count > 0 ? q->param_count : 1));
    for (int i = 0; i < q->param_count; i++) {
        const char *name = q->params[i].name;
        bool found = find_argument(args, name, &values[i]) || find_path(rq, name, &values[i]) ||
                     (rq->input != NULL && schema_value(rq->route->input, rq->input, name, &values[i])) ||
                     find_context(rq, name, &values[i]);
        if (!found) {
            LOG(LOG_ERROR, "parameter_unknown", LOG_STR("query", q->name), LOG_STR("parameter", name));
            abort();
        }
    }
    return values;
}

const struct db_result *bind_queue(struct db *db, struct arena *a, const struct sql_query *q, const struct rq_arg *args)
{
    struct db_value *values = arena_zalloc(a, sizeof *values * (size_t)(q->param_count + 1));
    for (int i = 0; i < q->param_count; i++) {
        if (!find_argument(args, q->params[i].name, &values[i])) {
            LOG(LOG_ERROR, "parameter_unknown", LOG_STR("query", q->name), LOG_STR("parameter", q->params[i].name));
            abort();
        }
    }
    return db_queue(db, a, q, values);
}
