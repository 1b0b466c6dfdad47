/*
 * The walk goes word by word: the objects of the present word behind the present position, then the
 * word that follows. Each step is one look into the index, however many rows there are.
 */
#include "store/search.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>

static const int64_t latest = INT64_MAX;

enum { FOLDED_MAX = 2048 };

static bool is_word_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static void fold(const char *text, struct buf *folded)
{
    text_append_ascii(folded, span_of_text(text));
    for (size_t i = 0; i < folded->len; i++)
        if (folded->ptr[i] >= 'A' && folded->ptr[i] <= 'Z')
            folded->ptr[i] = (uint8_t)(folded->ptr[i] - 'A' + 'a');
}

static void copy_word(char *word, struct span bytes)
{
    size_t len = bytes.len < SEARCH_WORD_SIZE - 1 ? bytes.len : SEARCH_WORD_SIZE - 1;
    if (len > 0)
        memcpy(word, bytes.ptr, len);
    word[len] = '\0';
}

static enum status add_word(struct db_tx *tx, const char *kind, const char *id, int64_t created_at,
                            struct span bytes)
{
    char word[SEARCH_WORD_SIZE];
    copy_word(word, bytes);
    int64_t changes;
    return db_execute(tx, QUERY_SEARCH_ADD,
                      PARAMS(db_text("kind", kind), db_text("object_id", id), db_text("word", word),
                             db_integer("created_at", created_at)),
                      &changes);
}

/* Words behind an '@' are the organisation's own domain mostly: they would find everybody. */
static enum status add_text(struct db_tx *tx, const char *kind, const char *id, int64_t created_at,
                            const char *text)
{
    struct buf folded defer(buf_clear) = BUF_INIT(FOLDED_MAX);
    fold(text, &folded);
    struct span rest;
    TRY(buf_finish(&folded, &rest));
    bool inside = false;
    while (rest.len > 0 && rest.ptr[0] != '@') {
        bool letter = is_word_byte(rest.ptr[0]);
        if (letter && !inside)
            TRY(add_word(tx, kind, id, created_at, rest));
        inside = letter;
        rest = span_of(rest.ptr + 1, rest.len - 1);
    }
    return STATUS_OK;
}

enum status search_add(struct db_tx *tx, const char *kind, const char *id, int64_t created_at,
                       const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(add_text(tx, kind, id, created_at, texts[i] == NULL ? "" : texts[i]));
    return STATUS_OK;
}

enum status search_remove(struct db_tx *tx, const char *kind, const char *id)
{
    int64_t changes;
    return db_execute(tx, QUERY_SEARCH_REMOVE,
                      PARAMS(db_text("kind", kind), db_text("object_id", id)), &changes);
}

/* The texts that begin with `low` are those below `low` with the highest byte of ASCII behind it.
 */
static enum status set_range(struct search *search, const char *text)
{
    struct buf folded defer(buf_clear) = BUF_INIT(FOLDED_MAX);
    fold(text, &folded);
    struct span bytes;
    TRY(buf_finish(&folded, &bytes));
    while (bytes.len > 0 && !is_word_byte(bytes.ptr[0]))
        bytes = span_of(bytes.ptr + 1, bytes.len - 1);
    while (bytes.len > 0 && bytes.ptr[bytes.len - 1] == ' ')
        bytes.len--;
    if (bytes.len == 0)
        return status_fail(STATUS_INVALID, "a search needs a letter or a digit");
    copy_word(search->low, bytes);
    snprintf(search->high, sizeof search->high, "%s\x7f", search->low);
    return STATUS_OK;
}

static enum status continue_behind(struct search *search, const char *after)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(search->tx, QUERY_SEARCH_FIRST_WORD,
                 PARAMS(db_text("kind", search->kind), db_text("object_id", after),
                        db_text("low", search->low), db_text("high", search->high)),
                 &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (!any || strlen(after) >= SEARCH_ID_SIZE)
        return status_fail(STATUS_INVALID, "cursor: no page of this search ends with '%.40s'",
                           after);
    copy_word(search->word, db_column_bytes(rows, 0));
    search->before_at = db_column_integer(rows, 1);
    snprintf(search->before_id, sizeof search->before_id, "%s", after);
    return STATUS_OK;
}

enum status search_begin(struct search *search, struct db_tx *tx, const char *kind,
                         const char *text, const char *after)
{
    *search = (struct search){.tx = tx, .kind = kind, .before_at = latest};
    TRY(set_range(search, text));
    memcpy(search->word, search->low, sizeof search->word);
    return after == NULL || after[0] == '\0' ? STATUS_OK : continue_behind(search, after);
}

static enum status next_of_word(struct search *search, bool *ret_any)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(search->tx, QUERY_SEARCH_SAME_WORD,
                 PARAMS(db_text("kind", search->kind), db_text("word", search->word),
                        db_text("low", search->low), db_integer("before_at", search->before_at),
                        db_text("before_id", search->before_id), db_integer("most", 1)),
                 &rows));
    TRY(db_next(rows, ret_any));
    if (!*ret_any)
        return STATUS_OK;
    struct span id = db_column_bytes(rows, 0);
    snprintf(search->before_id, sizeof search->before_id, "%.*s", (int)id.len,
             (const char *)id.ptr);
    search->before_at = db_column_integer(rows, 1);
    return STATUS_OK;
}

static enum status next_word(struct search *search, bool *ret_any)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(search->tx, QUERY_SEARCH_NEXT_WORD,
                 PARAMS(db_text("kind", search->kind), db_text("word", search->word),
                        db_text("high", search->high)),
                 &rows));
    TRY(db_next(rows, ret_any));
    if (!*ret_any)
        return STATUS_OK;
    copy_word(search->word, db_column_bytes(rows, 0));
    search->before_at = latest;
    search->before_id[0] = '\0';
    return STATUS_OK;
}

enum status search_next(struct search *search, bool *ret_any, char ret_id[static SEARCH_ID_SIZE])
{
    for (;;) {
        bool any = false;
        TRY(next_of_word(search, &any));
        if (any) {
            memcpy(ret_id, search->before_id, SEARCH_ID_SIZE);
            *ret_any = true;
            return STATUS_OK;
        }
        TRY(next_word(search, &any));
        if (!any) {
            *ret_any = false;
            return STATUS_OK;
        }
    }
}
