/*
 * A bounded stack of finished keys, one mutex, and one thread that sleeps when the stack is full.
 *
 * The thread runs at the highest nice value, which on Linux counts for a thread: while requests
 * want the processor it gets a fiftieth of it. (SCHED_IDLE would give it less than it may need to
 * let go of a lock.) What it makes is parsed again when it is taken (0.1 ms): as PKCS#8 in a
 * `struct secret` a key lies in locked memory as long as it waits.
 */
#include "service/keypool.h"

#include "base/log.h"
#include "base/secret.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

enum { RETRY_SECONDS = 5, NICE_LEAST = 19 };

struct key_pool {
    enum key_type type;
    size_t target;
    pthread_t thread;
    atomic_bool stop;      /* read without the mutex by the key generator */
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wanted; /* there is room, or the pool stops */
    size_t count;
    struct secret *keys[KEY_POOL_MAX];
};

/* 0 is the calling thread. Where it is not allowed, the thread just competes. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, 0, NICE_LEAST) != 0)
        log_debug("keypool", "the pool's thread keeps its priority");
}

static enum status make_key(struct key_pool *pool, struct secret **ret_der)
{
    struct private_key *key defer(private_key_free) = NULL;
    TRY(private_key_generate_until(pool->type, &pool->stop, &key));
    return private_key_to_pkcs8(key, ret_der);
}

/* Waits until there is room; false when the pool stops. */
static bool wait_for_room(struct key_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->count >= pool->target && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->wanted, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return !atomic_load(&pool->stop);
}

static void wait_before_retry(struct key_pool *pool)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RETRY_SECONDS;
    pthread_mutex_lock(&pool->mutex);
    int waited = 0;
    while (waited == 0 && !atomic_load(&pool->stop))
        waited = pthread_cond_timedwait(&pool->wanted, &pool->mutex, &until);
    pthread_mutex_unlock(&pool->mutex);
}

static void *fill(void *argument)
{
    struct key_pool *pool = argument;
    step_back();
    while (wait_for_room(pool)) {
        struct secret *der = NULL;
        enum status status = make_key(pool, &der);
        if (status == STATUS_GONE)
            break;
        if (status != STATUS_OK) {
            log_status("keypool", status, "a key cannot be made ahead");
            wait_before_retry(pool);
            continue;
        }
        pthread_mutex_lock(&pool->mutex);
        pool->keys[pool->count++] = der;
        pthread_mutex_unlock(&pool->mutex);
    }
    return NULL;
}

/* Signals are the main thread's business. */
static int start_thread(struct key_pool *pool)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&pool->thread, NULL, fill, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_pool(struct key_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        secret_free(pool->keys[i]);
    pthread_cond_destroy(&pool->wanted);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

enum status key_pool_start(enum key_type type, size_t count, struct key_pool **ret_pool)
{
    if (count > KEY_POOL_MAX)
        return status_fail(STATUS_INVALID, "a key pool of %zu keys; at most %d", count,
                           KEY_POOL_MAX);
    struct key_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the key pool");
    pool->type = type;
    pool->target = count;
    pthread_mutex_init(&pool->mutex, NULL);
    init_condition(&pool->wanted);
    if (start_thread(pool) != 0) {
        free_pool(pool);
        return status_fail(STATUS_INTERNAL, "the key pool's thread cannot be started");
    }
    *ret_pool = pool;
    return STATUS_OK;
}

void key_pool_stop(struct key_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->stop, true);
    pthread_cond_signal(&pool->wanted);
    pthread_mutex_unlock(&pool->mutex);
    pthread_join(pool->thread, NULL);
    free_pool(pool);
}

/* The key that was made last, NULL when there is none of this type. */
static struct secret *pop(struct key_pool *pool, enum key_type type)
{
    if (pool == NULL || pool->type != type)
        return NULL;
    struct secret *der = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->count > 0) {
        der = pool->keys[--pool->count];
        pthread_cond_signal(&pool->wanted);
    }
    pthread_mutex_unlock(&pool->mutex);
    return der;
}

enum status key_pool_take(struct key_pool *pool, enum key_type type, struct private_key **ret_key)
{
    struct secret *der defer(secret_free) = pop(pool, type);
    if (der == NULL)
        return private_key_generate(type, ret_key);
    return private_key_from_pkcs8(secret_span(der), ret_key);
}

size_t key_pool_ready(struct key_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    size_t count = pool->count;
    pthread_mutex_unlock(&pool->mutex);
    return count;
}
