/* prefork.h - keeps workers running. A master prepares once and forks them, so that what they only read is in memory once for all of them.
 *
 * The listening socket is fd 0 of all of them, and the master's as long as it lives: requests wait in its queue, and are not refused, while
 * workers change. A worker that dies is replaced, ever later while it dies at once. Signals to the master:
 *   TERM, INT, USR1  the workers finish what they do, then it ends
 *   HUP              the program is started anew as this process, from its file and with the settings as they are now; new workers begin
 *                    while the old ones finish. Refused, and the workers stay, where the new one finds settings or keys wrong (--check)
 * The death of the master, however it comes, is a worker's TERM. */
#pragma once

#include <stdbool.h>

enum { PREFORK_MOST = 256 }; /* workers */

struct prefork_pool {
    const char *name; /* for the log */
    int workers;
    int rest; /* seconds: none of them run until a request comes, and they end when none has come for so long. 0: they always run */
};

/* True in each worker, as soon as it is forked; false in the master, when all is over. argv is what main() got. */
bool prefork_run(const struct prefork_pool *pool, char *const *argv);

/* A worker tells that it has served a request. Without a master nothing happens. */
void prefork_served(void);
