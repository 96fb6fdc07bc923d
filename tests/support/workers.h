/* workers.h - real karara-workers on the test's database, and jobs for them.
 *
 *   workers_start(0, 2);                                             // the first one, with two runners
 *   const char *id = workers_job("trial", "{\"to\":\"a@b.example\"}", "");  // one job, by SQL
 *   assert_string_equal(workers_await(id), "done");
 *   workers_stop(0);
 *
 * Each has a folder, a socket for nudges and a log of its own below pg_folder(), as if it ran on a host of its own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { WORKERS_MAX = 4 };

/* ---- set-ups of tests, for cmocka ---- */

/* Of a group that needs nothing but services and the first worker, with two runners; and its end. */
int workers_begin(void **state);
int workers_end(void **state);
/* Of a group whose cluster is its own, so that it may be restarted; each test starts the workers it needs. */
int workers_begin_alone(void **state);
/* Of each of its tests: no worker of one that failed, no job, no mail. */
int workers_clean(void **state);

/* ---- workers ---- */

/* Starts the n-th, with this many runners, and waits until it hears. */
void workers_start(int n, int runners);
/* Ends it as systemd would: SIGTERM, and waits. Its exit status, or 128 + signal. */
int workers_stop(int n);
/* Ends the master without warning; its processes go with it. */
void workers_kill(int n);
pid_t workers_pid(int n);
/* The n-th worker's processes of a role, at most `most`; their number. */
int workers_processes(int n, const char *role, pid_t *ret, int most);
/* Its log so far. */
const char *workers_log(int n);

/* ---- jobs ---- */

/* While nothing runs: no job that waits, and none that was done; no queue is halted; no mail. */
void workers_forget(void);
/* While workers run: ends what waits, waits until what runs has come to its end, and forgets what was done. Mails stay. */
void workers_drain(void);

/* One job by SQL; `more` are further assignments: ", priority = 0" or "". Returns its id, which lives as long as replies. */
const char *workers_job(const char *kind, const char *payload, const char *more);
/* State of a job: waiting, running, parked, done, cancelled; "" when there is none. */
const char *workers_state(const char *id);
/* Waits (a minute at most) until it is done, cancelled or parked; the state. */
const char *workers_await(const char *id);
/* Waits until so many jobs of the kind are done. Leases of those that were begun some seconds ago and not ended are over at once, rather than
 * after the half minute that this takes; should one of them live, it finds that its job is another's. */
void workers_expect_done(int n, const char *kind, int seconds);
/* Waits up to `seconds` until the SQL's first value is what it should be, else fails the test. */
void workers_expect(const char *want, int seconds, const char *sql, ...) __attribute__((format(printf, 3, 4)));
