#include "service/keypool.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Waits for something that another thread is about to do; a test that hangs here has failed. */
static void await_ready(struct key_pool *pool, size_t count)
{
    while (key_pool_ready(pool) < count)
        usleep(1000);
}

static void append_spki(struct buf *spki, struct private_key *key)
{
    cr_assert_eq(private_key_spki(key, spki), STATUS_OK);
}

Test(keypool, fills_itself_to_its_size_and_no_further)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 8, &pool), STATUS_OK);
    await_ready(pool, 8);
    usleep(20 * 1000);
    cr_assert_eq(key_pool_ready(pool), 8);
}

Test(keypool, fills_again_what_was_taken)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 4, &pool), STATUS_OK);
    for (int round = 0; round < 3; round++) {
        await_ready(pool, 4);
        for (int i = 0; i < 4; i++) {
            struct private_key *key defer(private_key_free) = NULL;
            cr_assert_eq(key_pool_take(pool, KEY_EC_P256, &key), STATUS_OK);
        }
    }
}

Test(keypool, gives_every_key_once)
{
    enum { KEYS = 24 };
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 8, &pool), STATUS_OK);
    struct buf seen[KEYS];
    for (size_t i = 0; i < KEYS; i++) {
        seen[i] = (struct buf)BUF_INIT(256);
        struct private_key *key defer(private_key_free) = NULL;
        cr_assert_eq(key_pool_take(pool, KEY_EC_P256, &key), STATUS_OK);
        append_spki(&seen[i], key);
        for (size_t j = 0; j < i; j++)
            cr_assert(
                !span_equal(span_of(seen[i].ptr, seen[i].len), span_of(seen[j].ptr, seen[j].len)));
    }
    for (size_t i = 0; i < KEYS; i++)
        buf_clear(&seen[i]);
}

Test(keypool, an_empty_pool_makes_the_key_in_the_caller)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 0, &pool), STATUS_OK);
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(key_pool_take(pool, KEY_EC_P256, &key), STATUS_OK);
    cr_assert_not_null(key);
}

Test(keypool, without_a_pool_a_key_is_made)
{
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(key_pool_take(NULL, KEY_EC_P384, &key), STATUS_OK);
    cr_assert_not_null(key);
}

Test(keypool, another_type_leaves_the_pool_alone)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 2, &pool), STATUS_OK);
    await_ready(pool, 2);
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(key_pool_take(pool, KEY_EC_P384, &key), STATUS_OK);
    cr_assert_eq(key_pool_ready(pool), 2);
}

Test(keypool, refuses_more_keys_than_it_has_room_for)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, KEY_POOL_MAX + 1, &pool), STATUS_INVALID);
}

Test(keypool, stops_at_every_moment_of_its_life)
{
    for (int i = 0; i < 30; i++) {
        struct key_pool *pool defer(key_pool_stop) = NULL;
        cr_assert_eq(key_pool_start(KEY_RSA_2048, 2, &pool), STATUS_OK);
        usleep((unsigned)i * 700);
    }
}

/* A stop that waited for the keys, 200 of 4096 bits, would hold this test for minutes. */
Test(keypool, stops_in_the_middle_of_a_key)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_RSA_4096, 200, &pool), STATUS_OK);
    usleep(50 * 1000);
}

static void *take_many(void *argument)
{
    for (int i = 0; i < 50; i++) {
        struct private_key *key defer(private_key_free) = NULL;
        cr_assert_eq(key_pool_take(argument, KEY_EC_P256, &key), STATUS_OK);
    }
    return NULL;
}

Test(keypool, serves_many_threads_at_once)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    cr_assert_eq(key_pool_start(KEY_EC_P256, 16, &pool), STATUS_OK);
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_many, pool), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

/* Threads of this process at the lowest priority. */
static int count_nice_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    cr_assert_not_null(tasks);
    int count = 0;
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
        if (entry->d_name[0] != '.')
            count += getpriority(PRIO_PROCESS, (id_t)strtoul(entry->d_name, NULL, 10)) == 19;
    closedir(tasks);
    return count;
}

Test(keypool, only_its_own_thread_steps_back)
{
    struct key_pool *pool defer(key_pool_stop) = NULL;
    int own = getpriority(PRIO_PROCESS, 0); /* not 0 where the tests themselves step back */
    cr_assert_eq(key_pool_start(KEY_EC_P256, 1, &pool), STATUS_OK);
    await_ready(pool, 1);
    cr_assert_eq(count_nice_threads(), 1);
    cr_assert_eq(getpriority(PRIO_PROCESS, 0), own);
}
