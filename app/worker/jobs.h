/* jobs.h - every kind's function. */
#pragma once

#include "api/job.h"

/* The row with a kind's function. */
const struct job_row *jobs_row(enum job_kind kind);
/* Whether each kind of job.def has one row, and each row what it needs; false with words. */
bool jobs_check(char *err, size_t err_size);

/* Names of the kinds, as a parameter of queries. */
struct text_list jobs_kinds(void);
