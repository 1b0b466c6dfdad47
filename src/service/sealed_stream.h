/*
 * A file of any length, encrypted and authenticated under a passphrase, written and read as a
 * stream in the memory of one chunk:
 *
 *     "certferry backup 1\n"
 *     4 octets  passes of argon2id, most significant octet first
 *     4 octets  its memory in KiB
 *     16 octets its salt
 *     24 octets header of crypto_secretstream_xchacha20poly1305 (libsodium)
 *     chunks    each the encryption of 65,536 octets, 17 octets longer; the last one of 0 to 65,536
 *               octets, under the tag FINAL. Additional data of the first chunk: the first 43
 * octets
 *
 * The key is argon2id version 1.3 (RFC 9106) over the passphrase, one lane, 32 octets. So a wrong
 * passphrase, a changed or a swapped octet, a chunk left out and a file cut off do not open.
 */
#pragma once

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"

struct sealed_cost {
    unsigned passes;
    unsigned kibibytes;
};
/* What backups are written with: a quarter of a gigabyte and about a second for each guess. */
extern const struct sealed_cost sealed_cost_backup;

enum { SEALED_HEADER_SIZE = 19 + 4 + 4 + 16 + 24, SEALED_CHUNK = 64 * 1024 };

struct sealed_writer;
/* Begins with the header. `fd` and `path` (for sentences) stay the caller's. */
enum status sealed_writer_new(int fd, const char *path, const struct secret *passphrase,
                              const struct sealed_cost *cost, struct sealed_writer **ret_writer);
void sealed_writer_free(struct sealed_writer *writer);
CLEANUP_POINTER(struct sealed_writer, sealed_writer_free)
/* DISK_FULL, IO. */
enum status sealed_write(struct sealed_writer *writer, struct span bytes);
/* The last chunk. Without it the file does not open. */
enum status sealed_finish(struct sealed_writer *writer);

struct sealed_reader;
/*
 * Reads the header and makes the key. INVALID: not such a file, one of a newer format, or one that
 * asks for more than a gigabyte of memory or 20 passes.
 */
enum status sealed_reader_new(int fd, const char *path, const struct secret *passphrase,
                              struct sealed_reader **ret_reader);
void sealed_reader_free(struct sealed_reader *reader);
CLEANUP_POINTER(struct sealed_reader, sealed_reader_free)
/*
 * Up to `len` octets; fewer only at the authenticated end. FORBIDDEN: the first chunk does not
 * open, so the passphrase is wrong or the file was changed. INVALID: a later one does not, the file
 * is cut off, or something stands behind its end.
 */
enum status sealed_read(struct sealed_reader *reader, uint8_t *ptr, size_t len, size_t *ret_len);
/* Back to the first octet, with the key that was made. */
enum status sealed_rewind(struct sealed_reader *reader);

/* The cost that a header asks for; the parser by itself. INVALID as above. */
enum status sealed_header_parse(struct span header, const char *path, struct sealed_cost *ret_cost);
