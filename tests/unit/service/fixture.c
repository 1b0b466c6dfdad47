#include "fixture.h"

#include "base/file.h"
#include "base/limits.h"

#include <criterion/hooks.h>
#include <ftw.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>

const struct actor anna = {ACTOR_OPERATOR, "anna", "192.0.2.1"};
const struct claimer phone = {.address = "192.0.2.7", .agent = "iPhone"};

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *place)
{
    (void)info;
    (void)flag;
    (void)place;
    return remove(path);
}

enum { FIXTURE_SETTINGS = 16 };

static const char organisation[] = "Example";
static const char host[] = "ca.example.org";
static const struct config_setting small_keys = {"bundle", "key", "ec-p256"};

static void create(const struct fixture *fixture)
{
    const struct authority_request request = {
        .folder = fixture->authority,
        .organisation = organisation,
        .host = host,
        .key_type = "ec-p256",
        .settings = &small_keys,
        .setting_count = 1,
    };
    struct authority_created created defer(authority_created_clear) = {0};
    expect_ok(authority_create(&request, &created));
}

static void make_folder(struct fixture *fixture)
{
    /* In memory where there is such a place: a sync costs nothing there. */
    *fixture = (struct fixture){.folder = "/dev/shm/service_test.XXXXXX", .owner = getpid()};
    if (mkdtemp(fixture->folder) == NULL) {
        snprintf(fixture->folder, sizeof fixture->folder, "/tmp/service_test.XXXXXX");
        cr_assert_not_null(mkdtemp(fixture->folder));
    }
    snprintf(fixture->authority, sizeof fixture->authority, "%s/demo", fixture->folder);
}

static void remove_folder(const struct fixture *fixture)
{
    nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the authority, made once for all tests and copied by each ---------------------------------
 */

static const char template_variable[] = "CERTFERRY_TEST_AUTHORITY";

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    struct fixture made;
    (void)tests;
    make_folder(&made);
    create(&made);
    setenv(template_variable, made.folder, 1);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    struct fixture made = {0};
    (void)stats;
    snprintf(made.folder, sizeof made.folder, "%s", getenv(template_variable));
    remove_folder(&made);
}

static void copy_template(struct fixture *fixture)
{
    char program[] = "cp";
    char everything[] = "-a";
    char from[160];
    snprintf(from, sizeof from, "%s/demo", getenv(template_variable));
    char *const words[] = {program, everything, from, fixture->authority, NULL};
    pid_t child;
    int end;
    cr_assert_eq(posix_spawnp(&child, program, NULL, NULL, words, environ), 0);
    cr_assert_eq(waitpid(child, &end, 0), child);
    cr_assert_eq(end, 0);
}

/* The configuration that authority_create() writes for the template, and more. */
static void write_config(const struct fixture *fixture, const struct config_setting *settings,
                         size_t count)
{
    struct config_setting all[FIXTURE_SETTINGS] = {
        {"organisation", "name", organisation},
        {"public", "host", host},
        {"authority", "root_crl", "ca/root.crl"},
        small_keys,
    };
    for (size_t i = 0; i < count; i++)
        all[i + 4] = settings[i];
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_CONFIG_FILE);
    struct span contents;
    char path[160];
    snprintf(path, sizeof path, "%s/certferry.conf", fixture->authority);
    expect_ok(config_append_file(&text, all, count + 4));
    expect_ok(buf_finish(&text, &contents));
    expect_ok(file_replace(path, contents, 0600));
}

void fixture_make(struct fixture *fixture, const struct config_setting *settings, size_t count)
{
    make_folder(fixture);
    copy_template(fixture);
    if (count > 0)
        write_config(fixture, settings, count);
}

void fixture_restart(struct fixture *fixture)
{
    service_free(take(fixture->service));
    config_free(take(fixture->config));
    char path[160];
    snprintf(path, sizeof path, "%s/certferry.conf", fixture->authority);
    expect_ok(config_load(path, &fixture->config));
    expect_ok(service_open(fixture->config, SERVICE_SIGNER | SERVICE_TRUST, &fixture->service));
}

void fixture_open(struct fixture *fixture)
{
    fixture_make(fixture, NULL, 0);
    fixture_restart(fixture);
}

void fixture_close(struct fixture *fixture)
{
    service_free(fixture->service);
    config_free(fixture->config);
    if (fixture->owner == getpid())
        remove_folder(fixture);
}

static sqlite3 *open_database(const struct fixture *fixture)
{
    char path[160];
    snprintf(path, sizeof path, "%s/certferry.db", fixture->authority);
    sqlite3 *database = NULL;
    cr_assert_eq(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    return database;
}

void run_sql(const struct fixture *fixture, const char *sql)
{
    sqlite3 *database = open_database(fixture);
    cr_assert_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(database));
    sqlite3_close(database);
}

int64_t ask_sql(const struct fixture *fixture, const char *sql)
{
    sqlite3 *database = open_database(fixture);
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

static bool file_contains(const char *path, struct span bytes)
{
    struct buf contents defer(buf_clear) = BUF_INIT(64 * 1024 * 1024);
    if (file_read(path, &contents) != STATUS_OK || contents.len == 0)
        return false;
    return memmem(contents.ptr, contents.len, bytes.ptr, bytes.len) != NULL;
}

bool files_contain(const struct fixture *fixture, struct span bytes)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    bool found = false;
    for (size_t i = 0; i < 3; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/certferry.db%s", fixture->authority, suffixes[i]);
        found = found || file_contains(path, bytes);
    }
    return found;
}

struct enrol_created make_link(const struct fixture *fixture)
{
    const struct enrol_request request = {
        .user = "ben@example.org",
        .name = "Ben Example",
        .mail = "ben@example.org",
        .device = "phone",
    };
    struct enrol_created created = {0};
    expect_ok(enrol_create(fixture->service, &anna, &request, &created));
    return created;
}

enum status post_pin(const struct fixture *fixture, const struct enrol_created *link,
                     const char *pin, const struct claimer *claimer, struct claim *claim)
{
    struct span digits = pin == NULL ? secret_span(link->pin) : span_of_text(pin);
    return claim_link(fixture->service, secret_span(link->token), digits, claimer, claim);
}

struct claim claim_it(const struct fixture *fixture, const struct enrol_created *link)
{
    struct claim claim = {0};
    expect_ok(post_pin(fixture, link, NULL, &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_DONE);
    return claim;
}

void expect_claimable(const struct fixture *fixture, const struct enrol_created *link)
{
    struct claim claim = claim_it(fixture, link);
    claim_clear(&claim);
}

void wrong_pin(const struct enrol_created *link, char ret_pin[static 16])
{
    snprintf(ret_pin, 16, "%s", secret_text(link->pin));
    ret_pin[0] = ret_pin[0] == '9' ? '0' : (char)(ret_pin[0] + 1);
}

enum link_state state_of(const struct fixture *fixture, const struct enrol_created *link)
{
    struct enrolment now;
    expect_ok(enrol_show(fixture->service, link->link.id, &now));
    return now.state;
}
