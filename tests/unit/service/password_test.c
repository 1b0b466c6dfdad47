#include "service/password.h"

#include "base/limits.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/resource.h>

Test(password, a_generated_one_is_twenty_letters_without_look_alikes)
{
    struct secret *first defer(secret_free) = NULL;
    struct secret *second defer(secret_free) = NULL;
    cr_assert_eq(password_generate(&first), STATUS_OK);
    cr_assert_eq(password_generate(&second), STATUS_OK);
    const char *text = secret_text(first);
    cr_assert_eq(strlen(text), PASSWORD_LETTERS);
    cr_assert_eq(strspn(text, text_alphabet), PASSWORD_LETTERS, "%s", text);
    cr_assert_str_neq(text, secret_text(second));
    cr_assert_eq(password_check(first), STATUS_OK);
}

static const struct {
    const char *text;
    enum status status;
} own_passwords[] = {
    {"twelve chars", STATUS_OK},
    {"!\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~", STATUS_OK},
    {"", STATUS_INVALID},
    {"eleven char", STATUS_INVALID},
    {"gr\xc3\xb6\xc3\x9f"
     "enwahnsinnig",
     STATUS_INVALID},
    {"twelve chars\n", STATUS_INVALID},
    {"tab\tin the middle", STATUS_INVALID},
};

Test(password, an_own_one_is_twelve_and_more_printable_ascii_letters)
{
    for (size_t i = 0; i < sizeof own_passwords / sizeof *own_passwords; i++) {
        struct secret *password defer(secret_free) = NULL;
        cr_assert_eq(secret_copy(span_of_text(own_passwords[i].text), &password), STATUS_OK);
        cr_assert_eq(password_check(password), own_passwords[i].status, "row %zu", i);
    }
}

Test(password, the_longest_is_128)
{
    uint8_t letters[LIMIT_PASSWORD_MAX + 1];
    memset(letters, 'a', sizeof letters);
    struct secret *longest defer(secret_free) = NULL;
    struct secret *longer defer(secret_free) = NULL;
    cr_assert_eq(secret_copy(span_of(letters, LIMIT_PASSWORD_MAX), &longest), STATUS_OK);
    cr_assert_eq(secret_copy(span_of(letters, sizeof letters), &longer), STATUS_OK);
    cr_assert_eq(password_check(longest), STATUS_OK);
    cr_assert_eq(password_check(longer), STATUS_INVALID);
}

Test(password, a_hash_verifies_its_password_and_no_other)
{
    struct secret *right defer(secret_free) = NULL;
    struct secret *wrong defer(secret_free) = NULL;
    cr_assert_eq(secret_copy(SPAN_LITERAL("correct horse"), &right), STATUS_OK);
    cr_assert_eq(secret_copy(SPAN_LITERAL("correct horsf"), &wrong), STATUS_OK);
    char hash[PASSWORD_HASH_SIZE];
    cr_assert_eq(password_hash(right, hash), STATUS_OK);
    cr_assert_eq(password_verify(hash, right), STATUS_OK);
    cr_assert_eq(password_verify(hash, wrong), STATUS_UNAUTHENTICATED);
    cr_assert_eq(password_verify("", right), STATUS_UNAUTHENTICATED);
    cr_assert_eq(password_verify("$argon2id$broken", right), STATUS_UNAUTHENTICATED);
    cr_assert_not(password_needs_rehash(hash));
    cr_assert(password_needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$AAAAAAAAAAA$AAAA"));
}

enum { CROWD = 3 * (PASSWORD_STRANGER_PLACES + PASSWORD_WAITING) };

struct one_of_many {
    pthread_t thread;
    pthread_barrier_t *start;
    enum status status;
};

static void *compute(void *context)
{
    struct one_of_many *one = context;
    struct secret *password defer(secret_free) = NULL;
    char hash[PASSWORD_HASH_SIZE];
    if (secret_copy(SPAN_LITERAL("correct horse"), &password) != STATUS_OK)
        return NULL;
    pthread_barrier_wait(one->start);
    one->status = password_hash_in(PASSWORD_STRANGER, password, hash);
    return NULL;
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

Test(password, a_crowd_takes_the_memory_of_a_few_and_the_rest_is_turned_away)
{
    static struct one_of_many crowd[CROWD];
    pthread_barrier_t start;
    cr_assert_eq(pthread_barrier_init(&start, NULL, CROWD), 0);
    long before = peak_kilobytes();
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = (struct one_of_many){.start = &start, .status = STATUS_INTERNAL};
        cr_assert_eq(pthread_create(&crowd[i].thread, NULL, compute, &crowd[i]), 0);
    }
    size_t done = 0;
    size_t turned_away = 0;
    for (size_t i = 0; i < CROWD; i++) {
        pthread_join(crowd[i].thread, NULL);
        done += crowd[i].status == STATUS_OK;
        turned_away += crowd[i].status == STATUS_TOO_MANY;
    }
    pthread_barrier_destroy(&start);
    cr_assert_eq(done + turned_away, CROWD);
    cr_assert_geq(done, PASSWORD_STRANGER_PLACES + PASSWORD_WAITING);
    cr_assert_gt(turned_away, 0);
    cr_assert_leq(peak_kilobytes() - before, (PASSWORD_STRANGER_PLACES + 4) * 64 * 1024);
}
