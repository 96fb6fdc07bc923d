/* services.c - the fixture of a ctest run: `services start` starts a cluster for all programs of the run and names its folder in the
 * file KARARA_SERVICES (from CMake); `services stop` ends it. A cluster that an interrupted run left behind is ended first. */
#include "cluster.h"

#include "process.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void stop(const char *where)
{
    struct cluster c;
    bool runs = cluster_find(&c, where);
    if (runs || strncmp(c.folder, "/tmp/karara-test-", 17) == 0) {
        cluster_stop(&c);
    }
    unlink(where);
}

int main(int argc, char **argv)
{
    struct cluster c;
    if (argc == 2 && strcmp(argv[1], "stop") == 0) {
        stop(KARARA_SERVICES);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "start") == 0) {
        stop(KARARA_SERVICES);
        cluster_start(&c, true);
        cluster_announce(&c, KARARA_SERVICES);
        return 0;
    }
    fprintf(stderr, "usage: services start|stop\n");
    return 2;
}
