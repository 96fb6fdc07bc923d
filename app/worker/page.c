/* page.c - see page.h. */
#include "worker/page.h"

#include "core/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct page *page_make(int *ret_fd)
{
    int fd = memfd_create("karara-worker", 0);
    if (fd < 0 || ftruncate(fd, sizeof(struct page)) != 0) {
        abort();
    }
    struct page *p = page_open(fd);
    if (p == NULL) {
        abort();
    }
    *ret_fd = fd;
    return p;
}

struct page *page_open(int fd)
{
    void *p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return p != MAP_FAILED ? p : NULL;
}

static void change(struct page_slot *s)
{
    atomic_fetch_add(&s->changes, 1);
}

void page_begin(struct page_slot *s, const struct page_job *job)
{
    uint64_t serial = s->job.serial + 1;
    change(s);
    s->job = *job;
    s->job.serial = serial;
    s->job.running = true;
    change(s);
}

void page_end(struct page_slot *s)
{
    change(s);
    s->job.running = false;
    change(s);
}

bool page_progress(struct page_slot *s, int percent, const char *words)
{
    change(s);
    s->job.progress = percent;
    if (words != NULL) {
        size_t n = strnlen(words, PAGE_WORDS - 10);
        while (n > 0 && words[n] != 0 && ((unsigned char)words[n] & 0xC0) == 0x80) {
            n--; /* between two characters */
        }
        memcpy(s->job.words, words, n);
        s->job.words[n] = 0;
    }
    change(s);
    return atomic_load(&s->cancelled) != s->job.serial;
}

bool page_read(struct page_slot *s, struct page_job *ret)
{
    for (int i = 0; i < 1000; i++) {
        uint32_t before = atomic_load(&s->changes);
        if (before % 2 == 0) {
            memcpy(ret, &s->job, sizeof *ret);
            atomic_thread_fence(memory_order_acquire);
            if (atomic_load(&s->changes) == before) {
                return true;
            }
        }
        usleep(10);
    }
    return false;
}

void page_cancel(struct page_slot *s, uint64_t serial)
{
    atomic_store(&s->cancelled, serial);
}
