/* reply.h - the envelope around every answer. */
#pragma once

#include "api/request.h"

/* Renders what the handler set, by the row's reply kind, into rq->out and rq->reply; turns a matching If-None-Match into 304. */
void reply_render(struct request *rq);

/* Renders rq->err: the envelope's error, or RFC 9457 when the client asks for it. */
void reply_error(struct request *rq);

/* The recorded error as it would stand in a reply, {"code","message","details","field_errors"}, and forgets it: for requests that do several
 * things and tell of each. In the arena. */
const char *reply_take_error(struct request *rq);
