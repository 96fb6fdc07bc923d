/* main.c - karara-worker. Without arguments it is the master; the master runs it again with a role. */
#include "api/job.h"
#include "core/config.h"
#include "core/log.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include "platform/sign.h"
#include "platform/webpush.h"
#include "worker/jobs.h"
#include "worker/weights.h"
#include "worker/worker.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Settings, keys and kinds of job; a worker that can't have them all doesn't start. */
static bool prepare(char *err, size_t size)
{
    if (sodium_init() < 0) {
        snprintf(err, size, "libsodium could not be initialised");
        return false;
    }
    if (!config_load(err, (unsigned)size) || !jobs_check(err, size) || !weights_load(err, size)) {
        return false;
    }
    const char *keys = config_text(CONF_KEYS_DIR);
    char missing[512];
    /* Everything else works without these two. */
    if (!sign_load_keys(keys, missing, sizeof missing)) {
        LOG(LOG_WARN, "audit_key_missing", LOG_STR("message", missing));
    }
    if (!webpush_load_keys(keys, missing, sizeof missing)) {
        LOG(LOG_WARN, "push_key_missing", LOG_STR("message", missing));
    }
    return jwt_load_keys(keys, err, (unsigned)size) && seal_load_keys(keys, err, (unsigned)size);
}

int main(int argc, char **argv)
{
    char err[512] = "";
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("karara-worker %s\n", KARARA_VERSION);
        return 0;
    }
    bool role = argc == 5 && strcmp(argv[1], "--role") == 0 && strcmp(argv[3], "--slot") == 0;
    if (argc > 1 && !role) {
        fprintf(stderr, "karara-worker %s: runs jobs; it takes no arguments, all it needs is in the settings\n",
                KARARA_VERSION);
        return 2;
    }
    log_set_program("karara-worker");
    if (!prepare(err, sizeof err)) {
        LOG(LOG_ERROR, "not_started", LOG_STR("message", err));
        return 1;
    }
    return role ? role_main(argv[2], argv[4]) : master_main();
}
