/* libsodium does all of it; here are the chunks, and the sentences of what is wrong. */
#include "service/sealed_stream.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define SEALED_MAGIC "certferry backup 1\n"

enum {
    MAGIC_SIZE = sizeof SEALED_MAGIC - 1,
    SALT_SIZE = crypto_pwhash_SALTBYTES,
    STREAM_HEADER_SIZE = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    KEY_SIZE = crypto_secretstream_xchacha20poly1305_KEYBYTES,
    OVERHEAD = crypto_secretstream_xchacha20poly1305_ABYTES,
    SALT_AT = MAGIC_SIZE + 8,
    BOUND_SIZE = SALT_AT + SALT_SIZE, /* of the header: what the first chunk vouches for */
    PASSES_MOST = 20,
    KIBIBYTES_LEAST = 8,
    KIBIBYTES_MOST = 1024 * 1024,
};
_Static_assert(BOUND_SIZE + STREAM_HEADER_SIZE == SEALED_HEADER_SIZE, "what the header file says");
_Static_assert(BOUND_SIZE == 43 && OVERHEAD == 17, "what the header file says");

const struct sealed_cost sealed_cost_backup = {.passes = 3, .kibibytes = 256 * 1024};

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

/* What both directions share: one chunk in the clear, one encrypted. */
struct sealed {
    int fd;
    const char *path;
    struct secret *key;
    stream_state state;
    uint8_t header[SEALED_HEADER_SIZE];
    bool begun; /* a chunk went through */
    uint8_t plain[SEALED_CHUNK];
    size_t plain_len;
    uint8_t sealed[SEALED_CHUNK + OVERHEAD];
};

struct sealed_writer {
    struct sealed base;
};

struct sealed_reader {
    struct sealed base;
    size_t plain_at; /* read so far of the chunk */
    bool ended;      /* the chunk is the last one */
};

static void sealed_free(struct sealed *sealed)
{
    if (sealed == NULL)
        return;
    secret_free(sealed->key);
    sodium_memzero(&sealed->state, sizeof sealed->state);
    sodium_memzero(sealed->plain, sizeof sealed->plain);
    free(sealed);
}

void sealed_writer_free(struct sealed_writer *writer)
{
    sealed_free((struct sealed *)writer);
}

void sealed_reader_free(struct sealed_reader *reader)
{
    sealed_free((struct sealed *)reader);
}

static enum status start(void *memory, int fd, const char *path)
{
    struct sealed *sealed = memory;
    if (sealed == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for %s", path);
    if (sodium_init() < 0)
        return status_fail(STATUS_CRYPTO, "libsodium cannot be used");
    sealed->fd = fd;
    sealed->path = path;
    return STATUS_OK;
}

static void put_number(uint8_t *at, unsigned number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static unsigned get_number(const uint8_t *at)
{
    return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}

static enum status make_key(struct sealed *sealed, const struct secret *passphrase,
                            const struct sealed_cost *cost)
{
    TRY(secret_new(KEY_SIZE, &sealed->key));
    struct span text = secret_span(passphrase);
    if (crypto_pwhash(secret_bytes(sealed->key), KEY_SIZE, (const char *)text.ptr, text.len,
                      sealed->header + SALT_AT, cost->passes, (size_t)cost->kibibytes * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return status_fail(STATUS_NO_MEMORY, "%u MB of memory are needed to make the key of %s",
                           cost->kibibytes / 1024, sealed->path);
    return STATUS_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum status write_all(const struct sealed *sealed, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(sealed->fd, bytes.ptr, bytes.len);
        if (put < 0 && errno != EINTR)
            return status_fail_errno(STATUS_IO, "%s cannot be written", sealed->path);
        if (put > 0)
            bytes = span_of(bytes.ptr + put, bytes.len - (size_t)put);
    }
    return STATUS_OK;
}

enum status sealed_writer_new(int fd, const char *path, const struct secret *passphrase,
                              const struct sealed_cost *cost, struct sealed_writer **ret_writer)
{
    struct sealed_writer *writer defer(sealed_writer_free) = calloc(1, sizeof *writer);
    TRY(start(writer, fd, path));
    struct sealed *sealed = &writer->base;
    memcpy(sealed->header, SEALED_MAGIC, MAGIC_SIZE);
    put_number(sealed->header + MAGIC_SIZE, cost->passes);
    put_number(sealed->header + MAGIC_SIZE + 4, cost->kibibytes);
    randombytes_buf(sealed->header + SALT_AT, SALT_SIZE);
    TRY(make_key(sealed, passphrase, cost));
    if (crypto_secretstream_xchacha20poly1305_init_push(&sealed->state, sealed->header + BOUND_SIZE,
                                                        secret_bytes(sealed->key)) != 0)
        return status_fail(STATUS_CRYPTO, "%s cannot be encrypted", path);
    TRY(write_all(sealed, span_of(sealed->header, sizeof sealed->header)));
    *ret_writer = take(writer);
    return STATUS_OK;
}

static enum status push(struct sealed *sealed, uint8_t tag)
{
    unsigned long long len = 0;
    size_t bound = sealed->begun ? 0 : BOUND_SIZE;
    if (crypto_secretstream_xchacha20poly1305_push(&sealed->state, sealed->sealed, &len,
                                                   sealed->plain, sealed->plain_len, sealed->header,
                                                   bound, tag) != 0)
        return status_fail(STATUS_CRYPTO, "%s cannot be encrypted", sealed->path);
    sealed->begun = true;
    sealed->plain_len = 0;
    return write_all(sealed, span_of(sealed->sealed, len));
}

enum status sealed_write(struct sealed_writer *writer, struct span bytes)
{
    struct sealed *sealed = &writer->base;
    while (bytes.len > 0) {
        if (sealed->plain_len == SEALED_CHUNK)
            TRY(push(sealed, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE));
        size_t room = SEALED_CHUNK - sealed->plain_len;
        size_t len = bytes.len < room ? bytes.len : room;
        memcpy(sealed->plain + sealed->plain_len, bytes.ptr, len);
        sealed->plain_len += len;
        bytes = span_of(bytes.ptr + len, bytes.len - len);
    }
    return STATUS_OK;
}

enum status sealed_finish(struct sealed_writer *writer)
{
    return push(&writer->base, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status sealed_header_parse(struct span header, const char *path, struct sealed_cost *ret_cost)
{
    size_t name = MAGIC_SIZE - 2; /* without the format's number */
    if (header.len < name || memcmp(header.ptr, SEALED_MAGIC, name) != 0)
        return status_fail(STATUS_INVALID, "%s is no backup of certferry", path);
    if (header.len < MAGIC_SIZE || memcmp(header.ptr, SEALED_MAGIC, MAGIC_SIZE) != 0)
        return status_fail(STATUS_INVALID,
                           "%s was made by a newer certferry: use that version to restore it",
                           path);
    if (header.len != SEALED_HEADER_SIZE)
        return status_fail(STATUS_INVALID, "%s is cut off in its header", path);
    const struct sealed_cost cost = {get_number(header.ptr + MAGIC_SIZE),
                                     get_number(header.ptr + MAGIC_SIZE + 4)};
    if (cost.passes < 1 || cost.passes > PASSES_MOST || cost.kibibytes < KIBIBYTES_LEAST ||
        cost.kibibytes > KIBIBYTES_MOST)
        return status_fail(STATUS_INVALID,
                           "the header of %s was changed: its key would take too "
                           "much to make",
                           path);
    *ret_cost = cost;
    return STATUS_OK;
}

/* As much as there is; fewer than `len` at the end of the file only. */
static enum status read_up_to(const struct sealed *sealed, uint8_t *ptr, size_t len,
                              size_t *ret_len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = read(sealed->fd, ptr + got, len - got);
        if (more < 0 && errno != EINTR)
            return status_fail_errno(STATUS_IO, "%s cannot be read", sealed->path);
        if (more == 0)
            break;
        got += more > 0 ? (size_t)more : 0;
    }
    *ret_len = got;
    return STATUS_OK;
}

static enum status init_pull(struct sealed_reader *reader)
{
    struct sealed *sealed = &reader->base;
    sealed->begun = false;
    sealed->plain_len = 0;
    reader->plain_at = 0;
    reader->ended = false;
    if (crypto_secretstream_xchacha20poly1305_init_pull(&sealed->state, sealed->header + BOUND_SIZE,
                                                        secret_bytes(sealed->key)) != 0)
        return status_fail(STATUS_CRYPTO, "%s cannot be decrypted", sealed->path);
    return STATUS_OK;
}

enum status sealed_reader_new(int fd, const char *path, const struct secret *passphrase,
                              struct sealed_reader **ret_reader)
{
    struct sealed_reader *reader defer(sealed_reader_free) = calloc(1, sizeof *reader);
    TRY(start(reader, fd, path));
    struct sealed *sealed = &reader->base;
    size_t len;
    struct sealed_cost cost;
    TRY(read_up_to(sealed, sealed->header, sizeof sealed->header, &len));
    TRY(sealed_header_parse(span_of(sealed->header, len), path, &cost));
    TRY(make_key(sealed, passphrase, &cost));
    TRY(init_pull(reader));
    *ret_reader = take(reader);
    return STATUS_OK;
}

static enum status check_end(struct sealed *sealed)
{
    uint8_t more;
    size_t len;
    TRY(read_up_to(sealed, &more, 1, &len));
    if (len > 0)
        return status_fail(STATUS_INVALID, "%s: something stands behind its end", sealed->path);
    return STATUS_OK;
}

static enum status fail_chunk(const struct sealed *sealed, size_t len)
{
    if (!sealed->begun && len >= OVERHEAD)
        return status_fail(STATUS_FORBIDDEN, "the passphrase is wrong, or %s was changed",
                           sealed->path);
    if (len < sizeof sealed->sealed)
        return status_fail(STATUS_INVALID, "%s is cut off, or was changed near its end",
                           sealed->path);
    return status_fail(STATUS_INVALID, "%s was changed", sealed->path);
}

static enum status pull(struct sealed_reader *reader)
{
    struct sealed *sealed = &reader->base;
    size_t len;
    unsigned long long plain_len = 0;
    uint8_t tag = 0;
    TRY(read_up_to(sealed, sealed->sealed, sizeof sealed->sealed, &len));
    size_t bound = sealed->begun ? 0 : BOUND_SIZE;
    if (crypto_secretstream_xchacha20poly1305_pull(&sealed->state, sealed->plain, &plain_len, &tag,
                                                   sealed->sealed, len, sealed->header, bound) != 0)
        return fail_chunk(sealed, len);
    sealed->begun = true;
    sealed->plain_len = plain_len;
    reader->plain_at = 0;
    reader->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (reader->ended)
        return check_end(sealed);
    return len == sizeof sealed->sealed ? STATUS_OK : fail_chunk(sealed, len);
}

enum status sealed_read(struct sealed_reader *reader, uint8_t *ptr, size_t len, size_t *ret_len)
{
    size_t got = 0;
    while (got < len) {
        if (reader->plain_at == reader->base.plain_len) {
            if (reader->ended)
                break;
            TRY(pull(reader));
            continue;
        }
        size_t left = reader->base.plain_len - reader->plain_at;
        size_t part = len - got < left ? len - got : left;
        memcpy(ptr + got, reader->base.plain + reader->plain_at, part);
        reader->plain_at += part;
        got += part;
    }
    *ret_len = got;
    return STATUS_OK;
}

enum status sealed_rewind(struct sealed_reader *reader)
{
    if (lseek(reader->base.fd, SEALED_HEADER_SIZE, SEEK_SET) < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be read twice", reader->base.path);
    return init_pull(reader);
}
