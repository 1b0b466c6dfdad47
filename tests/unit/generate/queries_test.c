#include "generate/queries.h"

#include <criterion/criterion.h>

struct compiled {
    struct diagnostics diagnostics;
    struct queries queries;
};

static void compiled_clear(struct compiled *compiled)
{
    diagnostics_clear(&compiled->diagnostics);
    queries_clear(&compiled->queries);
}
CLEANUP_VALUE(struct compiled, compiled_clear)

static void compile(struct compiled *compiled, const char *text)
{
    *compiled = (struct compiled){DIAGNOSTICS_INIT, QUERIES_INIT};
    struct source source defer(source_clear) = {0};
    source_init_text(&source, "db/queries/a.sql", text, &compiled->diagnostics);
    queries_add(&compiled->queries, &source);
}

static bool contains(const struct buf *buf, const char *text)
{
    return buf->len > 0 && memmem(buf->ptr, buf->len, text, strlen(text)) != NULL;
}

Test(queries, a_statement_becomes_a_member_and_a_row)
{
    struct compiled compiled defer(compiled_clear);
    compile(&compiled, "-- name: link_get\n-- Why.\nSELECT *\n  FROM link;\n");
    cr_assert_eq(compiled.diagnostics.count, 0);
    struct buf header defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf source defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    queries_write_header(&compiled.queries, &header);
    queries_write_source(&compiled.queries, &source);
    cr_assert(contains(&header, "enum query {\n    QUERY_LINK_GET,\n    QUERY_COUNT\n};"));
    cr_assert(contains(&source, "\"SELECT * FROM link;\", NULL, 0}"));
}

/* SQL in, SQL out and the names of its parameters. */
static const char *const rewritten[][3] = {
    {"SELECT :a;", "SELECT $1;", "{\"a\"}"},
    {"SELECT :a, :b_c, :a;", "SELECT $1, $2, $1;", "{\"a\", \"b_c\"}"},
    {"SELECT ':a', :b;", "SELECT ':a', $1;", "{\"b\"}"},
    {"SELECT 'it''s :a', :b;", "SELECT 'it''s :a', $1;", "{\"b\"}"},
    {"SELECT :a::text;", "SELECT $1::text;", "{\"a\"}"},
    {"SELECT :a+:b;", "SELECT $1+$2;", "{\"a\", \"b\"}"},
    {"SELECT :a - -1;", "SELECT $1 - -1;", "{\"a\"}"},
};

Test(queries, parameters_are_numbered_by_their_first_appearance)
{
    for (size_t i = 0; i < sizeof rewritten / sizeof rewritten[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(1024);
        buf_printf(&text, "-- name: a\n%s\n", rewritten[i][0]);
        struct compiled compiled defer(compiled_clear);
        compile(&compiled, (const char *)text.ptr);
        cr_assert_eq(compiled.diagnostics.count, 0);
        cr_assert(contains(&compiled.queries.rows, rewritten[i][1]), "case %zu", i);
        cr_assert(contains(&compiled.queries.parameters, rewritten[i][2]), "case %zu", i);
    }
}

/* What is wrong, and what is said about it. */
static const char *const wrong[][2] = {
    {"SELECT 1;\n", "a.sql:1: a statement begins with a line"},
    {"-- name: a\nSELECT 1\n", "a.sql:2: the last statement has no end"},
    {"-- name: a\nSELECT 1\n-- name: b\nSELECT 1;\n", "a.sql:3: the statement before has no end"},
    {"-- name: a\nSELECT 1;\n-- name: a\nSELECT 1;\n", "a.sql:3: the name 'a' is taken"},
    {"-- name: A\nSELECT 1;\n", "a.sql:1: a name is lower-case"},
    {"-- name:\nSELECT 1;\n", "a.sql:1: a name is lower-case"},
    {"-- name: a\nSELECT 1; -- one\n", "a.sql:2: a comment has a line of its own"},
    {"-- name: a\nSELECT 'one;\n", "a.sql:2: a string literal does not end on its line"},
    {"-- name: a\nSELECT 1;\nSELECT 2;\n", "a.sql:3: a statement begins with a line"},
};

Test(queries, mistakes_are_named_with_their_line)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct compiled compiled defer(compiled_clear);
        compile(&compiled, wrong[i][0]);
        cr_assert(contains(&compiled.diagnostics.text, wrong[i][1]), "case %zu: %s", i,
                  (const char *)compiled.diagnostics.text.ptr);
    }
}

Test(queries, too_many_parameters_are_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_append_text(&text, "-- name: a\nSELECT ");
    for (int i = 0; i <= QUERIES_PARAMETERS_MOST; i++)
        buf_printf(&text, ":p%.*s, ", i + 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    buf_append_text(&text, "1;\n");
    struct compiled compiled defer(compiled_clear);
    compile(&compiled, (const char *)text.ptr);
    cr_assert(contains(&compiled.diagnostics.text, "more than 40 parameters"));
}

static int add_migration(struct queries *queries, const char *path)
{
    struct diagnostics diagnostics defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct source source defer(source_clear) = {0};
    source_init_text(&source, path, "CREATE TABLE a (b);\n", &diagnostics);
    queries_add_migration(queries, &source);
    return diagnostics.count;
}

Test(queries, migrations_are_numbered_without_a_gap)
{
    struct queries queries defer(queries_clear) = QUERIES_INIT;
    cr_assert_eq(add_migration(&queries, "db/sqlite/0001_first.sql"), 0);
    cr_assert_eq(add_migration(&queries, "db/sqlite/0003_third.sql"), 1);
    cr_assert_eq(add_migration(&queries, "db/sqlite/0003_third.sql"), 0);
    cr_assert_eq(add_migration(&queries, "db/sqlite/fourth.sql"), 1);
    cr_assert_eq(add_migration(&queries, "db/sqlite/00"), 1);
    cr_assert(contains(&queries.migrations, "{\"0001_first\",\n\"CREATE TABLE a (b);\\n\"},"));
}
