#include "generate/texts.h"
#include "generate/words.h"

#include <criterion/criterion.h>

static struct texts *read_texts(const char *path, const char *text, struct diagnostics *wrong)
{
    struct source source defer(source_clear);
    struct texts *texts = calloc(1, sizeof *texts);
    cr_assert(texts != NULL);
    source_init_text(&source, path, text, wrong);
    texts_read(&source, texts);
    return texts;
}

static bool complains(const struct diagnostics *wrong, const char *part)
{
    return wrong->count > 0 && strstr((const char *)wrong->text.ptr, part) != NULL;
}

Test(texts, a_text_goes_on_in_indented_lines_and_marks_bold)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct texts *texts defer(texts_free) =
        read_texts("en.txt", "# x\na.b = Tap *OK*\n    and {name}.\n\nc = d\n", &wrong);
    const struct message *message = texts_find(texts, SPAN_LITERAL("a.b"));
    cr_assert_eq(wrong.count, 0);
    cr_assert_not_null(message);
    cr_assert_str_eq(message->other, "Tap \x0eOK\x0f and {name}.");
    cr_assert(message->bold && message_has_argument(message, SPAN_LITERAL("name")));
    cr_assert_eq(message->line, 2);
    cr_assert_str_eq(texts->language, "en");
}

Test(texts, what_is_wrong_is_reported_with_file_and_line)
{
    static const char *const samples[][2] = {
        {"a = b\na = c\n", "en.txt:2: the key 'a' stands twice"},
        {"a\n", "en.txt:1: expected 'key = text'"},
        {"A = b\n", "'A' is not a key"},
        {"a..b = c\n", "is not a key"},
        {"a[two] = c\n", "is not a key"},
        {"a =\n", "the text is empty"},
        {"a = *b\n", "'*' without a second one"},
        {"a = {b\n", "'{' without '}'"},
        {"a = b}\n", "'}' without '{'"},
        {"a = {B}\n", "an argument is not a name"},
        {"a = {a}{b}{c}{d}{e}{f}{g}\n", "there are too many"},
        {"a[one] = x\n", "needs both [one] and [other]"},
        {"a[other] = {count}\n", "needs both [one] and [other]"},
        {"a[one] = x\na[other] = y\n", "has plural forms but no {count}"},
        {"a[one] = x {count}\na = y\n", "en.txt:2: the key 'a' stands twice"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
        struct texts *texts defer(texts_free) = read_texts("en.txt", samples[i][0], &wrong);
        cr_expect(complains(&wrong, samples[i][1]), "%s: %s", samples[i][0],
                  (const char *)wrong.text.ptr);
    }
}

Test(texts, languages_must_have_the_same_keys_and_arguments)
{
    static const char *const samples[][2] = {
        {"a = x {n}\n", "de.txt: lacks the key 'b' of en.txt:2"},
        {"a = x\nb[one] = x\nb[other] = {count}\n",
         "de.txt:1: 'a' has other arguments than en.txt:1"},
        {"a = x {m}\nb[one] = x\nb[other] = {count}\n", "'a' has other arguments"},
        {"a = x {n}\nb = {count}\n", "de.txt:2: 'b' must have plural forms"},
        {"a = x {n}\nb[one] = x\nb[other] = {count}\nc = y\n",
         "de.txt:4: the key 'c' is not in en.txt"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
        struct texts *first defer(texts_free) =
            read_texts("en.txt", "a = x {n}\nb[one] = x\nb[other] = {count}\n", &wrong);
        struct texts *other defer(texts_free) = read_texts("de.txt", samples[i][0], &wrong);
        texts_compare(first, other, &wrong);
        cr_expect(complains(&wrong, samples[i][1]), "%s: %s", samples[i][0],
                  (const char *)wrong.text.ptr);
    }
}

Test(texts, the_table_and_the_keys_are_in_the_order_of_the_first_language)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct texts *first defer(texts_free) =
        read_texts("en.txt", "b.c = x\na[one] = one {count}\na[other] = {count}\n", &wrong);
    struct buf keys defer(buf_clear) = BUF_INIT(4096);
    struct buf table defer(buf_clear) = BUF_INIT(4096);
    texts_append_keys(&keys, first);
    texts_append_table(&table, first, first);
    cr_assert(strstr((const char *)keys.ptr, "TEXT_B_C,\n    TEXT_A,\n    TEXT_KEYS,") != NULL);
    cr_assert(strstr((const char *)table.ptr, "[TEXT_A] = \"one {count}\\037{count}\",") != NULL);
}

Test(texts, a_file_whose_name_is_no_language_is_refused)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct texts *texts defer(texts_free) = read_texts("x.txt", "a = b\n", &wrong);
    cr_assert(texts != NULL && complains(&wrong, "not a language tag"));
}

Test(words, a_list_needs_256_words_that_begin_differently)
{
    static const char *const samples[][2] = {
        {"amber ambition", "'ambition' begins like 'amber'"},
        {"Amber", "'Amber' is not a word"},
        {"ab", "'ab' is not a word"},
        {"abcdefghij", "is not a word"},
        {"amber", "1 words where 256 are needed"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
        struct source source defer(source_clear);
        struct buf out defer(buf_clear) = BUF_INIT(4096);
        source_init_text(&source, "en.words", samples[i][0], &wrong);
        words_append(&source, &out);
        cr_expect(complains(&wrong, samples[i][1]), "%s", samples[i][0]);
    }
}
