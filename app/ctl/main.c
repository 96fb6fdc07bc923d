/* main.c - kararactl: what a sysadmin does to an installation. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct ctl_group *const ctl_groups[] = {
    &ctl_database, &ctl_registers, &ctl_users, &ctl_brands, &ctl_domains, &ctl_invites, &ctl_mails,
    &ctl_jobs,     &ctl_schedules, &ctl_audit, &ctl_push,   &ctl_metrics, &ctl_manual,  NULL
};

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

static void say(const struct ctl *c, const char *fmt, va_list ap)
{
    fflush(stdout);
    fprintf(stderr, "kararactl %s: ", c->command->name);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

int ctl_fail(const struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(c, fmt, ap);
    va_end(ap);
    return CTL_FAILED;
}

int ctl_misused(const struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(c, fmt, ap);
    va_end(ap);
    return CTL_USAGE;
}

bool ctl_one_of(const struct ctl *c, const char *option, const char *const *values)
{
    const char *given = ctl_option(c, option);
    for (int i = 0; given != NULL && values[i] != NULL; i++) {
        if (str_eq(given, values[i])) {
            return true;
        }
    }
    if (given != NULL) {
        ctl_misused(c, "--%s is none of:", option);
    }
    for (int i = 0; given != NULL && values[i] != NULL; i++) {
        fprintf(stderr, "  %s\n", values[i]);
    }
    return given == NULL;
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

/* ---- output ---- */

static volatile sig_atomic_t reader_gone;

static void on_pipe(int signal)
{
    (void)signal;
    reader_gone = 1;
}

/* Whoever reads us may go away (`| head`): what is being done is then still done, not left in its middle. A stream that was closed when we
 * began stays unusable, instead of becoming the first file or connection that is opened. */
static void guard_streams(void)
{
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = on_pipe, .sa_flags = SA_RESTART }, NULL);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            exit(CTL_FAILED);
        }
    }
}

/* The exit status, which isn't CTL_OK when not everything could be written. A reader that has gone needs no words. */
static int finish(int status)
{
    errno = 0;
    bool whole = fflush(stdout) == 0 && !ferror(stdout);
    if (!whole && !reader_gone) {
        fprintf(stderr, "kararactl: could not write the output%s%s\n", errno != 0 ? ": " : "",
                errno != 0 ? strerror(errno) : "");
    }
    return whole || status != CTL_OK ? status : CTL_FAILED;
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

static void print_usage(FILE *out, const struct ctl_command *command)
{
    fprintf(out, "usage: kararactl %s%s%s%s\n", command->name, command->options != NULL ? " [OPTION...]" : "",
            *command->operands ? " " : "", command->operands);
}

static void print_help(FILE *out, const struct ctl_command *command)
{
    const struct ctl_option *o = command->options;
    print_usage(out, command);
    fprintf(out, "\n%s\n", command->summary);
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

/* The row whose name the first one to three words are; *ret_words says how many. */
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

/* Lists the commands that begin with this word, which is none by itself; false when there are none. */
static bool print_relatives(FILE *out, const char *word)
{
    bool any = false;
    size_t n = strlen(word);
    for (int g = 0; ctl_groups[g] != NULL; g++) {
        for (int i = 0; i < ctl_groups[g]->count; i++) {
            const struct ctl_command *row = &ctl_groups[g]->rows[i];
            if (strncmp(row->name, word, n) == 0 && row->name[n] == ' ') {
                fprintf(out, "%s  %-20s %s\n", any ? "" : "kararactl: choose one of\n", row->name, row->summary);
                any = true;
            }
        }
    }
    return any;
}

/* Says which operand is missing, or which is one too many. */
static int operands_wrong(const struct ctl *c, int left, char **given)
{
    if (left > c->command->most) {
        ctl_fail(c, "\"%s\" is one operand too many", given[c->command->most]);
    } else {
        const char *missing = c->command->operands;
        for (int i = 0; i < left; i++) {
            missing += strcspn(missing, " ");
            missing += strspn(missing, " ");
        }
        ctl_fail(c, "%.*s is missing", (int)strcspn(missing, " "), missing);
    }
    print_usage(stderr, c->command);
    return CTL_USAGE;
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
        return operands_wrong(c, left, argv + optind);
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
    return status;
}

static bool asks_for_help(const char *word)
{
    return str_eq(word, "--help") || str_eq(word, "-h") || str_eq(word, "help");
}

/* What begins with no command: help is asked for, with or without the first word of some, or it is wrong. */
static int explain(const char *word, const char *second)
{
    if (asks_for_help(word) && second == NULL) {
        print_overview(stdout);
        return CTL_OK;
    }
    if (asks_for_help(second) && print_relatives(stdout, word)) {
        return CTL_OK;
    }
    if (*word == '-') {
        fprintf(stderr, "kararactl: the command comes first, not \"%s\"\n\n", word);
    } else if (!print_relatives(stderr, word)) {
        fprintf(stderr, "kararactl: there is no command \"%s\"\n\n", word);
    } else {
        if (second != NULL) {
            fprintf(stderr, "kararactl: there is no command \"%s %s\"\n", word, second);
        }
        return CTL_USAGE;
    }
    print_overview(stderr);
    return CTL_USAGE;
}

int main(int argc, char **argv)
{
    static char program[] = "kararactl"; /* getopt_long begins its messages with it */
    static char version[] = "version", help[] = "--help";
    int words = 0;
    guard_streams();
    if (argc == 2 && str_eq(argv[1], "--version")) {
        argv[1] = version;
    }
    if (argc > 2 && str_eq(argv[1], "help")) {
        memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof *argv);
        argv[argc - 1] = help;
    }
    const struct ctl_command *command = find_command(argc, argv, &words);
    if (argc < 2 || argv[1] == NULL) {
        print_overview(stderr);
        return CTL_USAGE;
    }
    if (command == NULL) {
        return finish(explain(argv[1], argc > 2 ? argv[2] : NULL));
    }
    argv[words] = program;
    return finish(run(command, argc - words, argv + words));
}
