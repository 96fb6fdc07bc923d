/* router.c - see router.h. A trie of path segments; what a parameter is called belongs to the row, not to the place in the trie. */
#include "api/router.h"

#include "api/registry.h"
#include "core/arena.h"
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 16, NODES_FIRST = 256 };

struct segment {
    const char *text;
    size_t length;
};

/* A row at its place. One that came there as the brand address of a tenant row gives way to a row that names the address itself. */
struct entry {
    const struct route *route;
    const char *domain;
    bool is_brand_address;
};

struct node {
    struct segment segment; /* points into a row's path; unused where a parameter stands */
    int sibling;            /* next literal child of the same parent; 0 ends */
    int literals;           /* first literal child; 0 for none */
    int parameter;          /* the child for any other segment; 0 for none */
    struct entry entries[HTTP_HEAD];
    unsigned methods; /* bits of entries that are filled */
};

static const char brand_address[] = "/brands/{brand_id}";

/* Node 0 is the root, which is nobody's child: so 0 says "none". */
static struct node *nodes;
static int node_count, node_room;

static int add_node(struct segment segment)
{
    if (node_count == node_room) {
        node_room = node_room > 0 ? node_room * 2 : NODES_FIRST;
        nodes = realloc(nodes, (size_t)node_room * sizeof *nodes);
        if (nodes == NULL) {
            abort();
        }
    }
    nodes[node_count] = (struct node){ .segment = segment };
    return node_count++;
}

static bool is_parameter(struct segment s)
{
    return s.length > 0 && s.text[0] == '{';
}

static int find_literal(int node, struct segment s)
{
    for (int child = nodes[node].literals; child != 0; child = nodes[child].sibling) {
        const struct segment *own = &nodes[child].segment;
        if (own->length == s.length && memcmp(own->text, s.text, s.length) == 0) {
            return child;
        }
    }
    return 0;
}

static int descend(int node, struct segment s)
{
    int child = is_parameter(s) ? nodes[node].parameter : find_literal(node, s);
    if (child != 0) {
        return child;
    }
    child = add_node(s);
    if (is_parameter(s)) {
        nodes[node].parameter = child;
    } else {
        nodes[child].sibling = nodes[node].literals;
        nodes[node].literals = child;
    }
    return child;
}

/* The next segment of a path, moving *path behind it; false at the end. */
static bool next_segment(const char **path, struct segment *ret)
{
    if (**path != '/' || (*path)[1] == '\0') {
        return false;
    }
    ret->text = *path + 1;
    ret->length = strcspn(ret->text, "/");
    *path = ret->text + ret->length;
    return true;
}

static int descend_path(int node, const char *path)
{
    struct segment s;
    while (next_segment(&path, &s)) {
        node = descend(node, s);
    }
    return node;
}

static void put_entry(int node, const struct route *route, const char *domain, bool is_brand_address)
{
    struct entry *e = &nodes[node].entries[route->method];
    if (e->route == NULL || (e->is_brand_address && !is_brand_address)) {
        *e = (struct entry){ route, domain, is_brand_address };
        nodes[node].methods |= 1u << route->method;
    }
}

bool router_param_is_id(const char *name)
{
    size_t n = strlen(name);
    return strcmp(name, "id") == 0 || (n > 3 && strcmp(name + n - 3, "_id") == 0);
}

bool router_has_brand_address(const struct route *r)
{
    return (r->flags & ROUTE_TENANT) && strstr(r->path, "{brand_id}") == NULL;
}

bool router_same_shape(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        if (*a == '{') {
            a += strcspn(a, "}");
            b += strcspn(b, "}");
        }
        a++;
        b++;
    }
    return *a == *b;
}

void router_build(void)
{
    const struct route *route;
    const char *domain;

    node_count = 0;
    add_node((struct segment){ "", 0 });
    for (int i = 0; (route = registry_route(i, &domain)) != NULL; i++) {
        if (route->method >= HTTP_HEAD) {
            continue; /* registry_check has words for it */
        }
        put_entry(descend_path(0, route->path), route, domain, false);
        if (router_has_brand_address(route)) {
            put_entry(descend_path(descend_path(0, brand_address), route->path), route, domain, true);
        }
    }
}

/* Deepest literal first; the parameter where no literal leads to a node with rows. */
static int walk(int node, const struct segment *segments, int count)
{
    if (count == 0) {
        return nodes[node].methods != 0 ? node : 0;
    }
    int child = find_literal(node, *segments), end = 0;
    if (child != 0) {
        end = walk(child, segments + 1, count - 1);
    }
    if (end == 0 && nodes[node].parameter != 0 && segments->length > 0) {
        end = walk(nodes[node].parameter, segments + 1, count - 1);
    }
    return end;
}

static bool needs_decoding(struct segment s)
{
    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] == '%' || (unsigned char)s.text[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

static bool decode_segment(struct arena *a, struct segment *s)
{
    if (!needs_decoding(*s)) {
        return true;
    }
    s->text = http_decode(a, s->text, s->length, false);
    if (s->text == NULL || strchr(s->text, '/') != NULL) {
        return false;
    }
    s->length = strlen(s->text);
    return true;
}

static bool is_literal(struct segment s, const char *text)
{
    return s.length == strlen(text) && memcmp(s.text, text, s.length) == 0;
}

/* Names from the row (and its brand address), values from the request. */
static void fill_params(struct arena *a, const struct entry *e, const struct segment *segments, int count,
                        struct router_match *ret)
{
    const char *path = e->is_brand_address ? brand_address : e->route->path;
    struct segment s = { "", 0 };

    ret->param_count = 0;
    for (int i = 0; i < count; i++) {
        if (!next_segment(&path, &s)) {
            path = e->route->path;
            next_segment(&path, &s);
        }
        if (is_parameter(s) && ret->param_count < ROUTER_PARAMS) {
            ret->params[ret->param_count].name = arena_strndup(a, s.text + 1, s.length - 2);
            ret->params[ret->param_count].value = arena_strndup(a, segments[i].text, segments[i].length);
            ret->param_count++;
        }
    }
}

enum router_verdict router_find(struct arena *a, enum http_method method, const char *path, struct router_match *ret)
{
    struct segment segments[SEGMENTS_MAX], *first = segments;
    int count = 0;

    while (count < SEGMENTS_MAX && next_segment(&path, &segments[count])) {
        if (!decode_segment(a, &segments[count])) {
            return ROUTER_BAD_PATH;
        }
        count++;
    }
    if (strcmp(path, "") != 0 && strcmp(path, "/") != 0) {
        return ROUTER_NO_PATH; /* too deep, or it doesn't begin with a slash */
    }
    if (count > 0 && is_literal(*first, "api")) {
        first++, count--;
        if (count > 0 && is_literal(*first, "v1")) {
            first++, count--;
        }
    }
    int node = walk(0, first, count);
    if (node == 0) {
        return ROUTER_NO_PATH;
    }
    enum http_method asked = method == HTTP_HEAD ? HTTP_GET : method;
    ret->allowed = nodes[node].methods | (nodes[node].methods & 1u << HTTP_GET ? 1u << HTTP_HEAD : 0);
    if (asked >= HTTP_HEAD || !(nodes[node].methods & 1u << asked)) {
        return ROUTER_NO_METHOD;
    }
    const struct entry *e = &nodes[node].entries[asked];
    ret->route = e->route;
    ret->domain = e->domain;
    fill_params(a, e, first, count, ret);
    return ROUTER_FOUND;
}
