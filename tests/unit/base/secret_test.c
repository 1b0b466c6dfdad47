#include "base/secret.h"

#include "base/random.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

Test(secret, a_copy_holds_the_bytes_and_a_nul_behind_them)
{
    struct secret *secret defer(secret_free) = NULL;
    cr_assert_eq(secret_copy(SPAN_LITERAL("hunter2"), &secret), STATUS_OK);
    cr_assert(span_equal_text(secret_span(secret), "hunter2"));
    cr_assert_str_eq(secret_text(secret), "hunter2");
}

Test(secret, the_heap_forbids_core_dumps_and_is_locked)
{
    bool locked = false;
    cr_assert_eq(secret_heap_init(1 << 16, &locked), STATUS_OK);
    cr_assert_eq(prctl(PR_GET_DUMPABLE), 0);
    struct secret *secret defer(secret_free) = NULL;
    cr_assert_eq(secret_new(32, &secret), STATUS_OK);
}

Test(secret, a_full_heap_is_no_failure)
{
    bool locked = false;
    cr_assert_eq(secret_heap_init(1 << 16, &locked), STATUS_OK);
    struct secret *first defer(secret_free) = NULL;
    struct secret *second defer(secret_free) = NULL;
    cr_assert_eq(secret_new(40000, &first), STATUS_OK);
    cr_assert_eq(secret_new(40000, &second), STATUS_OK);
    secret_bytes(second)[39999] = 1;
}

static void write_file(const char *path, struct span bytes)
{
    int fd defer(close) = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
}

Test(secret, a_text_file_loses_one_line_end_and_only_one)
{
    static const char *const cases[][2] = {{"word\n", "word"}, {"word\r\n", "word"},
                                           {"word", "word"},   {"word\n\n", "word\n"},
                                           {"\n", ""},         {"", ""}};
    char path[] = "/tmp/secret_test.XXXXXX";
    int fd defer(close) = mkstemp(path);
    cr_assert_geq(fd, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(path, span_of_text(cases[i][0]));
        struct secret *secret defer(secret_free) = NULL;
        cr_assert_eq(secret_read_file(path, 64, true, &secret), STATUS_OK);
        cr_assert_str_eq(secret_text(secret), cases[i][1], "case %zu", i);
    }
    unlink(path);
}

Test(secret, a_file_over_the_limit_is_refused_by_name)
{
    char path[] = "/tmp/secret_test.XXXXXX";
    int fd defer(close) = mkstemp(path);
    write_file(path, SPAN_LITERAL("12345"));
    struct secret *secret = NULL;
    cr_assert_eq(secret_read_file(path, 4, false, &secret), STATUS_TOO_LARGE);
    cr_assert_not_null(strstr(status_detail(), path));
    cr_assert_null(secret);
    unlink(path);
    cr_assert_eq(secret_read_file(path, 4, false, &secret), STATUS_NOT_FOUND);
}

Test(secret, constant_time_equality_compares_lengths_too)
{
    cr_assert(span_equal_constant_time(SPAN_LITERAL("abc"), SPAN_LITERAL("abc")));
    cr_assert(!span_equal_constant_time(SPAN_LITERAL("abc"), SPAN_LITERAL("abd")));
    cr_assert(!span_equal_constant_time(SPAN_LITERAL("abc"), SPAN_LITERAL("abcd")));
}

Test(random, every_letter_of_the_alphabet_comes_and_no_other)
{
    struct secret *text defer(secret_free) = NULL;
    cr_assert_eq(random_text(text_alphabet, 4096, &text), STATUS_OK);
    size_t seen[256] = {0};
    for (size_t i = 0; i < secret_span(text).len; i++)
        seen[secret_span(text).ptr[i]]++;
    size_t sum = 0;
    for (const char *c = text_alphabet; *c != '\0'; c++) {
        cr_assert_gt(seen[(uint8_t)*c], 0, "%c never came in 4096 draws", *c);
        sum += seen[(uint8_t)*c];
    }
    cr_assert_eq(sum, 4096);
}

Test(random, a_number_is_below_its_bound)
{
    for (int i = 0; i < 1000; i++) {
        uint32_t number = 99;
        cr_assert_eq(random_below(3, &number), STATUS_OK);
        cr_assert_lt(number, 3);
    }
    uint32_t only = 99;
    cr_assert_eq(random_below(1, &only), STATUS_OK);
    cr_assert_eq(only, 0);
}

/* Kilobytes that the kernel has locked for this process. */
static long locked_kilobytes(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    cr_assert_not_null(status);
    char line[256];
    long locked = -1;
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmLck:", 6) == 0)
            locked = strtol(line + 6, NULL, 10);
    fclose(status);
    return locked;
}

Test(secret, a_forked_child_can_lock_the_heap_again)
{
    bool locked = false;
    cr_assert_not(secret_heap_lock_again(), "there is no heap yet");
    cr_assert_eq(secret_heap_init(1 << 16, &locked), STATUS_OK);
    long before = locked_kilobytes();
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        bool again = secret_heap_lock_again();
        _exit(again == locked && locked_kilobytes() == before ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}
