/* boards.h - what other domains may use of boards. */
#pragma once

#include "api/request.h"

/* For routes that reach a board by {id}, and that those use who see any of it. */
extern const struct scope board_parts_scope;
/* For routes that reach a board by {id}, and that only those change who see all of it. */
extern const struct scope board_open_scope;
/* The same for a board named board_id in the input. */
extern const struct scope board_named_scope;

/* Queues the lock of the board's row, which all hold that change where tasks stand or what lists there are (see tasks.sql). */
void board_lock(struct request *rq, struct uuid board);
