/*
 * Search by the start of a word, for lists: private to the store. Texts are folded to lower-case
 * ASCII
 * ("Zoë Größe" becomes "zoe groesse") and stand in the index from each of their words on, so that
 * "anna sch" and "schm" both find "Anna Schmidt".
 */
#pragma once

#include "store/page.h"
#include "store/query.h"

/* How many found objects a page looks at that wants only some of them. */
enum { SEARCH_VISITS_MOST = 200 };
enum { SEARCH_WORD_SIZE = 65, SEARCH_ID_SIZE = PAGE_CURSOR_SIZE };

/* Makes an object findable by the texts. */
enum status search_add(struct db_tx *tx, const char *kind, const char *id, int64_t created_at,
                       const char *const *texts, size_t count);

/* Makes it unfindable again. */
enum status search_remove(struct db_tx *tx, const char *kind, const char *id);

/* A walk over what is found, by word and then newest first. */
struct search {
    struct db_tx *tx;
    const char *kind;
    char low[SEARCH_WORD_SIZE]; /* the words of the range: low <= word < high */
    char high[SEARCH_WORD_SIZE + 1];
    char word[SEARCH_WORD_SIZE]; /* where the walk stands: the word, */
    int64_t before_at;           /* and the object under it */
    char before_id[SEARCH_ID_SIZE];
};
/* Behind the object `after`, or from the start ("" or NULL). INVALID: a text without letter or
 * digit, an object that is not in the range. */
enum status search_begin(struct search *search, struct db_tx *tx, const char *kind,
                         const char *text, const char *after);
/* The next object; *ret_any is false at the end. */
enum status search_next(struct search *search, bool *ret_any, char ret_id[static SEARCH_ID_SIZE]);
