/* weights.c - see weights.h. */
#include "worker/weights.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "worker/jobs.h"
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static struct weight {
    const char *queue;
    double weight;
    int64_t most; /* 0: as many as there are runners */
} weights[WEIGHTS_QUEUES];

static int count;

static bool set(const char *queue, double weight, int64_t most)
{
    for (int i = 0; i < count; i++) {
        if (str_eq(weights[i].queue, queue)) {
            weights[i].weight = weight;
            weights[i].most = most;
            return true;
        }
    }
    return false;
}

/* "queue=weight" or "queue=weight/most". */
static bool read_one(struct arena *a, const char *text)
{
    size_t name = strcspn(text, "=");
    size_t number = text[name] == '=' ? strcspn(text + name + 1, "/") : 0;
    const char *rest = text + name + 1 + number;
    double weight;
    int64_t most = 0;
    return number > 0 && str_to_double(arena_strndup(a, text + name + 1, number), &weight) && weight > 0 && weight < 1e6 &&
           (*rest == 0 || str_to_int(rest + 1, 1, PAGE_SLOTS, &most)) && set(arena_strndup(a, text, name), weight, most);
}

bool weights_load(char *err, size_t err_size)
{
    struct text_list queues = job_queues();
    struct arena *a = arena_create(1 << 16);
    size_t n = 0;
    bool ok = queues.n <= WEIGHTS_QUEUES;
    for (count = 0; ok && count < queues.n; count++) {
        weights[count] = (struct weight){ .queue = queues.v[count], .weight = 1 };
    }
    char **parts = str_split(a, config_text(CONF_WORKER_QUEUES), ' ', &n);
    for (size_t i = 0; ok && i < n; i++) {
        ok = read_one(a, parts[i]);
        if (!ok) {
            snprintf(err, err_size, "worker_queues: \"%s\" isn't queue=weight or queue=weight/most of a queue that there is",
                     parts[i]);
        }
    }
    arena_destroy(a);
    return ok;
}

/* Takes one of the queue's places, if there is one: first it is claimed, then all claims are counted, so two can't both get the last
 * (but both may be refused; they try again soon). */
static bool take_place(struct page *page, struct page_slot *slot, int queue)
{
    uint32_t bit = UINT32_C(1) << queue;
    int taken = 0;
    if (weights[queue].most == 0) {
        return true;
    }
    atomic_fetch_or(&slot->holds, bit);
    for (int i = 0; i < PAGE_SLOTS; i++) {
        taken += (atomic_load(&page->slots[i].holds) & bit) != 0;
    }
    if (taken <= weights[queue].most) {
        return true;
    }
    atomic_fetch_and(&slot->holds, ~bit);
    return false;
}

/* The smallest of -ln(u)/weight comes first: each queue as often as its weight says (Efraimidis and Spirakis, 2006). */
struct text_list weights_draw(struct page *page, struct page_slot *slot)
{
    static const char *order[WEIGHTS_QUEUES];
    double keys[WEIGHTS_QUEUES];
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (!take_place(page, slot, i)) {
            continue;
        }
        double key = -log(((double)randombytes_random() + 1) / 4294967297.0) / weights[i].weight;
        int at = n++;
        for (; at > 0 && keys[at - 1] > key; at--) {
            keys[at] = keys[at - 1];
            order[at] = order[at - 1];
        }
        keys[at] = key;
        order[at] = weights[i].queue;
    }
    return (struct text_list){ order, n };
}

void weights_keep(struct page_slot *slot, const char *queue)
{
    uint32_t kept = 0;
    for (int i = 0; queue != NULL && i < count; i++) {
        kept |= str_eq(weights[i].queue, queue) ? UINT32_C(1) << i : 0;
    }
    atomic_fetch_and(&slot->holds, kept);
}
