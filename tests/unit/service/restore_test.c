#include "service/restore.h"

#include "fixture.h"
#include "service/audit.h"
#include "service/backup.h"

#include <stdio.h>
#include <sys/stat.h>

static struct fixture at;
static char config_path[160], backup_path[128], target[128];

static void setup(void)
{
    fixture_open(&at);
    snprintf(config_path, sizeof config_path, "%s/certferry.conf", at.authority);
    snprintf(backup_path, sizeof backup_path, "%s/backup", at.folder);
    snprintf(target, sizeof target, "%s/restored", at.folder);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(restore, .init = setup, .fini = teardown);

static enum status back_up(const char *with)
{
    struct secret *passphrase defer(secret_free) = NULL;
    expect_ok(secret_copy(span_of_text(with), &passphrase));
    const struct backup_request request = {backup_path, config_path, passphrase};
    struct backup_result result;
    return backup_create(at.service, &anna, &request, &result);
}

static enum status bring_back(const char *with, struct restored *restored)
{
    struct secret *passphrase defer(secret_free) = NULL;
    expect_ok(secret_copy(span_of_text(with), &passphrase));
    const struct restore_request request = {backup_path, target, passphrase, "root"};
    return restore_run(&request, restored);
}

static bool is_there(const char *name)
{
    char path[320];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", at.folder, name);
    return lstat(path, &info) == 0;
}

static const char phrase[] = "correct horse battery";

/* The service goes on in the restored folder. */
static void move_to_restored(void)
{
    snprintf(at.authority, sizeof at.authority, "%s", target);
    fixture_restart(&at);
}

Test(restore, links_of_before_are_claimed_after)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&at);
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    cr_assert_str_eq(restored.organisation, "Example");
    cr_assert_eq(restored.audit.first_broken, 0);
    move_to_restored();
    expect_claimable(&at, &link);
}

Test(restore, numbers_of_revocation_lists_jump_ahead)
{
    static const char number[] = "SELECT last_number FROM crl WHERE issuer = 'issuing'";
    int64_t before = ask_sql(&at, number);
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    cr_assert_geq(restored.crl_jump, 1000000);
    move_to_restored();
    cr_assert_eq(ask_sql(&at, number), before + restored.crl_jump);
}

Test(restore, nothing_is_sent_or_made_a_second_time)
{
    run_sql(&at,
            "INSERT INTO mail (id, kind, recipient, language, message_id, created_at, created_by, "
            "give_up_at, keep_until, next_at, sealed) VALUES ('m', 'ca', 'a@example.org', 'en', "
            "'m@x', 1, 'system', 4000000000, 4000000000, 1, x'00')");
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    move_to_restored();
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM mail WHERE state = 'unsure'"), 1);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM import WHERE stopped_at IS NULL AND "
                              "finished_at IS NULL AND faults = 0"),
                 0);
}

Test(restore, no_log_in_of_before_is_open_after)
{
    run_sql(&at, "INSERT INTO session (token_hash, operator, created_at, seen_at, address, agent) "
                 "SELECT randomblob(32), name, 4000000000, 4000000000, '', '' FROM operator");
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session"), 1);
    move_to_restored();
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session"), 0);
}

Test(restore, both_acts_stand_in_the_audit)
{
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    move_to_restored();
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'backup.create' AND "
                              "actor = 'operator:anna'"),
                 1);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'backup.restore' AND "
                              "actor = 'command:root'"),
                 1);
}

Test(restore, files_have_the_modes_that_they_need)
{
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    static const struct {
        const char *name;
        mode_t mode;
    } files[] = {{"restored", 0700},
                 {"restored/certferry.db", 0600},
                 {"restored/master.key", 0600},
                 {"restored/ca/issuing.key", 0600},
                 {"restored/ca/root.key", 0600},
                 {"restored/ca/root.pem", 0644},
                 {"restored/tls/https.key", 0600},
                 {"restored/certferry.conf.original", 0600},
                 {"backup", 0600}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[320];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", at.folder, files[i].name);
        cr_assert_eq(stat(path, &info), 0, "%s", path);
        cr_assert_eq(info.st_mode & 0777, files[i].mode, "%s", path);
    }
}

Test(restore, a_wrong_passphrase_or_a_cut_file_leaves_nothing)
{
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_detail(bring_back("incorrect horse", &restored), STATUS_FORBIDDEN, "passphrase");
    struct stat info;
    cr_assert_eq(stat(backup_path, &info), 0);
    cr_assert_eq(truncate(backup_path, info.st_size - 1), 0);
    expect_detail(bring_back(phrase, &restored), STATUS_INVALID, "cut off");
    cr_assert_not(is_there("restored"));
    cr_assert_not(is_there("restored.partial"));
}

Test(restore, a_folder_that_is_not_empty_is_refused)
{
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    snprintf(target, sizeof target, "%s", at.authority);
    expect_detail(bring_back(phrase, &restored), STATUS_CONFLICT, "is not empty");
}

Test(restore, a_broken_audit_comes_back_and_is_said)
{
    run_sql(&at, "DROP TRIGGER audit_never_changes; UPDATE audit SET actor = 'x' WHERE id = 3");
    expect_ok(back_up(phrase));
    struct restored restored defer(restored_clear) = {0};
    expect_ok(bring_back(phrase, &restored));
    cr_assert_eq(restored.audit.first_broken, 3);
}

Test(restore, a_backup_does_not_replace_a_file_and_a_short_passphrase_is_refused)
{
    expect_detail(back_up("too short"), STATUS_INVALID, "12 characters");
    cr_assert_not(is_there("backup"));
    cr_assert_eq(mkdir(backup_path, 0700), 0);
    expect_detail(back_up(phrase), STATUS_CONFLICT, "exists already");
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE object_kind = 'backup'"), 0);
}

Test(restore, a_backup_that_fails_says_so_in_the_audit)
{
    snprintf(backup_path, sizeof backup_path, "%s/none/backup", at.folder);
    cr_assert_eq(back_up(phrase), STATUS_INVALID);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'backup.fail'"), 1);
}
