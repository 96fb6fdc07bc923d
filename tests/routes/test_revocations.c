/* test_revocations.c - rights are taken from people who use them all the time, through real workers, while memcached freezes, dies and
 * comes back: no request that begins after the answer to a revocation may still have the right.
 *
 * KARARA_REVOCATIONS says how many there are; 1,000 unless it does. The whole proof is 10,000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "fcgi_client.h"
#include "pg.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 4, PEOPLE = 25, READERS = 50, CHANGERS = 10, CALLS = READERS + CHANGERS, SHARE = 1000, PAUSE_MAX = 250 };

static struct api_person ada; /* takes and gives */
static struct api_brand demo;
static char task[UUID_TEXT_SIZE], socket_path[128], log_path[128];
static pid_t workers[WORKERS];
static int listener = -1;

/* ---- ways to take a right, and to give it back ---- */

struct request {
    const char *method, *path, *body; /* {brand}, {team}, {person} stand for their ids */
};

static const struct way {
    const char *name;
    struct request take, give;
    int refused; /* what a reader meets meanwhile */
} ways[] = {
    { "a suspended membership",
      { "PATCH", "/api/v1/brands/{brand}/users/{person}", "{\"status\":\"suspended\"}" },
      { "PATCH", "/api/v1/brands/{brand}/users/{person}", "{\"status\":\"active\"}" },
      404 },
    { "a team left",
      { "DELETE", "/api/v1/teams/{team}/members/{person}", NULL },
      { "POST", "/api/v1/teams/{team}/members", "{\"user_id\":\"{person}\",\"role\":\"member\"}" },
      403 },
    { "a brand left",
      { "DELETE", "/api/v1/brands/{brand}/users/{person}", NULL },
      { "POST", "/api/v1/brands/{brand}/users", "{\"user_id\":\"{person}\",\"role\":\"member\",\"team_ids\":[\"{team}\"]}" },
      404 },
};

enum { WAYS = sizeof ways / sizeof *ways };

/* Whose right comes and goes. Numbers of states: even ones hold (0 mod 4 given, 2 mod 4 taken), odd ones are a change that runs. */
static struct subject {
    struct api_person person;
    const struct way *way;
    int state, looked; /* looked: the newest state in which a request began and ended */
} subjects[PEOPLE];

static struct {
    int revocations[WAYS], wanted, reads, used, refused, violations, failures, freezes, deaths;
} seen;

static int taken_so_far(void)
{
    int n = 0;
    for (int i = 0; i < WAYS; i++) {
        n += seen.revocations[i];
    }
    return n;
}

static void fill(struct buf *to, const char *text, const struct subject *s)
{
    const struct {
        const char *name, *value;
    } names[] = { { "{brand}", demo.id }, { "{team}", demo.team_id }, { "{person}", s->person.id } };
    buf_clear(to);
    while (*text != 0) {
        size_t i = 0;
        while (i < 3 && strncmp(text, names[i].name, strlen(names[i].name)) != 0) {
            i++;
        }
        if (i < 3) {
            buf_str(to, names[i].value);
            text += strlen(names[i].name);
        } else {
            buf_char(to, *text++);
        }
    }
}

/* ---- calls that run ---- */

static struct call {
    struct subject *subject; /* NULL: none runs */
    bool changes;
    int began; /* the subject's state then */
} calls[CALLS];

static struct pollfd polled[CALLS];

static void start(int at, struct subject *s, const struct request *r, const struct api_person *who, bool changes)
{
    struct buf path = { 0 }, body = { 0 }, all = { 0 };
    char authorization[2200], length[16];
    fill(&path, r->path, s);
    fill(&body, r->body != NULL ? r->body : "", s);
    snprintf(authorization, sizeof authorization, "Bearer %s", who->token);
    snprintf(length, sizeof length, "%zu", body.len);
    const struct fcgi_param params[] = { { "HTTP_AUTHORIZATION", authorization },
                                         { "CONTENT_TYPE", body.len > 0 ? "application/json" : "" },
                                         { "CONTENT_LENGTH", length },
                                         { NULL, NULL } };
    fcgi_client_head(&all, r->method, path.data, params);
    if (body.len > 0) {
        fcgi_client_stdin(&all, body.data, body.len);
    }
    fcgi_client_stdin(&all, "", 0);
    int fd = fcgi_client_connect(socket_path);
    assert_true(fd >= 0);
    assert_true(fcgi_client_send(fd, all.data, all.len));
    calls[at] = (struct call){ s, changes, s->state };
    polled[at] = (struct pollfd){ .fd = fd, .events = POLLIN };
    buf_free(&path);
    buf_free(&body);
    buf_free(&all);
}

static void read_with(int at)
{
    static char path[128];
    static const struct request look = { "GET", path, NULL };
    snprintf(path, sizeof path, "/api/v1/brands/{brand}/tasks/%s", task);
    struct subject *s = &subjects[at % PEOPLE];
    start(at, s, &look, &s->person, false);
}

/* Takes or gives the right of the next one whose present state somebody has seen. */
static void change_with(int at)
{
    static int next;
    for (int i = 0; i < PEOPLE; i++) {
        struct subject *s = &subjects[next++ % PEOPLE];
        bool given = s->state % 4 == 0;
        if (s->state % 2 != 0 || s->looked != s->state || (given && taken_so_far() >= seen.wanted)) {
            continue;
        }
        s->state++;
        seen.revocations[s->way - ways] += given;
        start(at, s, given ? &s->way->take : &s->way->give, &ada, true);
        return;
    }
}

static void judge(const struct call *c, int status)
{
    struct subject *s = c->subject;
    if (c->changes) {
        seen.failures += status < 200 || status > 299;
        s->state++;
        return;
    }
    seen.reads++;
    if (c->began % 2 != 0 || c->began != s->state) {
        return; /* a change ran at the same time: either answer is right */
    }
    bool given = c->began % 4 == 0;
    int right = given ? 200 : s->way->refused;
    seen.used += given;
    seen.refused += !given;
    seen.violations += !given && status == 200;
    seen.failures += status != right && (given || status != 200);
    if (status != right && seen.violations + seen.failures < 20) {
        print_error("%s, state %d: %d instead of %d\n", s->way->name, c->began, status, right);
    }
    s->looked = c->began;
}

static void finish(int at)
{
    struct fcgi_answer a;
    assert_true(fcgi_client_read(polled[at].fd, &a));
    close(polled[at].fd);
    polled[at].fd = -1;
    judge(&calls[at], a.status);
    calls[at].subject = NULL;
    fcgi_answer_free(&a);
}

/* ---- memcached at random ---- */

static void trouble(void)
{
    static enum { RUNS, FROZEN, GONE } memcached;
    static int64_t next;
    if (clock_monotonic() < next) {
        return;
    }
    next = clock_monotonic() + (10 + rand() % PAUSE_MAX) * 1000;
    switch (memcached) {
    case RUNS:
        memcached = rand() % 2 == 0 ? FROZEN : GONE;
        memcached == FROZEN ? pg_memcached_freeze(true) : pg_memcached_stop();
        break;
    case FROZEN: /* wakes up with what it knew, or dies */
        memcached = rand() % 2 == 0 ? RUNS : GONE;
        memcached == RUNS ? pg_memcached_freeze(false) : pg_memcached_stop();
        seen.freezes++;
        break;
    case GONE:
        memcached = RUNS;
        pg_memcached_start();
        seen.deaths++;
        break;
    }
}

/* ---- all of it ---- */

static void start_worker(int i)
{
    fflush(NULL);
    workers[i] = fork();
    assert_true(workers[i] >= 0);
    if (workers[i] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("KARARA_LOG_LEVEL", "error", 1);
        setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
        int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(listener, 0);
        dup2(log, 1);
        dup2(log, 2);
        execl(KARARA_BIN_DIR "/karara-api", "karara-api", (char *)NULL);
        _exit(127);
    }
}

static int set_up(void **state)
{
    (void)state;
    api_begin();
    log_set_level(LOG_ERROR);
    ada = api_person("ada");
    demo = api_brand("demo", &ada);
    struct uuid id = api_task(&demo, &ada, "Write the story");
    uuid_format(&id, task);
    for (int i = 0; i < PEOPLE; i++) {
        subjects[i].person = api_person(api_f("reader%d", i));
        subjects[i].way = &ways[i % WAYS];
        subjects[i].looked = -1;
        api_join(&demo, &subjects[i].person, "member");
    }
    api_acquaint(&ada); /* who has left the brand is added again at once */
    snprintf(socket_path, sizeof socket_path, "%s/api.sock", pg_folder());
    snprintf(log_path, sizeof log_path, "%s/api.log", pg_folder());
    listener = fcgi_client_listen(socket_path);
    assert_true(listener >= 0);
    for (int i = 0; i < WORKERS; i++) {
        start_worker(i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < WORKERS; i++) {
        int status = -1;
        kill(workers[i], SIGTERM);
        waitpid(workers[i], &status, 0);
        assert_int_equal(status, 0);
    }
    close(listener);
    return 0;
}

/* Every reader goes on until the last right is back. */
static bool all_is_given(void)
{
    for (int i = 0; i < PEOPLE; i++) {
        if (subjects[i].state % 4 != 0 || subjects[i].looked != subjects[i].state) {
            return false;
        }
    }
    return taken_so_far() >= seen.wanted;
}

static void no_right_is_used_after_it_was_taken(void **state)
{
    (void)state;
    const char *wanted = getenv("KARARA_REVOCATIONS");
    int64_t began = clock_monotonic();
    seen.wanted = wanted != NULL ? atoi(wanted) : SHARE;
    srand(7);
    for (int i = 0; i < CALLS; i++) {
        polled[i].fd = -1;
    }
    while (!all_is_given()) {
        trouble();
        for (int i = 0; i < CALLS; i++) {
            if (calls[i].subject == NULL) {
                i < READERS ? read_with(i) : change_with(i);
            }
        }
        assert_true(poll(polled, CALLS, 20000) > 0);
        for (int i = 0; i < CALLS; i++) {
            if (calls[i].subject != NULL && polled[i].revents != 0) {
                finish(i);
            }
        }
    }
    for (int i = 0; i < CALLS; i++) {
        if (calls[i].subject != NULL) {
            finish(i);
        }
    }
    print_message(
        "%d revocations (%d, %d, %d), %d reads, judged %d given and %d taken, memcached frozen %d times and ended %d times, "
        "%d s\n",
        taken_so_far(), seen.revocations[0], seen.revocations[1], seen.revocations[2], seen.reads, seen.used, seen.refused,
        seen.freezes, seen.deaths, (int)((clock_monotonic() - began) / 1000000));
    assert_int_equal(seen.violations, 0);
    assert_int_equal(seen.failures, 0);
    assert_true(taken_so_far() >= seen.wanted && seen.used >= seen.wanted && seen.refused >= seen.wanted);
    assert_true(seen.freezes > 0 && seen.deaths > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_right_is_used_after_it_was_taken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
