/* schema_parse.c - request bodies, from text to jansson values, strictly (RFC 8259, and no key twice). */
#include "api/schema.h"

#include "core/arena.h"

static void release_json(void *p)
{
    json_decref(p);
}

static const char *problem_at(struct arena *a, int line, int column, const char *words)
{
    return arena_printf(a, "line %d, column %d: %s", line, column, words);
}

/* The same for a byte of the text; columns count code points. */
static const char *problem_at_byte(struct arena *a, const char *text, size_t offset, const char *words)
{
    int line = 1, column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return problem_at(a, line, column, words);
}

/* Finds the first bracket that opens a level too many. jansson recurses, so this is asked before it sees the text. */
static bool find_too_deep(const char *text, size_t n, int depth, size_t *ret_offset)
{
    bool in_string = false;
    int open = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++open > depth) {
                *ret_offset = i;
                return true;
            }
        } else if ((c == '}' || c == ']') && open > 0) {
            open--;
        }
    }
    return false;
}

static const char *words_for(const json_error_t *e)
{
    switch (json_error_code(e)) {
    case json_error_invalid_utf8:
        return "the text is not UTF-8";
    case json_error_premature_end_of_input:
        return "the JSON ends too early";
    case json_error_end_of_input_expected:
        return "there is something after the end of the JSON";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "the character U+0000 is not allowed";
    case json_error_duplicate_key:
        return "a key stands twice in one object";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_stack_overflow:
        return "it is nested too deeply";
    default:
        return "this is not valid JSON";
    }
}

json_t *schema_parse(struct arena *a, const char *text, size_t n, int depth, const char **ret_problem)
{
    json_error_t e;
    json_t *body;
    size_t at = 0;

    if (n == 0) {
        body = json_object();
        arena_adopt(a, body, release_json);
        return body;
    }
    while (at < n && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
        at++;
    }
    if (at == n || text[at] != '{') {
        *ret_problem = problem_at_byte(a, text, at, "the body must be a JSON object, in braces");
        return NULL;
    }
    if (find_too_deep(text, n, depth, &at)) {
        *ret_problem = problem_at_byte(a, text, at, arena_printf(a, "nested more than %d deep", depth));
        return NULL;
    }
    body = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
    if (body == NULL) {
        *ret_problem = problem_at(a, e.line > 0 ? e.line : 1, e.column > 0 ? e.column : 1, words_for(&e));
        return NULL;
    }
    arena_adopt(a, body, release_json);
    return body;
}
