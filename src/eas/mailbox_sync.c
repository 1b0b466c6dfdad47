/*
 * FolderSync, Sync and GetItemEstimate over six folders in which there is never anything (MS-ASCMD
 * 2.2.1.5, 2.2.1.9, 2.2.1.21). Nothing is remembered of a phone, so the keys are of a range of our
 * own: a phone that comes from another server, or goes back to it, begins anew as it should.
 */
#include "base/text.h"
#include "eas/mailbox_answer.h"

#include <stdio.h>

/* X(server id, name, type): MS-ASCMD 2.2.3.186.3. Phones show names of their own for these. */
#define FOLDER_TABLE(X)                                                                            \
    X("1", "Inbox", 2)                                                                             \
    X("2", "Drafts", 3)                                                                            \
    X("3", "Deleted Items", 4)                                                                     \
    X("4", "Sent Items", 5)                                                                        \
    X("5", "Calendar", 8)                                                                          \
    X("6", "Contacts", 9)

struct folder {
    const char *id;
    const char *name;
    int type;
};

static const struct folder folders[] = {
#define FOLDER_ROW(id, name, type) {id, name, type},
    FOLDER_TABLE(FOLDER_ROW)
#undef FOLDER_ROW
};
enum { FOLDERS = sizeof folders / sizeof folders[0] };

static const char folder_key[] = "773010000";
enum { SYNC_KEY_FIRST = 773010001, SYNC_KEY_LAST = 773999999 };

enum {
    FOLDER_SYNC_INVALID_KEY = 9,
    FOLDER_SYNC_MALFORMED = 10,
    SYNC_INVALID_KEY = 3,
    SYNC_PROTOCOL_ERROR = 4,
    SYNC_ITEM_REFUSED = 6,
    SYNC_ITEM_UNKNOWN = 8,
    SYNC_FOLDERS_CHANGED = 12,
    SYNC_INCOMPLETE = 13,
    ESTIMATE_INVALID_COLLECTION = 2,
};

static bool is_folder(struct span id)
{
    for (size_t i = 0; i < FOLDERS; i++)
        if (span_equal_text(id, folders[i].id))
            return true;
    return false;
}

/* ---- FolderSync ------------------------------------------------------------------------------ */

static void write_folders(struct wbxml_writer *writer)
{
    wbxml_write_number(writer, TAG_FOLDER_COUNT, FOLDERS);
    for (size_t i = 0; i < FOLDERS; i++) {
        wbxml_open(writer, TAG_FOLDER_ADD);
        wbxml_write_text(writer, TAG_FOLDER_SERVER_ID, folders[i].id);
        wbxml_write_text(writer, TAG_FOLDER_PARENT_ID, "0");
        wbxml_write_text(writer, TAG_FOLDER_DISPLAY_NAME, folders[i].name);
        wbxml_write_number(writer, TAG_FOLDER_TYPE, folders[i].type);
        wbxml_close(writer);
    }
}

enum status mailbox_folder_sync(struct mailbox *mailbox)
{
    if (mailbox->root == NULL)
        return status_fail(STATUS_INVALID, "MS-ASCMD 2.2.1.5: FolderSync without a body");
    struct span key = wbxml_text(wbxml_find(mailbox->document, mailbox->root, TAG_FOLDER_SYNC_KEY));
    bool begins = span_equal_text(key, "0");
    if (!begins && !span_equal_text(key, folder_key)) {
        mailbox_answer_status(mailbox,
                              key.len == 0 ? FOLDER_SYNC_MALFORMED : FOLDER_SYNC_INVALID_KEY);
        return STATUS_OK;
    }
    mailbox_open(mailbox);
    mailbox_status(mailbox, EAS_STATUS_OK);
    wbxml_write_text(&mailbox->writer, TAG_FOLDER_SYNC_KEY, folder_key);
    wbxml_open(&mailbox->writer, TAG_FOLDER_CHANGES);
    if (begins)
        write_folders(&mailbox->writer);
    else
        wbxml_write_number(&mailbox->writer, TAG_FOLDER_COUNT, 0);
    wbxml_close(&mailbox->writer);
    mailbox_close(mailbox);
    return STATUS_OK;
}

/* ---- Sync ------------------------------------------------------------------------------------ */

/* The key after `key`; 0: that one is not ours. */
static int64_t next_key(struct span key)
{
    char text[MAILBOX_TEXT_SIZE];
    int64_t number;
    if (span_equal_text(key, "0"))
        return SYNC_KEY_FIRST;
    if (!mailbox_text(key, text) ||
        text_parse_int(text, SYNC_KEY_FIRST, SYNC_KEY_LAST, &number) != STATUS_OK)
        return 0;
    return number == SYNC_KEY_LAST ? SYNC_KEY_FIRST : number + 1;
}

static int status_of_item(uint16_t tag)
{
    switch (tag) {
    case TAG_AIR_SYNC_ADD:
        return SYNC_ITEM_REFUSED;
    case TAG_AIR_SYNC_CHANGE:
    case TAG_AIR_SYNC_FETCH:
        return SYNC_ITEM_UNKNOWN;
    default:
        return 0;
    }
}

/* Items that the phone made are refused, items that it asks for are not there; what it deletes is
 * gone, which needs no answer. */
static void answer_item(struct mailbox *mailbox, const struct wbxml_element *item, bool *opened)
{
    uint16_t id_tag =
        item->tag == TAG_AIR_SYNC_ADD ? TAG_AIR_SYNC_CLIENT_ID : TAG_AIR_SYNC_SERVER_ID;
    int status = status_of_item(item->tag);
    char id[MAILBOX_TEXT_SIZE];
    if (status == 0 || !mailbox_text(wbxml_text(wbxml_find(mailbox->document, item, id_tag)), id))
        return;
    if (!*opened)
        wbxml_open(&mailbox->writer, TAG_AIR_SYNC_RESPONSES);
    *opened = true;
    wbxml_open(&mailbox->writer, item->tag);
    wbxml_write_text(&mailbox->writer, id_tag, id);
    wbxml_write_number(&mailbox->writer, TAG_AIR_SYNC_STATUS, status);
    wbxml_close(&mailbox->writer);
}

static void answer_items(struct mailbox *mailbox, const struct wbxml_element *collection)
{
    bool opened = false;
    const struct wbxml_element *item = wbxml_child(
        mailbox->document, wbxml_find(mailbox->document, collection, TAG_AIR_SYNC_COMMANDS));
    for (; item != NULL; item = wbxml_sibling(mailbox->document, item))
        answer_item(mailbox, item, &opened);
    if (opened)
        wbxml_close(&mailbox->writer);
}

static int status_of_collection(struct span key, struct span id)
{
    if (key.len == 0 || id.len == 0)
        return SYNC_PROTOCOL_ERROR;
    if (!is_folder(id))
        return SYNC_FOLDERS_CHANGED;
    return next_key(key) == 0 ? SYNC_INVALID_KEY : EAS_STATUS_OK;
}

/* Up to 12.0 an answer names the class; those that there are. */
static void write_class(struct mailbox *mailbox, struct span class)
{
    static const char *const classes[] = {"Email", "Calendar", "Contacts", "Tasks"};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (mailbox->call->version <= EAS_12_0 && span_equal_text(class, classes[i]))
            wbxml_write_text(&mailbox->writer, TAG_AIR_SYNC_CLASS, classes[i]);
}

/* Class, SyncKey, CollectionId, Status, Responses: in this order. */
static void answer_collection(struct mailbox *mailbox, const struct wbxml_element *collection)
{
    const struct wbxml_document *document = mailbox->document;
    struct wbxml_writer *writer = &mailbox->writer;
    struct span key = wbxml_text(wbxml_find(document, collection, TAG_AIR_SYNC_SYNC_KEY));
    struct span id = wbxml_text(wbxml_find(document, collection, TAG_AIR_SYNC_COLLECTION_ID));
    int status = status_of_collection(key, id);
    char id_text[MAILBOX_TEXT_SIZE];
    wbxml_open(writer, TAG_AIR_SYNC_COLLECTION);
    write_class(mailbox, wbxml_text(wbxml_find(document, collection, TAG_AIR_SYNC_CLASS)));
    if (status == EAS_STATUS_OK)
        wbxml_write_number(writer, TAG_AIR_SYNC_SYNC_KEY, next_key(key));
    else
        wbxml_write_text(writer, TAG_AIR_SYNC_SYNC_KEY, "0");
    if (mailbox_text(id, id_text))
        wbxml_write_text(writer, TAG_AIR_SYNC_COLLECTION_ID, id_text);
    wbxml_write_number(writer, TAG_AIR_SYNC_STATUS, status);
    if (status == EAS_STATUS_OK)
        answer_items(mailbox, collection);
    wbxml_close(writer);
}

/* The phone wants this answer only when there is something: all its keys are good, it brings
 * nothing, and it says how long it would wait. */
static bool would_wait(const struct mailbox *mailbox, const struct wbxml_element *collections)
{
    const struct wbxml_document *document = mailbox->document;
    if (wbxml_find(document, mailbox->root, TAG_AIR_SYNC_WAIT) == NULL &&
        wbxml_find(document, mailbox->root, TAG_AIR_SYNC_HEARTBEAT_INTERVAL) == NULL)
        return false;
    const struct wbxml_element *collection = wbxml_child(document, collections);
    for (; collection != NULL; collection = wbxml_sibling(document, collection)) {
        struct span key = wbxml_text(wbxml_find(document, collection, TAG_AIR_SYNC_SYNC_KEY));
        struct span id = wbxml_text(wbxml_find(document, collection, TAG_AIR_SYNC_COLLECTION_ID));
        if (span_equal_text(key, "0") || status_of_collection(key, id) != EAS_STATUS_OK ||
            wbxml_find(document, collection, TAG_AIR_SYNC_COMMANDS) != NULL)
            return false;
    }
    return true;
}

/* Since 12.1 a phone may leave out what is as the last time; nobody remembers that here. */
static enum status answer_incomplete(struct mailbox *mailbox)
{
    if (mailbox->call->version < EAS_12_1)
        return status_fail(STATUS_INVALID, "MS-ASCMD 2.2.1.21: Sync without collections");
    mailbox_answer_status(mailbox, SYNC_INCOMPLETE);
    return STATUS_OK;
}

enum status mailbox_sync(struct mailbox *mailbox)
{
    const struct wbxml_document *document = mailbox->document;
    if (mailbox->root == NULL || wbxml_find(document, mailbox->root, TAG_AIR_SYNC_PARTIAL) != NULL)
        return answer_incomplete(mailbox);
    const struct wbxml_element *collections =
        wbxml_find(document, mailbox->root, TAG_AIR_SYNC_COLLECTIONS);
    const struct wbxml_element *collection = wbxml_child(document, collections);
    if (collection == NULL)
        return answer_incomplete(mailbox);
    if (would_wait(mailbox, collections)) {
        mailbox_answer_later(mailbox);
        return STATUS_OK;
    }
    mailbox_open(mailbox);
    wbxml_open(&mailbox->writer, TAG_AIR_SYNC_COLLECTIONS);
    for (; collection != NULL; collection = wbxml_sibling(document, collection))
        if (collection->tag == TAG_AIR_SYNC_COLLECTION)
            answer_collection(mailbox, collection);
    wbxml_close(&mailbox->writer);
    mailbox_close(mailbox);
    return STATUS_OK;
}

/* ---- GetItemEstimate ------------------------------------------------------------------------- */

/* Up to 12.0 and later the id stands on different pages. */
static struct span estimate_id(const struct mailbox *mailbox,
                               const struct wbxml_element *collection)
{
    struct span id =
        wbxml_text(wbxml_find(mailbox->document, collection, TAG_ESTIMATE_COLLECTION_ID));
    return id.len > 0
               ? id
               : wbxml_text(wbxml_find(mailbox->document, collection, TAG_AIR_SYNC_COLLECTION_ID));
}

static void answer_estimate(struct mailbox *mailbox, struct span id)
{
    struct wbxml_writer *writer = &mailbox->writer;
    bool known = is_folder(id);
    char text[MAILBOX_TEXT_SIZE];
    wbxml_open(writer, TAG_ESTIMATE_RESPONSE);
    wbxml_write_number(writer, TAG_ESTIMATE_STATUS,
                       known ? EAS_STATUS_OK : ESTIMATE_INVALID_COLLECTION);
    if (known && mailbox_text(id, text)) {
        wbxml_open(writer, TAG_ESTIMATE_COLLECTION);
        wbxml_write_text(writer, TAG_ESTIMATE_COLLECTION_ID, text);
        wbxml_write_number(writer, TAG_ESTIMATE_ESTIMATE, 0);
        wbxml_close(writer);
    }
    wbxml_close(writer);
}

enum status mailbox_estimate(struct mailbox *mailbox)
{
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *collection = NULL;
    if (mailbox->root != NULL)
        collection =
            wbxml_child(document, wbxml_find(document, mailbox->root, TAG_ESTIMATE_COLLECTIONS));
    if (collection == NULL)
        return status_fail(STATUS_INVALID, "MS-ASCMD 2.2.1.9: GetItemEstimate of nothing");
    mailbox_open(mailbox);
    for (; collection != NULL; collection = wbxml_sibling(document, collection))
        answer_estimate(mailbox, estimate_id(mailbox, collection));
    mailbox_close(mailbox);
    return STATUS_OK;
}
