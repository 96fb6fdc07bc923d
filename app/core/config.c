/* config.c - see config.h. */
#include "core/config.h"
#include "core/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_DEFAULT_PATH "/etc/karara/karara.conf"

enum { NAME_SIZE = 40 };

struct value {
    char *text; /* from malloc, never NULL once set */
    int64_t number;
};

static struct config_row rows[CONF_COUNT] = {
#define SETTING(name, type, def, unit, doc) [CONF_##name] = { #name, CONF_TYPE_##type, (def), (unit), (doc) },
#include "core/config.def"
#undef SETTING
};

static char names[CONF_COUNT][NAME_SIZE]; /* in lower case */
static struct value values[CONF_COUNT];

#define SETTING(name, type, def, unit, doc) _Static_assert(sizeof #name <= NAME_SIZE, "the name of " #name " is too long");
#include "core/config.def"
#undef SETTING

static bool parse_bool(const char *text, int64_t *ret)
{
    static const char *const yes[] = { "on", "true", "yes", "1" }, *const no[] = { "off", "false", "no", "0" };

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (str_eq_ci(text, yes[i])) {
            *ret = 1;
            return true;
        }
        if (str_eq_ci(text, no[i])) {
            *ret = 0;
            return true;
        }
    }
    return false;
}

static bool is_log_level(const char *text)
{
    return str_eq(text, "debug") || str_eq(text, "info") || str_eq(text, "warn") || str_eq(text, "error");
}

/* Puts a checked value into *v. Returns NULL, or what is wrong with it. */
static const char *value_set(struct value *v, enum config_key key, const char *text)
{
    int64_t number = 0;
    char *copy;

    if (rows[key].type == CONF_TYPE_INT && !str_to_int(text, 0, INT64_MAX, &number)) {
        return "not a whole number of zero or more";
    }
    if (rows[key].type == CONF_TYPE_BOOL && !parse_bool(text, &number)) {
        return "neither on nor off";
    }
    if (key == CONF_LOG_LEVEL && !is_log_level(text)) {
        return "not one of debug, info, warn, error";
    }
    copy = strdup(text);
    if (!copy) {
        return "no memory";
    }
    free(v->text);
    v->text = copy;
    v->number = number;
    return NULL;
}

static void values_free(struct value *v)
{
    for (int i = 0; i < CONF_COUNT; i++) {
        free(v[i].text);
        v[i].text = NULL;
    }
}

/* Fills in the defaults. One that its own row's type refuses is an error in config.def, so the program doesn't start. */
static void values_default(struct value *v)
{
    for (int i = 0; i < CONF_COUNT; i++) {
        const char *wrong = value_set(&v[i], (enum config_key)i, rows[i].def);

        if (wrong) {
            fprintf(stderr, "config.def: %s: %s\n", rows[i].name, wrong);
            abort();
        }
    }
}

static void ensure_ready(void)
{
    if (values[0].text) {
        return;
    }
    for (int i = 0; i < CONF_COUNT; i++) {
        for (size_t c = 0; rows[i].name[c]; c++) {
            names[i][c] = (char)(rows[i].name[c] >= 'A' && rows[i].name[c] <= 'Z' ? rows[i].name[c] + 32 : rows[i].name[c]);
        }
        rows[i].name = names[i];
    }
    values_default(values);
}

const struct config_row *config_row(enum config_key key)
{
    ensure_ready();
    return &rows[key];
}

static int find_key(const char *name)
{
    for (int i = 0; i < CONF_COUNT; i++) {
        if (str_eq(rows[i].name, name)) {
            return i;
        }
    }
    return -1;
}

static char *trim(char *s)
{
    size_t n;

    s += strspn(s, " \t\r\n");
    n = strlen(s);
    while (n && strchr(" \t\r\n", s[n - 1])) {
        s[--n] = '\0';
    }
    return s;
}

/* Takes the quotes off, inside which nothing is escaped. False when one is missing. */
static bool unquote(char **text)
{
    size_t n = strlen(*text);

    if (**text != '"') {
        return true;
    }
    if (n < 2 || (*text)[n - 1] != '"') {
        return false;
    }
    (*text)[n - 1] = '\0';
    (*text)++;
    return true;
}

/* One line of the file. Returns NULL, or what is wrong; *ret_name is the key as far as it was read. */
static const char *take_line(struct value *v, bool *seen, char *line, const char **ret_name)
{
    char *text, *name = trim(line);
    int key;

    *ret_name = name;
    if (!*name || *name == '#') {
        return NULL;
    }
    text = strchr(name, '=');
    if (!text) {
        return "no \"=\" behind the key";
    }
    *text++ = '\0';
    name = trim(name);
    text = trim(text);
    *ret_name = name;
    key = find_key(name);
    if (key < 0) {
        return "no such setting";
    }
    if (seen[key]) {
        return "set twice";
    }
    seen[key] = true;
    if (!unquote(&text)) {
        return "a quote is missing";
    }
    return value_set(&v[key], (enum config_key)key, text);
}

static bool read_file(struct value *v, const char *path, bool may_be_absent, char *err, unsigned err_size)
{
    bool seen[CONF_COUNT] = { false };
    const char *name, *wrong = NULL;
    unsigned number = 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    FILE *f = fopen(path, "re");

    if (!f) {
        if (errno == ENOENT && may_be_absent) {
            return true;
        }
        snprintf(err, err_size, "%s: %s", path, strerror(errno));
        return false;
    }
    while (!wrong && (n = getline(&line, &size, f)) >= 0) {
        number++;
        name = "";
        wrong = strlen(line) == (size_t)n ? take_line(v, seen, line, &name) : "a NUL byte";
        if (wrong) {
            snprintf(err, err_size, "%s:%u: %s: %s", path, number, name, wrong);
        }
    }
    if (!wrong && ferror(f)) {
        wrong = strerror(errno);
        snprintf(err, err_size, "%s: %s", path, wrong);
    }
    free(line);
    fclose(f);
    return !wrong;
}

/* Asks only for what could be a setting: other variables that begin with KARARA_ are other people's. */
static bool read_environment(struct value *v, char *err, unsigned err_size)
{
    char variable[sizeof "KARARA_" + NAME_SIZE];
    const char *text, *wrong;

    for (int i = 0; i < CONF_COUNT; i++) {
        snprintf(variable, sizeof variable, "KARARA_%s", rows[i].name);
        for (char *c = variable; *c; c++) {
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        }
        text = getenv(variable);
        wrong = text ? value_set(&v[i], (enum config_key)i, text) : NULL;
        if (wrong) {
            snprintf(err, err_size, "environment: %s: %s", variable, wrong);
            return false;
        }
    }
    return true;
}

bool config_load(char *err, unsigned err_size)
{
    struct value fresh[CONF_COUNT] = { { NULL, 0 } };
    const char *path = getenv("KARARA_CONFIG");
    bool named = !str_empty(path);

    ensure_ready();
    values_default(fresh);
    if (!read_file(fresh, named ? path : CONFIG_DEFAULT_PATH, !named, err, err_size) ||
        !read_environment(fresh, err, err_size)) {
        values_free(fresh);
        return false;
    }
    values_free(values);
    memcpy(values, fresh, sizeof values);
    return true;
}

const char *config_text(enum config_key key)
{
    ensure_ready();
    return values[key].text;
}

int64_t config_int(enum config_key key)
{
    ensure_ready();
    return values[key].number;
}

bool config_bool(enum config_key key)
{
    ensure_ready();
    return values[key].number != 0;
}

bool config_set(enum config_key key, const char *value)
{
    ensure_ready();
    return !value_set(&values[key], key, value);
}
