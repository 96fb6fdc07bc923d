/* rrule.c - see rrule.h. */
#include "core/rrule.h"

#include "core/clock.h"
#include "core/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum part {
    FREQ,
    INTERVAL,
    COUNT,
    UNTIL,
    WKST,
    BYMONTH,
    BYWEEKNO,
    BYYEARDAY,
    BYMONTHDAY,
    BYDAY,
    BYHOUR,
    BYMINUTE,
    BYSETPOS,
    PARTS
};

/* Bits of the frequencies beside which a part may stand. */
enum {
    H = 1 << RRULE_HOURLY,
    D = 1 << RRULE_DAILY,
    W = 1 << RRULE_WEEKLY,
    M = 1 << RRULE_MONTHLY,
    Y = 1 << RRULE_YEARLY,
    ANY = H | D | W | M | Y
};

static const struct {
    const char *name;
    int min, max;  /* of its numbers */
    bool negative; /* also counted from the end */
    int values;    /* at most; 0: not a list */
    int beside;
} parts[PARTS] = {
    [FREQ] = { "FREQ", 0, 0, false, 0, ANY },
    [INTERVAL] = { "INTERVAL", 1, 1000, false, 0, ANY },
    [COUNT] = { "COUNT", 1, 10000, false, 0, ANY },
    [UNTIL] = { "UNTIL", 0, 0, false, 0, ANY },
    [WKST] = { "WKST", 0, 0, false, 0, ANY },
    [BYMONTH] = { "BYMONTH", 1, 12, false, 12, ANY },
    [BYWEEKNO] = { "BYWEEKNO", 1, 53, true, 106, Y },
    [BYYEARDAY] = { "BYYEARDAY", 1, 366, true, 732, H | Y },
    [BYMONTHDAY] = { "BYMONTHDAY", 1, 31, true, 62, H | D | M | Y },
    [BYDAY] = { "BYDAY", 0, 0, false, 370, ANY },
    [BYHOUR] = { "BYHOUR", 0, 23, false, 24, ANY },
    [BYMINUTE] = { "BYMINUTE", 0, 59, false, 4, ANY },
    [BYSETPOS] = { "BYSETPOS", 1, 366, true, 732, ANY },
};

static const char *const freqs[] = { "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY" };
static const char weekdays[] = "SUMOTUWETHFRSA";

struct reading {
    struct rrule *rule;
    char *value[PARTS]; /* as given, NULL for none; ends with NUL */
    char buffer[RRULE_TEXT_MAX + 1];
    char *problem;
    size_t problem_size;
};

static bool __attribute__((format(printf, 2, 3))) wrong(struct reading *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->problem, r->problem_size, format, args);
    va_end(args);
    return false;
}

/* The whole of `s` as a number within the part's bounds. */
static bool read_bounded(enum part p, const char *s, int *ret)
{
    int64_t v;
    const char *digits = s + (*s == '+' || *s == '-');
    if ((*s == '+' && !parts[p].negative) || !isdigit((unsigned char)*digits) || strlen(digits) > 5 ||
        !str_to_int(digits, parts[p].min, parts[p].max, &v) || (*s == '-' && !parts[p].negative)) {
        return false;
    }
    *ret = (int)(*s == '-' ? -v : v);
    return true;
}

static int read_weekday(const char *s)
{
    for (int i = 0; i < 7; i++) {
        if (strncmp(s, weekdays + 2 * (size_t)i, 2) == 0 && s[2] == '\0') {
            return i;
        }
    }
    return -1;
}

/* "MO", "2MO", "-1FR" */
static bool read_day(const char *s, int *ret_ordinal, int *ret_day)
{
    size_t n = strlen(s);
    char number[8] = "";
    *ret_ordinal = 0;
    if (n < 2 || n > 5 || (*ret_day = read_weekday(s + n - 2)) < 0) {
        return false;
    }
    memcpy(number, s, n - 2);
    return n == 2 || (read_bounded(BYWEEKNO, number, ret_ordinal) && *ret_ordinal != 0);
}

static void add(uint64_t *set, int v)
{
    set[v / 64] |= UINT64_C(1) << v % 64;
}

/* Puts a value into the rule's sets. */
static void take(struct rrule *r, enum part p, int v)
{
    int n = v < 0 ? -v : v;
    switch (p) {
    case BYMONTH:
        r->months |= 1U << n;
        break;
    case BYHOUR:
        r->hours |= 1U << n;
        break;
    case BYMINUTE:
        add(&r->minutes, n);
        break;
    case BYWEEKNO:
        add(v < 0 ? &r->weeks_from_end : &r->weeks, n);
        break;
    case BYMONTHDAY:
        *(v < 0 ? &r->month_days_from_end : &r->month_days) |= 1U << n;
        break;
    case BYYEARDAY:
        add(v < 0 ? r->year_days_from_end : r->year_days, n);
        r->has_year_days = true;
        break;
    default:
        add(v < 0 ? r->set_from_end : r->set, n);
        r->by_setpos = true;
    }
}

static bool read_item(struct reading *r, enum part p, const char *s)
{
    int v, day;
    if (p == BYDAY) {
        if (!read_day(s, &v, &day)) {
            return wrong(r, "has the day %.12s: say MO, TU, WE, TH, FR, SA or SU, with a number before it at most", s);
        }
        if (v == 0) {
            r->rule->weekdays |= 1U << day;
        } else {
            add(v < 0 ? &r->rule->nth_from_end[day] : &r->rule->nth[day], v < 0 ? -v : v);
            r->rule->has_nth = true;
        }
        return true;
    }
    if (!read_bounded(p, s, &v)) {
        return wrong(r, "has %s=%.12s: say numbers from %d to %d%s", parts[p].name, s, parts[p].min, parts[p].max,
                     parts[p].negative ? ", or the same with a minus to count from the end" : "");
    }
    take(r->rule, p, v);
    return true;
}

/* True when the list that ends at `end` has that item already. */
static bool has_item(const char *list, const char *end, const char *item)
{
    size_t n = strlen(item);
    while (list < end) {
        const char *comma = memchr(list, ',', (size_t)(end - list)), *until = comma == NULL ? end : comma;
        if ((size_t)(until - list) == n && memcmp(list, item, n) == 0) {
            return true;
        }
        list = until + 1;
    }
    return false;
}

/* Checks the values of a list, in place dropping those that stand there twice and needless plus signs. */
static bool read_list(struct reading *r, enum part p)
{
    char *from = r->value[p], *out = from, *next, item[16];
    int count = 0;
    if (*from == '\0') {
        return wrong(r, "has an empty %s", parts[p].name);
    }
    for (; from != NULL; from = next) {
        next = strchr(from, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (!read_item(r, p, from)) {
            return false;
        }
        snprintf(item, sizeof item, "%s", from + (*from == '+'));
        if (has_item(r->value[p], out, item)) {
            continue;
        }
        if (++count > parts[p].values) {
            return wrong(r, "has more than %d values of %s", parts[p].values, parts[p].name);
        }
        if (out != r->value[p]) {
            *out++ = ',';
        }
        memmove(out, item, strlen(item));
        out += strlen(item);
    }
    *out = '\0';
    return true;
}

/* "20261231", "20261231T170000", "20261231T160000Z" */
static bool read_until(struct reading *r, const char *s)
{
    char text[CLOCK_TEXT_SIZE];
    size_t n = strlen(s);
    int64_t moment;
    bool has_time = n == 15 || n == 16;
    if ((!has_time && n != 8) || strspn(s, "0123456789") != 8 ||
        (has_time && (s[8] != 'T' || strspn(s + 9, "0123456789") != 6)) || (n == 16 && s[15] != 'Z')) {
        return wrong(r, "has UNTIL=%.20s: say a date such as 20261231, or 20261231T170000Z", s);
    }
    snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s, s + 4, s + 6, has_time ? s + 9 : "23",
             has_time ? s + 11 : "59", has_time ? s + 13 : "59");
    if (!clock_parse(text, &moment)) {
        return wrong(r, "has UNTIL=%.20s, which is no date", s);
    }
    r->rule->until = moment / 1000000;
    r->rule->until_as = n == 16 ? RRULE_UNTIL_UTC : RRULE_UNTIL_LOCAL;
    return true;
}

static bool read_freq(struct reading *r, const char *s)
{
    for (int i = 0; i < 5; i++) {
        if (str_eq(s, freqs[i])) {
            r->rule->freq = (enum rrule_freq)i;
            return true;
        }
    }
    if (str_eq(s, "SECONDLY") || str_eq(s, "MINUTELY")) {
        return wrong(r, "has FREQ=%s: hourly is as often as it gets", s);
    }
    return wrong(r, "has FREQ=%.12s: say HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY", s);
}

static bool read_single(struct reading *r, enum part p)
{
    const char *s = r->value[p];
    int *to = p == INTERVAL ? &r->rule->interval : &r->rule->count;
    switch (p) {
    case FREQ:
        return read_freq(r, s);
    case UNTIL:
        return read_until(r, s);
    case WKST:
        r->rule->week_start = read_weekday(s);
        return r->rule->week_start >= 0 || wrong(r, "has WKST=%.12s: say MO, TU, WE, TH, FR, SA or SU", s);
    default:
        return read_bounded(p, s, to) ||
               wrong(r, "has %s=%.12s: say a number from %d to %d", parts[p].name, s, parts[p].min, parts[p].max);
    }
}

/* Cuts "NAME=value;NAME=value" in r->buffer. */
static bool split(struct reading *r)
{
    char *next;
    for (char *s = r->buffer; s != NULL; s = next) {
        next = strchr(s, ';');
        if (next != NULL) {
            *next++ = '\0';
        }
        char *value = strchr(s, '=');
        if (value == NULL) {
            return wrong(r, *s == '\0' ? "has an empty part" : "has a part without a value: %.20s", s);
        }
        *value++ = '\0';
        int p = 0;
        while (p < PARTS && !str_eq(parts[p].name, s)) {
            p++;
        }
        if (p == PARTS) {
            return wrong(r,
                         str_eq(s, "BYSECOND") ? "has %.20s: whole minutes are as exact as it gets"
                                               : "has %.20s, which isn't known here",
                         s);
        }
        if (r->value[p] != NULL) {
            return wrong(r, "says %s twice", parts[p].name);
        }
        r->value[p] = value;
    }
    return true;
}

/* Days of a month in a leap year. */
static int month_length(int month)
{
    return month == 2 ? 29 : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* True unless no month that is named has any of the days that are. */
static bool days_exist(const struct rrule *r)
{
    uint32_t days = r->month_days | r->month_days_from_end;
    for (int m = 1; m <= 12; m++) {
        if ((r->months == 0 || (r->months & 1U << m) != 0) && (days & ((UINT32_C(2) << month_length(m)) - 1)) != 0) {
            return true;
        }
    }
    return days == 0;
}

/* What parts say about each other. */
static bool check_together(struct reading *r)
{
    bool by_any = false;
    enum rrule_freq freq = r->rule->freq;
    for (int p = BYMONTH; p < PARTS; p++) {
        if (r->value[p] != NULL && (parts[p].beside & 1 << freq) == 0) {
            return wrong(r, "has %s, which means nothing with FREQ=%s", parts[p].name, freqs[freq]);
        }
        by_any |= p != BYSETPOS && r->value[p] != NULL;
    }
    if (r->value[COUNT] != NULL && r->value[UNTIL] != NULL) {
        return wrong(r, "has both COUNT and UNTIL: one end is enough");
    }
    if (r->value[BYSETPOS] != NULL && !by_any) {
        return wrong(r, "has BYSETPOS with nothing to choose from: say BYDAY or another BY part too");
    }
    if (r->rule->has_nth && freq != RRULE_MONTHLY && freq != RRULE_YEARLY) {
        return wrong(r, "has numbered days in BYDAY, which mean something only with FREQ=MONTHLY or YEARLY");
    }
    if (r->rule->has_nth && r->value[BYWEEKNO] != NULL) {
        return wrong(r, "has numbered days in BYDAY together with BYWEEKNO");
    }
    return days_exist(r->rule) || wrong(r, "names days that none of its months has");
}

static void write_rule(const struct reading *r)
{
    size_t n = 0;
    for (int p = 0; p < PARTS; p++) {
        if (r->value[p] != NULL) {
            n += (size_t)snprintf(r->rule->text + n, sizeof r->rule->text - n, "%s%s=%s", n > 0 ? ";" : "", parts[p].name,
                                  r->value[p]);
        }
    }
}

bool rrule_parse(const char *text, struct rrule *ret, char *problem, size_t problem_size)
{
    struct reading r = { .rule = ret, .problem = problem, .problem_size = problem_size };
    memset(ret, 0, sizeof *ret);
    ret->interval = 1;
    ret->week_start = 1;
    if (str_empty(text)) {
        return wrong(&r, "is empty");
    }
    if (strlen(text) > RRULE_TEXT_MAX) {
        return wrong(&r, "is longer than %d bytes", RRULE_TEXT_MAX);
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        r.buffer[i] = (char)toupper((unsigned char)text[i]);
    }
    if (str_starts(r.buffer, "RRULE:")) {
        memmove(r.buffer, r.buffer + 6, strlen(r.buffer + 6) + 1);
    }
    if (!split(&r)) {
        return false;
    }
    if (r.value[FREQ] == NULL) {
        return wrong(&r, "doesn't say how often: FREQ is missing");
    }
    for (int p = 0; p < PARTS; p++) {
        if (r.value[p] != NULL && !(parts[p].values > 0 ? read_list(&r, (enum part)p) : read_single(&r, (enum part)p))) {
            return false;
        }
    }
    if (!check_together(&r)) {
        return false;
    }
    write_rule(&r);
    return true;
}
