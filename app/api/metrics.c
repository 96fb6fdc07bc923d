/* metrics.c - see metrics.h: the rows, the pages, and counting. */
#include "api/metrics_internal.h"

#include "api/job.h"
#include "api/registry.h"
#include "core/config.h"
#include "core/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- rows ---- */

#define MS(n) (INT64_C(1000) * (n))

static const struct metrics_bounds quick = {
    12, { MS(1), MS(5), MS(10), MS(25), MS(50), MS(100), MS(250), MS(500), MS(1000), MS(2500), MS(5000), MS(10000) }
};
static const struct metrics_bounds slow = {
    10, { MS(10), MS(50), MS(100), MS(500), MS(1000), MS(5000), MS(15000), MS(60000), MS(300000), MS(3600000) }
};

#define BOUNDS_NONE NULL
#define BOUNDS_QUICK &quick
#define BOUNDS_SLOW &slow

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC(key, name, type, from, labels, bounds, help)                                                                    \
    [METRIC_##key] = { name, METRICS_IS_##type, METRICS_IN_##from, METRICS_BY_##labels, BOUNDS_##bounds, help },
#include "api/metric.def"
#undef METRIC
};

const struct metrics_piece metrics_pieces[METRICS_PIECES] = {
    { "api", METRICS_IN_API },
    { "signin", METRICS_IN_API },
    { "worker", METRICS_IN_WORKER },
};

static int route_count(void)
{
    static int n;
    if (n == 0) {
        while (registry_route(n, NULL) != NULL) {
            n++;
        }
    }
    return n;
}

int metrics_label_count(enum metric_labels labels)
{
    switch (labels) {
    case METRICS_BY_ROUTE:
        return route_count() + 1; /* the last one: none */
    case METRICS_BY_ROUTE_STATUS:
        return (route_count() + 1) * METRICS_CLASSES;
    case METRICS_BY_REFUSAL:
        return 2;
    case METRICS_BY_JOB:
        return JOB_COUNT;
    case METRICS_BY_JOB_OUTCOME:
        return JOB_COUNT * METRICS_JOB_ENDS;
    case METRICS_BY_MAIL:
        return METRICS_MAIL_ENDS;
    case METRICS_BY_NONE:
    case METRICS_BY_POOL:
        break;
    }
    return 1;
}

int metrics_cells_each(const struct metric_row *r)
{
    return r->type == METRICS_IS_HISTOGRAM ? r->bounds->n + 2 : 1;
}

/* How many cells a page has. */
static size_t cells_of(enum metric_from from)
{
    size_t n = 0;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *r = &metric_rows[i];
        n += r->from == from ? (size_t)metrics_label_count(r->labels) * (size_t)metrics_cells_each(r) : 0;
    }
    return n;
}

/* Counted once, since it is asked for with each addition. */
size_t metrics_cell(enum metric m)
{
    static size_t first[METRIC_COUNT];
    static bool known;
    if (!known) {
        size_t next[] = { 0, 0, 0 };
        for (int i = 0; i < METRIC_COUNT; i++) {
            const struct metric_row *r = &metric_rows[i];
            first[i] = next[r->from];
            next[r->from] += (size_t)metrics_label_count(r->labels) * (size_t)metrics_cells_each(r);
        }
        known = true;
    }
    return first[m];
}

/* FNV-1a, the NUL included, so that neighbours don't run together. */
static uint64_t mix(uint64_t h, const char *s)
{
    do {
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    } while (*s++ != '\0');
    return h;
}

uint64_t metrics_layout(void)
{
    const struct route *r;
    uint64_t h = mix(UINT64_C(0xcbf29ce484222325), KARARA_VERSION);
    for (int i = 0; i < METRIC_COUNT; i++) {
        h = mix(h, metric_rows[i].name) + (uint64_t)metrics_cell((enum metric)i);
    }
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        h = mix(mix(h, http_method_name(r->method)), r->path);
    }
    for (int i = 0; i < JOB_COUNT; i++) {
        h = mix(h, job_about((enum job_kind)i)->name);
    }
    return h;
}

/* ---- pages ---- */

static const char magic[16] = "karara metrics1";

static struct metrics_page *page; /* that this process counts on */
static enum metric_from counts;
static int place = -1; /* in page->processes */

static size_t page_size(enum metric_from from)
{
    return sizeof(struct metrics_page) + cells_of(from) * sizeof(uint64_t);
}

static bool path_of(const char *piece, const char *more, char *ret, size_t size)
{
    int n = snprintf(ret, size, "%s/metrics.%s%s", config_text(CONF_RUN_DIR), piece, more);
    return n > 0 && (size_t)n < size;
}

/* Maps a file that is a page of this layout; else NULL. */
static struct metrics_page *map(const struct metrics_piece *piece, bool write)
{
    char path[PATH_MAX];
    struct stat st;
    size_t size = page_size(piece->counts);
    int fd =
        path_of(piece->name, "", path, sizeof path) ? open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) {
        return NULL;
    }
    struct metrics_page *p = MAP_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == (off_t)size) {
        p = mmap(NULL, size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    }
    close(fd);
    if (p == MAP_FAILED) {
        return NULL;
    }
    if (memcmp(p->magic, magic, sizeof magic) == 0 && p->layout == metrics_layout() && p->cells == cells_of(piece->counts)) {
        return p;
    }
    munmap(p, size);
    return NULL;
}

/* A new page in place of whatever has the name. Never within the old one: those who count on that have it mapped. */
static bool make(const struct metrics_piece *piece)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    const struct metrics_page head = { .layout = metrics_layout(), .cells = cells_of(piece->counts) };
    if (!path_of(piece->name, "", path, sizeof path) || !path_of(piece->name, ".XXXXXX", fresh, sizeof fresh)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool made = pwrite(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
                pwrite(fd, (const char *)&head + sizeof magic, sizeof head - sizeof magic, sizeof magic) ==
                    (ssize_t)(sizeof head - sizeof magic) &&
                posix_fallocate(fd, 0, (off_t)page_size(piece->counts)) == 0 && rename(fresh, path) == 0;
    if (!made) {
        int why = errno;
        unlink(fresh);
        errno = why;
    }
    close(fd);
    return made;
}

static const struct metrics_piece *find_piece(const char *name)
{
    for (int i = 0; i < METRICS_PIECES; i++) {
        if (strcmp(metrics_pieces[i].name, name) == 0) {
            return &metrics_pieces[i];
        }
    }
    return NULL;
}

bool metrics_open(const char *name)
{
    const struct metrics_piece *piece = find_piece(name);
    metrics_close();
    page = piece != NULL ? map(piece, true) : NULL;
    if (piece != NULL && page == NULL && make(piece)) {
        page = map(piece, true);
    }
    if (page == NULL) {
        LOG(LOG_WARN, "metrics_uncounted", LOG_STR("piece", name), LOG_STR("dir", config_text(CONF_RUN_DIR)),
            LOG_STR("message", strerror(errno)));
        return false;
    }
    counts = piece->counts;
    return true;
}

void metrics_close(void)
{
    if (page != NULL) {
        munmap(page, page_size(counts));
    }
    page = NULL;
    place = -1;
}

const struct metrics_page *metrics_map(const struct metrics_piece *piece)
{
    return map(piece, false);
}

void metrics_unmap(const struct metrics_page *p)
{
    if (p != NULL) {
        munmap((void *)(uintptr_t)p, sizeof *p + p->cells * sizeof(uint64_t));
    }
}

/* ---- processes ---- */

bool metrics_alive(uint64_t process)
{
    return process != 0 && (kill((pid_t)(process >> 8), 0) == 0 || errno == EPERM);
}

void metrics_enter(void)
{
    uint64_t mine = (uint64_t)getpid() << 8;
    place = -1;
    for (int i = 0; page != NULL && i < METRICS_PROCESSES && place < 0; i++) {
        uint64_t there = atomic_load(&page->processes[i]);
        if ((!metrics_alive(there) || there >> 8 == mine >> 8) &&
            atomic_compare_exchange_strong(&page->processes[i], &there, mine)) {
            place = i;
        }
    }
}

void metrics_state(unsigned state)
{
    if (page != NULL && place >= 0) {
        atomic_store_explicit(&page->processes[place], (uint64_t)getpid() << 8 | state, memory_order_relaxed);
    }
}

/* ---- counting ---- */

static void add(size_t cell, uint64_t n)
{
    atomic_fetch_add_explicit(&page->cell[cell], n, memory_order_relaxed);
}

static bool is_counted(enum metric m, int label)
{
    return page != NULL && metric_rows[m].from == counts && label >= 0 && label < metrics_label_count(metric_rows[m].labels);
}

void metrics_add(enum metric m, int label, uint64_t n)
{
    if (is_counted(m, label)) {
        add(metrics_cell(m) + (size_t)label, n);
    }
}

void metrics_time(enum metric m, int label, int64_t micros)
{
    const struct metric_row *r = &metric_rows[m];
    int bucket = 0;
    if (!is_counted(m, label)) {
        return;
    }
    micros = micros > 0 ? micros : 0;
    while (bucket < r->bounds->n && micros > r->bounds->micros[bucket]) {
        bucket++;
    }
    size_t first = metrics_cell(m) + (size_t)label * (size_t)metrics_cells_each(r);
    add(first + (size_t)bucket, 1);
    add(first + (size_t)r->bounds->n + 1, (uint64_t)micros);
}

/* The number of a row, as registry_route counts; that of none behind all. */
static int route_number(const struct route *route)
{
    int n = 0;
    for (const struct route_table *const *t = registry_tables; route != NULL && *t != NULL; t++) {
        if (route >= (*t)->rows && route < (*t)->rows + (*t)->count) {
            return n + (int)(route - (*t)->rows);
        }
        n += (*t)->count;
    }
    return route_count();
}

void metrics_request(const struct route *route, int status, int64_t micros, int64_t database_micros, unsigned round_trips)
{
    if (page == NULL || status < 100 || status > 599) {
        return;
    }
    int n = route_number(route);
    metrics_add(METRIC_REQUESTS, n * METRICS_CLASSES + status / 100 - 1, 1);
    metrics_time(METRIC_REQUEST_SECONDS, n, micros);
    metrics_add(METRIC_REQUEST_DATABASE, n, (uint64_t)database_micros);
    metrics_add(METRIC_ROUND_TRIPS, 0, round_trips);
    if (status == 429 || status == 503) {
        metrics_add(METRIC_REFUSED, status == 503, 1);
    }
}

void metrics_job(int kind, enum metrics_job became, int64_t micros)
{
    metrics_add(METRIC_JOBS, kind * METRICS_JOB_ENDS + (int)became, 1);
    metrics_time(METRIC_JOB_SECONDS, kind, micros);
}
