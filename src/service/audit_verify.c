/* One line in a file: "certferry audit head 1 NUMBER:HASH TIME". */
#include "service/audit_verify.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "service/background.h"
#include "store/audit_store.h"

#include <inttypes.h>
#include <stdio.h>

#define HEAD_MAGIC "certferry audit head 1 "

enum { HEAD_FILE_MOST = 256, KEEP_SECONDS = 5 };

/* What the file holds. */
struct kept {
    struct audit_head head;
    int64_t at;
};

void audit_head_format(const struct audit_head *head, char ret_text[static AUDIT_HEAD_TEXT_SIZE])
{
    int len = snprintf(ret_text, AUDIT_HEAD_TEXT_SIZE, "%" PRId64 ":", head->id);
    for (size_t i = 0; i < AUDIT_HASH_SIZE; i++)
        len += snprintf(ret_text + len, AUDIT_HEAD_TEXT_SIZE - (size_t)len, "%02x", head->hash[i]);
}

static enum status parse_hash(struct span hex, uint8_t hash[static AUDIT_HASH_SIZE])
{
    struct buf bytes defer(buf_clear) = BUF_INIT(AUDIT_HASH_SIZE);
    TRY(text_decode_hex(hex, &bytes));
    if (bytes.len != AUDIT_HASH_SIZE)
        return status_fail(STATUS_INVALID, "a hash has %d hexadecimal digits", 2 * AUDIT_HASH_SIZE);
    memcpy(hash, bytes.ptr, AUDIT_HASH_SIZE);
    return STATUS_OK;
}

enum status audit_head_parse(const char *text, struct audit_head *ret_head)
{
    char number[24];
    size_t digits = strcspn(text, ":");
    if (text[digits] != ':' || digits >= sizeof number)
        return status_fail(STATUS_INVALID, "a head of the audit is NUMBER:HASH, not '%.100s'",
                           text);
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    struct audit_head head;
    TRY(text_parse_int(number, 1, INT64_MAX, &head.id));
    TRY(parse_hash(span_of_text(text + digits + 1), head.hash));
    *ret_head = head;
    return STATUS_OK;
}

static enum status name_file(const char *database_path, char **ret_path)
{
    struct buf path defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&path, "%s.head", database_path);
    return buf_take_text(&path, ret_path);
}

static enum status parse_file(char *text, struct kept *ret_kept)
{
    struct kept kept;
    size_t magic = strlen(HEAD_MAGIC);
    char *space = strncmp(text, HEAD_MAGIC, magic) == 0 ? strchr(text + magic, ' ') : NULL;
    char *end = space == NULL ? NULL : strchr(space, '\n');
    if (end == NULL || end[1] != '\0')
        return status_fail(STATUS_INVALID, "it is not one line of a head");
    *space = '\0';
    *end = '\0';
    TRY(audit_head_parse(text + magic, &kept.head));
    TRY(clock_parse(space + 1, &kept.at));
    *ret_kept = kept;
    return STATUS_OK;
}

/* Number 0 when there is no file. */
static enum status read_file(const char *path, struct kept *ret_kept)
{
    struct buf contents defer(buf_clear) = BUF_INIT(HEAD_FILE_MOST);
    enum status found = file_read(path, &contents);
    if (found == STATUS_NOT_FOUND) {
        *ret_kept = (struct kept){0};
        return STATUS_OK;
    }
    TRY(found);
    char *text defer(free) = NULL;
    enum status status = buf_take_text(&contents, &text);
    if (status == STATUS_OK)
        status = parse_file(text, ret_kept);
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status == STATUS_OK ? STATUS_OK
                               : status_fail(status, "%s is not as it was written: %s", path, why);
}

static enum status write_file(const char *path, const struct audit_head *head, int64_t now)
{
    char head_text[AUDIT_HEAD_TEXT_SIZE];
    char time[CLOCK_TEXT_SIZE];
    audit_head_format(head, head_text);
    clock_format(now, time);
    struct buf line defer(buf_clear) = BUF_INIT(HEAD_FILE_MOST);
    buf_printf(&line, HEAD_MAGIC "%s %s\n", head_text, time);
    struct span bytes;
    TRY(buf_finish(&line, &bytes));
    return file_replace(path, bytes, 0600);
}

enum status audit_verify(struct db *db, const char *database_path, const struct audit_head *also,
                         struct audit_head *ret_kept, struct audit_report *ret_report)
{
    char *path defer(free) = NULL;
    struct kept kept;
    TRY(name_file(database_path, &path));
    TRY(read_file(path, &kept));
    struct audit_chain chain = {.known = {kept.head}};
    if (also != NULL)
        chain.known[1] = *also;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    TRY(audit_store_verify(tx, &chain));
    *ret_kept = kept.head;
    *ret_report = chain.report;
    return STATUS_OK;
}

/* The last row, if what was kept before still stands. */
static enum status read_head(struct db *db, const struct audit_head *kept,
                             struct audit_head *ret_head)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    bool holds;
    TRY(audit_store_holds(tx, kept, &holds));
    if (!holds)
        return status_fail(STATUS_DATABASE,
                           "rows of the audit were cut off or written anew: row %lld is not the "
                           "one that was kept beside the database",
                           (long long)kept->id);
    return audit_store_head(tx, ret_head);
}

/* What goes to the log may be out of reach of whoever changes the database later. */
static void log_hourly(const struct audit_head *head, int64_t before, int64_t now)
{
    if (now / CLOCK_HOUR == before / CLOCK_HOUR)
        return;
    char text[AUDIT_HEAD_TEXT_SIZE];
    audit_head_format(head, text);
    log_info("audit", "the audit's head is %s", text);
}

enum status audit_head_keep(struct db *db, const char *database_path, bool *ret_moved)
{
    char *path defer(free) = NULL;
    struct kept kept;
    struct audit_head head;
    TRY(name_file(database_path, &path));
    TRY(read_file(path, &kept));
    TRY(read_head(db, &kept.head, &head));
    *ret_moved = head.id > kept.head.id;
    if (!*ret_moved)
        return STATUS_OK;
    int64_t now = clock_now();
    log_hourly(&head, kept.at, now);
    return write_file(path, &head, now);
}

/* What a command has to say about its own failure is still to be said. */
static void put_detail_back(const char *detail)
{
    if (detail[0] == '\0')
        status_detail_clear();
    else
        (void)status_fail(STATUS_INTERNAL, "%s", detail);
}

void audit_head_keep_last(struct db *db, const char *database_path)
{
    char detail[STATUS_DETAIL_MAX];
    snprintf(detail, sizeof detail, "%s", status_detail());
    bool moved;
    enum status status = audit_head_keep(db, database_path, &moved);
    if (status != STATUS_OK)
        log_status("audit", status, "the audit's head was not kept");
    put_detail_back(detail);
}

enum status background_audit_head(const struct service *service, int64_t now, int64_t *ret_wait)
{
    (void)now;
    bool moved;
    *ret_wait = KEEP_SECONDS;
    return audit_head_keep(service->db, service->config->database_path, &moved);
}
