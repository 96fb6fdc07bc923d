/* idempotency.h - Idempotency-Key on POST: the answer is kept for a day per person, route and key, in the transaction of its effect, and sent again
 * byte for byte. Kept bodies are sealed, since some carry tokens. */
#pragma once

#include "api/request.h"

/* Reads the header of a POST; leaves rq->idempotency NULL without one. A malformed key is a field error. */
void idempotency_read(struct request *rq);

/* Queues the claim behind BEGIN: KA003 while a twin runs, KA004 when there is an answer. */
void idempotency_claim(struct request *rq);

/* Queues a look whether there is an answer (KA004), without a claim: for rq_peek. */
void idempotency_look(struct request *rq);

/* Queues the keeping of the rendered reply (before COMMIT). */
void idempotency_keep(struct request *rq);

/* Keeps the rendered refusal, in a transaction of its own, since that of the attempt is undone: what was looked for and isn't there, or may not be
 * done, is an answer as well. Not what asks to come back or to sign in, what was no request yet (422), and what has its own effect. */
void idempotency_keep_refusal(struct request *rq);

/* After KA004: fills the reply with the kept answer, or fails with idempotency_key_reused. */
enum err idempotency_replay(struct request *rq);
