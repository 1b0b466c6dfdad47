#include "store/gate.h"

#include <criterion/criterion.h>
#include <unistd.h>

enum { WAITERS = 5 };

struct waiter {
    pthread_t thread;
    struct gate *gate;
    int number;
    int *order; /* who came through, behind the gate */
    int *count;
};

static void *pass(void *context)
{
    struct waiter *waiter = context;
    gate_enter(waiter->gate);
    waiter->order[(*waiter->count)++] = waiter->number;
    gate_leave(waiter->gate);
    return NULL;
}

/* The gate's own queue says when a thread has come to wait. */
static void wait_until_queued(struct gate *gate, const void *last_before)
{
    for (bool queued = false; !queued; usleep(1000)) {
        pthread_mutex_lock(&gate->mutex);
        queued = gate->first != NULL && (const void *)gate->last != last_before;
        pthread_mutex_unlock(&gate->mutex);
    }
}

Test(gate, lets_in_by_the_order_of_arrival)
{
    struct gate gate;
    gate_init(&gate, 1);
    cr_assert(!gate_enter(&gate));
    struct waiter waiters[WAITERS];
    int order[WAITERS];
    int count = 0;
    for (int i = 0; i < WAITERS; i++) {
        const void *last_before = i == 0 ? NULL : gate.last;
        waiters[i] = (struct waiter){0, &gate, i, order, &count};
        cr_assert_eq(pthread_create(&waiters[i].thread, NULL, pass, &waiters[i]), 0);
        wait_until_queued(&gate, last_before);
    }
    gate_leave(&gate);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(waiters[i].thread, NULL);
    for (int i = 0; i < WAITERS; i++)
        cr_assert_eq(order[i], i);
    gate_clear(&gate);
}

Test(gate, has_as_many_places_as_it_was_given)
{
    struct gate gate;
    gate_init(&gate, 2);
    cr_assert(!gate_enter(&gate));
    cr_assert(!gate_enter(&gate));
    cr_assert_eq(gate.free, 0);
    gate_leave(&gate);
    cr_assert(!gate_enter(&gate));
    gate_leave(&gate);
    gate_leave(&gate);
    cr_assert_eq(gate.free, 2);
    gate_clear(&gate);
}

Test(gate, turns_away_when_enough_wait)
{
    struct gate gate = GATE_INIT(1);
    int order[1];
    int count = 0;
    cr_assert(gate_enter_unless_full(&gate, 0));
    cr_assert_not(gate_enter_unless_full(&gate, 0));
    struct waiter waiter = {0, &gate, 0, order, &count};
    cr_assert_eq(pthread_create(&waiter.thread, NULL, pass, &waiter), 0);
    wait_until_queued(&gate, NULL);
    cr_assert_not(gate_enter_unless_full(&gate, 1));
    gate_leave(&gate);
    pthread_join(waiter.thread, NULL);
    cr_assert_eq(count, 1);
    cr_assert(gate_enter_unless_full(&gate, 0));
    gate_leave(&gate);
    gate_clear(&gate);
}
