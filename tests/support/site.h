/* site.h - a whole Karara behind a real nginx, in a folder of its own (tests/support/stack), and curl to ask it. One of them in a program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SITE_ARGUMENTS = 48 };

/* Starts one with two workers and these options of `stack start` (NULL-terminated); false when it doesn't start, with words. */
bool site_start(const char *const *options);
/* Ends and removes it. Its status tells what sanitizers found in the workers. */
int site_remove(void);
/* Another verb of the stack: site_stack("stop", {"api", NULL}). Its exit status. */
int site_stack(const char *verb, const char *const *more);
/* A folder for the test's own files, which goes with the site. */
const char *site_folder(void);
/* The value of a line NAME=value of the stack's env file, without its quotes. */
void site_env(const char *name, char *to, size_t size);

/* What runs curl with these arguments and the path behind the site's address: good until the next call. */
void site_curl_command(const char *path, const char *const *arguments, const char *ret_argv[SITE_ARGUMENTS]);
/* Runs it. */
void site_curl(const char *path, const char *const *arguments);
/* What the last one wrote. */
const char *site_output(void);
#define SITE_CURL(path, ...) site_curl((path), (const char *const[]){ __VA_ARGS__, NULL })

/* Has curl write the status behind the body, in a line of its own, as the two below want it. */
#define SITE_STATUS "--write-out", "\n%{http_code}"
/* The last answer is an error of this status and code, with all that an error has. */
void site_assert_error(int status, const char *code);
int site_status(void);
