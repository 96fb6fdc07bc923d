/* ctl.h - a command of kararactl is a row: its name, operands, options and words; main.c finds it, parses its line, prints its
 * help, and runs it. Commands answer with an exit status and say on stderr what is wrong and what to do about it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct db;

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

struct ctl_option {
    const char *name;  /* "role", for --role; NULL ends the array */
    const char *value; /* word for its value ("ROLE"); NULL when it takes none */
    const char *doc;
};

#define CTL_OPTIONS_MAX 8
#define CTL_OPERANDS_MAX 4

/* One command line, as main.c took it apart. */
struct ctl {
    const struct ctl_command *command;
    const char *options[CTL_OPTIONS_MAX]; /* by row of command->options; NULL when not given, "" for one without value */
    const char *operands[CTL_OPERANDS_MAX];
    int operand_count;
    struct arena *arena; /* for the whole run */
};

struct ctl_command {
    const char *name;                 /* "migrate", "user create" */
    const char *operands;             /* as the usage line shows them; "" for none */
    int least, most;                  /* operands */
    const char *summary;              /* one line */
    const char *doc;                  /* paragraphs; may be NULL */
    const struct ctl_option *options; /* may be NULL */
    bool without_settings;            /* runs when the settings can't be read */
    int (*run)(struct ctl *c);
};

struct ctl_group {
    const struct ctl_command *rows;
    int count;
};

#define CTL_GROUP(array)                                                                                                       \
    {                                                                                                                          \
        .rows = (array), .count = (int)(sizeof(array) / sizeof *(array))                                                       \
    }

extern const struct ctl_group ctl_database;  /* setup, migrate, check, demo: database.c */
extern const struct ctl_group ctl_registers; /* routes, permissions, openapi, config, version: registers.c */
extern const struct ctl_group ctl_users;     /* user …: users.c */
extern const struct ctl_group ctl_brands;    /* brand …: brands.c */
extern const struct ctl_group ctl_domains;   /* brand domain …: domains.c */
extern const struct ctl_group ctl_invites;   /* invite …: invites.c */
extern const struct ctl_group ctl_mails;     /* mail …: mails.c */
extern const struct ctl_group ctl_jobs;      /* jobs …: jobs.c */
extern const struct ctl_group ctl_schedules; /* schedule …: schedules.c */
extern const struct ctl_group ctl_push;      /* push …, sms …: push.c */

extern const struct ctl_group ctl_metrics;         /* metrics: metrics.c */
extern const struct ctl_group ctl_audit;           /* audit …, relay …: audit.c */
extern const struct ctl_group ctl_manual;          /* manual: manual.c */
extern const struct ctl_group *const ctl_groups[]; /* all of them, NULL-terminated: main.c */

/* The value of an option ("" when it was given and takes none), or NULL. */
const char *ctl_option(const struct ctl *c, const char *name);
/* The value of an option, or "" when it wasn't given: as a statement takes what may be left out. */
const char *ctl_given(const struct ctl *c, const char *name);

/* Prints "kararactl COMMAND: words" on stderr and returns CTL_FAILED. */
int ctl_fail(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a command line that can't be right; CTL_USAGE. */
int ctl_misused(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Whether an option wasn't given, or with one of these values (NULL-terminated); false after a message that names them. */
bool ctl_one_of(const struct ctl *c, const char *option, const char *const *values);
/* That no brand has this slug, in the same way. */
int ctl_no_brand(const struct ctl *c, const char *slug);

/* Prints an answer and a line's end; CTL_FAILED for NULL, of which something has been said already. */
int ctl_print(const char *text);

/* ---- admin.c ---- */

/* A connection as DATABASE_ADMIN says, to that database or, with `own`, to DATABASE_NAME and acting as karara_owner. NULL after
 * a message. Close it with db_close. */
struct db *ctl_admin(const struct ctl *c, bool own);

/* The first statement on a connection; whatever is wrong is in db_error alone, and not in the log as well. */
bool ctl_connects(struct db *d, const char *sql);
/* Runs SQL; false after a message that begins with `what`. */
bool ctl_exec(const struct ctl *c, struct db *d, const char *what, const char *sql);
/* First column of the first row as text, in c->arena; parameters follow, NULL-terminated. The statement must give a row and a value
 * that isn't null: NULL comes back only after a message that it failed. */
char *ctl_query(const struct ctl *c, struct db *d, const char *sql, const char *const *params);
#define ctl_value(c, d, sql, ...) ctl_query((c), (d), (sql), (const char *const[]){ __VA_ARGS__ })
/* The same by a connection of its own (ctl_admin with `own`), for commands that are one statement. */
char *ctl_answer(const struct ctl *c, const char *sql, const char *const *params);
#define ctl_ask(c, sql, ...) ctl_answer((c), (sql), (const char *const[]){ __VA_ARGS__ })

/* A brand's slug as it is kept, in c->arena; "" stays: all brands. NULL after a message, also when there is no such brand. */
const char *ctl_brand(const struct ctl *c, const char *slug);
/* Whether there is an account with this address; false after a message. */
bool ctl_account(const struct ctl *c, const char *email);
/* A new id as text, in c->arena. */
const char *ctl_fresh_id(const struct ctl *c);
/* Whether the first operand is an id; false after a message that names the command that lists them ("job list"). */
bool ctl_is_id(const struct ctl *c, const char *list);

/* ---- mails.c ---- */

/* For statements that queue a mail: a CTE with the job that sends what the CTE `told` has the id of; $7 to $10 are what job.def says of it. */
#define CTL_MAIL_JOB                                                                                                           \
    "enqueued as (insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, unique_key) select "              \
    "karara.uuid_v7(), $7, $8, $9::int2, $10::int2, jsonb_build_object('mail_id', id), 'mail:' || id from told)"
#define CTL_MAIL_JOB_VALUES(c) ctl_mail_job((c), 0), ctl_mail_job((c), 1), ctl_mail_job((c), 2), ctl_mail_job((c), 3)
const char *ctl_mail_job(const struct ctl *c, int n);

/* ---- admin.c ---- */

/* SQL_DIR/name, whole, in c->arena; NULL after a message. */
char *ctl_read_sql(const struct ctl *c, const char *name, size_t *ret_size);

/* A new password: from the file that --password-file names, from the terminal (asked twice, not shown), or the first line of standard
 * input. NULL after a message, also when it is none that its owner may use (see auth_password_problem). */
struct auth_names;
const char *ctl_read_password(const struct ctl *c, const struct auth_names *names);

/* ---- migrate.c ---- */

int ctl_migrate(struct ctl *c);

enum ctl_migration_state { CTL_MIGRATION_APPLIED, CTL_MIGRATION_PENDING, CTL_MIGRATION_CHANGED, CTL_MIGRATION_UNKNOWN };

struct ctl_migration {
    const char *name;
    const char *text;
    char checksum[65];              /* BLAKE2b-256, hexadecimal */
    const char *applied_at;         /* NULL when it wasn't */
    enum ctl_migration_state state; /* CTL_MIGRATION_UNKNOWN: applied, but there is no such file */
};

/* All migrations, of the folder and of the ledger that `d` sees, by name. Count, or -1 after a message. */
int ctl_migrations(const struct ctl *c, struct db *d, struct ctl_migration **ret);

/* ---- database.c ---- */

/* Makes the keys that later versions have brought, where keys_dir holds an installation's; false after a message. */
bool ctl_later_keys(const struct ctl *c);

/* ---- check.c, demo.c, members.c, two_factor.c ---- */

int ctl_check(struct ctl *c);
int ctl_demo(struct ctl *c);
int ctl_member_permissions(struct ctl *c); /* permissions --user --brand */
int ctl_two_factor(struct ctl *c);         /* user two-factor */
