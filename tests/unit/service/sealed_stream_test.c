#include "service/sealed_stream.h"

#include "fixture.h"

#include <stdio.h>

static const struct sealed_cost cheap = {1, 8};
enum { BIG = 2 * SEALED_CHUNK + 1234, SEALED_OVERHEAD = 17 };

static struct secret *secret_of(const char *text)
{
    struct secret *secret = NULL;
    expect_ok(secret_copy(span_of_text(text), &secret));
    return secret;
}

static uint8_t octet(size_t i)
{
    return (uint8_t)(i * 31 + i / 251);
}

/* A temporary file without a name that holds `len` octets under the passphrase "secret". */
static FILE *sealed_file(size_t len)
{
    FILE *file = tmpfile();
    struct secret *passphrase defer(secret_free) = secret_of("secret");
    struct sealed_writer *writer defer(sealed_writer_free) = NULL;
    expect_ok(sealed_writer_new(fileno(file), "FILE", passphrase, &cheap, &writer));
    for (size_t i = 0; i < len;) {
        uint8_t piece[1000];
        size_t n = 0;
        for (; n < sizeof piece && i < len; n++, i++)
            piece[n] = octet(i);
        expect_ok(sealed_write(writer, span_of(piece, n)));
    }
    expect_ok(sealed_finish(writer));
    return file;
}

static enum status open_as(FILE *file, const char *with, struct sealed_reader **ret_reader)
{
    struct secret *passphrase defer(secret_free) = secret_of(with);
    cr_assert_eq(lseek(fileno(file), 0, SEEK_SET), 0);
    return sealed_reader_new(fileno(file), "FILE", passphrase, ret_reader);
}

static enum status read_to_end(struct sealed_reader *reader, size_t *ret_len)
{
    for (size_t at = 0;;) {
        uint8_t piece[777];
        size_t len;
        TRY(sealed_read(reader, piece, sizeof piece, &len));
        for (size_t i = 0; i < len; i++)
            cr_assert_eq(piece[i], octet(at + i));
        at += len;
        if (len < sizeof piece) {
            *ret_len = at;
            return STATUS_OK;
        }
    }
}

static enum status read_file_as(FILE *file, const char *with, size_t *ret_len)
{
    struct sealed_reader *reader defer(sealed_reader_free) = NULL;
    TRY(open_as(file, with, &reader));
    return read_to_end(reader, ret_len);
}

static const size_t lengths[] = {
    0, 1, SEALED_CHUNK - 1, SEALED_CHUNK, SEALED_CHUNK + 1, 2 * SEALED_CHUNK, BIG};

Test(sealed_stream, every_length_comes_back)
{
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        FILE *file = sealed_file(lengths[i]);
        size_t len = 0;
        expect_ok(read_file_as(file, "secret", &len));
        cr_assert_eq(len, lengths[i]);
        fclose(file);
    }
}

Test(sealed_stream, is_read_a_second_time)
{
    FILE *file = sealed_file(BIG);
    struct sealed_reader *reader defer(sealed_reader_free) = NULL;
    expect_ok(open_as(file, "secret", &reader));
    for (int i = 0; i < 3; i++) {
        size_t len = 0;
        expect_ok(read_to_end(reader, &len));
        cr_assert_eq(len, BIG);
        expect_ok(sealed_rewind(reader));
    }
    fclose(file);
}

Test(sealed_stream, a_wrong_passphrase_opens_nothing)
{
    FILE *file = sealed_file(100);
    size_t len;
    expect_detail(read_file_as(file, "secreT", &len), STATUS_FORBIDDEN, "passphrase is wrong");
    fclose(file);
}

static bool holds_plain(FILE *file)
{
    uint8_t plain[64];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = octet(i);
    static uint8_t all[BIG + 1000];
    ssize_t len = pread(fileno(file), all, sizeof all, 0);
    cr_assert_gt(len, 0);
    return memmem(all, (size_t)len, plain, sizeof plain) != NULL;
}

Test(sealed_stream, the_file_holds_nothing_in_the_clear)
{
    FILE *file = sealed_file(BIG);
    cr_assert_not(holds_plain(file));
    fclose(file);
}

static off_t size_of(FILE *file)
{
    return lseek(fileno(file), 0, SEEK_END);
}

Test(sealed_stream, a_file_that_is_cut_off_anywhere_is_refused)
{
    static const off_t cuts[] = {1, 17, 18, SEALED_HEADER_SIZE, SEALED_CHUNK, 1234};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        FILE *file = sealed_file(BIG);
        cr_assert_eq(ftruncate(fileno(file), size_of(file) - cuts[i]), 0);
        size_t len;
        expect_detail(read_file_as(file, "secret", &len), STATUS_INVALID, "cut off");
        fclose(file);
    }
}

Test(sealed_stream, a_file_cut_off_between_two_chunks_is_refused)
{
    for (off_t chunks = 0; chunks < 3; chunks++) {
        FILE *file = sealed_file(BIG);
        off_t size = SEALED_HEADER_SIZE + chunks * (SEALED_CHUNK + SEALED_OVERHEAD);
        cr_assert_eq(ftruncate(fileno(file), size), 0);
        size_t len;
        expect_detail(read_file_as(file, "secret", &len), STATUS_INVALID, "cut off");
        fclose(file);
    }
}

static void flip(FILE *file, off_t at)
{
    uint8_t c;
    cr_assert_eq(pread(fileno(file), &c, 1, at), 1);
    c ^= 0x10;
    cr_assert_eq(pwrite(fileno(file), &c, 1, at), 1);
}

/* Behind the costs: changed ones would only make the key slow. */
Test(sealed_stream, a_changed_octet_anywhere_is_refused)
{
    FILE *file = sealed_file(BIG);
    off_t size = size_of(file);
    for (off_t at = 27; at < size; at += at < 100 ? 1 : 9973) {
        flip(file, at);
        size_t len;
        enum status status = read_file_as(file, "secret", &len);
        bool first = at < SEALED_HEADER_SIZE + SEALED_CHUNK;
        cr_assert_eq(status, first ? STATUS_FORBIDDEN : STATUS_INVALID, "octet %lld",
                     (long long)at);
        flip(file, at);
    }
    size_t len;
    expect_ok(read_file_as(file, "secret", &len));
    fclose(file);
}

Test(sealed_stream, chunks_that_change_places_are_refused)
{
    FILE *file = sealed_file(BIG);
    static uint8_t chunks[2][SEALED_CHUNK + SEALED_OVERHEAD];
    cr_assert_eq(pread(fileno(file), chunks, sizeof chunks, SEALED_HEADER_SIZE),
                 (ssize_t)sizeof chunks);
    cr_assert_eq(pwrite(fileno(file), chunks[1], sizeof chunks[1], SEALED_HEADER_SIZE),
                 (ssize_t)sizeof chunks[1]);
    cr_assert_eq(pwrite(fileno(file), chunks[0], sizeof chunks[0],
                        SEALED_HEADER_SIZE + (off_t)sizeof chunks[1]),
                 (ssize_t)sizeof chunks[0]);
    size_t len;
    cr_assert_eq(read_file_as(file, "secret", &len), STATUS_FORBIDDEN);
    fclose(file);
}

Test(sealed_stream, what_stands_behind_the_end_is_refused)
{
    FILE *file = sealed_file(SEALED_CHUNK);
    cr_assert_eq(pwrite(fileno(file), "x", 1, size_of(file)), 1);
    size_t len;
    expect_detail(read_file_as(file, "secret", &len), STATUS_INVALID, "behind its end");
    fclose(file);
    file = sealed_file(100);
    cr_assert_eq(pwrite(fileno(file), "x", 1, size_of(file)), 1);
    cr_assert_eq(read_file_as(file, "secret", &len), STATUS_FORBIDDEN);
    fclose(file);
}

static const struct {
    const char *header; /* before the salt */
    size_t len;
    const char *sentence;
} refused[] = {
    {"", 0, "is no backup"},
    {"SQLite format 3\0certferry b", 27, "is no backup"},
    {"certferry backup 2\n\0\0\0\1\0\0\0\10", 27, "newer certferry"},
    {"certferry backup 10\n\0\0\0\1\0\0\0\10", 28, "newer certferry"},
    {"certferry backup 1\n\0\0\0\1\0\0\0\10", 27, "cut off in its header"},
};

Test(sealed_stream, another_file_and_a_newer_format_are_refused_in_a_sentence)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct sealed_cost cost;
        expect_detail(
            sealed_header_parse(span_of((const uint8_t *)refused[i].header, refused[i].len), "FILE",
                                &cost),
            STATUS_INVALID, refused[i].sentence);
    }
}

/* A header from outside must not cost more than a machine has. */
Test(sealed_stream, costs_without_measure_are_refused)
{
    static const struct sealed_cost costs[] = {
        {0, 8}, {21, 8}, {1, 7}, {1, 1024 * 1024 + 1}, {UINT32_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        uint8_t header[SEALED_HEADER_SIZE] = "certferry backup 1\n";
        for (int j = 0; j < 4; j++) {
            header[19 + j] = (uint8_t)(costs[i].passes >> (24 - 8 * j));
            header[23 + j] = (uint8_t)(costs[i].kibibytes >> (24 - 8 * j));
        }
        struct sealed_cost cost;
        expect_detail(sealed_header_parse(span_of(header, sizeof header), "FILE", &cost),
                      STATUS_INVALID, "too much");
    }
}

Test(sealed_stream, two_files_of_the_same_are_different)
{
    FILE *a = sealed_file(100), *b = sealed_file(100);
    uint8_t of_a[200], of_b[200];
    ssize_t len = pread(fileno(a), of_a, sizeof of_a, 27);
    cr_assert_eq(pread(fileno(b), of_b, sizeof of_b, 27), len);
    cr_assert_neq(memcmp(of_a, of_b, (size_t)len), 0);
    cr_assert_neq(memcmp(of_a + 40, of_b + 40, (size_t)len - 40), 0);
    fclose(a);
    fclose(b);
}
