/* Static files as data of the program. */
#include "generate/assets.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <zlib.h>

enum { ASSET_MAX = 1024 * 1024, ASSET_PATH = 4096, ETAG_BYTES = 16 };

const char *asset_media_type(const char *name)
{
    static const char *const types[][2] = {
        {".css", "text/css; charset=utf-8"},           {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml; charset=utf-8"},      {".png", "image/png"},
        {".txt", "text/plain; charset=utf-8"},         {".woff2", "font/woff2"},
        {".webmanifest", "application/manifest+json"}, {".json", "application/json"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}

static size_t comment_length(struct span css)
{
    if (css.len < 2 || css.ptr[0] != '/' || css.ptr[1] != '*')
        return 0;
    const uint8_t *end = memmem(css.ptr + 2, css.len - 2, "*/", 2);
    return end == NULL ? css.len : (size_t)(end - css.ptr) + 2;
}

static size_t string_length(struct span css)
{
    uint8_t quote = css.ptr[0];
    if (quote != '"' && quote != '\'')
        return 0;
    size_t len = 1;
    while (len < css.len && css.ptr[len] != quote)
        len += css.ptr[len] == '\\' ? 2 : 1;
    return len < css.len ? len + 1 : css.len;
}

/* A blank next to one of these says nothing. */
static bool separates(uint8_t c)
{
    return c == '{' || c == '}' || c == ';' || c == ',' || c == '>';
}

/* The length of the blank or comment that `css` starts with, or 0. */
static size_t blank_length(struct span css)
{
    size_t comment = comment_length(css);
    bool blank = css.ptr[0] == ' ' || css.ptr[0] == '\n' || css.ptr[0] == '\t';
    return comment > 0 ? comment : blank;
}

void asset_shrink_style(struct span css, struct buf *out)
{
    bool blank = false;
    uint8_t last = '{';
    while (css.len > 0) {
        size_t len = blank_length(css);
        bool is_blank = len > 0;
        if (!is_blank) {
            if (blank && !separates(last) && !separates(css.ptr[0]) && last != ':')
                buf_append_byte(out, ' ');
            size_t string = string_length(css);
            len = string > 0 ? string : 1;
            buf_append(out, span_of(css.ptr, len));
            last = css.ptr[len - 1];
        }
        blank = is_blank;
        css = span_of(css.ptr + len, css.len - len);
    }
}

enum status asset_gzip(struct span bytes, struct buf *out)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len};
    enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 9 };
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return status_fail(STATUS_INTERNAL, "zlib cannot start");
    size_t room = deflateBound(&stream, bytes.len);
    stream.next_out = buf_reserve(out, room);
    stream.avail_out = (uInt)room;
    int result = stream.next_out == NULL ? Z_MEM_ERROR : deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    if (result != Z_STREAM_END)
        return status_fail(STATUS_INTERNAL, "zlib cannot compress");
    buf_extend(out, room - stream.avail_out);
    return out->failure;
}

enum status asset_append_etag(struct span bytes, const char *suffix, struct buf *out)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(bytes, digest));
    buf_append_byte(out, '"');
    text_append_hex(out, span_of(digest, ETAG_BYTES));
    buf_append_text(out, suffix);
    buf_append_byte(out, '"');
    return out->failure;
}

/* Writes the bytes beside the assembler file and embeds them as asset_NUMBER_KIND. The hash makes
 * the assembler file another one when the bytes change: nothing else tells the build to assemble
 * it. */
static enum status embed_bytes(const char *folder, int number, const char *kind, struct span bytes,
                               struct buf *assembler)
{
    char path[ASSET_PATH];
    snprintf(path, sizeof path, "%s/asset_%d.%s", folder, number, kind);
    struct buf copy defer(buf_clear) = BUF_INIT(2 * ASSET_MAX);
    buf_append(&copy, bytes);
    TRY(source_write_generated(path, &copy));
    buf_append_text(assembler, "/* ");
    TRY(asset_append_etag(bytes, "", assembler));
    buf_append_text(assembler, " */\n");
    buf_printf(assembler,
               "    .global asset_%d_%s\nasset_%d_%s:\n    .incbin \"%s\"\n    .byte 0\n", number,
               kind, number, kind, path);
    return assembler->failure;
}

static enum status append_row(const char *path, int number, struct span bytes, struct span gzip,
                              struct buf *table)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    struct buf etag defer(buf_clear) = BUF_INIT(64);
    struct buf gzip_etag defer(buf_clear) = BUF_INIT(64);
    TRY(asset_append_etag(bytes, "", &etag));
    TRY(asset_append_etag(bytes, "-gzip", &gzip_etag));
    buf_printf(table, "    {\"/static/%s\", \"%s\", ", name, asset_media_type(name));
    source_append_c_string(table, span_of(etag.ptr, etag.len));
    buf_append_text(table, ", ");
    source_append_c_string(table, span_of(gzip_etag.ptr, gzip_etag.len));
    buf_printf(table, ", {asset_%d_plain, %zu}, {asset_%d_gzip, %zu}},\n", number, bytes.len,
               number, gzip.len);
    return table->failure;
}

static enum status embed(const char *path, int number, const char *folder, struct buf *assembler,
                         struct buf *table)
{
    struct buf contents defer(buf_clear) = BUF_INIT(ASSET_MAX);
    struct buf shrunk defer(buf_clear) = BUF_INIT(ASSET_MAX);
    struct buf packed defer(buf_clear) = BUF_INIT(2 * ASSET_MAX);
    struct span bytes;
    struct span gzip;
    if (asset_media_type(path) == NULL)
        return status_fail(STATUS_INVALID, "the extension is not in the table of media types");
    TRY(file_read(path, &contents));
    TRY(buf_finish(&contents, &bytes));
    if (strcmp(strrchr(path, '.'), ".css") == 0) {
        asset_shrink_style(bytes, &shrunk);
        TRY(buf_finish(&shrunk, &bytes));
    }
    TRY(asset_gzip(bytes, &packed));
    TRY(buf_finish(&packed, &gzip));
    if (gzip.len >= bytes.len)
        gzip.len = 0;
    TRY(embed_bytes(folder, number, "plain", bytes, assembler));
    TRY(embed_bytes(folder, number, "gzip", gzip, assembler));
    return append_row(path, number, bytes, gzip, table);
}

void asset_embed(const char *path, int number, const char *folder, struct buf *assembler,
                 struct buf *table, struct diagnostics *diagnostics)
{
    if (embed(path, number, folder, assembler, table) != STATUS_OK)
        diagnostics_add(diagnostics, path, 0, "%s", status_detail());
}
