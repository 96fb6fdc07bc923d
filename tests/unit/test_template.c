/* test_template.c - texts with holes. */
#include "core/buf.h"
#include "core/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- tools ---- */

static struct buf out;
static char err[200];

static struct template_source partials(const void *context, const char *name, size_t n)
{
    const char *text = NULL;
    (void)context;
    if (n == 5 && memcmp(name, "greet", n) == 0) {
        text = "Hello {{name}}\n";
    } else if (n == 4 && memcmp(name, "self", n) == 0) {
        text = "{{> self}}";
    } else if (n == 6 && memcmp(name, "broken", n) == 0) {
        text = "{{/name}}";
    }
    return (struct template_source){ text, text != NULL ? strlen(text) : 0 };
}

static const struct template_value first_item[] = { TEMPLATE_VALUE("title", "one"), TEMPLATE_YES("last", false), TEMPLATE_END };
static const struct template_value second_item[] = { TEMPLATE_VALUE("title", "t<o"), TEMPLATE_YES("last", true), TEMPLATE_END };
static const struct template_value *const two[] = { first_item, second_item, NULL };
static const struct template_value *const none[] = { NULL };

static const struct template_value values[] = {
    TEMPLATE_VALUE("name", "Ada & <Bob> \"'"),
    TEMPLATE_VALUE("empty", ""),
    TEMPLATE_VALUE("null", NULL),
    TEMPLATE_VALUE("title", "outer"),
    TEMPLATE_YES("yes", true),
    TEMPLATE_YES("no", false),
    TEMPLATE_ITEMS("items", two),
    TEMPLATE_ITEMS("nothing", none),
    TEMPLATE_END,
};

static bool render(const char *text, enum template_escape escape)
{
    const struct template_job job = {
        .source = { text, strlen(text) }, .escape = escape, .values = values, .partial = partials
    };
    buf_clear(&out);
    buf_str(&out, "");
    err[0] = 0;
    return template_render(&out, &job, err, sizeof err);
}

static void gives(const char *text, const char *expected)
{
    if (!render(text, TEMPLATE_HTML)) {
        fail_msg("%s: %s", text, err);
    }
    assert_string_equal(out.data, expected);
}

static void refused(const char *text, const char *words)
{
    if (render(text, TEMPLATE_HTML)) {
        fail_msg("%s was taken: %s", text, out.data);
    }
    assert_string_equal(err, words);
}

/* ---- values ---- */

static void a_value_is_escaped_for_html_and_not_in_plain_text(void **state)
{
    (void)state;
    gives("x{{name}}y", "xAda &amp; &lt;Bob&gt; &quot;&#39;y");
    gives("{{ name }}", "Ada &amp; &lt;Bob&gt; &quot;&#39;");
    gives("{{{name}}}", "Ada & <Bob> \"'");
    assert_true(render("{{name}}", TEMPLATE_PLAIN));
    assert_string_equal(out.data, "Ada & <Bob> \"'");
    gives("[{{empty}}{{null}}]", "[]");
    gives("{ {a} }}", "{ {a} }}");
    gives("", "");
}

static void a_value_is_not_read_as_a_template(void **state)
{
    static const struct template_value sly[] = { TEMPLATE_VALUE("name", "{{{secret}}}"), TEMPLATE_VALUE("secret", "!"),
                                                 TEMPLATE_END };
    const struct template_job job = { .source = { "{{name}}", 8 }, .values = sly };
    (void)state;
    buf_clear(&out);
    assert_true(template_render(&out, &job, err, sizeof err));
    assert_string_equal(out.data, "{{{secret}}}");
}

/* ---- sections ---- */

static void a_section_is_there_if_its_value_is_true(void **state)
{
    (void)state;
    gives("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^yes}}c{{/yes}}{{^no}}d{{/no}}", "ad");
    gives("{{#title}}a{{/title}}{{#empty}}b{{/empty}}{{^empty}}c{{/empty}}{{^null}}d{{/null}}", "acd");
    gives("{{#yes}}{{#no}}a{{/no}}{{^no}}b{{#yes}}c{{/yes}}{{/no}}{{/yes}}", "bc");
    gives("{{^nothing}}none{{/nothing}}{{^items}}none{{/items}}", "none");
}

static void a_list_writes_its_section_for_each_item_whose_values_come_first(void **state)
{
    (void)state;
    gives("{{#items}}{{title}}{{^last}}, {{/last}}{{/items}}.{{title}}", "one, t&lt;o.outer");
    gives("{{#items}}{{#yes}}{{name}}{{/yes}}{{/items}}{{#nothing}}{{only_items_know}}{{/nothing}}",
          "Ada &amp; &lt;Bob&gt; &quot;&#39;Ada &amp; &lt;Bob&gt; &quot;&#39;");
}

static void a_section_alone_on_its_line_takes_the_line_with_it(void **state)
{
    (void)state;
    gives("a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n");
    gives("a\n  {{#no}}\t\nb\n  {{/no}}\r\nc", "a\nc");
    gives("{{#items}}\n- {{title}}\n{{/items}}", "- one\n- t&lt;o\n");
    gives("a {{#yes}}\nb {{/yes}}\nc", "a \nb \nc");
    gives("a\n{{! words }}\nb{{! words }}\n", "a\nb\n");
    gives("{{title}}\n{{title}}\n", "outer\nouter\n");
}

/* ---- partials ---- */

static void a_partial_stands_for_another_template(void **state)
{
    (void)state;
    gives("a\n{{> greet}}\nb", "a\nHello Ada &amp; &lt;Bob&gt; &quot;&#39;\nb");
    gives("{{#no}}{{>greet}}{{/no}}", "");
    refused("{{> unknown}}", "no such partial: unknown");
    refused("{{> self}}", "partials nest too deep: self");
    refused("{{> broken}}", "an end without its section: name");
}

/* ---- strictness ---- */

static void what_is_not_right_is_an_error_that_names_it(void **state)
{
    (void)state;
    refused("{{unknown}}", "no such value: unknown");
    refused("{{#no}}{{unknown}}{{/no}}", "no such value: unknown");
    refused("{{^yes}}{{#unknown}}{{/unknown}}{{/yes}}", "no such value: unknown");
    refused("{{items}}", "not a text: items");
    refused("{{yes}}", "not a text: yes");
    refused("{{#yes}}", "a section without an end: yes");
    refused("{{#yes}}{{/no}}", "an end without its section: no");
    refused("{{/yes}}", "an end without its section: yes");
    refused("a {{name", "a tag without an end: {{name");
    refused("{{{name}}", "a tag without an end: {{{name}}");
    refused("{{}}", "not a name: ");
    refused("{{a.b}}", "not a name: a.b");
    refused("{{&name}}", "not a name: &name");
    refused("{{=<% %>=}}", "not a name: =<% %>=");
}

static void work_is_bounded(void **state)
{
    char deep[17 * 8 + 1] = "";
    struct buf small = { .ceiling = 16 };
    const struct template_job job = { .source = { "{{name}}{{name}}", 16 }, .values = values };
    (void)state;
    for (int i = 0; i < 17; i++) {
        memcpy(deep + i * 8, "{{#yes}}", 9);
    }
    refused(deep, "sections nest too deep: yes");
    assert_false(template_render(&small, &job, err, sizeof err));
    assert_string_equal(err, "too long: the result");
    buf_free(&small);
    struct buf many = { 0 };
    for (int i = 0; i <= 10000; i++) {
        buf_str(&many, "{{title}}");
    }
    refused(many.data, "too many tags: title");
    buf_free(&many);
}

static int tear_down(void **state)
{
    (void)state;
    buf_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_escaped_for_html_and_not_in_plain_text),
        cmocka_unit_test(a_value_is_not_read_as_a_template),
        cmocka_unit_test(a_section_is_there_if_its_value_is_true),
        cmocka_unit_test(a_list_writes_its_section_for_each_item_whose_values_come_first),
        cmocka_unit_test(a_section_alone_on_its_line_takes_the_line_with_it),
        cmocka_unit_test(a_partial_stands_for_another_template),
        cmocka_unit_test(what_is_not_right_is_an_error_that_names_it),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
