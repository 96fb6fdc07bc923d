/* test_mail.c - from a note to the outgoing queue, and who may look into it. */
#include "api.h"
#include "api/dispatch.h"
#include "api/request.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/log.h"
#include "domains/mail/mail.h"
#include "pg.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- tools ---- */

static struct api_person admin, ada;
static struct api_brand brand;

static int begin(void **state)
{
    (void)state;
    api_begin();
    admin = api_person("root");
    ada = api_person("ada");
    brand = api_brand("paper", &ada);
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", admin.id);
    return 0;
}

static struct uuid id_of(const char *text)
{
    struct uuid u = { { 0 } };
    assert_true(uuid_parse(text, &u));
    return u;
}

static const struct template_value link_value[] = { TEMPLATE_VALUE("link", "https://here.example/x#token=abc&d"),
                                                    TEMPLATE_END };

/* Queues a note as a handler would, commits, and says what came of it. */
static enum err queue(const struct mail_note *note)
{
    static const struct route row = { .permission = PERM_PUBLIC, .tx = TX_STEPS, .path = "/test", .method = HTTP_POST };
    static const struct http_request http = { .request_id = "test", .remote_addr = "" };
    struct worker *w = api_worker();
    struct http_reply reply = { .status = 0 };
    struct request rq = { .arena = w->arena, .db = w->db, .cache = w->cache, .http = &http, .reply = &reply, .route = &row };
    rq.errors.arena = w->arena;
    enum err e = mail_queue(&rq, note);
    if (e == ERR_NONE) {
        e = rq_run(&rq);
    }
    if (e == ERR_NONE) {
        db_queue_commit(w->db);
        assert_int_equal(db_run(w->db), DB_OK);
    }
    db_reset(w->db);
    return e;
}

static enum err queue_to(const char *address)
{
    return queue(&(struct mail_note){ .template = "verify_email", .to_address = address, .values = link_value });
}

static const char *newest(const char *column, const char *address)
{
    return pg_value("select %s from karara.mails where to_address = '%s' order by created_at desc, id desc limit 1", column,
                    address);
}

/* ---- templates ---- */

/* What stands for a value of a template: a text that has to be escaped, or a list of one thing with such texts. */
static struct template_value value_named(struct arena *a, const char *name)
{
    static const struct template_value item[] = { TEMPLATE_VALUE("title", "a title & <more>"),
                                                  TEMPLATE_VALUE("message", "a message & <more>"),
                                                  TEMPLATE_VALUE("address", "https://karara.example/"),
                                                  TEMPLATE_VALUE("because", "a because & <more>"), TEMPLATE_END };
    static const struct template_value *const items[] = { item, NULL };
    return strcmp(name, "items") == 0 ? (struct template_value)TEMPLATE_ITEMS("items", items)
                                      : (struct template_value)TEMPLATE_VALUE(name, arena_printf(a, "a %s & <more>", name));
}

static void each_template_is_complete_in_each_language(void **state)
{
    (void)state;
    struct arena *a = arena_create(16 << 20);
    int rendered = 0;
    for (const struct mail_template *t = mail_templates; t->name != NULL; t++) {
        for (const char *const *l = mail_languages; *l != NULL; l++) {
            struct template_value values[8] = { 0 };
            struct mail_text mail;
            char err[200] = "";
            for (int i = 0; t->values[i] != NULL; i++) {
                values[i] = value_named(a, t->values[i]);
            }
            const struct mail_look look = { .product = "Paper & Co", .home = "https://paper.example", .name = "Ada" };
            if (!mail_render(a, t->name, *l, &look, values, &mail, err, sizeof err)) {
                fail_msg("%s.%s: %s", t->name, *l, err);
            }
            assert_string_equal(mail.language, *l);
            assert_in_range(strlen(mail.subject), 5, 78);
            assert_null(strstr(mail.html, "& <more>"));
            assert_null(strstr(mail.html, "Paper & Co"));
            assert_non_null(strstr(mail.html, "Paper &amp; Co"));
            assert_non_null(strstr(mail.html, "#2b6a4d"));
            assert_non_null(strstr(mail.html, arena_printf(a, "<html lang=\"%s\">", *l)));
            assert_null(strstr(mail.html, "<script"));
            assert_null(strstr(mail.html, "<img"));
            for (int i = 0; t->values[i] != NULL; i++) {
                const char *shown = values[i].kind == TEMPLATE_LIST ? "because" : t->values[i];
                const char *words = arena_printf(a, "a %s & <more>", shown);
                assert_true(strstr(mail.text, words) != NULL || strstr(mail.subject, words) != NULL);
                assert_non_null(strstr(mail.html, arena_printf(a, "a %s &amp; &lt;more&gt;", shown)));
            }
            assert_non_null(strstr(mail.text, *l[0] == 'd' ? "Guten Tag Ada," : "Hello Ada,"));
            /* What has a reason of its own isn't said to come because somebody typed in an address. */
            assert_int_equal(strstr(mail.text, *l[0] == 'd' ? "Ihre Adresse eingegeben" : "typed in your address") == NULL,
                             t->inside);
            rendered++;
        }
    }
    assert_in_range(rendered, 16, 100);
    arena_destroy(a);
}

static void a_template_that_lacks_a_value_or_is_not_there_is_refused(void **state)
{
    (void)state;
    const struct mail_note no_values = { .template = "verify_email", .to_address = "a@b.example" };
    const struct mail_note no_template = { .template = "nowhere", .to_address = "a@b.example", .values = link_value };
    log_set_level((enum log_level)(LOG_ERROR + 1));
    assert_int_equal(queue(&no_values), ERR_INTERNAL_ERROR);
    assert_int_equal(queue(&no_template), ERR_INTERNAL_ERROR);
    log_set_level(LOG_WARN);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address = 'a@b.example'"), 0);
}

static void a_language_is_ours_or_english(void **state)
{
    (void)state;
    assert_string_equal(mail_language("de"), "de");
    assert_string_equal(mail_language("de-AT"), "de");
    assert_string_equal(mail_language("DE_CH"), "de");
    assert_string_equal(mail_language("deu"), "en");
    assert_string_equal(mail_language("fr"), "en");
    assert_string_equal(mail_language(""), "en");
    assert_string_equal(mail_language(NULL), "en");
}

static const char *html_with(struct arena *a, const struct mail_look *look)
{
    struct mail_text mail;
    char err[200];
    assert_true(mail_render(a, "verify_email", "en", look, link_value, &mail, err, sizeof err));
    return mail.html;
}

static void a_colour_is_a_colour_or_ours_and_the_ink_on_it_can_be_read(void **state)
{
    (void)state;
    struct arena *a = arena_create(16 << 20);
    struct mail_look look = { .home = "https://x.example", .colour = "#ffee00" };
    assert_non_null(strstr(html_with(a, &look), "background-color:#ffee00"));
    assert_non_null(strstr(html_with(a, &look), "color:#111111;text-decoration"));
    look.colour = "#102030";
    assert_non_null(strstr(html_with(a, &look), "color:#ffffff;text-decoration"));
    static const char *const wrong[] = { "red", "#12345", "#1234567", "#12345g", "#fff\";}", "", NULL };
    for (int i = 0; wrong[i] != NULL; i++) {
        look.colour = wrong[i];
        assert_non_null(strstr(html_with(a, &look), "background-color:#2b6a4d"));
    }
    arena_destroy(a);
}

static void a_name_that_could_be_a_message_is_not_greeted(void **state)
{
    (void)state;
    struct arena *a = arena_create(16 << 20);
    static const char *const people[] = { "Ada", "Noor al-Rashid", "J. R. Tolkien", "Ada & Söhne", "O'Neil Jr.", NULL };
    static const char *const messages[] = {
        "http://evil.example", "evil.example/win", "you won: click", "a\nb", "<b>x</b>", "me@x", "evil.example", NULL
    };
    struct mail_look look = { .home = "https://x.example" };
    for (int i = 0; people[i] != NULL; i++) {
        look.name = people[i];
        assert_null(strstr(html_with(a, &look), "Hello,"));
    }
    for (int i = 0; messages[i] != NULL; i++) {
        look.name = messages[i];
        assert_non_null(strstr(html_with(a, &look), "Hello,"));
    }
    arena_destroy(a);
}

/* ---- the queue ---- */

static void a_note_becomes_a_row_of_the_queue(void **state)
{
    struct uuid id;
    char text[UUID_TEXT_SIZE];
    static const struct mail_header headers[] = { { "List-Unsubscribe", "<https://here.example/u>" }, { NULL, NULL } };
    (void)state;
    assert_int_equal(queue(&(struct mail_note){ .template = "verify_email",
                                                .to_address = "new@mail.example",
                                                .to_name = "Ada\tOkafor",
                                                .language = "de-CH",
                                                .user_id = id_of(ada.id),
                                                .values = link_value,
                                                .headers = headers,
                                                .ret_id = &id }),
                     ERR_NONE);
    uuid_format(&id, text);
    assert_string_equal(newest("id", "new@mail.example"), text);
    assert_string_equal(newest("status || ' ' || language || ' ' || to_name || ' ' || attempts", "new@mail.example"),
                        "queued de Ada Okafor 0");
    assert_string_equal(newest("subject", "new@mail.example"), "Bestätigen Sie Ihre E-Mail-Adresse");
    assert_string_equal(newest("user_id", "new@mail.example"), ada.id);
    assert_string_equal(newest("headers->>'List-Unsubscribe'", "new@mail.example"), "<https://here.example/u>");
    assert_string_equal(
        pg_value("select j.kind || ' ' || j.queue || ' ' || (j.payload->>'mail_id') || ' ' || (j.run_at = m.not_before) "
                 "from karara.jobs j join karara.mails m on j.unique_key = 'mail:' || m.id where m.id = '%s'",
                 text),
        api_f("mail_send mail %s true", text));
    assert_non_null(strstr(newest("text_body", "new@mail.example"), "https://here.example/x#token=abc&d\n"));
    assert_non_null(strstr(newest("right(html_body, 3000)", "new@mail.example"), "https://here.example/x#token=abc&amp;d"));
    assert_string_equal(newest("not_before = created_at", "new@mail.example"), "t");
}

static void language_and_looks_are_the_person_s_then_the_brand_s(void **state)
{
    (void)state;
    struct mail_note note = { .template = "verify_email", .to_address = "look@mail.example", .values = link_value };
    note.user_id = id_of(ada.id);
    assert_int_equal(queue(&note), ERR_NONE);
    assert_string_equal(newest("language", "look@mail.example"), "en");
    pg_exec("update karara.brands set name = 'Paper <Mill>', settings = '{\"language\": \"de\", \"colours\": {\"accent\": "
            "\"#aa0033\"}}' "
            "where id = '%s'",
            brand.id);
    note.brand_id = id_of(brand.id);
    assert_int_equal(queue(&note), ERR_NONE);
    assert_string_equal(newest("language || ' ' || brand_id", "look@mail.example"), api_f("de %s", brand.id));
    assert_non_null(strstr(newest("html_body", "look@mail.example"), "Paper &lt;Mill&gt;"));
    assert_non_null(strstr(newest("html_body", "look@mail.example"), "background-color:#aa0033"));
    pg_exec("update karara.users set preferences = '{\"language\": \"en-GB\"}' where id = '%s'", ada.id);
    assert_int_equal(queue(&note), ERR_NONE);
    assert_string_equal(newest("language", "look@mail.example"), "en");
}

static void a_cause_has_one_mail(void **state)
{
    (void)state;
    struct mail_note note = {
        .template = "verify_email", .to_address = "once@mail.example", .values = link_value, .unique_key = "cause:1"
    };
    assert_int_equal(queue(&note), ERR_NONE);
    assert_int_equal(queue(&note), ERR_NONE);
    note.unique_key = "cause:2";
    note.not_before = INT64_C(4102444800000000);
    assert_int_equal(queue(&note), ERR_NONE);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address = 'once@mail.example'"), 2);
    assert_string_equal(pg_value("select not_before at time zone 'UTC' from karara.mails where unique_key = 'cause:2'"),
                        "2100-01-01 00:00:00");
}

static void an_address_that_a_mail_server_could_take_for_a_command_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "a@b.example\r\nDATA",
                                         "a b@c.example",
                                         "<a@b.example>",
                                         "a@b.example\x7f",
                                         "a\t@b.example",
                                         "a@b.example>",
                                         "nobody",
                                         "",
                                         NULL };
    long long before = pg_count("select count(*) from karara.mails");
    log_set_level((enum log_level)(LOG_ERROR + 1));
    for (int i = 0; wrong[i] != NULL; i++) {
        assert_int_equal(queue_to(wrong[i]), ERR_INTERNAL_ERROR);
    }
    static const struct mail_header two_lines[] = { { "X-Note", "a\r\nBcc: b@c.example" }, { NULL, NULL } };
    static const struct mail_header odd_name[] = { { "X Note:", "a" }, { NULL, NULL } };
    struct mail_note note = {
        .template = "verify_email", .to_address = "h@mail.example", .values = link_value, .headers = two_lines
    };
    assert_int_equal(queue(&note), ERR_INTERNAL_ERROR);
    note.headers = odd_name;
    assert_int_equal(queue(&note), ERR_INTERNAL_ERROR);
    log_set_level(LOG_WARN);
    assert_int_equal(pg_count("select count(*) from karara.mails"), before);
    assert_int_equal(queue_to("zoë@bücher.example"), ERR_NONE);
    assert_string_equal(
        pg_try("insert into karara.mails (id, template, language, to_address, subject, text_body, html_body) values "
               "('%s', 'x', 'en', E'a@b\\nc', 's', '', '')",
               ada.id),
        "23514");
}

/* ---- who may look ---- */

static void only_platform_admins_see_the_queue(void **state)
{
    (void)state;
    const char *one = api_f("/api/v1/admin/mails/%s", newest("id", "new@mail.example"));
    assert_int_equal(api_get(&ada, "/api/v1/admin/mails").status, 403);
    assert_int_equal(api_get(&ada, one).status, 403);
    assert_int_equal(api_get(NULL, one).status, 401);
    struct api_reply r = api_get(&admin, "/api/v1/admin/mails?to_address=new@mail.example&template=verify_email&status=queued");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.subject"), "Bestätigen Sie Ihre E-Mail-Adresse");
    assert_null(api_json(&r, "data.0.text_body"));
    r = api_get(&admin, "/api/v1/admin/mails?status=sent");
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&admin, "/api/v1/admin/mails");
    assert_true(strcmp(api_text(&r, "data.0.created_at"), api_text(&r, "data.1.created_at")) >= 0);
    r = api_get(&admin, api_f("/api/v1/admin/mails/%s", ada.id));
    assert_int_equal(r.status, 404);
}

static void bodies_are_read_only_where_a_setting_lets_them(void **state)
{
    (void)state;
    const char *one = api_f("/api/v1/admin/mails/%s", newest("id", "new@mail.example"));
    struct api_reply r = api_get(&admin, one);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.text_body")));
    assert_true(json_is_null(api_json(&r, "data.html_body")));
    assert_null(strstr(r.body, "token="));
    config_set(CONF_MAIL_READABLE, "on");
    r = api_get(&admin, one);
    config_set(CONF_MAIL_READABLE, "off");
    assert_non_null(strstr(api_text(&r, "data.text_body"), "#token=abc&d"));
    assert_non_null(strstr(api_text(&r, "data.html_body"), "<html lang=\"de\">"));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
}

static void a_sysadmin_lists_and_prints_them(void **state)
{
    const char *text;
    (void)state;
    char id[UUID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", newest("id", "new@mail.example"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "list", "--to", "NEW@mail.example", "--status", "queued"), 0);
    assert_non_null(strstr(text, id));
    assert_non_null(strstr(text, "verify_email"));
    assert_null(strstr(text, "once@mail.example"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "list"), 0);
    assert_non_null(strstr(text, "once@mail.example"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "show", id), 0);
    assert_non_null(strstr(text, "To: Ada Okafor <new@mail.example>"));
    assert_non_null(strstr(text, "#token=abc&d"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "show", "--html", id), 0);
    assert_non_null(strstr(text, "<!DOCTYPE html>"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "show", ada.id), 1);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "show", "x"), 1);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "list", "--status", "sent"), 0);
    assert_non_null(strstr(text, "no mails"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_template_is_complete_in_each_language),
        cmocka_unit_test(a_template_that_lacks_a_value_or_is_not_there_is_refused),
        cmocka_unit_test(a_language_is_ours_or_english),
        cmocka_unit_test(a_colour_is_a_colour_or_ours_and_the_ink_on_it_can_be_read),
        cmocka_unit_test(a_name_that_could_be_a_message_is_not_greeted),
        cmocka_unit_test(a_note_becomes_a_row_of_the_queue),
        cmocka_unit_test(language_and_looks_are_the_person_s_then_the_brand_s),
        cmocka_unit_test(a_cause_has_one_mail),
        cmocka_unit_test(an_address_that_a_mail_server_could_take_for_a_command_is_refused),
        cmocka_unit_test(only_platform_admins_see_the_queue),
        cmocka_unit_test(bodies_are_read_only_where_a_setting_lets_them),
        cmocka_unit_test(a_sysadmin_lists_and_prints_them),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
