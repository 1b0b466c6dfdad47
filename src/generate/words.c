/* The reader of word lists. */
#include "generate/words.h"

#include "base/text.h"

enum { WORDS = 256, SHORTEST = 3, LONGEST = 9, DISTINCT = 3 };

struct list {
    struct span words[WORDS];
    int count;
};

/* Bytes below 0x80 must be letters; the source is UTF-8, so the others are letters like u umlaut.
 */
static bool is_word(struct span word)
{
    size_t characters = text_characters(word);
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] < 0x80 && (word.ptr[i] < 'a' || word.ptr[i] > 'z'))
            return false;
    return characters >= SHORTEST && characters <= LONGEST;
}

static bool sounds_like(struct span a, struct span b)
{
    return a.len >= DISTINCT && b.len >= DISTINCT && memcmp(a.ptr, b.ptr, DISTINCT) == 0;
}

static void add_word(struct source *source, struct list *list, struct span word)
{
    if (!is_word(word) || list->count == WORDS) {
        source_error(source, "'%.*s' is not a word of three to nine letters, or one too many",
                     (int)word.len, word.ptr);
        return;
    }
    for (int i = 0; i < list->count; i++)
        if (sounds_like(list->words[i], word))
            source_error(source, "'%.*s' begins like '%.*s'", (int)word.len, word.ptr,
                         (int)list->words[i].len, list->words[i].ptr);
    list->words[list->count++] = word;
}

void words_append(struct source *source, struct buf *out)
{
    struct list list = {.count = 0};
    struct span line;
    while (source_next_line(source, &line)) {
        if (line.len > 0 && line.ptr[0] == '#')
            continue;
        for (struct span word; line.len > 0;) {
            word = source_word(&line);
            if (word.len > 0)
                add_word(source, &list, word);
        }
    }
    if (list.count != WORDS)
        source_error(source, "%d words where %d are needed", list.count, WORDS);
    for (int i = 0; i < list.count; i++) {
        buf_append_text(out, "    ");
        source_append_c_string(out, list.words[i]);
        buf_append_text(out, ",\n");
    }
}
