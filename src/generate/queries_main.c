/* generate_queries HEADER SOURCE QUERIES.sql... -- MIGRATION.sql... */
#include "generate/queries.h"

#include <stdio.h>

static enum status write_outputs(const struct queries *queries, char **paths)
{
    struct buf header defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf source defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    queries_write_header(queries, &header);
    queries_write_source(queries, &source);
    TRY(source_write_generated(paths[0], &header));
    return source_write_generated(paths[1], &source);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr,
                "usage: generate_queries HEADER SOURCE QUERIES.sql... -- MIGRATION.sql...\n");
        return 2;
    }
    struct diagnostics diagnostics defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct queries queries defer(queries_clear) = QUERIES_INIT;
    bool migrations = false;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            migrations = true;
            continue;
        }
        struct source source defer(source_clear) = {0};
        source_init_file(&source, argv[i], &diagnostics);
        if (migrations)
            queries_add_migration(&queries, &source);
        else
            queries_add(&queries, &source);
    }
    if (diagnostics.count == 0 && write_outputs(&queries, argv + 1) != STATUS_OK)
        diagnostics_add(&diagnostics, argv[1], 0, "%s", status_detail());
    return diagnostics_report(&diagnostics);
}
