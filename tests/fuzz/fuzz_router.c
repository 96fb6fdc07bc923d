/* Paths: whatever comes, what is found has parameters that are UTF-8 without a slash, and prefixes and a trailing slash change nothing. */
#include "api/router.h"
#include "core/arena.h"
#include "core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_params(const struct router_match *m)
{
    demand(m->route != NULL && m->domain != NULL);
    demand(m->param_count >= 0 && m->param_count <= ROUTER_PARAMS);
    for (int i = 0; i < m->param_count; i++) {
        const char *value = m->params[i].value;
        demand(value[0] != '\0' && strchr(value, '/') == NULL && str_utf8_valid(value, strlen(value)));
        demand(m->params[i].name[0] != '\0' && strchr(m->params[i].name, '}') == NULL);
    }
}

static void check_same(struct arena *a, enum http_method method, const char *path, enum router_verdict verdict,
                       const struct router_match *m)
{
    struct router_match other = { .route = NULL };
    demand(router_find(a, method, path, &other) == verdict);
    if (verdict == ROUTER_FOUND) {
        demand(other.route == m->route && other.param_count == m->param_count);
        for (int i = 0; i < m->param_count; i++) {
            demand(strcmp(other.params[i].value, m->params[i].value) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct router_match m = { .route = NULL };

    if (a == NULL) {
        a = arena_create(16 << 20);
        router_build();
    }
    if (size == 0) {
        return 0;
    }
    enum http_method method = (enum http_method)(data[0] % (HTTP_OTHER + 1));
    const char *path = arena_strndup(a, (const char *)data + 1, size - 1);
    enum router_verdict verdict = router_find(a, method, path, &m);
    if (verdict == ROUTER_FOUND) {
        check_params(&m);
        check_same(a, method, path, verdict, &m);
        size_t n = strlen(path);
        if (strncmp(path, "/api", 4) != 0 && path[1] != '%' && strncmp(path, "/v1", 3) != 0) {
            check_same(a, method, arena_printf(a, "/api%s", path), verdict, &m);
            check_same(a, method, arena_printf(a, "/api/v1%s", path), verdict, &m);
        }
        if (path[n - 1] != '/') {
            check_same(a, method, arena_printf(a, "%s/", path), verdict, &m);
        }
    } else if (verdict == ROUTER_NO_METHOD) {
        demand(m.allowed != 0 && !(m.allowed & 1u << method));
    }
    arena_reset(a);
    return 0;
}
