/* registers.c - prints what the program knows about itself. */
#include "ctl/ctl.h"

#include "api/openapi.h"
#include "api/permission.h"
#include "api/registry.h"
#include "core/buf.h"
#include "core/config.h"
#include <ctype.h>
#include <stdio.h>

static int routes(struct ctl *c)
{
    if (ctl_option(c, "hashes") != NULL) {
        registry_print_hashes(stdout);
    } else {
        registry_print_routes(stdout);
    }
    return CTL_OK;
}

static int permissions(struct ctl *c)
{
    const char *role = ctl_option(c, "role");
    if (ctl_option(c, "user") != NULL || ctl_option(c, "brand") != NULL) {
        return ctl_member_permissions(c);
    }
    if (role != NULL && role_parse(role) == ROLE_NONE) {
        ctl_fail(c, "there is no role \"%s\"; the roles are:", role);
        for (int i = 0; role_names[i] != NULL; i++) {
            fprintf(stderr, "  %s\n", role_names[i]);
        }
        return CTL_USAGE;
    }
    permission_print(stdout, role);
    return CTL_OK;
}

static int openapi(struct ctl *c)
{
    struct buf b = { 0 };
    openapi_write(&b);
    fwrite(b.data, 1, b.len, stdout);
    putchar('\n');
    int status = b.failed ? ctl_fail(c, "there is no memory for the document") : CTL_OK;
    buf_free(&b);
    return status;
}

static int queries(struct ctl *c)
{
    static const char *const types[] = { "unknown",     "bool", "int4",  "int8",  "float8", "text",  "uuid",
                                         "timestamptz", "date", "jsonb", "bytea", "uuid[]", "text[]" };
    (void)c;
    for (int i = 0; i < sql_count; i++) {
        const struct sql_query *q = sql_all[i];
        printf("%s\t", q->name);
        for (int p = 0; p < q->param_count; p++) {
            printf("%s%s %s", p > 0 ? ", " : "", q->params[p].name, types[q->params[p].type]);
        }
        printf("\t%s\n", q->text);
    }
    return CTL_OK;
}

static int config(struct ctl *c)
{
    (void)c;
    printf("# Settings of Karara. A line that begins with # is a comment; remove it to set another value than the default.\n"
           "# In the environment KARARA_<NAME IN CAPITALS> takes precedence.\n");
    for (int i = 0; i < CONF_COUNT; i++) {
        const struct config_row *row = config_row((enum config_key)i);
        printf("\n# %s%s%s%s\n# %s = %s\n", row->doc, *row->unit ? " In " : "", row->unit, *row->unit ? "." : "", row->name,
               row->def);
    }
    return CTL_OK;
}

static int version(struct ctl *c)
{
    (void)c;
    printf("karara %s\n", KARARA_VERSION);
    return CTL_OK;
}

static const struct ctl_option routes_options[] = {
    { "hashes", NULL, "Those that compute passwords, as nginx's map (nginx/conf/snippets/karara-hashes.conf)." },
    { NULL, NULL, NULL },
};

static const struct ctl_option permissions_options[] = {
    { "role", "ROLE", "Only what this role has by default." },
    { "user", "EMAIL", "What this person may do in a brand, and where each permission comes from; with --brand." },
    { "brand", "SLUG", "The brand." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "routes",
      .operands = "",
      .summary = "Print every route with method, permission and summary.",
      .options = routes_options,
      .without_settings = true,
      .run = routes },
    { .name = "permissions",
      .operands = "",
      .summary = "Print the permissions and which role has them.",
      .doc = "These are the defaults. A brand can change them for its roles, and for single members; --user shows what came of "
             "it.",
      .options = permissions_options,
      .without_settings = true,
      .run = permissions },
    { .name = "queries",
      .operands = "",
      .summary = "Print every named query: name, parameters and text, separated by tabs.",
      .without_settings = true,
      .run = queries },
    { .name = "openapi", .operands = "", .summary = "Print the OpenAPI document of the HTTP API.", .run = openapi },
    { .name = "config",
      .operands = "",
      .summary = "Print a settings file with every setting, its meaning and default.",
      .without_settings = true,
      .run = config },
    { .name = "version", .operands = "", .summary = "Print the version.", .without_settings = true, .run = version },
};

const struct ctl_group ctl_registers = CTL_GROUP(rows);
