#include "base/status.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

Test(status, exit_codes_follow_the_kind)
{
    cr_assert_eq(status_exit_code(STATUS_OK), 0);
    cr_assert_eq(status_exit_code(STATUS_NOT_FOUND), 1);
    cr_assert_eq(status_exit_code(STATUS_USAGE), 2);
    cr_assert_eq(status_exit_code(STATUS_CONFIG), 3);
    cr_assert_eq(status_exit_code(STATUS_CRYPTO), 4);
}

Test(status, faults_are_5xx_and_refusals_4xx)
{
    for (int i = STATUS_OK; i <= STATUS_INTERNAL; i++) {
        enum status status = (enum status)i;
        int http = status_http(status);
        if (status_kind(status) == STATUS_KIND_FAULT)
            cr_assert(http >= 500 && http <= 599, "%s", status_name(status));
        if (status_kind(status) == STATUS_KIND_REFUSAL)
            cr_assert(http >= 400 && http <= 499, "%s", status_name(status));
    }
}

Test(status, every_sentence_ends_in_a_full_stop)
{
    for (int i = STATUS_OK; i <= STATUS_INTERNAL; i++) {
        const char *sentence = status_sentence((enum status)i);
        cr_assert_eq(sentence[strlen(sentence) - 1], '.', "%s", sentence);
    }
}

Test(status, the_detail_is_kept_until_the_next_failure)
{
    cr_assert_eq(status_fail(STATUS_NOT_FOUND, "no certificate has the serial %s", "0a"),
                 STATUS_NOT_FOUND);
    cr_assert_str_eq(status_detail(), "no certificate has the serial 0a");
    status_detail_clear();
    cr_assert_str_eq(status_detail(), "");
}

Test(status, a_long_detail_is_cut_not_lost)
{
    char detail[4 * STATUS_DETAIL_MAX];
    memset(detail, 'x', sizeof detail);
    detail[sizeof detail - 1] = '\0';
    cr_assert_eq(status_fail(STATUS_INVALID, "%s", detail), STATUS_INVALID);
    cr_assert_eq(strlen(status_detail()), STATUS_DETAIL_MAX - 1);
}

Test(status, a_full_disk_and_missing_memory_override_the_general_fault)
{
    errno = ENOSPC;
    cr_assert_eq(status_fail_errno(STATUS_IO, "a file"), STATUS_DISK_FULL);
    errno = ENOMEM;
    cr_assert_eq(status_fail_errno(STATUS_IO, "a file"), STATUS_NO_MEMORY);
    errno = EACCES;
    cr_assert_eq(status_fail_errno(STATUS_IO, "a file"), STATUS_IO);
    cr_assert_str_eq(status_detail(), "a file: Permission denied");
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)status_fail(STATUS_GONE, "another thread's detail");
}

Test(status, the_detail_of_one_thread_is_not_seen_by_another)
{
    enum status ours = status_fail(STATUS_INVALID, "ours");
    pthread_t thread;
    void *theirs = NULL;
    cr_assert_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    cr_assert_eq(pthread_join(thread, &theirs), 0);
    cr_assert_eq((intptr_t)theirs, STATUS_GONE);
    cr_assert_eq(ours, STATUS_INVALID);
    cr_assert_str_eq(status_detail(), "ours");
}

static enum status leaves_early(int *steps)
{
    TRY(STATUS_OK);
    *steps = 1;
    TRY(status_fail(STATUS_GONE, "early"));
    *steps = 2;
    return STATUS_OK;
}

Test(status, try_leaves_at_the_first_failure)
{
    int steps = 0;
    cr_assert_eq(leaves_early(&steps), STATUS_GONE);
    cr_assert_eq(steps, 1);
}
