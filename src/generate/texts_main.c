/*
 * generate_texts OUT ENGLISH OTHER...: writes OUT/text_keys.h and OUT/texts.c. A file
 * LANGUAGE.words beside LANGUAGE.txt holds the 256 words of spoken fingerprints; a language without
 * it uses those of the first.
 */
#include "generate/texts.h"
#include "generate/words.h"

#include <stdio.h>

enum { LANGUAGES_MAX = 32, PATH_SIZE = 4096 };

struct language {
    struct texts *texts;
    bool has_words;
};

static void read_words(const char *texts_path, struct language *language, struct buf *tables,
                       struct diagnostics *wrong)
{
    char path[PATH_SIZE];
    int stem = (int)strlen(texts_path) - (int)strlen(".txt");
    snprintf(path, sizeof path, "%.*s.words", stem > 0 ? stem : 0, texts_path);
    language->has_words = access(path, R_OK) == 0;
    if (!language->has_words)
        return;
    struct source source defer(source_clear);
    source_init_file(&source, path, wrong);
    buf_printf(tables, "static const char *const words_%s[256] = {\n", language->texts->language);
    words_append(&source, tables);
    buf_append_text(tables, "};\n\n");
}

static void read_language(const char *path, struct language *language, struct diagnostics *wrong)
{
    language->texts = calloc(1, sizeof *language->texts);
    if (language->texts == NULL) {
        diagnostics_add(wrong, path, 0, "no memory");
        return;
    }
    struct source source defer(source_clear);
    source_init_file(&source, path, wrong);
    texts_read(&source, language->texts);
}

static void append_catalogues(const struct language *languages, int count, struct buf *out)
{
    buf_append_text(out, "const struct text_catalogue text_catalogues[] = {\n");
    for (int i = 0; i < count; i++) {
        const char *words = languages[languages[i].has_words ? i : 0].texts->language;
        const char *name = languages[i].texts->language;
        buf_printf(out, "    {\"%s\", texts_%s, words_%s},\n", name, name, words);
    }
    buf_printf(out, "};\nconst size_t text_catalogue_count = %d;\n", count);
}

static enum status write_out(const char *folder, const char *name, const struct buf *contents)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return source_write_generated(path, contents);
}

static void generate(char **paths, int count, struct language *languages, const char *folder,
                     struct diagnostics *wrong)
{
    struct buf keys defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf tables defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    buf_append_text(&tables, "/* Generated from www/texts. */\n#include \"view/catalogue.h\"\n\n");
    for (int i = 0; i < count; i++) {
        read_language(paths[i], &languages[i], wrong);
        if (languages[i].texts == NULL)
            return;
        if (i > 0)
            texts_compare(languages[0].texts, languages[i].texts, wrong);
        texts_append_table(&tables, languages[0].texts, languages[i].texts);
        read_words(paths[i], &languages[i], &tables, wrong);
    }
    if (!languages[0].has_words)
        diagnostics_add(wrong, paths[0], 0, "the first language needs a file of words");
    append_catalogues(languages, count, &tables);
    texts_append_keys(&keys, languages[0].texts);
    if (wrong->count == 0 && (write_out(folder, "text_keys.h", &keys) != STATUS_OK ||
                              write_out(folder, "texts.c", &tables) != STATUS_OK))
        diagnostics_add(wrong, folder, 0, "%s", status_detail());
}

int main(int count, char **arguments)
{
    if (count < 3 || count - 2 > LANGUAGES_MAX) {
        fputs("usage: generate_texts OUT ENGLISH OTHER...\n", stderr);
        return 2;
    }
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct language languages[LANGUAGES_MAX] = {0};
    generate(arguments + 2, count - 2, languages, arguments[1], &wrong);
    for (int i = 0; i < count - 2; i++)
        if (languages[i].texts != NULL)
            texts_free(languages[i].texts);
    return diagnostics_report(&wrong);
}
