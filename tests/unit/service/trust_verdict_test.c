#include "service/trust_verdict.h"

#include "base/clock.h"
#include "base/file.h"
#include "service/trust.h"
#include "trust_fixture.h"

#include <dirent.h>
#include <stdio.h>

static struct trust_fixture at;
static struct buf ben;
static char serial[64];

static void set_up(void)
{
    trust_fixture_open(&at);
    ben = (struct buf)BUF_INIT(LIMIT_CERTIFICATE);
    make_user(&at, "ben@example.org", &ben, serial);
}

static void tear_down(void)
{
    buf_clear(&ben);
    trust_fixture_close(&at);
}

TestSuite(trust_verdict, .init = set_up, .fini = tear_down);

/* The identity of an answer points into it: it is asked for in place. */
static struct trust_answer answer;

static enum verdict_reason ask(const struct trust_question *question)
{
    expect_ok(trust_verdict(at.service, question, &answer));
    return answer.verdict.reason;
}

static enum verdict_reason ask_ben(int64_t moment)
{
    const struct span der = span_of(ben.ptr, ben.len);
    return ask(&(struct trust_question){.certificates = &der, .count = 1, .at = moment});
}

/* ---- our own certificates -------------------------------------------------------------------- */

Test(trust_verdict, lets_in_what_the_own_ca_issued_and_says_who_it_is)
{
    cr_assert_eq(ask_ben(clock_now()), VERDICT_ALLOWED, "%s", answer.verdict.detail);
    cr_expect_str_eq(answer.identity, "ben@example.org");
    cr_expect_eq(answer.verdict.identity, answer.identity);
    cr_expect_str_eq(answer.serial, serial);
    cr_expect(answer.has_certificate);
    cr_expect(answer.own);
    cr_expect_eq(answer.record, VERDICT_RECORD_VALID);
    cr_expect_not(answer.cached);
    cr_expect_gt(answer.not_after, clock_now());
    cr_expect_not_null(strstr(answer.issuer, "Example"));
}

Test(trust_verdict, knows_a_path_again)
{
    ask_ben(clock_now());
    cr_assert_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
    cr_expect(answer.cached);
    cr_expect_str_eq(answer.identity, "ben@example.org");
    cr_expect(answer.own);
}

Test(trust_verdict, sees_a_revocation_with_the_next_request)
{
    cr_assert_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
    cr_assert_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
    revoke_user_certificate(&at, serial);
    cr_assert_eq(ask_ben(clock_now()), VERDICT_REVOKED);
    cr_expect(answer.cached, "the path was still known");
    cr_expect_eq(ask_ben(clock_now()), VERDICT_REVOKED);
}

Test(trust_verdict, sees_what_another_process_revoked)
{
    char sql[256];
    cr_assert_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
    snprintf(sql, sizeof sql,
             "UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 1 "
             "WHERE serial = '%s'",
             serial);
    run_sql(&at.at, sql);
    cr_assert_eq(ask_ben(clock_now()), VERDICT_REVOKED);
}

Test(trust_verdict, sees_the_end_of_a_certificate_that_it_knows)
{
    ask_ben(clock_now());
    int64_t end = answer.not_after;
    int64_t start = answer.not_before;
    cr_expect_eq(ask_ben(end), VERDICT_ALLOWED);
    cr_expect_eq(ask_ben(end + 1), VERDICT_EXPIRED);
    cr_expect_not(answer.cached);
    cr_expect_eq(ask_ben(start), VERDICT_ALLOWED);
    cr_expect_eq(ask_ben(start - 1), VERDICT_NOT_YET_VALID);
    cr_expect_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
}

Test(trust_verdict, knows_no_certificate_without_a_record)
{
    char sql[256];
    snprintf(sql, sizeof sql, "UPDATE certificate SET serial = 'aa' WHERE serial = '%s'", serial);
    run_sql(&at.at, sql);
    cr_assert_eq(ask_ben(clock_now()), VERDICT_REVOCATION_UNKNOWN);
    cr_assert_eq(ask_ben(clock_now()), VERDICT_REVOCATION_UNKNOWN);
    snprintf(sql, sizeof sql, "UPDATE certificate SET serial = '%s' WHERE serial = 'aa'", serial);
    run_sql(&at.at, sql);
    cr_expect_eq(ask_ben(clock_now()), VERDICT_ALLOWED, "a record that came later counts");
}

/* ---- what the caller knows ------------------------------------------------------------------- */

struct local {
    struct trust_local told;
    enum status status;
    int asked;
    bool own;
};

static enum status tell(void *context, const struct trust_identified *identified,
                        struct trust_local *ret_local)
{
    struct local *local = context;
    local->asked++;
    local->own = identified->own;
    cr_expect_str_eq(identified->identity, "ben@example.org");
    cr_expect_str_eq(identified->info->serial, serial);
    *ret_local = local->told;
    return local->status;
}

static enum verdict_reason ask_with(struct local *local, const char *user, const char *device)
{
    const struct span der = span_of(ben.ptr, ben.len);
    return ask(&(struct trust_question){.certificates = &der,
                                        .count = 1,
                                        .at = clock_now(),
                                        .user = span_of_text(user),
                                        .device = span_of_text(device),
                                        .ask_local = tell,
                                        .context = local});
}

Test(trust_verdict, goes_by_pin_and_block_of_the_moment)
{
    struct local local = {.told = {.pinned_device = "FIRST"}};
    cr_expect_eq(ask_with(&local, "ben", "FIRST"), VERDICT_ALLOWED);
    cr_expect_eq(ask_with(&local, "ben", "OTHER"), VERDICT_DEVICE_MISMATCH);
    local.told = (struct trust_local){.blocked = true};
    cr_expect_eq(ask_with(&local, "ben", "OTHER"), VERDICT_BLOCKED);
    local.told = (struct trust_local){0};
    cr_expect_eq(ask_with(&local, "ben", "OTHER"), VERDICT_ALLOWED);
    cr_expect_eq(local.asked, 4);
    cr_expect(local.own);
}

Test(trust_verdict, asks_nobody_about_a_certificate_that_is_refused_anyway)
{
    struct local local = {0};
    cr_expect_eq(ask_with(&local, "anna", ""), VERDICT_USER_MISMATCH);
    cr_expect_eq(local.asked, 0);
}

Test(trust_verdict, lets_nobody_in_when_the_caller_does_not_know)
{
    const struct span der = span_of(ben.ptr, ben.len);
    struct local local = {.status = STATUS_DATABASE};
    const struct trust_question question = {
        .certificates = &der, .count = 1, .at = clock_now(), .ask_local = tell, .context = &local};
    cr_expect_eq(trust_verdict(at.service, &question, &answer), STATUS_DATABASE);
}

/* ---- bad input ------------------------------------------------------------------------------- */

Test(trust_verdict, names_what_came_and_what_did_not)
{
    const struct span garbage = span_of_text("garbage");
    cr_expect_eq(ask(&(struct trust_question){.at = clock_now()}), VERDICT_NO_CERTIFICATE);
    cr_expect_not(answer.has_certificate);
    cr_expect_null(answer.verdict.identity);
    cr_expect_eq(ask(&(struct trust_question){.unreadable = true}), VERDICT_UNREADABLE);
    cr_expect_eq(ask(&(struct trust_question){.certificates = &garbage, .count = 1}),
                 VERDICT_UNREADABLE);
    const struct span leaf_and_garbage[] = {span_of(ben.ptr, ben.len), garbage};
    cr_expect_eq(ask(&(struct trust_question){
                     .certificates = leaf_and_garbage, .count = 2, .at = clock_now()}),
                 VERDICT_UNREADABLE);
}

Test(trust_verdict, refuses_certificates_that_are_too_large_or_too_many)
{
    struct buf large defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE * 8);
    buf_append_repeated(&large, 0x30, (size_t)LIMIT_CERTIFICATE * 8);
    const struct span one = span_of(large.ptr, large.len);
    cr_expect_eq(ask(&(struct trust_question){.certificates = &one, .count = 1}),
                 VERDICT_UNREADABLE);
    struct span fifty[50];
    for (size_t i = 0; i < 50; i++)
        fifty[i] = span_of(ben.ptr, ben.len);
    cr_expect_eq(
        ask(&(struct trust_question){.certificates = fifty, .count = 50, .at = clock_now()}),
        VERDICT_PATH_INVALID);
    cr_expect_not_null(strstr(answer.verdict.detail, "too many"));
}

/* ---- other CAs ------------------------------------------------------------------------------- */

#define DATA TEST_DATA "/verdict/"

enum { NOON = 1780315200 }; /* 2026-06-01T12:00:00Z */

static struct certificate_list list_of(const char *path)
{
    struct certificate_list list = {0};
    expect_ok(certificate_list_load(path, &list));
    return list;
}

static enum verdict_reason ask_file(const char *path, const char *user, int64_t moment)
{
    struct certificate_list list defer(certificate_list_clear) = list_of(path);
    struct span ders[64];
    for (size_t i = 0; i < list.count; i++)
        ders[i] = certificate_info(list.items[i])->der;
    return ask(&(struct trust_question){
        .certificates = ders, .count = list.count, .at = moment, .user = span_of_text(user)});
}

Test(trust_verdict, an_anchor_counts_from_the_moment_it_is_set_to_that_at_which_it_is_taken_away)
{
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_UNTRUSTED_ISSUER);
    set_anchor(&at, "other", "certificate", DATA "issuing.pem");
    set_anchor(&at, "other", "revocation", "soft");
    expect_ok(trust_reload(at.service));
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_ALLOWED);
    cr_expect(answer.verdict.revocation_unknown);
    cr_expect_not(answer.own);
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_ALLOWED);
    cr_expect(answer.cached);
    cr_expect(answer.verdict.revocation_unknown, "also when it is known");
    cr_expect_not_null(strstr(answer.verdict.detail, "is not known: "), "%s",
                       answer.verdict.detail);
    clear_anchors(&at);
    expect_ok(trust_reload(at.service));
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_UNTRUSTED_ISSUER);
}

Test(trust_verdict, without_a_list_hard_refuses)
{
    set_anchor(&at, "other", "certificate", DATA "issuing.pem");
    expect_ok(trust_reload(at.service));
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_REVOCATION_UNKNOWN);
}

Test(trust_verdict, sees_the_end_of_a_list_below_a_path_that_it_knows)
{
    struct crl *crl defer(crl_free) = NULL;
    struct buf bytes defer(buf_clear) = BUF_INIT(CRL_SIZE_MAX);
    expect_ok(file_read(DATA "crls/good/issuing.crl", &bytes));
    expect_ok(crl_parse_any(span_of(bytes.ptr, bytes.len), &crl));
    int64_t until = crl_info(crl).next_update;
    set_anchor(&at, "other", "certificate", DATA "issuing.pem");
    set_anchor(&at, "other", "crl", "list");
    keep_crl(&at, "other", at.at.config->anchors[0].crl.items[0], DATA "crls/good/issuing.crl");
    expect_ok(trust_reload(at.service));
    cr_assert_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_ALLOWED, "%s", answer.verdict.detail);
    cr_expect_not(answer.verdict.revocation_unknown);
    cr_expect_str_empty(answer.verdict.detail);
    cr_assert_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_ALLOWED);
    cr_expect(answer.cached);
    cr_expect_eq(ask_file(DATA "good.pem", "", until + 1), VERDICT_REVOCATION_UNKNOWN);
}

Test(trust_verdict, an_anchor_asks_for_its_own_policies_only)
{
    set_anchor(&at, "other", "certificate", DATA "issuing.pem");
    set_anchor(&at, "other", "revocation", "soft");
    set_anchor(&at, "other", "policies", "1.3.6.1.4.1.32473.99");
    expect_ok(trust_reload(at.service));
    cr_expect_eq(ask_file(DATA "good.pem", "", NOON), VERDICT_PATH_INVALID);
    cr_expect_not_null(strstr(answer.verdict.detail, "6.1.5"), "%s", answer.verdict.detail);
    cr_expect_eq(ask_ben(clock_now()), VERDICT_ALLOWED);
}

/* ---- the table of tests/data/verdict --------------------------------------------------------- */

/* The text behind "key": in a row; "" for null. */
static void value_of(const char *row, const char *key, char value[static 512])
{
    char name[64];
    snprintf(name, sizeof name, "\"%s\": ", key);
    const char *start = strstr(row, name);
    cr_assert_not_null(start, "%s in %s", key, row);
    start += strlen(name);
    start += strspn(start, "[");
    if (*start != '"') {
        value[0] = '\0';
        return;
    }
    size_t len = 0;
    for (const char *c = start + 1; *c != '"' && len < 511; c++) {
        c += *c == '\\';
        value[len++] = *c;
    }
    value[len] = '\0';
}

/* ["1.2", "3.4"] as 1.2,3.4 */
static void policies_of(const char *row, char value[static 512])
{
    const char *c = strstr(row, "\"policies\": [");
    size_t len = 0;
    cr_assert_not_null(c);
    for (c += strlen("\"policies\": ["); *c != ']' && len < 511; c++)
        if (*c != '"' && *c != ' ')
            value[len++] = *c;
    value[len] = '\0';
}

static void set_crls(const char *folder)
{
    struct buf names defer(buf_clear) = BUF_INIT(65536);
    DIR *entries = opendir(folder);
    cr_assert_not_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        if (entry->d_name[0] != '.')
            buf_printf(&names, "%s%s/%s", names.len == 0 ? "" : ",", folder, entry->d_name);
    closedir(entries);
    set_anchor(&at, "row", "crl", (const char *)names.ptr);
    const struct config_list *list = &at.at.config->anchors[0].crl;
    for (size_t i = 0; i < list->count; i++)
        keep_crl(&at, "row", list->items[i], list->items[i]);
}

static void set_row(const char *row)
{
    char value[512];
    char path[1024];
    clear_anchors(&at);
    value_of(row, "anchors", value);
    snprintf(path, sizeof path, DATA "%s", value);
    set_anchor(&at, "row", "certificate", path);
    value_of(row, "untrusted", value);
    if (strstr(row, "\"deep_sent.pem\"") != NULL) /* lists are of known CAs only */
        snprintf(value, sizeof value, "both.pem");
    snprintf(path, sizeof path, DATA "%s", value);
    set_anchor(&at, "row", "helpers", value[0] == '\0' ? "" : path);
    policies_of(row, value);
    set_anchor(&at, "row", "policies", value);
    value_of(row, "crls", value);
    set_anchor(&at, "row", "revocation", value[0] == '\0' ? "soft" : "hard");
    snprintf(path, sizeof path, DATA "%s", value);
    if (value[0] != '\0')
        set_crls(path);
    expect_ok(trust_reload(at.service));
}

static enum verdict_reason ask_row(const char *row)
{
    char leaf[512];
    char user[512];
    char moment[512];
    char path[1024];
    int64_t when = 0;
    value_of(row, "leaf", leaf);
    value_of(row, "user", user);
    value_of(row, "at", moment);
    snprintf(path, sizeof path, DATA "%s", leaf);
    expect_ok(clock_parse(moment, &when));
    struct certificate_list list defer(certificate_list_clear) = {0};
    if (certificate_list_load(path, &list) == STATUS_OK)
        return ask_file(path, user, when);
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    expect_ok(file_read(path, &bytes));
    const struct span der = span_of(bytes.ptr, bytes.len);
    return ask(&(struct trust_question){.certificates = &der, .count = 1, .at = when});
}

Test(trust_verdict, answers_the_same_on_every_row_of_the_table_with_and_without_what_it_knows)
{
    struct buf table defer(buf_clear) = BUF_INIT(1024 * 1024);
    expect_ok(file_read(DATA "table.json", &table));
    size_t rows = 0;
    size_t known = 0;
    for (char *rest = (char *)table.ptr, *row; (row = strsep(&rest, "\n")) != NULL;) {
        char expected[512];
        if (strstr(row, "\"leaf\"") == NULL)
            continue;
        set_row(row);
        value_of(row, "expected", expected);
        cr_expect_str_eq(verdict_reason_text(ask_row(row)), expected, "%s: %s", row,
                         answer.verdict.detail);
        cr_expect_not(answer.cached);
        const struct verdict first = answer.verdict;
        char identity[LIMIT_USER + 1];
        snprintf(identity, sizeof identity, "%s", answer.identity);
        cr_expect_str_eq(verdict_reason_text(ask_row(row)), expected, "again: %s", row);
        cr_expect_str_eq(answer.verdict.detail, first.detail);
        cr_expect_str_eq(answer.identity, identity);
        cr_expect_eq(answer.verdict.revocation_unknown, first.revocation_unknown);
        known += answer.cached;
        rows++;
    }
    cr_expect_geq(rows, 60);
    cr_expect_geq(known, 20);
}
