/* page.h - the page of memory that master and processes share: who runs what, how far it is, and whether it was cancelled.
 *
 * A slot belongs to one process at a time. That process writes what it runs, the master reads it; a counter that is odd while the slot is
 * being written keeps the master from reading half of it. A process that dies leaves its slot as it was: so the master learns which job
 * has lost its process. */
#pragma once

#include "core/uuid.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { PAGE_SLOTS = 64, PAGE_WORDS = 160 };

/* What a runner runs. */
struct page_job {
    uint64_t serial; /* n-th job of the slot; 0: none yet */
    bool running;
    struct uuid id;
    int kind, claim, attempt;
    int limit;       /* s */
    int64_t started; /* clock_monotonic */
    int progress;    /* -1: unsaid */
    char words[PAGE_WORDS];
};

struct page_slot {
    _Atomic uint32_t changes; /* odd: being written */
    struct page_job job;
    _Atomic uint64_t cancelled; /* serial of the job that was cancelled, or is no longer ours */
    _Atomic uint32_t holds;     /* queues (a bit each) of whose limited places it holds one */
    _Atomic bool waits;         /* counted in page.idle */
    _Atomic int64_t seen;       /* clock_monotonic: when the process last waited for something to do */
};

struct page {
    _Atomic int idle;        /* runners that wait to be woken */
    _Atomic uint32_t nudges; /* counts what could mean a job */
    struct page_slot slots[PAGE_SLOTS];
};

/* A new page, all zero, in a descriptor that processes inherit. Aborts without memory. */
struct page *page_make(int *ret_fd);
/* The page of a descriptor; NULL when it isn't one. */
struct page *page_open(int fd);

/* The process: begins and ends its job, tells how far it is (false: it was cancelled). */
void page_begin(struct page_slot *s, const struct page_job *job);
void page_end(struct page_slot *s);
bool page_progress(struct page_slot *s, int percent, const char *words);

/* The master: a copy; false when the process died while it wrote. */
bool page_read(struct page_slot *s, struct page_job *ret);
void page_cancel(struct page_slot *s, uint64_t serial);
