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
    while (!self.let_in)
        pthread_cond_wait(&self.called, &gate->mutex);
    pthread_cond_destroy(&self.called);
}

bool gate_enter(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    bool waits = gate->free == 0;
    if (waits)
        wait_in_queue(gate);
    else
        gate->free--;
    pthread_mutex_unlock(&gate->mutex);
    return waits;
}

void gate_leave(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    struct gate_waiter *next = gate->first;
    if (next == NULL) {
        gate->free++;
    } else {
        gate->first = next->next;
        next->let_in = true;
        pthread_cond_signal(&next->called);
    }
    pthread_mutex_unlock(&gate->mutex);
}
