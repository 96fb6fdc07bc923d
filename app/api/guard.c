/* guard.c - default-deny: a row says what it needs. */
#include "api/guard.h"

#include "api/access.h"
#include "api/bind.h"
#include "api/rate.h"
#include "api/token.h"
#include "api_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/jwt.h"
#include "platform/pat.h"
#include <string.h>

static bool wants_person(const struct route *r)
{
    return r->permission != PERM_PUBLIC;
}

/* "Bearer x"; anything else is no credential of ours. */
static const char *bearer(const struct request *rq)
{
    const char *h = http_header(rq->http, "Authorization");
    if (h == NULL || strncasecmp(h, "Bearer ", 7) != 0) {
        return NULL;
    }
    for (h += 7; *h == ' '; h++) {
    }
    return h;
}

/* Who looks with somebody else's eyes reads, and one brand only. */
static enum err check_view(struct request *rq, const struct jwt_claims *claims)
{
    rq->is_view = claims->is_view;
    rq->viewed_brand = claims->current_brand;
    if (!rq->is_view) {
        return ERR_NONE;
    }
    if (rq->http->method != HTTP_GET && rq->http->method != HTTP_HEAD) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "You are looking with somebody else's eyes: nothing can be changed.");
    }
    bool open = (rq->route->flags & (ROUTE_TENANT | ROUTE_VIEWABLE)) != 0;
    return open ? ERR_NONE
                : rq_fail_words(rq, ERR_PERMISSION_DENIED, "You are looking with somebody else's eyes: this is theirs alone.");
}

enum err guard_identify(struct request *rq)
{
    const char *token = bearer(rq);
    if (token == NULL) {
        rq_header(rq, "WWW-Authenticate", "Bearer realm=\"karara\"");
        return rq_fail(rq, ERR_AUTHENTICATION_REQUIRED);
    }
    if (str_starts(token, PAT_MARK)) {
        return token_identify(rq, token);
    }
    struct jwt_claims claims = { .has_brand = false };
    switch (jwt_verify(rq->arena, token, rq->now / 1000000, &claims)) {
    case JWT_OK:
        break;
    case JWT_EXPIRED:
        rq_header(rq, "WWW-Authenticate", "Bearer realm=\"karara\", error=\"invalid_token\", error_description=\"expired\"");
        return rq_fail(rq, ERR_TOKEN_EXPIRED);
    case JWT_INVALID:
        rq_header(rq, "WWW-Authenticate", "Bearer realm=\"karara\", error=\"invalid_token\"");
        return rq_fail(rq, ERR_INVALID_TOKEN);
    }
    rq->signed_in = true;
    rq->user_id = claims.user_id;
    rq->session_id = claims.session_id;
    if ((rq->route->flags & ROUTE_TENANT) != 0) {
        rq->has_brand = claims.has_brand;
        rq->brand_id = claims.current_brand;
    }
    return check_view(rq, &claims);
}

static enum err identify(struct request *rq)
{
    return wants_person(rq->route) ? guard_identify(rq) : ERR_NONE;
}

static bool slug_shaped(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return s[n] == 0 && n >= 1 && n <= 63;
}

/* By id, else by slug. */
static enum err name_brand(struct request *rq, const char *text)
{
    rq->has_brand = true;
    if (uuid_parse(text, &rq->brand_id)) {
        return ERR_NONE;
    }
    const struct db_result *r = NULL;
    if (slug_shaped(text)) {
        const struct rq_arg *args = RQ_ARGS(ARG_TEXT("slug", text));
        r = db_queue(rq->db, rq->arena, &sql_brand_by_slug, bind_values(rq, &sql_brand_by_slug, args));
        if (rq_run(rq) != ERR_NONE) {
            return rq->err;
        }
    }
    if (r == NULL || db_rows(r) == 0) {
        rq->has_brand = false;
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand here.");
    }
    rq->brand_id = db_uuid(r, 0, "id");
    return ERR_NONE;
}

static enum err find_any_brand(struct request *rq)
{
    if ((rq->route->flags & ROUTE_TENANT) == 0) {
        return ERR_NONE;
    }
    for (int i = 0; i < rq->match.param_count; i++) {
        if (strcmp(rq->match.params[i].name, "brand_id") == 0) {
            return name_brand(rq, rq->match.params[i].value);
        }
    }
    const char *header = http_header(rq->http, "X-Brand-ID");
    if (!str_empty(header)) {
        return name_brand(rq, header);
    }
    if (!rq->has_brand) {
        return rq_fail_field(rq, "X-Brand-ID", "is required: the token has no current brand");
    }
    return ERR_NONE;
}

static enum err find_brand(struct request *rq)
{
    enum err e = find_any_brand(rq);
    bool elsewhere = e == ERR_NONE && rq->is_view && rq->has_brand && !uuid_eq(&rq->brand_id, &rq->viewed_brand);
    return elsewhere ? rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand here.") : e;
}

static bool permitted(const struct request *rq)
{
    const struct route *r = rq->route;
    if (r->permission == PERM_IN_BRAND) {
        return rq->access != NULL;
    }
    return rq_can(rq, r->permission) || (r->or_permission != PERM_UNSET && rq_can(rq, r->or_permission));
}

static enum err refuse(struct request *rq, enum err why)
{
    const char *key = permission_key(rq->route->permission);
    if (why == ERR_PLAN_LIMIT_REACHED) {
        return rq_fail_details(rq, why, "The brand's plan doesn't hold API tokens.",
                               "{\"feature\":\"api_tokens\",\"limit\":\"api_tokens\",\"max\":0}");
    }
    if (why != ERR_PERMISSION_DENIED) {
        return rq_fail(rq, why);
    }
    return rq_fail_details(rq, ERR_PERMISSION_DENIED, NULL,
                           arena_printf(rq->arena, "{\"permission\":\"%s\"}", key != NULL ? key : ""));
}

/* What speaks against this request. A plan may be without API tokens. A suspended brand can be read only; a brand may ask for If-Match on
 * every change. */
static enum err objection(const struct request *rq)
{
    /* Who looks with the eyes of somebody has the second factor themselves. */
    if (rq->access->lacks_two_factor && !rq->is_view && (rq->route->flags & ROUTE_ONE_FACTOR_OK) == 0) {
        return ERR_TWO_FACTOR_SETUP_REQUIRED;
    }
    if (rq->token != NULL && rq->access->without_tokens) {
        return ERR_PLAN_LIMIT_REACHED;
    }
    if (!permitted(rq)) {
        return ERR_PERMISSION_DENIED;
    }
    if (rq->http->method == HTTP_GET || rq->http->method == HTTP_HEAD) {
        return ERR_NONE;
    }
    if (rq->access->read_only && (rq->route->flags & ROUTE_READ_ONLY_OK) == 0) {
        return ERR_BRAND_SUSPENDED;
    }
    bool has_version = rq->route->scope != NULL && rq->route->scope->get != NULL && rq->http->method != HTTP_POST;
    return rq->access->wants_if_match && has_version && rq->if_match == 0 ? ERR_PRECONDITION_REQUIRED : ERR_NONE;
}

static enum err check_access(struct request *rq, bool fresh)
{
    if ((rq->route->flags & ROUTE_TENANT) == 0) {
        return ERR_NONE;
    }
    enum err e = access_find(rq, fresh);
    if (e == ERR_NONE && rq->access_cached && objection(rq) != ERR_NONE) {
        e = access_find(rq, true); /* things may have changed since */
    }
    if (e != ERR_NONE) {
        return e;
    }
    e = objection(rq);
    return e == ERR_NONE ? e : refuse(rq, e);
}

static enum err check_cached_access(struct request *rq)
{
    return check_access(rq, false);
}

enum err guard_again(struct request *rq)
{
    access_forget(rq);
    return check_access(rq, true);
}

enum err guard_pass(struct request *rq)
{
    static enum err (*const steps[])(struct request *) = { identify,          rate_take,           find_brand,
                                                           token_check_brand, check_cached_access, rate_take };
    enum err e = ERR_NONE;
    for (size_t i = 0; e == ERR_NONE && i < sizeof steps / sizeof *steps; i++) {
        e = steps[i](rq);
    }
    return e;
}
