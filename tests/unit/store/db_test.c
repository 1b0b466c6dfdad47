#include "store/db.h"

#include "fixture.h"
#include "store/policy_store.h"
#include "store/query.h"
#include "store/setting_store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(db, .init = setup, .fini = teardown);

static enum status reopen(void)
{
    db_close(at.db);
    at.db = NULL;
    return db_open(&(struct db_options){.path = at.path}, &at.db);
}

static enum status set(struct db *db, const char *key, const char *value)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(setting_store_set(tx, key, value, NOW));
    return db_commit(tx);
}

static int64_t count_up(struct db *db, const char *key)
{
    int64_t number = 0;
    struct db_tx *tx = begin(db, DB_WRITE);
    expect_ok(setting_store_next_number(tx, key, NOW, &number));
    finish(tx);
    return number;
}

static bool has(struct db *db, const char *key)
{
    char *value defer(free) = NULL;
    struct db_tx *tx defer(db_end) = begin(db, DB_READ);
    return setting_store_get(tx, key, &value) == STATUS_OK;
}

Test(db, a_new_file_is_for_its_owner_alone)
{
    char path[128];
    snprintf(path, sizeof path, "%s/new.db", at.folder);
    struct db *db defer(db_close) = NULL;
    expect_ok(db_open(&(struct db_options){.path = path, .create = true}, &db));
    expect_ok(set(db, "a", "b"));
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        struct stat info;
        cr_assert_eq(stat(name, &info), 0);
        cr_assert_eq(info.st_mode & 0777, 0600, "%s", name);
    }
}

static const mode_t wide[] = {0640, 0604, 0620, 0602, 0660, 0666};

Test(db, refuses_a_file_that_is_open_to_others)
{
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        cr_assert_eq(chmod(at.path, wide[i]), 0);
        cr_assert_eq(reopen(), STATUS_FORBIDDEN);
        cr_assert_not_null(strstr(status_detail(), "chmod 600"));
    }
}

Test(db, refuses_a_log_that_is_open_to_others)
{
    char name[128];
    snprintf(name, sizeof name, "%s-wal", at.path);
    struct db *second = NULL;
    cr_assert_eq(chmod(name, 0644), 0);
    cr_assert_eq(db_open(&(struct db_options){.path = at.path}, &second), STATUS_FORBIDDEN);
}

Test(db, creates_no_second_file_and_opens_no_missing_one)
{
    struct db *second = NULL;
    cr_assert_eq(db_open(&(struct db_options){.path = at.path, .create = true}, &second),
                 STATUS_CONFLICT);
    cr_assert_eq(db_open(&(struct db_options){.path = "/tmp/certferry-none.db"}, &second),
                 STATUS_NOT_FOUND);
    cr_assert_eq(db_open(&(struct db_options){.path = "/none/a.db", .create = true}, &second),
                 STATUS_IO);
    cr_assert_null(second);
}

Test(db, refuses_a_newer_schema_in_one_sentence)
{
    run_sql(at.path, "PRAGMA user_version = 9999");
    cr_assert_eq(reopen(), STATUS_DATABASE);
    cr_assert_not_null(strstr(status_detail(), "newer certferry (schema 9999"));
}

Test(db, refuses_a_database_of_another_program)
{
    run_sql(at.path, "PRAGMA application_id = 1");
    cr_assert_eq(reopen(), STATUS_DATABASE);
    cr_assert_not_null(strstr(status_detail(), "another program"));
}

static void overwrite(long offset, const char *bytes)
{
    db_close(at.db);
    at.db = NULL;
    FILE *file = fopen(at.path, "r+b");
    cr_assert_not_null(file);
    fseek(file, offset, SEEK_SET);
    fwrite(bytes, 1, strlen(bytes), file);
    fclose(file);
}

Test(db, refuses_a_file_that_is_no_database)
{
    overwrite(0, "-----BEGIN CERTIFICATE-----");
    cr_assert_eq(reopen(), STATUS_DATABASE);
}

Test(db, refuses_a_damaged_file_at_start)
{
    for (int i = 0; i < 40; i++) {
        char id[16];
        snprintf(id, sizeof id, "link%d", i);
        make_link(at.db, id, "anna", NOW);
    }
    struct stat info;
    db_close(at.db);
    at.db = NULL;
    cr_assert_eq(stat(at.path, &info), 0);
    for (long offset = 4096 * 2; offset < info.st_size; offset += 4096)
        overwrite(offset, "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
    cr_assert_eq(reopen(), STATUS_DATABASE);
}

Test(db, a_command_leaves_it_to_the_server_to_check_a_larger_file)
{
    struct stat info;
    db_close(at.db);
    at.db = NULL;
    run_sql(at.path,
            "CREATE TABLE ballast (bytes BLOB); "
            "INSERT INTO ballast VALUES (zeroblob(3000000)); PRAGMA wal_checkpoint(TRUNCATE)");
    cr_assert_eq(stat(at.path, &info), 0);
    for (long page = 1; page < 100; page++)
        overwrite(info.st_size - page * 4096, "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
    cr_assert_eq(db_open(&(struct db_options){.path = at.path, .serves = true}, &at.db),
                 STATUS_DATABASE);
    expect_ok(db_open(&(struct db_options){.path = at.path}, &at.db));
}

Test(db, a_start_that_prepares_all_is_refused_by_a_statement_that_does_not_fit)
{
    db_close(at.db);
    at.db = NULL;
    expect_ok(db_open(&(struct db_options){.path = at.path, .serves = true}, &at.db));
    db_close(at.db);
    at.db = NULL;
    run_sql(at.path, "DROP TABLE session");
    cr_assert_eq(db_open(&(struct db_options){.path = at.path, .serves = true}, &at.db),
                 STATUS_INTERNAL);
    cr_assert_not_null(strstr(status_detail(), "session"));
    expect_ok(db_open(&(struct db_options){.path = at.path}, &at.db));
}

Test(db, a_whole_database_passes_the_full_check)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(db_check(at.db));
}

Test(db, the_full_check_finds_a_reference_that_leads_nowhere)
{
    run_sql(at.path, "INSERT INTO bundle (link_id, ticket_hash, packing, etag, size, created_at)"
                     " VALUES ('none', zeroblob(32), 'compat', '', 0, 0)");
    cr_assert_eq(db_check(at.db), STATUS_DATABASE);
    cr_assert_not_null(strstr(status_detail(), "leads nowhere"));
}

Test(db, every_migration_leads_from_its_version_to_the_last)
{
    for (int from = 0; from <= MIGRATION_COUNT; from++) {
        char path[128];
        snprintf(path, sizeof path, "%s/from%d.db", at.folder, from);
        run_sql(path, "PRAGMA journal_mode = WAL");
        for (int i = 0; i < from; i++)
            run_sql(path, migration_texts[i].sql);
        char mark[96];
        snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = %d", from,
                 from == 0 ? 0 : 0x43465259);
        run_sql(path, mark);
        chmod(path, 0600);
        struct db *db defer(db_close) = NULL;
        expect_ok(db_open(&(struct db_options){.path = path}, &db));
        int64_t version = 0;
        expect_ok(db_version(db, &version));
        cr_assert_eq(version, MIGRATION_COUNT);
        expect_ok(db_check(db));
        unlink(path);
    }
}

Test(db, a_policy_with_an_age_that_may_not_be_is_mended)
{
    enum { BEFORE = 18 };
    char path[128];
    snprintf(path, sizeof path, "%s/ages.db", at.folder);
    run_sql(path, "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x43465259");
    for (int i = 0; i < BEFORE; i++)
        run_sql(path, migration_texts[i].sql);
    for (char age[] = "1"; age[0] <= '7'; age[0]++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "INSERT INTO policy VALUES (NULL, 'age%s', 'AllowBrowser=0' || char(10) || "
                 "'MaxCalendarAgeFilter=%s' || char(10), 1, 1, 1, 0, '', 0, '')",
                 age, age);
        run_sql(path, sql);
    }
    run_sql(path, "PRAGMA user_version = 18");
    chmod(path, 0600);
    struct db *db defer(db_close) = NULL;
    expect_ok(db_open(&(struct db_options){.path = path}, &db));
    struct db_tx *tx defer(db_end) = begin(db, DB_READ);
    for (char name[] = "age1"; name[3] <= '7'; name[3]++) {
        struct policy_row row defer(policy_row_clear) = {0};
        char wanted[64];
        snprintf(wanted, sizeof wanted, "AllowBrowser=0\nMaxCalendarAgeFilter=%c\n",
                 name[3] < '4' ? '4' : name[3]);
        expect_ok(policy_store_get(tx, name, &row));
        cr_expect_str_eq(row.choice, wanted);
    }
}

/* Walks through whole tables that are meant, or that are small for good. */
static bool may_scan(const char *plan)
{
    static const char *const small[] = {"SCAN link_total", "SCAN mail_total", "SCAN operator",
                                        "SCAN other"};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        if (strncmp(plan, small[i], strlen(small[i])) == 0)
            return true;
    return strncmp(plan, "SCAN", 4) != 0;
}

Test(db, no_named_statement_scans_a_table_or_sorts)
{
    sqlite3 *handle = NULL;
    cr_assert_eq(sqlite3_open(at.path, &handle), SQLITE_OK);
    for (int i = 0; i < QUERY_COUNT; i++) {
        char sql[4096];
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", query_texts[i].sql);
        sqlite3_stmt *plan = NULL;
        cr_assert_eq(sqlite3_prepare_v2(handle, sql, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            cr_assert(may_scan(step), "%s: %s", query_texts[i].name, step);
            cr_assert_null(strstr(step, "TEMP B-TREE"), "%s: %s", query_texts[i].name, step);
        }
        sqlite3_finalize(plan);
    }
    sqlite3_close(handle);
}

Test(db, parameters_have_the_numbers_that_sqlite_gives_them)
{
    sqlite3 *handle = NULL;
    cr_assert_eq(sqlite3_open(at.path, &handle), SQLITE_OK);
    for (int i = 0; i < QUERY_COUNT; i++) {
        sqlite3_stmt *statement = NULL;
        cr_assert_eq(sqlite3_prepare_v2(handle, query_texts[i].sql, -1, &statement, NULL),
                     SQLITE_OK);
        int count = sqlite3_bind_parameter_count(statement);
        cr_assert_eq((size_t)count, query_texts[i].parameter_count);
        for (int j = 1; j <= count; j++) {
            char expected[16];
            snprintf(expected, sizeof expected, "$%d", j);
            cr_assert_str_eq(sqlite3_bind_parameter_name(statement, j), expected);
        }
        sqlite3_finalize(statement);
    }
    sqlite3_close(handle);
}

Test(db, a_statement_without_one_of_its_parameters_does_not_run)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    int64_t changes;
    cr_assert_eq(db_execute(tx, QUERY_SETTING_SET, PARAMS(db_text("key", "a")), &changes),
                 STATUS_INTERNAL);
    cr_assert_str_eq(status_detail(), "the statement setting_set lacks its parameter value");
}

Test(db, a_statement_that_runs_is_not_begun_again)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct db_rows *rows defer(db_rows_end) = NULL;
    struct db_rows *again = NULL;
    expect_ok(db_query(tx, QUERY_LINK_COUNTS, NULL, 0, &rows));
    cr_assert_eq(db_query(tx, QUERY_LINK_COUNTS, NULL, 0, &again), STATUS_INTERNAL);
}

Test(db, what_is_not_committed_is_gone)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(setting_store_set(tx, "a", "b", NOW));
    db_end(tx);
    cr_assert(!has(at.db, "a"));
}

Test(db, a_read_transaction_cannot_write)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(setting_store_set(tx, "a", "b", NOW), STATUS_INTERNAL);
}

Test(db, a_read_transaction_sees_one_state)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    char *value defer(free) = NULL;
    cr_assert_eq(setting_store_get(tx, "a", &value), STATUS_NOT_FOUND);
    expect_ok(set(at.db, "a", "b"));
    cr_assert_eq(setting_store_get(tx, "a", &value), STATUS_NOT_FOUND);
    cr_assert(has(at.db, "a"));
}

Test(db, a_fault_inside_is_not_committed_over)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    expect_ok(setting_store_set(tx, "a", "b", NOW));
    cr_assert_eq(setting_store_set(tx, "", "b", NOW), STATUS_INTERNAL);
    cr_assert_eq(db_commit(tx), STATUS_INTERNAL);
}

Test(db, a_refusal_inside_may_be_committed_around)
{
    make_link(at.db, "abc", "anna", NOW);
    struct link_row again = link_input("abc", "bob", NOW);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(setting_store_set(tx, "a", "b", NOW));
    cr_assert_eq(link_store_create(tx, &again), STATUS_CONFLICT);
    finish(tx);
    cr_assert(has(at.db, "a"));
}

enum { THREADS = 8, ROUNDS = 25 };

static void *count_often(void *context)
{
    for (int i = 0; i < ROUNDS; i++)
        count_up(context, "counter");
    return NULL;
}

Test(db, eight_threads_write_and_nobody_is_told_that_it_is_locked)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, count_often, at.db), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(count_up(at.db, "counter"), THREADS * ROUNDS + 1);
}

static void *read_often(void *context)
{
    for (int i = 0; i < 4 * ROUNDS; i++)
        has(context, "counter");
    return NULL;
}

Test(db, more_threads_read_than_there_are_readers)
{
    db_close(at.db);
    at.db = NULL;
    expect_ok(db_open(&(struct db_options){.path = at.path, .readers = 2}, &at.db));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, read_often, at.db), 0);
    count_often(at.db);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(count_up(at.db, "counter"), ROUNDS + 1);
}

/* The work of a child process with a database of its own; 0 when every call was OK. */
static int count_in_child(const char *path)
{
    struct db *db = NULL;
    enum status status = db_open(&(struct db_options){.path = path}, &db);
    for (int i = 0; i < ROUNDS && status == STATUS_OK; i++) {
        struct db_tx *tx defer(db_end) = NULL;
        int64_t number;
        status = db_begin(db, DB_WRITE, &tx);
        if (status == STATUS_OK)
            status = setting_store_next_number(tx, "counter", NOW, &number);
        if (status == STATUS_OK)
            status = db_commit(tx);
    }
    db_close(db);
    return status == STATUS_OK ? 0 : 1;
}

static pid_t start_child(int (*work)(const char *))
{
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0)
        _exit(work(at.path));
    return child;
}

static int wait_for(pid_t child)
{
    int result = -1;
    cr_assert_eq(waitpid(child, &result, 0), child);
    return result;
}

Test(db, processes_write_at_the_same_time_as_a_busy_server)
{
    db_close(at.db);
    at.db = NULL;
    pid_t first = start_child(count_in_child);
    pid_t second = start_child(count_in_child);
    expect_ok(db_open(&(struct db_options){.path = at.path}, &at.db));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, count_often, at.db), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(wait_for(first), 0);
    cr_assert_eq(wait_for(second), 0);
    cr_assert_eq(count_up(at.db, "counter"), (THREADS + 2) * ROUNDS + 1);
}

/* Counts for ever and says each number that was committed. */
static int count_and_say(const char *path)
{
    struct db *db = NULL;
    if (db_open(&(struct db_options){.path = path}, &db) != STATUS_OK)
        return 1;
    for (;;) {
        int64_t number = count_up(db, "counter");
        if (write(STDOUT_FILENO, &number, sizeof number) != sizeof number)
            return 1;
    }
}

static int64_t kill_after(long microseconds)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        _exit(count_and_say(at.path));
    }
    close(ends[1]);
    usleep((useconds_t)microseconds);
    kill(child, SIGKILL);
    wait_for(child);
    int64_t number = 0, last = 0;
    while (read(ends[0], &number, sizeof number) == sizeof number)
        last = number;
    close(ends[0]);
    return last;
}

Test(db, a_killed_writer_loses_nothing_that_was_committed)
{
    db_close(at.db);
    at.db = NULL;
    int64_t said = 0;
    for (long i = 0; i < 12; i++) {
        int64_t last = kill_after(20000 + i * 7919 % 30000);
        said = last > said ? last : said;
        expect_ok(reopen());
        expect_ok(db_check(at.db));
        cr_assert_geq(count_up(at.db, "counter"), said + 1);
        db_close(at.db);
        at.db = NULL;
    }
    expect_ok(reopen());
}

Test(db, erasing_waits_for_a_reader_and_says_when_one_does_not_end)
{
    expect_ok(set(at.db, "a", "MARK-OF-AN-OLD-VALUE"));
    struct db_tx *reader = begin(at.db, DB_READ);
    char *value defer(free) = NULL;
    expect_ok(setting_store_get(reader, "a", &value));
    expect_ok(set(at.db, "a", "new"));
    cr_assert_eq(db_erase_traces(at.db), STATUS_CONFLICT);
    db_end(reader);
    expect_ok(db_erase_traces(at.db));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("MARK-OF-AN-OLD-VALUE")));
    expect_ok(set(at.db, "b", "still writes"));
}

Test(db, the_mark_changes_with_every_commit_of_whoever_it_is)
{
    int64_t first;
    int64_t second;
    int64_t third;
    expect_ok(db_mark(at.db, &first));
    expect_ok(db_mark(at.db, &second));
    cr_assert_eq(second, first, "nobody has written");
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(db_mark(at.db, &second));
    cr_assert_neq(second, first);
    run_sql(at.path, "UPDATE link SET person_name = 'x'");
    expect_ok(db_mark(at.db, &third));
    cr_assert_neq(third, second);
}

Test(db, the_mark_stays_when_a_transaction_is_rolled_back)
{
    int64_t first;
    int64_t second;
    expect_ok(db_mark(at.db, &first));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    const struct link_row row = link_input("abc", "anna", NOW);
    expect_ok(link_store_create(tx, &row));
    db_end(tx);
    expect_ok(db_mark(at.db, &second));
    cr_assert_eq(second, first);
}
