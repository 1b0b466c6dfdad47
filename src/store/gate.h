/* A gate that so many threads may be behind at one time; the others wait outside and are let in in
 * the order in which they came, which a mutex does not promise. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct gate_waiter;

struct gate {
    pthread_mutex_t mutex;
    unsigned free; /* places */
    struct gate_waiter *first;
    struct gate_waiter *last;
    unsigned waiting;
};

/* For a gate that is there as long as the process. */
#define GATE_INIT(places)                                                                          \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .free = (places)                                       \
    }

void gate_init(struct gate *gate, unsigned places);
void gate_clear(struct gate *gate);
/* True when it had to wait. */
bool gate_enter(struct gate *gate);
/* False, and not entered, when `most` wait already. */
bool gate_enter_unless_full(struct gate *gate, unsigned most);
void gate_leave(struct gate *gate);
