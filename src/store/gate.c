/* Whoever leaves hands the place to the first in the queue: it is never free in between, so nobody
 * overtakes. */
#include "store/gate.h"

#include <stddef.h>

struct gate_waiter {
    pthread_cond_t called;
    bool let_in;
    struct gate_waiter *next;
};

void gate_init(struct gate *gate, unsigned places)
{
    *gate = (struct gate){.free = places};
    pthread_mutex_init(&gate->mutex, NULL);
}

void gate_clear(struct gate *gate)
{
    pthread_mutex_destroy(&gate->mutex);
}

static void wait_in_queue(struct gate *gate)
{
    struct gate_waiter self = {.let_in = false};
    pthread_cond_init(&self.called, NULL);
    if (gate->first == NULL)
        gate->first = &self;
    else
        gate->last->next = &self;
    gate->last = &self;
    gate->waiting++;
    while (!self.let_in)
        pthread_cond_wait(&self.called, &gate->mutex);
    pthread_cond_destroy(&self.called);
}

/* True when it had to wait; behind the mutex. */
static bool enter(struct gate *gate)
{
    bool waits = gate->free == 0;
    if (waits)
        wait_in_queue(gate);
    else
        gate->free--;
    return waits;
}

bool gate_enter(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    bool waited = enter(gate);
    pthread_mutex_unlock(&gate->mutex);
    return waited;
}

bool gate_enter_unless_full(struct gate *gate, unsigned most)
{
    pthread_mutex_lock(&gate->mutex);
    bool full = gate->free == 0 && gate->waiting >= most;
    if (!full)
        enter(gate);
    pthread_mutex_unlock(&gate->mutex);
    return !full;
}

void gate_leave(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    struct gate_waiter *next = gate->first;
    if (next == NULL) {
        gate->free++;
    } else {
        gate->first = next->next;
        gate->waiting--;
        next->let_in = true;
        pthread_cond_signal(&next->called);
    }
    pthread_mutex_unlock(&gate->mutex);
}
