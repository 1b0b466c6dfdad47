/*
 * generate_templates OUT RECORDS ENGLISH TEMPLATE...: writes OUT/pages.h and OUT/pages.c from the
 * templates; partials stand beside the first of them. ENGLISH says which texts exist.
 */
#include "generate/template.h"

#include <libgen.h>
#include <stdio.h>

struct inputs {
    struct declarations declarations;
    struct texts *texts;
    char folder[TEMPLATE_PATH];
};

static void read_records(const char *path, struct inputs *inputs, struct diagnostics *wrong)
{
    struct source source defer(source_clear);
    source_init_file(&source, path, wrong);
    declarations_read(&source, &inputs->declarations);
}

static void read_texts(const char *path, struct inputs *inputs, struct diagnostics *wrong)
{
    struct source source defer(source_clear);
    source_init_file(&source, path, wrong);
    texts_read(&source, inputs->texts);
}

static void compile(const char *path, const struct inputs *inputs, struct diagnostics *wrong,
                    struct buf *header, struct buf *body)
{
    struct source source defer(source_clear);
    source_init_file(&source, path, wrong);
    template_compile(&source, inputs->folder, &inputs->declarations, inputs->texts, header, body);
}

static void start_files(const struct inputs *inputs, struct buf *header, struct buf *body)
{
    buf_append_text(header, "/* Generated from www/templates: what each page takes, and its "
                            "function. */\n#pragma once\n\n#include \"view/view.h\"\n\n");
    for (int i = 0; i < inputs->declarations.count; i++)
        declarations_append_struct(header, &inputs->declarations.records[i]);
    buf_append_text(body, "/* Generated from www/templates. */\n#include \"view/pages.h\"\n\n");
}

static enum status write_out(const char *folder, const char *name, const struct buf *contents)
{
    char path[TEMPLATE_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return source_write_generated(path, contents);
}

static int run(char **arguments, int count, struct inputs *inputs)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct buf header defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf body defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    read_records(arguments[2], inputs, &wrong);
    read_texts(arguments[3], inputs, &wrong);
    start_files(inputs, &header, &body);
    char first[TEMPLATE_PATH];
    snprintf(first, sizeof first, "%s", arguments[4]);
    snprintf(inputs->folder, sizeof inputs->folder, "%s", dirname(first));
    for (int i = 4; i < count; i++)
        compile(arguments[i], inputs, &wrong, &header, &body);
    if (wrong.count == 0 && (write_out(arguments[1], "pages.h", &header) != STATUS_OK ||
                             write_out(arguments[1], "pages.c", &body) != STATUS_OK))
        diagnostics_add(&wrong, arguments[1], 0, "%s", status_detail());
    return diagnostics_report(&wrong);
}

int main(int count, char **arguments)
{
    struct inputs *inputs defer(free) = calloc(1, sizeof *inputs);
    struct texts *texts defer(texts_free) = calloc(1, sizeof *texts);
    if (count < 5 || inputs == NULL || texts == NULL) {
        fputs("usage: generate_templates OUT RECORDS ENGLISH TEMPLATE...\n", stderr);
        return 2;
    }
    inputs->texts = texts;
    return run(arguments, count, inputs);
}
