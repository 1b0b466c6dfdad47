#include "service/device_cookie.h"

#include "base/random.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { NOW = 1800000000 };

static struct service service;

static void setup(void)
{
    cr_assert_eq(random_text("abc", 32, &service.master_key), STATUS_OK);
}

static void teardown(void)
{
    secret_free(service.master_key);
}

TestSuite(device_cookie, .init = setup, .fini = teardown);

static bool known(const char *name, struct span value, int64_t now)
{
    bool is_known = true;
    uint8_t id[DEVICE_COOKIE_ID];
    cr_assert_eq(device_cookie_read(&service, name, value, now, &is_known, id), STATUS_OK);
    return is_known;
}

static struct secret *make(const char *name)
{
    struct secret *value = NULL;
    cr_assert_eq(device_cookie_make(&service, name, NOW, &value), STATUS_OK);
    return value;
}

Test(device_cookie, is_known_to_its_own_name_in_any_case)
{
    struct secret *value defer(secret_free) = make("Anna");
    cr_assert(known("anna", secret_span(value), NOW));
    cr_assert(known("ANNA", secret_span(value), NOW + DEVICE_COOKIE_SECONDS - 1));
    cr_assert_not(known("bob", secret_span(value), NOW));
}

Test(device_cookie, ends_and_is_never_of_the_future)
{
    struct secret *value defer(secret_free) = make("anna");
    cr_assert_not(known("anna", secret_span(value), NOW + DEVICE_COOKIE_SECONDS));
    cr_assert_not(known("anna", secret_span(value), NOW - 1));
}

Test(device_cookie, two_browsers_have_two_ids)
{
    struct secret *values[2] = {make("anna"), make("anna")};
    uint8_t ids[2][DEVICE_COOKIE_ID];
    for (size_t i = 0; i < 2; i++) {
        bool is_known;
        cr_assert_eq(
            device_cookie_read(&service, "anna", secret_span(values[i]), NOW, &is_known, ids[i]),
            STATUS_OK);
        secret_free(values[i]);
    }
    cr_assert_neq(memcmp(ids[0], ids[1], DEVICE_COOKIE_ID), 0);
}

Test(device_cookie, no_letter_of_it_may_be_another)
{
    struct secret *value defer(secret_free) = make("anna");
    size_t len = secret_span(value).len;
    for (size_t i = 0; i < len; i++) {
        char changed[128];
        snprintf(changed, sizeof changed, "%s", secret_text(value));
        changed[i] = changed[i] == '2' ? '3' : '2';
        cr_expect_not(known("anna", span_of_text(changed), NOW), "letter %zu", i);
    }
}

Test(device_cookie, what_is_no_mark_is_not_known)
{
    struct secret *value defer(secret_free) = make("anna");
    struct span whole = secret_span(value);
    for (size_t len = 0; len < whole.len; len++)
        cr_expect_not(known("anna", span_of(whole.ptr, len), NOW), "%zu letters", len);
    char longer[128];
    snprintf(longer, sizeof longer, "%.27s0%s", secret_text(value), secret_text(value) + 27);
    cr_assert_not(known("anna", span_of_text(longer), NOW));
}

Test(device_cookie, another_master_key_knows_none)
{
    struct secret *value defer(secret_free) = make("anna");
    secret_free(service.master_key);
    cr_assert_eq(random_text("def", 32, &service.master_key), STATUS_OK);
    cr_assert_not(known("anna", secret_span(value), NOW));
}
