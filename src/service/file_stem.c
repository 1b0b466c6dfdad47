/* Names that every file system and every Content-Disposition parser takes. */
#include "service/file_stem.h"

#include "base/limits.h"
#include "base/text.h"

static char stem_letter(char c)
{
    bool upper = c >= 'A' && c <= 'Z';
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (upper)
        return (char)(c - 'A' + 'a');
    return plain ? c : '-';
}

void file_stem(const char *text, char ret_stem[static FILE_STEM_SIZE])
{
    const char *backslash = strrchr(text, '\\');
    const char *start = backslash == NULL ? text : backslash + 1;
    struct buf ascii defer(buf_clear) = BUF_INIT(4 * LIMIT_USER);
    text_append_ascii(&ascii, span_of(start, strcspn(start, "@")));

    size_t len = ascii.len < FILE_STEM_SIZE - 1 ? ascii.len : FILE_STEM_SIZE - 1;
    for (size_t i = 0; i < len; i++)
        ret_stem[i] = stem_letter((char)ascii.ptr[i]);
    ret_stem[len] = '\0';
    if (len == 0 || ret_stem[0] == '.')
        memcpy(ret_stem, "certificate", sizeof "certificate");
}
