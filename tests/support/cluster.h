/* cluster.h - a PostgreSQL cluster in a temporary folder, with Karara's roles and a migrated template database. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define CLUSTER_TEMPLATE "karara_template"

struct cluster {
    char folder[64]; /* below it: data, sock (also the working directory of programs), keys, log */
    pid_t pid;
};

/* Starts one: for a whole ctest run (shared; outlives this program), or for this program alone, with which it dies. Dies with words
 * when that doesn't work. */
void cluster_start(struct cluster *c, bool shared);
/* Stops it and removes its folder. */
void cluster_stop(struct cluster *c);

/* Ends the server without a checkpoint, as a crash would, and starts it again. Only of a cluster that isn't shared. */
void cluster_restart(struct cluster *c);

/* Takes up the cluster whose folder that file names; false when there is none, or it doesn't run. */
bool cluster_find(struct cluster *c, const char *where);
/* Writes the folder's name into that file. */
void cluster_announce(const struct cluster *c, const char *where);
