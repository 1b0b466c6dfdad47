#include "store/handout_store.h"

#include "fixture.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(handout_store, .init = setup, .fini = teardown);

static enum status create(const char *id, const char *form, const char *object, struct span sealed)
{
    const struct handout_row row = {
        .id = id,
        .form_hash = hash_of(form),
        .created_at = NOW,
        .created_by = "operator:anna",
        .object_id = object,
        .sealed = sealed,
        .expires_at = NOW + 100,
    };
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(handout_store_create(tx, &row));
    return db_commit(tx);
}

Test(handout_store, is_found_by_its_form_its_id_and_its_link)
{
    expect_ok(create("abc", "form", "link", SPAN_LITERAL("sealed")));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct handout_row by_id defer(handout_row_clear) = {0};
    struct handout_row by_form defer(handout_row_clear) = {0};
    struct handout_row by_link defer(handout_row_clear) = {0};
    expect_ok(handout_store_get(tx, "abc", &by_id));
    expect_ok(handout_store_find(tx, hash_of("form"), &by_form));
    expect_ok(handout_store_of_object(tx, "link", &by_link));
    cr_assert_str_eq(by_form.id, "abc");
    cr_assert_str_eq(by_link.id, "abc");
    cr_assert_str_eq(by_id.created_by, "operator:anna");
    cr_assert_eq(by_id.expires_at, NOW + 100);
    cr_assert(span_equal_text(by_id.sealed, "sealed"));
    struct handout_row none;
    cr_assert_eq(handout_store_get(tx, "x", &none), STATUS_NOT_FOUND);
    cr_assert_eq(handout_store_of_object(tx, "", &none), STATUS_NOT_FOUND);
}

Test(handout_store, a_form_has_one)
{
    expect_ok(create("abc", "form", "", SPAN_EMPTY));
    cr_assert_eq(create("def", "form", "", SPAN_EMPTY), STATUS_CONFLICT);
}

static enum status fill(const char *id)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(handout_store_fill(tx, id, SPAN_LITERAL("later")));
    return db_commit(tx);
}

Test(handout_store, is_filled_once)
{
    expect_ok(create("abc", "form", "", SPAN_EMPTY));
    expect_ok(fill("abc"));
    cr_assert_eq(fill("abc"), STATUS_GONE);
}

Test(handout_store, erases_what_is_over_and_not_before)
{
    expect_ok(create("abc", "form", "", SPAN_LITERAL("sealed text")));
    int64_t erased;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(handout_store_erase_due(tx, NOW + 99, &erased));
    cr_assert_eq(erased, 0);
    expect_ok(handout_store_erase_due(tx, NOW + 100, &erased));
    cr_assert_eq(erased, 1);
    finish(tx);
    expect_ok(db_erase_traces(at.db));
    cr_assert_not(files_contain(at.path, SPAN_LITERAL("sealed text")));
    cr_assert_eq(fill("abc"), STATUS_GONE);
}
