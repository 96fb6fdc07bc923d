/* metrics.c - kararactl metrics: what /metrics says, from the command line. */
#include "ctl/ctl.h"

#include "api/metrics.h"
#include "core/arena.h"
#include "core/buf.h"
#include "platform/db.h"
#include <stdio.h>

/* Prints what the buffer holds, and gives it back. */
static int print(struct ctl *c, struct buf *b)
{
    bool whole = !b->failed && fwrite(b->data, 1, b->len, stdout) == b->len && fflush(stdout) == 0;
    buf_free(b);
    return whole ? CTL_OK : ctl_fail(c, "it couldn't be written");
}

static int metrics(struct ctl *c)
{
    struct buf out = { 0 };
    struct metrics_gauges gauges;
    if (ctl_option(c, "list") != NULL) {
        metrics_describe(&out);
        return print(c, &out);
    }
    struct db *d = ctl_admin(c, true);
    metrics_ask(d, c->arena, &gauges);
    db_close(d);
    metrics_write(&out, &gauges);
    return print(c, &out);
}

static const struct ctl_option options[] = {
    { "list", NULL, "Say what there is instead: name, type, labels and meaning of each." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "metrics",
      .operands = "",
      .summary = "Print the numbers of this host's pieces, and of the database, in Prometheus's text format.",
      .doc = "The same as GET /metrics on nginx's private socket (nginx/conf/karara-metrics.conf), also while neither nginx "
             "nor any\n"
             "API worker runs. Without a database what it would tell is missing, and karara_database_up is 0.",
      .options = options,
      .run = metrics },
};

const struct ctl_group ctl_metrics = CTL_GROUP(rows);
