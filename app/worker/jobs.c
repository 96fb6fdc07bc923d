/* jobs.c - the list of domains with jobs: each adds its table here. */
#include "worker/jobs.h"

#include <stdio.h>

extern const struct job_table brands_jobs;
extern const struct job_table jobs_jobs;
extern const struct job_table mail_jobs;
extern const struct job_table retention_jobs;
extern const struct job_table tasks_jobs;
extern const struct job_table templates_jobs;
extern const struct job_table push_jobs, sms_jobs;
extern const struct job_table decide_jobs, notifications_jobs;
#ifdef KARARA_FAULTS
extern const struct job_table trial_jobs;
#endif

static const struct job_table *const tables[] = {
    &brands_jobs, &jobs_jobs, &mail_jobs,   &retention_jobs,     &tasks_jobs, &templates_jobs,
    &push_jobs,   &sms_jobs,  &decide_jobs, &notifications_jobs,
#ifdef KARARA_FAULTS
    &trial_jobs,
#endif
    NULL,
};

static const struct job_row *by_kind[JOB_COUNT];

const struct job_row *jobs_row(enum job_kind kind)
{
    return by_kind[kind];
}

bool jobs_check(char *err, size_t err_size)
{
    for (const struct job_table *const *t = tables; *t != NULL; t++) {
        for (int i = 0; i < (*t)->count; i++) {
            const struct job_row *row = &(*t)->rows[i];
            if (by_kind[row->kind] != NULL && by_kind[row->kind] != row) {
                snprintf(err, err_size, "%s: there are two rows for job %s", (*t)->domain, job_about(row->kind)->name);
                return false;
            }
            by_kind[row->kind] = row;
        }
    }
    for (int k = 0; k < JOB_COUNT; k++) {
        if (by_kind[k] == NULL || by_kind[k]->run == NULL) {
            snprintf(err, err_size, "job %s has no function", job_about((enum job_kind)k)->name);
            return false;
        }
    }
    return true;
}

struct text_list jobs_kinds(void)
{
    static const char *names[JOB_COUNT];
    for (int k = 0; k < JOB_COUNT; k++) {
        names[k] = job_about((enum job_kind)k)->name;
    }
    return (struct text_list){ names, JOB_COUNT };
}
