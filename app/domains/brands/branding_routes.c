/* branding_routes.c - what a brand looks like to others: its logo, and the look of a host name. */
#include "domains/brands/brands_rules.h"

#include "branding_sql.h"
#include "brands_sql.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/image.h"
#include "platform/seal.h"
#include <string.h>

enum { LOGO_BYTES = 256 << 10, LOGO_LEAST = 16, LOGO_MOST = 4096 };

static const char *const picture_types[] = { "image/png", "image/jpeg", "image/webp", NULL };

/* ---- shapes ---- */

static const struct field logo_fields[] = {
    COLUMN(logo_url, SCHEMA_STRING, .flags = FIELD_NULLABLE,
           .doc = "Where it is for everybody; another picture has another address",
           .example = "\"/api/v1/logos/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\""),
    COLUMN(content_type, SCHEMA_STRING, .doc = "What it is", .example = "\"image/png\""),
    COLUMN(width, SCHEMA_INT, .doc = "Pixels"),
    COLUMN(height, SCHEMA_INT, .doc = "Pixels"),
    COLUMN(size, SCHEMA_INT, .doc = "Bytes"),
    COLUMN(version, SCHEMA_INT, .doc = "Of the brand, which this raises"),
};
static const struct schema logo_schema = SCHEMA("Logo", logo_fields, 0);

struct branding {
    struct uuid brand_id;
    const char *brand_slug, *name, *product, *logo_url, *colours, *language;
    bool white_label, registration;
};

static const struct field branding_fields[] = {
    FIELD(struct branding, brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,
          .doc = "Id of the brand whose own host name it is: who signs in here begins there, if they belong to it"),
    FIELD(struct branding, brand_slug, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Its name in addresses"),
    FIELD(struct branding, name, SCHEMA_STRING, .doc = "Whose place this is: the brand's name, or the product's"),
    FIELD(struct branding, product, SCHEMA_STRING, .doc = "Name of the product", .example = "\"Karara\""),
    FIELD(struct branding, white_label, SCHEMA_BOOL, .doc = "Whether the host name is a brand's own"),
    FIELD(struct branding, logo_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the logo"),
    FIELD(struct branding, colours, SCHEMA_OBJECT, .doc = "What it looks like", .example = "{\"accent\":\"#2b6a4d\"}"),
    FIELD(struct branding, language, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The brand's language",
          .example = "\"de\""),
    FIELD(struct branding, registration, SCHEMA_BOOL, .doc = "Whether people may make accounts by themselves"),
};
static const struct schema branding_schema = SCHEMA("Branding", branding_fields, 0);

/* ---- checking a picture ---- */

static enum err refuse_picture(struct request *rq, const char *words)
{
    return rq_fail_field(rq, "body", words);
}

/* The bytes say what they are, whatever the header says. */
static enum err check_picture(struct request *rq, struct image *ret)
{
    char room[64];
    const char *bytes = rq->http->body;
    size_t n = rq->http->body_size;
    const char *type = image_type(bytes, n, room);
    if (strcmp(type, "image/svg+xml") == 0 || memmem(bytes, n < 1024 ? n : 1024, "<svg", 4) != NULL) {
        return refuse_picture(rq, "is an SVG, which can hold programs: send a PNG, JPEG or WebP");
    }
    if (!image_size((const uint8_t *)bytes, n, ret) || strcmp(type, ret->type) != 0) {
        return refuse_picture(rq, arena_printf(rq->arena, "is no whole PNG, JPEG or WebP, but %s",
                                               *type != '\0' ? arena_strdup(rq->arena, type) : "unknown"));
    }
    if (ret->width < LOGO_LEAST || ret->height < LOGO_LEAST || ret->width > LOGO_MOST || ret->height > LOGO_MOST) {
        return refuse_picture(rq, arena_printf(rq->arena, "is %d by %d pixels: a logo has %d to %d each way", ret->width,
                                               ret->height, LOGO_LEAST, LOGO_MOST));
    }
    return ERR_NONE;
}

/* ---- logos ---- */

static enum err logo_change(struct request *rq)
{
    struct image picture = { .type = "" };
    uint8_t digest[32];
    char hex[65];
    if (check_picture(rq, &picture) != ERR_NONE) {
        return rq->err;
    }
    seal_digest(rq->http->body, rq->http->body_size, digest);
    str_hex_encode(digest, sizeof digest, hex);
    const struct rq_arg *args =
        RQ_ARGS(ARG_TEXT("digest", (const char *)hex), ARG_TEXT("content_type", picture.type),
                ARG_BYTES("picture", (const uint8_t *)rq->http->body, rq->http->body_size), ARG_INT("width", picture.width),
                ARG_INT("height", picture.height),
                { "changes", { .is_set = true, .s = arena_printf(rq->arena, "{\"logo\":\"%s\"}", hex) } });
    const struct db_result *r = rq_ask(rq, &sql_logo_put, args);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_missing(rq);
    }
    rq_query(rq, &sql_logo_keep, args);
    return rq_run(rq) == ERR_NONE ? rq_reply_row(rq, r, 0) : rq->err;
}

/* The picture in row 0, byte for byte. `forever`: its address is of its content. */
static enum err send_picture(struct request *rq, const struct db_result *r, bool forever)
{
    int n = 0;
    if (db_rows(r) == 0) {
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such logo here.");
    }
    const char *bytes = db_raw(r, 0, db_column(r, "bytes"), &n);
    rq_reply_tag(rq, db_text(r, 0, "digest"));
    rq_header(rq, "Cache-Control", forever ? "public, max-age=31536000, immutable" : "private, no-cache");
    rq_header(rq, "Content-Type", db_text(r, 0, "content_type"));
    rq_header(rq, "Content-Security-Policy", "default-src 'none'; sandbox");
    buf_clear(rq->out);
    buf_append(rq->out, bytes, (size_t)n);
    return ERR_NONE;
}

static enum err logo_show(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_logo_get, NULL);
    return r != NULL ? send_picture(rq, r, false) : rq->err;
}

static enum err logo_open(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_logo_find, NULL);
    return r != NULL ? send_picture(rq, r, true) : rq->err;
}

/* ---- the look of a host ---- */

static enum err branding_show(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_branding_find, NULL);
    if (r == NULL) {
        return rq->err;
    }
    const char *name = db_text(r, 0, "name"), *colours = db_text(r, 0, "colours");
    struct branding *to = arena_zalloc(rq->arena, sizeof *to);
    *to = (struct branding){ .brand_id = db_uuid(r, 0, "brand_id"),
                             .brand_slug = db_text(r, 0, "brand_slug"),
                             .name = name != NULL ? name : "Karara",
                             .product = "Karara",
                             .white_label = name != NULL,
                             .logo_url = db_text(r, 0, "logo_url"),
                             .colours = colours != NULL ? colours : "{}",
                             .language = db_text(r, 0, "language"),
                             .registration = config_bool(CONF_REGISTRATION) };
    rq_header(rq, "Vary", "Host");
    return rq_reply_struct(rq, to);
}

/* ---- rows ---- */

static const struct scope logo_scope = { "logo", &sql_logo_locate, &sql_brand_current, &brand_schema };

static const char put_doc[] = "A PNG, JPEG or WebP of at most 256 KiB and 16 to 4096 pixels each way, told by its bytes. It is "
                              "the brand's logo in the app, on its "
                              "host names, in invitations and in mails.";
static const char find_doc[] =
    "For everybody who knows the address, which is of the picture's content: it may be kept for ever.";
static const char branding_doc[] = "Before anybody has signed in: name, logo and colours of the brand whose own host name was "
                                   "asked for, else the installation's.";

static const struct route rows[] = {
    { .method = HTTP_PUT,
      .path = "/brands/{brand_id}/logo",
      .permission = PERM_CAN_MANAGE_BRAND_SETTINGS,
      .scope = &logo_scope,
      .takes = picture_types,
      .takes_most = LOGO_BYTES,
      .output = &logo_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = logo_change,
      .event = "brand.logo_changed",
      .flags = ROUTE_TENANT,
      .summary = "Give the brand a logo",
      .doc = put_doc },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/logo",
      .permission = PERM_IN_BRAND,
      .gives = picture_types,
      .tx = TX_READ,
      .handler = logo_show,
      .flags = ROUTE_TENANT | ROUTE_RAW,
      .summary = "The brand's logo",
      .doc = "As it was sent." },
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}/logo",
      .permission = PERM_CAN_MANAGE_BRAND_SETTINGS,
      .scope = &logo_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_logo_remove },
      .event = "brand.logo_removed",
      .flags = ROUTE_TENANT,
      .summary = "Take the brand's logo away" },
    { .method = HTTP_GET,
      .path = "/logos/{digest}",
      .permission = PERM_PUBLIC,
      .gives = picture_types,
      .tx = TX_READ,
      .handler = logo_open,
      .rate = RATE_NONE,
      .flags = ROUTE_RAW,
      .summary = "A logo by its content",
      .doc = find_doc },
    { .method = HTTP_GET,
      .path = "/branding",
      .permission = PERM_PUBLIC,
      .output = &branding_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = branding_show,
      .rate = RATE_NONE,
      .max_age = 60,
      .summary = "What this host looks like",
      .doc = branding_doc },
};

const struct route_table branding_routes = ROUTE_TABLE("brands", rows);
