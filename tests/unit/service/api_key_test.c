#include "service/api_key.h"

#include "base/clock.h"
#include "base/text.h"
#include "fixture.h"

#include <stdio.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(api_key, .init = setup, .fini = teardown);

static struct api_key_created create(int64_t lifetime)
{
    const struct api_key_request request = {
        .name = "monitoring", .role = OPERATOR_AUDITOR, .lifetime = lifetime};
    struct api_key_created created = {0};
    expect_ok(api_key_create(at.service, &anna, &request, &created));
    return created;
}

static enum status find(const struct secret *text, int64_t now, struct api_key *ret_key)
{
    return api_key_find(at.service, secret_span(text), now, ret_key);
}

Test(api_key, is_recognised_found_and_not_stored)
{
    struct api_key_created created defer(api_key_created_clear) = create(0);
    struct span text = secret_span(created.text);
    cr_assert_eq(text.len, API_KEY_LETTERS);
    cr_assert_eq(memcmp(text.ptr, API_KEY_PREFIX, strlen(API_KEY_PREFIX)), 0);
    cr_assert(api_key_is_formed(text));
    struct api_key key;
    expect_ok(find(created.text, clock_now(), &key));
    cr_assert_str_eq(key.id, created.key.id);
    cr_assert_str_eq(key.name, "monitoring");
    cr_assert_str_eq(key.created_by, "operator:anna");
    cr_assert_eq(key.role, OPERATOR_AUDITOR);
    cr_assert_eq(key.expires_at, key.created_at + API_KEY_LIFETIME);
    cr_assert_not(files_contain(&at, text));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'key.create' AND "
                              "json_extract(detail, '$.role') = 'auditor'"),
                 1);
}

Test(api_key, a_mistyped_one_is_not_looked_for)
{
    struct api_key_created created defer(api_key_created_clear) = create(0);
    struct api_key key;
    for (size_t i = 0; i < API_KEY_LETTERS; i++) {
        char typed[API_KEY_LETTERS + 1];
        snprintf(typed, sizeof typed, "%s", secret_text(created.text));
        typed[i] = typed[i] == 'x' ? 'y' : 'x';
        expect_detail(api_key_find(at.service, span_of_text(typed), clock_now(), &key),
                      STATUS_UNAUTHENTICATED, "this is not an API key");
    }
    cr_assert_not(api_key_is_formed(SPAN_EMPTY));
    cr_assert_not(api_key_is_formed(span_of(secret_text(created.text), API_KEY_LETTERS - 1)));
}

Test(api_key, one_of_another_server_is_none)
{
    struct api_key_created created defer(api_key_created_clear) = create(0);
    run_sql(&at, "DELETE FROM api_key");
    struct api_key key;
    expect_detail(find(created.text, clock_now(), &key), STATUS_UNAUTHENTICATED, "no API key of");
}

Test(api_key, ends_with_its_time)
{
    struct api_key_created created defer(api_key_created_clear) = create(3600);
    struct api_key key;
    expect_ok(find(created.text, created.key.expires_at - 1, &key));
    expect_detail(find(created.text, created.key.expires_at, &key), STATUS_UNAUTHENTICATED,
                  "has expired");
}

Test(api_key, a_revoked_one_lets_nobody_in)
{
    struct api_key_created created defer(api_key_created_clear) = create(0);
    struct api_key key;
    expect_ok(api_key_revoke(at.service, &anna, created.key.id));
    expect_detail(find(created.text, clock_now(), &key), STATUS_UNAUTHENTICATED, "is revoked");
    cr_assert_eq(api_key_revoke(at.service, &anna, created.key.id), STATUS_CONFLICT);
    cr_assert_eq(api_key_revoke(at.service, &anna, "nothing"), STATUS_NOT_FOUND);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'key.revoke'"), 1);
}

Test(api_key, its_use_is_noted_once_a_minute)
{
    struct api_key_created created defer(api_key_created_clear) = create(0);
    struct api_key key;
    int64_t now = clock_now();
    expect_ok(find(created.text, now, &key));
    expect_ok(find(created.text, now + 59, &key));
    cr_assert_eq(key.last_used_at, now);
    expect_ok(find(created.text, now + 60, &key));
    expect_ok(find(created.text, now + 60, &key));
    cr_assert_eq(key.last_used_at, now + 60);
}

static const struct api_key_request bad_requests[] = {
    {.name = ""},
    {.name = "a\nb"},
    {.name = "a", .lifetime = API_KEY_LIFETIME_MOST + 1},
    {.name = "a", .lifetime = -1},
};

Test(api_key, has_a_name_and_an_end)
{
    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        struct api_key_created created defer(api_key_created_clear) = {0};
        cr_expect_eq(api_key_create(at.service, &anna, &bad_requests[i], &created), STATUS_INVALID,
                     "row %zu", i);
    }
}

Test(api_key, the_list_has_all)
{
    struct api_key_created first defer(api_key_created_clear) = create(0);
    struct api_key_created second defer(api_key_created_clear) = create(0);
    expect_ok(api_key_revoke(at.service, &anna, first.key.id));
    struct api_keys list defer(api_keys_clear) = {0};
    expect_ok(api_key_list_page(at.service, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 2);
    size_t revoked = 0;
    for (size_t i = 0; i < list.count; i++)
        revoked += list.keys[i].revoked_at != 0;
    cr_assert_eq(revoked, 1);
}
