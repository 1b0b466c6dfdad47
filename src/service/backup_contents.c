/* Only names that a backup of this program can hold are taken. */
#include "service/backup_contents.h"

#include "base/buf.h"
#include "base/clock.h"
#include "config/portable.h"
#include "service/audit_verify.h"
#include "service/backup.h"
#include "store/db.h"

#include <jansson.h>
#include <string.h>

enum { NAMES_MOST = CONFIG_FILES_MOST + 8, FACTS_MOST = 16 * 1024 };

/* What the walk knows so far. */
struct look {
    char names[NAMES_MOST][ARCHIVE_NAME_MOST + 1];
    size_t count;
    struct buf facts;
    bool reads_facts; /* the file that comes is backup.json */
    struct backup_contents contents;
};

static void look_clear(struct look *look)
{
    buf_clear(&look->facts);
    backup_contents_clear(&look->contents);
}
CLEANUP_VALUE(struct look, look_clear)

void backup_contents_clear(struct backup_contents *contents)
{
    free(contents->organisation);
    *contents = (struct backup_contents){0};
}

static bool is_known_name(const char *name)
{
    static const char *const own[] = {BACKUP_FACTS, BACKUP_CONFIG, BACKUP_CONFIG ".original"};
    bool known = config_is_file_name(name);
    for (size_t i = 0; i < sizeof own / sizeof own[0] && !known; i++)
        known = strcmp(name, own[i]) == 0;
    return known;
}

static bool has_name(const struct look *look, const char *name)
{
    for (size_t i = 0; i < look->count; i++)
        if (strcmp(look->names[i], name) == 0)
            return true;
    return false;
}

static enum status check_entry(void *context, const struct archive_entry *entry)
{
    struct look *look = context;
    bool is_database = strcmp(entry->name, BACKUP_DATABASE) == 0;
    look->reads_facts = strcmp(entry->name, BACKUP_FACTS) == 0;
    if (look->reads_facts != (look->count == 0))
        return status_fail(STATUS_INVALID, "the backup does not begin with " BACKUP_FACTS);
    if (!is_known_name(entry->name))
        return status_fail(STATUS_INVALID,
                           "the backup holds %s, which this version of certferry does not know",
                           entry->name);
    if (has_name(look, entry->name) || look->count == NAMES_MOST)
        return status_fail(STATUS_INVALID, "the backup holds %s twice", entry->name);
    if (!is_database && entry->size > BACKUP_FILE_MOST)
        return status_fail(STATUS_INVALID, "%s in the backup is too large", entry->name);
    memcpy(look->names[look->count++], entry->name, sizeof entry->name);
    return STATUS_OK;
}

static enum status check_bytes(void *context, struct span bytes)
{
    struct look *look = context;
    if (look->reads_facts)
        buf_append(&look->facts, bytes);
    return look->facts.failure;
}

static void json_release(json_t *json)
{
    json_decref(json);
}
CLEANUP_POINTER(json_t, json_release)

static enum status check_format(json_t *json)
{
    json_int_t format = json_integer_value(json_object_get(json, "format"));
    json_int_t schema = json_integer_value(json_object_get(json, "schema"));
    if (format > BACKUP_FORMAT || schema > db_newest_version())
        return status_fail(STATUS_INVALID,
                           "the backup was made by a newer certferry (format %lld, schema %lld; "
                           "this one knows %d and %lld): use that version to restore it",
                           (long long)format, (long long)schema, BACKUP_FORMAT,
                           (long long)db_newest_version());
    return STATUS_OK;
}

static enum status parse_facts(struct span text, struct backup_contents *contents)
{
    json_t *json defer(json_release) =
        json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    json_int_t format;
    json_int_t schema;
    const char *organisation = NULL;
    const char *made_at = NULL;
    const char *head = NULL;
    TRY(check_format(json));
    bool good = json != NULL && json_unpack(json, "{s:I, s:I, s:s, s:s, s:s}", "format", &format,
                                            "schema", &schema, "organisation", &organisation,
                                            "made_at", &made_at, "audit_head", &head) == 0;
    if (!good || clock_parse(made_at, &contents->made_at) != STATUS_OK ||
        audit_head_parse(head, &contents->head) != STATUS_OK)
        return status_fail(STATUS_INVALID, BACKUP_FACTS " of the backup is not understood");
    contents->organisation = strdup(organisation);
    if (contents->organisation == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a name");
    return STATUS_OK;
}

/* As soon as it is whole: a newer format may mean anything by what follows. */
static enum status check_end(void *context)
{
    struct look *look = context;
    if (!look->reads_facts)
        return STATUS_OK;
    return parse_facts(span_of(look->facts.ptr, look->facts.len), &look->contents);
}

enum status backup_look(const struct archive_source *source, struct backup_contents *ret_contents)
{
    struct look look defer(look_clear) = {.facts = BUF_INIT(FACTS_MOST)};
    const struct archive_visitor visitor = {check_entry, check_bytes, check_end, &look};
    TRY(archive_walk(source, &visitor));
    static const char *const needed[] = {BACKUP_FACTS, BACKUP_CONFIG, BACKUP_DATABASE};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!has_name(&look, needed[i]))
            return status_fail(STATUS_INVALID, "the backup lacks %s", needed[i]);
    look.contents.files = (int64_t)look.count;
    *ret_contents = look.contents;
    look.contents = (struct backup_contents){0};
    return STATUS_OK;
}
