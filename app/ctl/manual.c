/* manual.c - kararactl's manual page, from the rows of its commands: what --help says, as man shows it (groff_man(7)). */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

/* Text as it is: no line of it is a request, and no character an escape. A blank line begins a paragraph. */
static void put(const char *text)
{
    bool begins = true;
    for (; *text != '\0'; text++) {
        if (begins && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        begins = *text == '\n';
        if (*text == '\\') {
            fputs("\\e", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else if (begins && text[1] == '\n') {
            fputs("\n.PP", stdout);
        } else {
            putchar(*text);
        }
    }
}

static void put_line(const char *text)
{
    put(text);
    putchar('\n');
}

static void put_option(const struct ctl_option *o)
{
    printf(".TP\n.B \\-\\-");
    put(o->name);
    if (o->value != NULL) {
        printf(" \\fI");
        put(o->value);
        printf("\\fR");
    }
    putchar('\n');
    put_line(o->doc);
}

static void put_command(const struct ctl_command *c)
{
    printf(".SS \"kararactl ");
    put(c->name);
    printf("%s", c->options != NULL ? " [OPTION...]" : "");
    printf("%s", *c->operands ? " " : "");
    put(c->operands);
    puts("\"");
    put_line(c->summary);
    if (c->doc != NULL) {
        puts(".PP");
        put_line(c->doc);
    }
    for (const struct ctl_option *o = c->options; o != NULL && o->name != NULL; o++) {
        put_option(o);
    }
}

static int manual(struct ctl *c)
{
    (void)c;
    printf(".TH KARARACTL 8 \"\" \"Karara %s\" \"Karara\"\n.SH NAME\nkararactl \\- what a sysadmin does to an installation of "
           "Karara\n"
           ".SH SYNOPSIS\n.B kararactl\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH COMMANDS\n",
           KARARA_VERSION);
    for (int g = 0; ctl_groups[g] != NULL; g++) {
        for (int i = 0; i < ctl_groups[g]->count; i++) {
            put_command(&ctl_groups[g]->rows[i]);
        }
    }
    puts(".SH SETTINGS\nAre read from the file that \\fBKARARA_CONFIG\\fR names, else from \\fI/etc/karara/karara.conf\\fR, "
         "and from the "
         "environment; \\fBkararactl config\\fR prints them all.\n.SH EXIT STATUS\n0 done, 1 failed, 2 wrong command line.\n"
         ".SH SEE ALSO\n.BR systemctl (1),\n.BR nginx (8),\n.BR psql (1)");
    return CTL_OK;
}

static const struct ctl_command rows[] = {
    { .name = "manual",
      .operands = "",
      .summary = "Print the manual page that the installation has: kararactl(8).",
      .without_settings = true,
      .run = manual },
};

const struct ctl_group ctl_manual = CTL_GROUP(rows);
