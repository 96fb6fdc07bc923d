/* docs.c - serves the OpenAPI document and the page that shows it. The page's three files are compiled in (app/tools/embed.cmake). */
#include "api/openapi.h"

#include "api/request.h"
#include "core/buf.h"
#include <string.h>

extern const unsigned char docs_page_html[], docs_page_css[], docs_page_js[];
extern const unsigned long docs_page_html_size, docs_page_css_size, docs_page_js_size;

/* Nothing from elsewhere, nothing inline, no frame around it. */
#define POLICY                                                                                                                 \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "     \
    "frame-ancestors 'none'; form-action 'none'"

static const struct page {
    const char *path, *type;
    const unsigned char *bytes;
    const unsigned long *size;
} pages[] = {
    { "/docs", "text/html; charset=utf-8", docs_page_html, &docs_page_html_size },
    { "/docs/docs.css", "text/css; charset=utf-8", docs_page_css, &docs_page_css_size },
    { "/docs/docs.js", "text/javascript; charset=utf-8", docs_page_js, &docs_page_js_size },
};

static enum err openapi_handler(struct request *rq)
{
    static struct buf document; /* the rows don't change while a worker lives */
    if (document.len == 0) {
        openapi_write(&document);
    }
    if (document.failed) {
        return rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    buf_append(rq->out, document.data, document.len);
    rq_header(rq, "Content-Type", "application/json");
    rq_header(rq, "Cache-Control", "public, max-age=60");
    return ERR_NONE;
}

static enum err docs_handler(struct request *rq)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(pages[i].path, rq->route->path) == 0) {
            buf_append(rq->out, pages[i].bytes, *pages[i].size);
            rq_header(rq, "Content-Type", pages[i].type);
            rq_header(rq, "Content-Security-Policy", POLICY);
            rq_header(rq, "Cache-Control", "public, max-age=60");
            return ERR_NONE;
        }
    }
    return rq_fail(rq, ERR_NOT_FOUND);
}

#define DOCUMENT(address, function, words)                                                                                     \
    {                                                                                                                          \
        .method = HTTP_GET, .path = (address), .permission = PERM_PUBLIC, .tx = TX_NONE, .handler = (function),                \
        .flags = ROUTE_RAW, .summary = (words)                                                                                 \
    }

static const struct route rows[] = {
    DOCUMENT("/openapi.json", openapi_handler, "Get this document"),
    DOCUMENT("/docs", docs_handler, "Read the interactive documentation"),
    DOCUMENT("/docs/docs.css", docs_handler, "Get the documentation's style"),
    DOCUMENT("/docs/docs.js", docs_handler, "Get the documentation's script"),
};

extern const struct route_table docs_routes;
const struct route_table docs_routes = ROUTE_TABLE("docs", rows);
