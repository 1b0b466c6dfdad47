#include "service/master_key.h"

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

enum status master_key_create(const char *path)
{
    uint8_t key[MASTER_KEY_SIZE];
    TRY(random_bytes(key, sizeof key));
    struct buf text defer(buf_clear) = BUF_INIT(2 * MASTER_KEY_SIZE + 1);
    text_append_hex(&text, span_of(key, sizeof key));
    explicit_bzero(key, sizeof key);
    buf_append_byte(&text, '\n');
    struct span contents;
    TRY(buf_finish(&text, &contents));
    return file_replace(path, contents, 0600);
}

enum status master_key_load(const char *path, struct secret **ret_key)
{
    TRY(file_check_private(path));
    struct secret *text defer(secret_free) = NULL;
    TRY(secret_read_file(path, 2 * MASTER_KEY_SIZE + 2, true, &text));
    struct buf key defer(buf_clear) = BUF_INIT(MASTER_KEY_SIZE);
    enum status decoded = text_decode_hex(secret_span(text), &key);
    if (decoded != STATUS_OK || key.len != MASTER_KEY_SIZE)
        return status_fail(STATUS_CONFIG, "%s is not a master key: %d hexadecimal digits", path,
                           2 * MASTER_KEY_SIZE);
    return secret_copy(span_of(key.ptr, key.len), ret_key);
}
