/*
 * What certferry does by itself while it serves: one thread a task, each sleeping until its next
 * time or until somebody changed what it looks at.
 *
 * A task's function does what is due and says when it wants to be called again. It takes work from
 * the database only, so a change made by a command in another process is found at the next time,
 * one made in this process at once (background_wake), and one cut off by a crash after the restart.
 * A function that fails is called again after BACKGROUND_RETRY seconds; the log says what failed,
 * once for the same failure in a row.
 */
#pragma once

#include "base/status.h"
#include "service/service.h"

#include <stdint.h>

/* X(NAME, "name in logs", the function) */
#define BACKGROUND_TABLE(X)                                                                        \
    X(SWEEP, "sweep", background_sweep)                                                            \
    X(SESSIONS, "sessions", background_sessions)                                                   \
    X(REVOCATION, "revocation", background_revocation)                                             \
    X(AUDIT_HEAD, "audit head", background_audit_head)                                             \
    X(MAIL, "mail", background_mail)                                                               \
    X(IMPORT, "import", background_import)                                                         \
    X(OCSP, "ocsp", background_ocsp)                                                               \
    X(ANSWERS, "answers", background_answers)                                                      \
    X(SIGHTINGS, "sightings", background_sightings)                                                \
    X(TRUST, "trust", background_trust)                                                            \
    X(PROBES, "probes", background_probes)

enum background_task {
#define BACKGROUND_ENUM(name, text, function) BACKGROUND_##name,
    BACKGROUND_TABLE(BACKGROUND_ENUM)
#undef BACKGROUND_ENUM
        BACKGROUND_COUNT,
};

enum { BACKGROUND_RETRY = 5, BACKGROUND_LONGEST = 60 };

/*
 * Does what is due at `now`. *ret_wait is the seconds until the next call, 0 for at once; more than
 * BACKGROUND_LONGEST is cut to that. Long work asks background_stopping() between its steps.
 */
typedef enum status background_function(const struct service *service, int64_t now,
                                        int64_t *ret_wait);

#define BACKGROUND_DECLARATION(name, text, function) background_function function;
BACKGROUND_TABLE(BACKGROUND_DECLARATION)
#undef BACKGROUND_DECLARATION

struct background;

/* Private to service.c: sets service->background, then starts a thread for each task. INTERNAL: no
 * thread can be had. */
enum status background_start(struct service *service);
/* Waits for the functions that run at this moment. NULL does nothing. */
void background_stop(struct background *background);

/* Calls the task soon. Does nothing where no task runs (commands). From any thread. */
void background_wake(const struct service *service, enum background_task task);
/* The task's name in logs, and how often it has failed since the start: 0 where none runs. */
const char *background_task_name(enum background_task task);
int64_t background_failures(const struct service *service, enum background_task task);
/* Whether the process wants to end: long work leaves what is left for the next start. */
bool background_stopping(const struct service *service);
