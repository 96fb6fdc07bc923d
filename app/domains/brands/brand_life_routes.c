/* brand_life_routes.c - deleting a brand with a delay, and the way back. */
#include "domains/brands/brands_rules.h"

#include "brand_life_sql.h"
#include "brands_sql.h"
#include "core/config.h"

static const struct field leaving_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name"),
    COLUMN(slug, SCHEMA_STRING, .doc = "Name in addresses"),
    COLUMN(deletion_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT,
           .doc = "When it goes for good; null once it is restored"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
};
static const struct schema leaving_schema = SCHEMA("LeavingBrand", leaving_fields, 0);

struct close_input {
    struct input in;
    const char *name;
};

static const struct field close_fields[] = {
    FIELD(struct close_input, name, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 120,
          .doc = "The brand's name, as a confirmation"),
};
static const struct schema close_schema = SCHEMA("BrandDeletion", close_fields, sizeof(struct close_input));

static enum err brand_close(struct request *rq)
{
    const struct db_result *named = rq_query(rq, &sql_brand_named, NULL);
    const struct db_result *r =
        rq_ask(rq, &sql_brand_close, RQ_ARGS(ARG_INT("delay_seconds", config_int(CONF_BRAND_DELETION_DELAY))));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(named) > 0 && !db_bool(named, 0, "named")) {
        return rq_fail_field(rq, "name", "is not the brand's name");
    }
    return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : rq_missing(rq);
}

static enum err brand_reopen(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_brand_restore, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand to restore.");
}

static const struct scope closing_scope = { "brand", &sql_brand_locate_closing, &sql_brand_current_closing, &leaving_schema };

static const struct route rows[] = {
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}",
      .permission = PERM_CAN_MANAGE_BRAND,
      .scope = &closing_scope,
      .input = &close_schema,
      .output = &leaving_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = brand_close,
      .event = "brand.closed",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Delete a brand, after a delay",
      .doc = "It is closed to everybody at once, and goes for good at `deletion_at`. Until then an owner can restore it." },
    { .method = HTTP_GET,
      .path = "/users/me/leaving-brands",
      .permission = PERM_SIGNED_IN,
      .output = &leaving_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_brand_leaving_list },
      .sort = "deletion_at",
      .summary = "Brands of one's own that are to be deleted" },
    { .method = HTTP_POST,
      .path = "/brands/{id}/restore",
      .permission = PERM_SIGNED_IN,
      .output = &leaving_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = brand_reopen,
      .event = "brand.restored",
      .summary = "Restore a brand that is to be deleted",
      .doc = "For its owners. It opens with the status that it had." },
};

const struct route_table brand_life_routes = ROUTE_TABLE("brands", rows);
