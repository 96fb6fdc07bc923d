/* site.c - see site.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "process.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT = 1 << 16, ARGUMENTS = 32 };

static char folder[] = "/tmp/karara-site-XXXXXX";
static char dir[64], url[128], ca[256];
static char output[OUTPUT];

int site_stack(const char *verb, const char *const *more)
{
    const char *argv[ARGUMENTS] = { KARARA_APP_DIR "/../tests/support/stack", verb, dir };
    char log[64];
    int n = 3;
    snprintf(log, sizeof log, "%s/stack.log", folder);
    while (*more != NULL) {
        argv[n++] = *more++;
    }
    return process_run(&(struct process){ .argv = argv, .log = log });
}

void site_env(const char *name, char *to, size_t size)
{
    char path[96], line[512];
    snprintf(path, sizeof path, "%s/env", dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        size_t n = strlen(name);
        if (strncmp(line, name, n) == 0 && line[n] == '=') {
            bool quoted = line[n + 1] == '\'';
            line[strcspn(line, "\n") - quoted] = 0;
            snprintf(to, size, "%s", line + n + 1 + quoted);
        }
    }
    fclose(f);
}

const char *site_folder(void)
{
    return folder;
}

bool site_start(const char *const *options)
{
    const char *all[ARGUMENTS] = { "--preset", KARARA_BIN_DIR "/..", "--scratch", "--workers", "2" };
    int n = 5;
    assert_non_null(mkdtemp(folder));
    snprintf(dir, sizeof dir, "%s/stack", folder);
    while (*options != NULL) {
        all[n++] = *options++;
    }
    if (site_stack("start", all) != 0) {
        const char *argv[] = { "cat", "stack.log", NULL };
        print_error("the stack does not start:\n");
        (void)process_run(&(struct process){ .argv = argv, .folder = folder });
        return false;
    }
    site_env("STACK_URL", url, sizeof url);
    site_env("STACK_CA", ca, sizeof ca);
    return true;
}

int site_remove(void)
{
    int status = site_stack("remove", (const char *const[]){ NULL });
    if (status == 0) {
        folder_remove(folder);
    }
    return status;
}

void site_curl_command(const char *path, const char *const *arguments, const char *ret_argv[SITE_ARGUMENTS])
{
    static char address[512];
    snprintf(address, sizeof address, "%s%s", url, path);
    const char *const first[] = { "curl", "--silent", "--cacert", ca, "--max-time", "60" };
    int n = (int)(sizeof first / sizeof *first);
    memcpy(ret_argv, first, sizeof first);
    while (*arguments != NULL) {
        ret_argv[n++] = *arguments++;
    }
    ret_argv[n++] = address;
    ret_argv[n] = NULL;
}

const char *site_output(void)
{
    return output;
}

void site_curl(const char *path, const char *const *arguments)
{
    const char *argv[SITE_ARGUMENTS];
    site_curl_command(path, arguments, argv);
    (void)process_read(&(struct process){ .argv = argv }, output, sizeof output);
}

void site_assert_error(int status, const char *code)
{
    char *last = strrchr(output, '\n');
    assert_non_null(last);
    assert_int_equal(atoi(last + 1), status);
    *last = 0;
    json_t *r = json_loads(output, 0, NULL);
    if (r == NULL) {
        fail_msg("no JSON: %.300s", output);
    }
    json_t *error = json_object_get(r, "error");
    assert_true(json_is_false(json_object_get(r, "success")));
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    assert_true(json_is_string(json_object_get(error, "message")));
    assert_true(json_is_object(json_object_get(error, "details")));
    assert_true(json_is_object(json_object_get(error, "field_errors")));
    assert_true(json_is_string(json_object_get(r, "request_id")));
    assert_true(json_is_string(json_object_get(r, "timestamp")));
    json_decref(r);
}

int site_status(void)
{
    const char *last = strrchr(output, '\n');
    return last != NULL ? atoi(last + 1) : 0;
}
