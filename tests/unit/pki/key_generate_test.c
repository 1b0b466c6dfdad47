#include "pki/key.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

Test(key_generate, a_key_that_nobody_wants_is_not_made)
{
    atomic_bool stop = true;
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(private_key_generate_until(KEY_RSA_4096, &stop, &key), STATUS_GONE);
    cr_assert_null(key);
}

static void *stop_after_a_moment(void *argument)
{
    usleep(20 * 1000);
    atomic_store((atomic_bool *)argument, true);
    return NULL;
}

/* Whole 4096-bit keys would take minutes: it ends because one of them is given up. */
Test(key_generate, a_key_that_is_being_made_is_given_up)
{
    atomic_bool stop = false;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, stop_after_a_moment, &stop), 0);
    enum status status = STATUS_OK;
    for (int i = 0; i < 1000 && status == STATUS_OK; i++) {
        struct private_key *key defer(private_key_free) = NULL;
        status = private_key_generate_until(KEY_RSA_4096, &stop, &key);
    }
    cr_assert_eq(status, STATUS_GONE);
    pthread_join(thread, NULL);
}

Test(key_generate, without_a_stop_a_key_of_each_type_is_made)
{
    for (int type = 0; type < KEY_TYPE_COUNT; type++) {
        struct private_key *key defer(private_key_free) = NULL;
        if (type == KEY_RSA_4096)
            continue; /* slow, and no other code than RSA-3072 */
        cr_assert_eq(private_key_generate_until((enum key_type)type, NULL, &key), STATUS_OK);
        struct secret *der defer(secret_free) = NULL;
        cr_assert_eq(private_key_to_pkcs8(key, &der), STATUS_OK);
    }
}
