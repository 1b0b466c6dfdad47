#include "web/forwarded_certificate.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* SEQUENCEs that stand for certificates: what is in them is not looked at. */
#define FIVE      "\x30\x03\x02\x01\x05"
#define SIX       "\x30\x03\x02\x01\x06"
#define B64_FIVE  "MAMCAQU="
#define B64_SIX   "MAMCAQY="
#define B64_BOTH  "MAMCAQUwAwIBBg=="
#define PEM(body) "-----BEGIN CERTIFICATE-----" body "-----END CERTIFICATE-----"
#define ESC(body) "-----BEGIN%20CERTIFICATE-----%0A" body "%0A-----END%20CERTIFICATE-----%0A"

/* What must come out: "5", "56", "" for nothing, NULL for a refusal. */
struct sample {
    enum forwarded_encoding encoding;
    const char *certificate;
    const char *chain;
    const char *found;
};

static enum status decode(const struct sample *sample, char *found)
{
    struct forwarded_certificates list defer(forwarded_certificates_clear) = {.count = 0};
    enum status status = forwarded_certificate_decode(
        sample->encoding, span_of_text(sample->certificate), span_of_text(sample->chain), &list);
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
        cr_assert_eq(list.items[i].len, 5);
        found[i] = (char)('0' + list.items[i].ptr[4]);
    }
    found[status == STATUS_OK ? list.count : 0] = '\0';
    return status;
}

static void check(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char found[FORWARDED_MOST + 1] = "";
        enum status status = decode(&samples[i], found);
        const char *wanted = samples[i].found;
        cr_expect_eq(status, wanted == NULL ? STATUS_INVALID : STATUS_OK, "%s: %s",
                     samples[i].certificate, status_detail());
        cr_expect_str_eq(found, wanted == NULL ? "" : wanted, "%s", samples[i].certificate);
    }
}
#define CHECK(samples) check(samples, sizeof(samples) / sizeof(samples)[0])

Test(forwarded_certificate, rfc9440_is_a_byte_sequence_and_a_list_of_them)
{
    static const struct sample samples[] = {
        {FORWARDED_RFC9440, ":" B64_FIVE ":", "", "5"},
        {FORWARDED_RFC9440, ":" B64_FIVE ":", ":" B64_SIX ":", "56"},
        {FORWARDED_RFC9440, "  :" B64_FIVE ": ", ":" B64_SIX ":,:" B64_FIVE ":, :" B64_SIX ":",
         "5656"},
        {FORWARDED_RFC9440, B64_FIVE, "", NULL},
        {FORWARDED_RFC9440, ":" B64_FIVE, "", NULL},
        {FORWARDED_RFC9440, ":", "", NULL},
        {FORWARDED_RFC9440, "::", "", NULL},
        {FORWARDED_RFC9440, ":MAMCAQU:", "", NULL},
        {FORWARDED_RFC9440, ":MAM CAQU=:", "", NULL},
        {FORWARDED_RFC9440, ":" B64_FIVE ":;a=1", "", NULL},
        {FORWARDED_RFC9440, ":" B64_FIVE ":, :" B64_SIX ":", "", NULL},
        {FORWARDED_RFC9440, ":" B64_BOTH ":", "", NULL},
        {FORWARDED_RFC9440, ":" B64_FIVE ":", ":" B64_SIX ":,", NULL},
        {FORWARDED_RFC9440, ":" B64_FIVE ":", ",:" B64_SIX ":", NULL},
        {FORWARDED_RFC9440, "", ":" B64_SIX ":", NULL},
        {FORWARDED_RFC9440, ESC(B64_FIVE), "", NULL},
    };
    CHECK(samples);
}

Test(forwarded_certificate, pem_is_percent_encoded_or_has_spaces_for_line_ends)
{
    static const struct sample samples[] = {
        {FORWARDED_PEM, ESC(B64_FIVE), "", "5"},
        {FORWARDED_PEM, ESC("MAMC%0AAQU%3D"), "", "5"},
        {FORWARDED_PEM, ESC("MAMC%0d%0aAQU%3d"), ESC(B64_SIX), "56"},
        {FORWARDED_PEM, ESC(B64_FIVE) ESC(B64_SIX), "", "56"},
        {FORWARDED_PEM, PEM(" MAMC AQU= "), "", "5"},
        {FORWARDED_PEM, PEM(" MAMC AQU= ") " " PEM(" " B64_SIX " "), "", "56"},
        {FORWARDED_PEM, PEM("\tMAMC\tAQU=\t"), "", "5"},
        {FORWARDED_PEM, PEM(B64_BOTH), "", NULL},
        {FORWARDED_PEM, PEM(""), "", NULL},
        {FORWARDED_PEM, PEM("MAMC*AQU="), "", NULL},
        {FORWARDED_PEM, PEM("MAMCAQU"), "", NULL},
        {FORWARDED_PEM, PEM(B64_FIVE) "x", "", NULL},
        {FORWARDED_PEM, "x" PEM(B64_FIVE), "", NULL},
        {FORWARDED_PEM, "-----BEGIN CERTIFICATE-----" B64_FIVE, "", NULL},
        {FORWARDED_PEM, "-----BEGIN PRIVATE KEY-----", "", NULL},
        {FORWARDED_PEM, ESC(B64_FIVE) "%", "", NULL},
        {FORWARDED_PEM, ESC(B64_FIVE) "%0", "", NULL},
        {FORWARDED_PEM, ESC("%zz" B64_FIVE), "", NULL},
        {FORWARDED_PEM, ESC("MAMCAQU%3"), "", NULL},
        {FORWARDED_PEM, ESC("MAMC%00AQU="), "", NULL},
        {FORWARDED_PEM, "-----BEGIN+CERTIFICATE-----" B64_FIVE "-----END+CERTIFICATE-----", "",
         NULL},
        {FORWARDED_PEM, "-----BEGIN%2520CERTIFICATE-----" B64_FIVE "-----END%2520CERTIFICATE-----",
         "", NULL},
    };
    CHECK(samples);
}

Test(forwarded_certificate, der_is_one_certificate_and_its_chain_several)
{
    static const struct sample samples[] = {
        {FORWARDED_DER, B64_FIVE, "", "5"},
        {FORWARDED_DER, B64_FIVE, B64_BOTH, "556"},
        {FORWARDED_DER, B64_BOTH, "", NULL},
        {FORWARDED_DER, ":" B64_FIVE ":", "", NULL},
        {FORWARDED_DER, "MAMCAQV=", "", NULL},
        {FORWARDED_DER, "MAMCAQ==", "", NULL},
        {FORWARDED_DER, "BAMCAQU=", "", NULL},
        {FORWARDED_DER, "MIA=", "", NULL},
        {FORWARDED_DER, "MA==", "", NULL},
        {FORWARDED_DER, "MIMAAAA=", "", NULL},
        {FORWARDED_DER, B64_FIVE, "MAMCAQUwAwIB", NULL},
        {FORWARDED_DER, "MAMCAQU%3D", "", NULL},
        {FORWARDED_DER, "(null)", "", NULL},
    };
    CHECK(samples);
}

Test(forwarded_certificate, traefik_is_base64_with_commas_percent_encoded_or_not)
{
    static const struct sample samples[] = {
        {FORWARDED_TRAEFIK, B64_FIVE, "", "5"},
        {FORWARDED_TRAEFIK, "MAMCAQU%3D", "", "5"},
        {FORWARDED_TRAEFIK, B64_FIVE "," B64_SIX, "", "56"},
        {FORWARDED_TRAEFIK, "MAMCAQU%3D%2CMAMCAQY%3D", "", "56"},
        {FORWARDED_TRAEFIK, B64_FIVE ",", "", NULL},
        {FORWARDED_TRAEFIK, "," B64_FIVE, "", NULL},
        {FORWARDED_TRAEFIK, B64_FIVE ",," B64_SIX, "", NULL},
        {FORWARDED_TRAEFIK, B64_FIVE "%2", "", NULL},
        {FORWARDED_TRAEFIK, PEM(B64_FIVE), "", NULL},
    };
    CHECK(samples);
}

Test(forwarded_certificate, envoy_means_its_last_element)
{
#define CERT5 "Cert=\"" ESC(B64_FIVE) "\""
#define CERT6 "Cert=\"" ESC(B64_SIX) "\""
    static const struct sample samples[] = {
        {FORWARDED_ENVOY, CERT5, "", "5"},
        {FORWARDED_ENVOY, "Hash=aa;" CERT5 ";Subject=\"CN=a,O=b;\\\"c\";URI=", "", "5"},
        {FORWARDED_ENVOY, "By=x;" CERT6 ", By=y;" CERT5, "", "5"},
        {FORWARDED_ENVOY, "Subject=\"a\\\",Cert=b\";" CERT5, "", "5"},
        {FORWARDED_ENVOY, CERT5 ";Chain=\"" ESC(B64_FIVE) ESC(B64_SIX) "\"", "", "556"},
        {FORWARDED_ENVOY, "Chain=\"" ESC(B64_FIVE) ESC(B64_SIX) "\"", "", "56"},
        {FORWARDED_ENVOY, "cErT=" ESC(B64_FIVE), "", "5"},
        {FORWARDED_ENVOY, CERT6 ",Hash=aa", "", NULL},
        {FORWARDED_ENVOY, "Hash=aa", "", NULL},
        {FORWARDED_ENVOY, CERT6 ",", "", NULL},
        {FORWARDED_ENVOY, CERT5 ";" CERT6, "", NULL},
        {FORWARDED_ENVOY, CERT5 ";", "", NULL},
        {FORWARDED_ENVOY, CERT5 ";Subject=\"CN=a", "", NULL},
        {FORWARDED_ENVOY, CERT5 ";Subject=\"CN=a\\\"", "", NULL},
        {FORWARDED_ENVOY, CERT5 ";Subject=\"CN=a\\", "", NULL},
        {FORWARDED_ENVOY, "Subject=\"" CERT5 "\"", "", NULL},
        {FORWARDED_ENVOY, B64_FIVE, "", NULL},
    };
    CHECK(samples);
}

Test(forwarded_certificate, an_empty_header_is_no_certificate)
{
    for (unsigned encoding = 0; encoding < FORWARDED_ENCODINGS; encoding++) {
        const struct sample samples[] = {
            {(enum forwarded_encoding)encoding, "", "", ""},
            {(enum forwarded_encoding)encoding, " \t ", " ", ""},
        };
        CHECK(samples);
    }
}

Test(forwarded_certificate, too_many_and_too_long_are_refused)
{
    struct buf many defer(buf_clear) = BUF_INIT(4 * LIMIT_REQUEST_HEAD);
    struct forwarded_certificates list defer(forwarded_certificates_clear) = {.count = 0};
    for (int i = 0; i < FORWARDED_MOST + 1; i++)
        buf_printf(&many, "%s" B64_FIVE, i == 0 ? "" : ",");
    cr_expect_eq(forwarded_certificate_decode(FORWARDED_TRAEFIK, span_of(many.ptr, many.len),
                                              SPAN_EMPTY, &list),
                 STATUS_TOO_LARGE);
    struct forwarded_certificates other defer(forwarded_certificates_clear) = {.count = 0};
    buf_append_repeated(&many, 'A', LIMIT_REQUEST_HEAD);
    cr_expect_eq(forwarded_certificate_decode(FORWARDED_DER, span_of(many.ptr, many.len),
                                              SPAN_EMPTY, &other),
                 STATUS_TOO_LARGE);
}

Test(forwarded_certificate, words_and_headers_are_those_of_the_table)
{
    cr_expect_eq(forwarded_encoding_of("envoy"), FORWARDED_ENVOY);
    cr_expect_eq(forwarded_encoding_of("off"), FORWARDED_ENCODINGS);
    cr_expect_str_eq(forwarded_header(FORWARDED_RFC9440), "Client-Cert");
    cr_expect_str_eq(forwarded_chain_header(FORWARDED_RFC9440), "Client-Cert-Chain");
    cr_expect_null(forwarded_chain_header(FORWARDED_ENVOY));
}

Test(forwarded_certificate, what_is_written_is_read_back)
{
    uint8_t der[300] = {0x30, 0x82, 0x01, 0x28};
    for (size_t i = 4; i < sizeof der; i++)
        der[i] = (uint8_t)(i * 7);
    for (unsigned i = 0; i < FORWARDED_ENCODINGS; i++) {
        enum forwarded_encoding encoding = (enum forwarded_encoding)i;
        struct buf value defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_HEAD);
        struct forwarded_certificates list defer(forwarded_certificates_clear) = {.count = 0};
        forwarded_certificate_append(encoding, span_of(der, sizeof der), &value);
        cr_assert_eq(forwarded_certificate_decode(encoding, span_of(value.ptr, value.len),
                                                  SPAN_EMPTY, &list),
                     STATUS_OK, "%s: %s", forwarded_word(encoding), status_detail());
        cr_expect_eq(list.count, 1);
        cr_expect(span_equal(list.items[0], span_of(der, sizeof der)));
    }
}
