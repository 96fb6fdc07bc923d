/* log.h - one JSON line per event on stderr. Tokens, passwords and bodies are never given to it.
 *
 *   LOG(LOG_INFO, "database_connected", LOG_STR("host", h), LOG_INT("ms", t));
 *
 * Each line carries ts, level, event, pid, then the fields. A line is one write(2) of at most 4,096 bytes, so workers
 * sharing a pipe don't mix; long texts are cut, and then "cut":true is among the fields. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NOTHING /* as the least: nothing is written */ };

struct log_field {
    const char *key; /* NULL ends the array */
    enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_DOUBLE } kind;
    const char *str; /* NULL is left out */
    int64_t num;
    double real;
};

/* clang-format off */
#define LOG_STR(k, v) { .key = (k), .kind = LOG_FIELD_STR, .str = (v) }
#define LOG_INT(k, v) { .key = (k), .kind = LOG_FIELD_INT, .num = (v) }
#define LOG_DOUBLE(k, v) { .key = (k), .kind = LOG_FIELD_DOUBLE, .real = (v) }
#ifdef __cppcheck__ /* Debian 12's doesn't know __VA_OPT__ */
#define LOG(level, event, ...) log_write((level), (event), NULL)
#else
#define LOG(level, event, ...) \
    log_write((level), (event), (const struct log_field[]){ __VA_OPT__(__VA_ARGS__,) { .key = NULL } })
#endif
/* clang-format on */

void log_set_level(enum log_level least);
void log_set_program(const char *name); /* adds "program" to each line */
void log_write(enum log_level level, const char *event, const struct log_field *fields);
