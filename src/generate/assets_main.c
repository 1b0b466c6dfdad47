/* generate_assets OUT FILE...: writes OUT/assets.S and OUT/assets.c. */
#include "generate/assets.h"

#include <stdio.h>

static enum status write_out(const char *folder, const char *name, const struct buf *contents)
{
    struct buf path defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&path, "%s/%s", folder, name);
    struct span bytes;
    TRY(buf_finish(&path, &bytes));
    return source_write_generated((const char *)bytes.ptr, contents);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fputs("usage: generate_assets OUT FILE...\n", stderr);
        return 2;
    }
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct buf assembler defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf names defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct buf table defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    buf_append_text(&assembler, "/* Generated from www/static. */\n    .section .rodata\n");
    buf_append_text(&names, "/* Generated from www/static. */\n#include \"view/asset.h\"\n\n");
    buf_append_text(&table, "\nconst struct asset assets[] = {\n");
    for (int i = 2; i < count; i++) {
        buf_printf(&names, "extern const uint8_t asset_%d_plain[], asset_%d_gzip[];\n", i, i);
        asset_embed(arguments[i], i, arguments[1], &assembler, &table, &wrong);
    }
    buf_printf(&table, "};\nconst size_t asset_count = %d;\n", count - 2);
    buf_append_text(&assembler, "    .section .note.GNU-stack,\"\",%progbits\n");
    buf_append(&names, span_of(table.ptr, table.len));
    if (wrong.count == 0 && (write_out(arguments[1], "assets.S", &assembler) != STATUS_OK ||
                             write_out(arguments[1], "assets.c", &names) != STATUS_OK))
        diagnostics_add(&wrong, arguments[1], 0, "%s", status_detail());
    return diagnostics_report(&wrong);
}
