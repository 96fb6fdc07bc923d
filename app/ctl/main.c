/* main.c - kararactl: what a sysadmin does to an installation. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct ctl_group *const ctl_groups[] = { &ctl_database, &ctl_registers, &ctl_users, &ctl_brands,    &ctl_domains,
                                               &ctl_invites,  &ctl_mails,     &ctl_jobs,  &ctl_schedules, &ctl_audit,
                                               &ctl_push,     &ctl_manual,    NULL };

const char *ctl_option(const struct ctl *c, const char *name)
{
    const struct ctl_option *o = c->command->options;
    for (int i = 0; o != NULL && o[i].name != NULL; i++) {
        if (strcmp(o[i].name, name) == 0) {
            return c->options[i];
        }
    }
    return NULL;
}

const char *ctl_given(const struct ctl *c, const char *name)
{
    const char *value = ctl_option(c, name);
    return value != NULL ? value : "";
}

int ctl_fail(const struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fprintf(stderr, "kararactl %s: ", c->command->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return CTL_FAILED;
}

int ctl_no_brand(const struct ctl *c, const char *slug)
{
    return ctl_fail(c, "there is no brand %s; `kararactl brand list` shows all", slug);
}

int ctl_print(const char *text)
{
    if (text == NULL) {
        return CTL_FAILED;
    }
    puts(text);
    return CTL_OK;
}

/* ---- help ---- */

static void print_overview(FILE *out)
{
    fputs("usage: kararactl COMMAND [OPTION...] [OPERAND...]\n\n", out);
    for (int g = 0; ctl_groups[g] != NULL; g++) {
        for (int i = 0; i < ctl_groups[g]->count; i++) {
            fprintf(out, "  %-20s %s\n", ctl_groups[g]->rows[i].name, ctl_groups[g]->rows[i].summary);
        }
    }
    fputs("\n`kararactl COMMAND --help` says more about one. Settings are read from the file that KARARA_CONFIG names, else "
          "from\n"
          "/etc/karara/karara.conf, and from the environment; `kararactl config` prints them all.\n"
          "Exit status: 0 done, 1 failed, 2 wrong command line.\n",
          out);
}

static void print_help(FILE *out, const struct ctl_command *command)
{
    const struct ctl_option *o = command->options;
    fprintf(out, "usage: kararactl %s%s%s%s\n\n%s\n", command->name, o != NULL ? " [OPTION...]" : "",
            *command->operands ? " " : "", command->operands, command->summary);
    if (command->doc != NULL) {
        fprintf(out, "\n%s\n", command->doc);
    }
    fputc('\n', out);
    for (; o != NULL && o->name != NULL; o++) {
        char words[64];
        snprintf(words, sizeof words, "--%s%s%s", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        fprintf(out, "  %-24s %s\n", words, o->doc);
    }
    fprintf(out, "  %-24s %s\n", "--help", "Show this.");
}

/* ---- the command line ---- */

/* The row whose name the first one or two words are; *ret_words says how many. */
static const struct ctl_command *find_command(int argc, char **argv, int *ret_words)
{
    for (int words = 3; words > 0; words--) {
        char name[64];
        if (argc <= words) {
            continue;
        }
        snprintf(name, sizeof name, "%s%s%s%s%s", argv[1], words > 1 ? " " : "", words > 1 ? argv[2] : "", words > 2 ? " " : "",
                 words > 2 ? argv[3] : "");
        for (int g = 0; ctl_groups[g] != NULL; g++) {
            for (int i = 0; i < ctl_groups[g]->count; i++) {
                if (strcmp(ctl_groups[g]->rows[i].name, name) == 0) {
                    *ret_words = words;
                    return &ctl_groups[g]->rows[i];
                }
            }
        }
    }
    return NULL;
}

/* Lists the commands that begin with this word; false when there are none. */
static bool print_relatives(const char *word)
{
    bool any = false;
    size_t n = strlen(word);
    for (int g = 0; ctl_groups[g] != NULL; g++) {
        for (int i = 0; i < ctl_groups[g]->count; i++) {
            const struct ctl_command *row = &ctl_groups[g]->rows[i];
            if (strncmp(row->name, word, n) == 0 && row->name[n] == ' ') {
                fprintf(stderr, "%s  %-16s %s\n", any ? "" : "kararactl: choose one of\n", row->name, row->summary);
                any = true;
            }
        }
    }
    return any;
}

/* Fills options and operands. CTL_OK to go on; -1 when help was asked for and printed. */
static int parse(struct ctl *c, int argc, char **argv)
{
    struct option table[CTL_OPTIONS_MAX + 2] = { 0 };
    const struct ctl_option *o = c->command->options;
    int n = 0;
    for (; o != NULL && o[n].name != NULL; n++) {
        table[n] = (struct option){ o[n].name, o[n].value != NULL ? required_argument : no_argument, NULL, 1 };
    }
    table[n] = (struct option){ "help", no_argument, NULL, 'h' };
    int found, index;
    while ((found = getopt_long(argc, argv, "h", table, &index)) != -1) {
        if (found == 'h') {
            print_help(stdout, c->command);
            return -1;
        }
        if (found == '?') {
            fprintf(stderr, "`kararactl %s --help` lists the options.\n", c->command->name);
            return CTL_USAGE;
        }
        c->options[index] = optarg != NULL ? optarg : "";
    }
    int left = argc - optind;
    if (left < c->command->least || left > c->command->most) {
        fprintf(stderr, "usage: kararactl %s %s\n", c->command->name, c->command->operands);
        return CTL_USAGE;
    }
    for (; optind < argc; optind++) {
        c->operands[c->operand_count++] = argv[optind];
    }
    return CTL_OK;
}

static bool load_settings(const struct ctl *c)
{
    char err[512];
    if (!config_load(err, sizeof err) && !c->command->without_settings) {
        ctl_fail(c, "%s", err);
        return false;
    }
    log_set_program("kararactl");
    log_set_level(LOG_WARN);
    return true;
}

static int run(const struct ctl_command *command, int argc, char **argv)
{
    struct ctl c = { .command = command };
    int status = parse(&c, argc, argv);
    if (status != CTL_OK) {
        return status < 0 ? CTL_OK : status;
    }
    if (!load_settings(&c)) {
        return CTL_FAILED;
    }
    c.arena = arena_create((size_t)1 << 30);
    status = command->run(&c);
    arena_destroy(c.arena);
    if (fflush(stdout) != 0 && status == CTL_OK) {
        status = ctl_fail(&c, "could not write the output");
    }
    return status;
}

int main(int argc, char **argv)
{
    static char program[] = "kararactl"; /* getopt_long begins its messages with it */
    int words = 0;
    const struct ctl_command *command = find_command(argc, argv, &words);
    if (command != NULL) {
        argv[words] = program;
        return run(command, argc - words, argv + words);
    }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
        print_overview(stdout);
        return CTL_OK;
    }
    if (argc > 1 && print_relatives(argv[1])) {
        return CTL_USAGE;
    }
    if (argc > 1) {
        fprintf(stderr, "kararactl: there is no command \"%s\"\n\n", argv[1]);
    }
    print_overview(stderr);
    return CTL_USAGE;
}
