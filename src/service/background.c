/*
 * A thread sleeps on one condition for all; a wake-up is a flag of its task. The threads run at a
 * lower priority than those that serve requests.
 */
#include "service/background.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/login.h"
#include "service/login_guard.h"
#include "service/once.h"
#include "service/window.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SWEEP_SECONDS = 5, NICE = 5 };

struct task {
    struct background *background;
    enum background_task number;
    pthread_t thread;
    bool started;
    bool wanted; /* guarded by the mutex */
    enum status last_failure;
    _Atomic int64_t failures;
};

struct background {
    const struct service *service;
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct task tasks[BACKGROUND_COUNT];
};

struct task_row {
    const char *name;
    background_function *function;
};

static const struct task_row rows[BACKGROUND_COUNT] = {
#define BACKGROUND_ROW(name, text, function) [BACKGROUND_##name] = {text, function},
    BACKGROUND_TABLE(BACKGROUND_ROW)
#undef BACKGROUND_ROW
};

enum status background_sweep(const struct service *service, int64_t now, int64_t *ret_wait)
{
    struct window_sweep swept;
    *ret_wait = SWEEP_SECONDS;
    TRY(window_sweep(service, now, &swept));
    if (swept.closed + swept.abandoned + swept.expired > 0)
        log_info("sweep", "windows closed: %d, reservations given up: %d, links expired: %d",
                 swept.closed, swept.abandoned, swept.expired);
    return STATUS_OK;
}

enum status background_sessions(const struct service *service, int64_t now, int64_t *ret_wait)
{
    *ret_wait = BACKGROUND_LONGEST;
    TRY(login_prune(service, now));
    return login_guard_tidy(service, now);
}

enum status background_answers(const struct service *service, int64_t now, int64_t *ret_wait)
{
    *ret_wait = BACKGROUND_LONGEST;
    return once_sweep(service, now);
}

/* ---- one task -------------------------------------------------------------------------------- */

static void sleep_until_wanted(struct task *task, int64_t seconds)
{
    struct background *background = task->background;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&background->mutex);
    int waited = 0;
    while (waited == 0 && !task->wanted && !atomic_load(&background->stop))
        waited = pthread_cond_timedwait(&background->changed, &background->mutex, &until);
    task->wanted = false;
    pthread_mutex_unlock(&background->mutex);
}

static int64_t call(struct task *task)
{
    int64_t wait = BACKGROUND_LONGEST;
    enum status status = rows[task->number].function(task->background->service, clock_now(), &wait);
    if (status != STATUS_OK && status != task->last_failure)
        log_status(rows[task->number].name, status, "a background task failed and is tried again");
    if (status == STATUS_OK && task->last_failure != STATUS_OK)
        log_info(rows[task->number].name, "the background task works again");
    task->last_failure = status;
    if (status != STATUS_OK) {
        atomic_fetch_add(&task->failures, 1);
        return BACKGROUND_RETRY;
    }
    return wait < BACKGROUND_LONGEST ? wait : BACKGROUND_LONGEST;
}

static void *run(void *argument)
{
    struct task *task = argument;
    if (setpriority(PRIO_PROCESS, 0, NICE) != 0)
        log_debug("background", "the thread keeps its priority");
    while (!atomic_load(&task->background->stop)) {
        int64_t wait = call(task);
        if (wait > 0)
            sleep_until_wanted(task, wait);
    }
    return NULL;
}

/* Signals are the main thread's business. */
static enum status start_task(struct task *task)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&task->thread, NULL, run, task);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return status_fail(STATUS_INTERNAL,
                           "the thread of the background task %s cannot be started",
                           rows[task->number].name);
    task->started = true;
    return STATUS_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

enum status background_start(struct service *service)
{
    struct background *background = calloc(1, sizeof *background);
    if (background == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for background tasks");
    background->service = service;
    pthread_mutex_init(&background->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&background->changed, &attributes);
    pthread_condattr_destroy(&attributes);

    service->background = background;
    for (int i = 0; i < BACKGROUND_COUNT; i++) {
        background->tasks[i].background = background;
        background->tasks[i].number = i;
        TRY(start_task(&background->tasks[i]));
    }
    return STATUS_OK;
}

void background_stop(struct background *background)
{
    if (background == NULL)
        return;
    atomic_store(&background->stop, true);
    pthread_mutex_lock(&background->mutex);
    pthread_cond_broadcast(&background->changed);
    pthread_mutex_unlock(&background->mutex);
    for (int i = 0; i < BACKGROUND_COUNT; i++)
        if (background->tasks[i].started)
            pthread_join(background->tasks[i].thread, NULL);
    pthread_cond_destroy(&background->changed);
    pthread_mutex_destroy(&background->mutex);
    free(background);
}

void background_wake(const struct service *service, enum background_task task)
{
    struct background *background = service->background;
    if (background == NULL)
        return;
    pthread_mutex_lock(&background->mutex);
    background->tasks[task].wanted = true;
    pthread_cond_broadcast(&background->changed);
    pthread_mutex_unlock(&background->mutex);
}

const char *background_task_name(enum background_task task)
{
    return rows[task].name;
}

int64_t background_failures(const struct service *service, enum background_task task)
{
    struct background *background = service->background;
    return background == NULL ? 0 : atomic_load(&background->tasks[task].failures);
}

bool background_stopping(const struct service *service)
{
    struct background *background = service->background;
    return background != NULL && atomic_load(&background->stop);
}
