/* weights.h - which queue a runner looks into first: at random, by the weights of the setting WORKER_QUEUES, and only where one more of the
 * queue's jobs may run on this host. */
#pragma once

#include "platform/db.h"
#include "worker/page.h"

enum { WEIGHTS_QUEUES = 32 };

/* Reads the setting; false with words. */
bool weights_load(char *err, size_t err_size);

/* The queues in a new order, of which the slot now holds a place where places are limited. Valid until the next call. */
struct text_list weights_draw(struct page *page, struct page_slot *slot);
/* Gives back all places but that of this queue (NULL: of all). */
void weights_keep(struct page_slot *slot, const char *queue);
