#include "service/backup_contents.h"

#include "fixture.h"
#include "service/backup.h"
#include "store/db.h"

#include <stdio.h>

/* A stream out of a text, which gives as little at a time as it likes at its end only. */
struct text_source {
    const char *text;
    size_t left;
};

static enum status read_text(void *context, uint8_t *ptr, size_t len, size_t *ret_len)
{
    struct text_source *source = context;
    size_t part = len < source->left ? len : source->left;
    memcpy(ptr, source->text, part);
    source->text += part;
    source->left -= part;
    *ret_len = part;
    return STATUS_OK;
}

static enum status look(const char *text, size_t len, struct backup_contents *contents)
{
    struct text_source source = {text, len};
    return backup_look(&(struct archive_source){read_text, &source}, contents);
}

#define HEAD_HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void append_file(struct buf *text, const char *name, const char *contents)
{
    buf_printf(text, "file 600 %zu %s\n%s", strlen(contents), name, contents);
}

static void append_facts(struct buf *text, int format, int64_t schema)
{
    char facts[512];
    snprintf(facts, sizeof facts,
             "{\"format\":%d,\"organisation\":\"Example\",\"host\":\"x\",\"made_at\":"
             "\"2026-01-31T12:00:00Z\",\"schema\":%lld,\"audit_head\":\"7:" HEAD_HASH "\"}",
             format, (long long)schema);
    append_file(text, BACKUP_FACTS, facts);
}

static void append_whole(struct buf *text)
{
    append_facts(text, BACKUP_FORMAT, db_newest_version());
    append_file(text, BACKUP_CONFIG, "# nothing\n");
    append_file(text, "ca/root.pem", "pem");
    append_file(text, BACKUP_DATABASE, "");
}

static void expect_refused(const struct buf *text, const char *sentence)
{
    struct backup_contents contents defer(backup_contents_clear) = {0};
    expect_detail(look((const char *)text->ptr, text->len, &contents), STATUS_INVALID, sentence);
}

Test(backup_contents, a_whole_backup_says_what_it_is)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    append_whole(&text);
    archive_append_end(&text);
    struct backup_contents contents defer(backup_contents_clear) = {0};
    expect_ok(look((const char *)text.ptr, text.len, &contents));
    cr_assert_str_eq(contents.organisation, "Example");
    cr_assert_eq(contents.made_at, 1769860800);
    cr_assert_eq(contents.head.id, 7);
    cr_assert_eq(contents.files, 4);
}

Test(backup_contents, every_beginning_of_it_is_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    append_whole(&text);
    archive_append_end(&text);
    for (size_t len = 0; len < text.len; len++) {
        struct backup_contents contents defer(backup_contents_clear) = {0};
        cr_assert_eq(look((const char *)text.ptr, len, &contents), STATUS_INVALID, "%zu", len);
    }
    buf_append_text(&text, "x");
    expect_refused(&text, "behind the end");
}

Test(backup_contents, a_newer_format_or_schema_is_refused_before_what_follows_is_read)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    append_facts(&text, BACKUP_FORMAT + 1, 1);
    buf_append_text(&text, "quite another thing");
    expect_refused(&text, "newer certferry");
    buf_reset(&text);
    append_facts(&text, BACKUP_FORMAT, db_newest_version() + 1);
    expect_refused(&text, "newer certferry");
}

/* A line in place of a file, and what is said of it. */
static const struct {
    const char *line;
    const char *sentence;
} bad[] = {
    {"file 600 1 ../x\nx", "not understood"},
    {"file 600 1 /etc/passwd\nx", "not understood"},
    {"file 600 1 ca/../x\nx", "not understood"},
    {"file 600 1 ca/x/y\nx", "not understood"},
    {"file 600 1 .hidden\nx", "not understood"},
    {"file 600 1 a b\nx", "not understood"},
    {"file 666 1 ca/root.crl\nx", "not understood"},
    {"file 600 -1 ca/root.crl\nx", "not understood"},
    {"file 600 01 ca/root.crl\nx", "not understood"},
    {"file 600 99999999999999999999 ca/root.crl\nx", "not understood"},
    {"link 600 1 ca/root.crl\nx", "not understood"},
    {"file 600\n", "not understood"},
    {"\n", "not understood"},
    {"file 600 1 certferry.db-wal\nx", "does not know"},
    {"file 600 1 certferry.db.head\nx", "does not know"},
    {"file 600 1 ca/root.pem\nx", "twice"},
    {"file 600 9999999 ca/root.crl\n", "too large"},
    {"file 600 1 backup.json\nx", "does not begin"},
};

Test(backup_contents, names_that_lead_elsewhere_and_other_lines_are_refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(65536);
        append_whole(&text);
        buf_append_text(&text, bad[i].line);
        archive_append_end(&text);
        expect_refused(&text, bad[i].sentence);
    }
}

Test(backup_contents, a_line_without_end_is_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    append_whole(&text);
    buf_append_repeated(&text, 'f', 5000);
    expect_refused(&text, "too long");
}

static const char *const broken_facts[] = {
    "",
    "{",
    "[]",
    "{\"format\":1}",
    "{\"format\":\"1\"}",
    "{\"format\":1,\"organisation\":\"E\",\"made_at\":\"yesterday\",\"schema\":1,\"audit_head\":"
    "\"7:" HEAD_HASH "\"}",
    "{\"format\":1,\"organisation\":\"E\",\"made_at\":\"2026-01-31T12:00:00Z\",\"schema\":1,"
    "\"audit_head\":\"7:00\"}",
};

Test(backup_contents, facts_that_are_not_understood_are_refused)
{
    for (size_t i = 0; i < sizeof broken_facts / sizeof broken_facts[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(65536);
        append_file(&text, BACKUP_FACTS, broken_facts[i]);
        expect_refused(&text, "not understood");
    }
}

Test(backup_contents, a_backup_without_a_database_is_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    append_facts(&text, BACKUP_FORMAT, 1);
    append_file(&text, BACKUP_CONFIG, "");
    archive_append_end(&text);
    expect_refused(&text, "lacks " BACKUP_DATABASE);
}

Test(backup_contents, a_name_that_would_not_be_read_back_is_not_written)
{
    struct buf line defer(buf_clear) = BUF_INIT(ARCHIVE_LINE_MOST);
    cr_assert_eq(
        archive_append_entry(&(struct archive_entry){.name = "a/b/c", .mode = 0600}, &line),
        STATUS_INVALID);
    expect_ok(archive_append_entry(
        &(struct archive_entry){.name = "ca/issuing.key", .mode = 0600, .size = 241}, &line));
    cr_assert_str_eq((const char *)line.ptr, "file 600 241 ca/issuing.key\n");
}
