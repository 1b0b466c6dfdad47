#include "store/db.h"

#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(sqlite_copy, .init = setup, .fini = teardown);

/* A copy in a file, and what may happen while it is made. */
struct target {
    FILE *file;
    int64_t size;
    int64_t written;
    void (*between)(void); /* NULL: nothing */
};

static enum status begin_target(void *context, int64_t size)
{
    struct target *target = context;
    target->size = size;
    return STATUS_OK;
}

static enum status write_target(void *context, struct span bytes)
{
    struct target *target = context;
    cr_assert_eq(fwrite(bytes.ptr, 1, bytes.len, target->file), bytes.len);
    target->written += (int64_t)bytes.len;
    if (target->between != NULL)
        target->between();
    return STATUS_OK;
}

static void copy_path(char path[static 128])
{
    snprintf(path, 128, "%s/copy.db", at.folder);
}

static void make_copy(void (*between)(void))
{
    char path[128];
    copy_path(path);
    struct target target = {.file = fopen(path, "w"), .between = between};
    cr_assert_not_null(target.file);
    expect_ok(db_copy(at.db, &(struct db_sink){begin_target, write_target, &target}));
    cr_assert_eq(target.written, target.size);
    fclose(target.file);
}

/* The number of links in the copy, which must be whole. */
static int64_t links_of_copy(void)
{
    char path[128];
    copy_path(path);
    cr_assert_eq(chmod(path, 0600), 0);
    struct db *copy defer(db_close) = NULL;
    expect_ok(db_open(&(struct db_options){.path = path}, &copy));
    expect_ok(db_check(copy));
    int64_t counts[LINK_STATE_COUNT];
    struct db_tx *tx defer(db_end) = begin(copy, DB_READ);
    expect_ok(link_store_counts(tx, counts));
    return counts[LINK_ISSUED];
}

static void remove_copy(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[160], path[128];
        copy_path(path);
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static atomic_int made; /* links, by their names */

static void make_next_link(void)
{
    char id[16];
    snprintf(id, sizeof id, "link%d", atomic_fetch_add(&made, 1));
    make_link(at.db, id, "anna", NOW);
}

static void make_links(int count)
{
    for (int i = 0; i < count; i++)
        make_next_link();
}

Test(sqlite_copy, holds_all_that_was_committed)
{
    make_links(40);
    make_copy(NULL);
    cr_assert_eq(links_of_copy(), 40);
    remove_copy();
}

/* Commits of this process and of others, and every kind of checkpoint. */
static void disturb(void)
{
    make_next_link();
    char note[128];
    snprintf(note, sizeof note, "INSERT INTO setting VALUES ('n%d', 'x', 0)", atomic_load(&made));
    run_sql(at.path, note);
    run_sql(at.path, "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(PASSIVE);"
                     "PRAGMA wal_checkpoint(FULL); PRAGMA wal_checkpoint(RESTART);"
                     "PRAGMA wal_checkpoint(TRUNCATE)");
}

Test(sqlite_copy, is_one_state_whatever_is_written_and_checkpointed_meanwhile)
{
    make_links(300);
    make_copy(disturb);
    cr_assert_eq(links_of_copy(), 300);
    cr_assert_gt(atomic_load(&made), 300, "nothing was written meanwhile");
    remove_copy();
}

static atomic_bool stop;

static void *write_on(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop))
        make_next_link();
    return NULL;
}

Test(sqlite_copy, each_of_many_copies_under_load_is_whole_and_newer)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, write_on, NULL), 0);
    int64_t last = 0;
    for (int i = 0; i < 15; i++) {
        int64_t before = atomic_load(&made);
        make_copy(NULL);
        int64_t links = links_of_copy();
        cr_assert_geq(links, last);
        cr_assert_geq(links, before - 3, "what was committed before is missing");
        last = links;
        remove_copy();
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    expect_ok(db_check(at.db));
}

Test(sqlite_copy, a_reader_that_stays_is_a_conflict_and_not_an_old_copy)
{
    make_links(3);
    struct db_tx *reader defer(db_end) = begin(at.db, DB_READ);
    int64_t counts[LINK_STATE_COUNT];
    expect_ok(link_store_counts(reader, counts));
    make_links(3);
    struct target target = {0};
    cr_assert_eq(db_copy(at.db, &(struct db_sink){begin_target, write_target, &target}),
                 STATUS_CONFLICT);
    cr_assert_eq(target.size, 0);
    make_links(1);
}

static enum status refuse(void *context, struct span bytes)
{
    (void)context, (void)bytes;
    return STATUS_DISK_FULL;
}

Test(sqlite_copy, ends_with_what_the_sink_says_and_hinders_nobody)
{
    make_links(3);
    struct target target = {0};
    cr_assert_eq(db_copy(at.db, &(struct db_sink){begin_target, refuse, &target}),
                 STATUS_DISK_FULL);
    make_links(1);
    expect_ok(db_erase_traces(at.db));
}
