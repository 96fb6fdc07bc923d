/* leader.h - one of all the processes of an installation that want to be the one: who holds an advisory lock of the database. The lock is the
 * connection's: when that ends, whoever asks next has it. */
#pragma once

#include <stdbool.h>

struct db;

/* Numbers of the locks; one for each role with a leader. */
enum leader_lock { LEADER_RELAY = 7301, LEADER_CLOCK = 7302 };

/* A connection to lead on: worker_db(), but the server soon notices when its host is gone. */
struct db *leader_db(const char *what);

/* Takes the lock on this connection, or sees that it still has it: ask at least once a second, and before each piece of work. False: another
 * leads, or there is no connection. What a leader does must be safe when for a moment two believe they lead. */
bool leader_is(struct db *d, enum leader_lock lock);
