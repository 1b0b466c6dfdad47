#include "fixture.h"

#include "base/file.h"
#include "pki/ocsp_request.h"

#include <dirent.h>
#include <stdio.h>

static void load(const char *folder, const char *name, struct buf *der)
{
    char path[512];
    snprintf(path, sizeof path, TEST_DATA "/ocsp/%s/%s", folder, name);
    buf_reset(der);
    cr_assert_ok(file_read(path, der));
}

static struct ocsp_request good(const char *name)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    load("good", name, &der);
    struct ocsp_request request;
    cr_assert_ok(ocsp_request_parse(finished(&der), &request));
    return request;
}

static int count_files(const char *folder, enum status expected)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    DIR *files = opendir(folder[0] == 'g' ? TEST_DATA "/ocsp/good" : TEST_DATA "/ocsp/hostile");
    cr_assert_not_null(files);
    int count = 0;
    for (const struct dirent *file = readdir(files); file != NULL; file = readdir(files)) {
        if (file->d_name[0] == '.')
            continue;
        load(folder, file->d_name, &der);
        struct ocsp_request request;
        cr_expect_eq(ocsp_request_parse(finished(&der), &request), expected, "%s", file->d_name);
        count++;
    }
    closedir(files);
    return count;
}

Test(ocsp_request, every_good_file_is_read)
{
    cr_assert_geq(count_files("good", STATUS_OK), 13);
}

Test(ocsp_request, every_hostile_file_is_refused)
{
    cr_assert_geq(count_files("hostile", STATUS_INVALID), 25);
}

Test(ocsp_request, the_certificate_is_named_by_hashes_and_serial)
{
    struct ocsp_request request = good("sha1.der");
    uint8_t name[SHA256_SIZE] = {0};
    uint8_t key[SHA256_SIZE] = {0};
    memset(name, 0x11, 20);
    memset(key, 0x22, 20);
    cr_assert_eq(request.count, 1);
    cr_assert_eq(request.nonce_len, 0);
    cr_assert_eq(request.ids[0].hash, OCSP_HASH_SHA1);
    cr_assert_arr_eq(request.ids[0].name_hash, name, sizeof name);
    cr_assert_arr_eq(request.ids[0].key_hash, key, sizeof key);
    cr_assert_str_eq(request.ids[0].serial, "7f01");
    cr_assert_eq(good("sha256.der").ids[0].hash, OCSP_HASH_SHA256);
}

Test(ocsp_request, serials_are_written_as_certificates_write_them)
{
    cr_assert_str_eq(good("serial-high-bit.der").ids[0].serial, "ff");
    cr_assert_str_eq(good("serial-0.der").ids[0].serial, "00");
    cr_assert_eq(strlen(good("serial-20-octets.der").ids[0].serial), 40);
}

Test(ocsp_request, the_nonce_is_its_inner_octets)
{
    struct ocsp_request request = good("nonce-32.der");
    cr_assert_eq(request.nonce_len, 32);
    cr_assert_eq(request.nonce[0], 'n');
    cr_assert_eq(request.nonce[31], 'n');
    cr_assert_eq(good("nonce-1.der").nonce_len, 1);
}

Test(ocsp_request, several_certificates_keep_their_order)
{
    struct ocsp_request request = good("eight.der");
    cr_assert_eq(request.count, 8);
    for (size_t i = 0; i < 8; i++) {
        char serial[OCSP_SERIAL_TEXT_SIZE];
        snprintf(serial, sizeof serial, "%02zx", i + 1);
        cr_assert_str_eq(request.ids[i].serial, serial);
    }
}

Test(ocsp_request, more_than_4_kb_are_not_looked_at)
{
    static const uint8_t many[OCSP_REQUEST_SIZE_MAX + 1] = {0x30};
    struct ocsp_request request;
    cr_assert_eq(ocsp_request_parse(span_of(many, sizeof many), &request), STATUS_TOO_LARGE);
}

Test(ocsp_request, a_refusal_names_its_clause)
{
    static const struct {
        const char *file;
        const char *clause;
    } cases[] = {{"nine.der", "RFC 6960 4.1.1"},
                 {"nonce-33.der", "RFC 8954 2.1"},
                 {"nonce-empty.der", "RFC 8954 2.1"},
                 {"critical-unknown.der", "RFC 6960 4.4"},
                 {"serial-21-octets.der", "RFC 5280 4.1.2.2"},
                 {"indefinite-length.der", "DER"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
        load("hostile", cases[i].file, &der);
        struct ocsp_request request;
        cr_assert_eq(ocsp_request_parse(finished(&der), &request), STATUS_INVALID);
        cr_expect(detail_has(cases[i].clause), "%s: %s", cases[i].file, status_detail());
    }
}

Test(ocsp_request, every_octet_changed_is_read_or_refused)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    load("good", "nonce-32.der", &der);
    for (size_t i = 0; i < der.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            der.ptr[i] ^= (uint8_t)(1U << bit);
            struct ocsp_request request;
            enum status status = ocsp_request_parse(finished(&der), &request);
            cr_assert(status == STATUS_OK || status == STATUS_INVALID, "octet %zu: %s", i,
                      status_name(status));
            der.ptr[i] ^= (uint8_t)(1U << bit);
        }
    }
}
