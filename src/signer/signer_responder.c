/* What the responder may say is the asker's word (signer.c says what follows from that); when, for
 * how long, about whose certificates and with which key is decided here. */
#include "signer/signer_responder.h"

#include "base/clock.h"
#include "signer/signer_policy.h"

struct signer_responder {
    struct private_key *waiting;
    struct private_key *key; /* NULL with its certificate: nothing can be answered yet */
    struct certificate *certificate;
    int64_t last_this_update;
};

enum status signer_responder_new(struct signer_responder **ret_responder)
{
    struct signer_responder *responder = calloc(1, sizeof *responder);
    if (responder == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the OCSP responder");
    *ret_responder = responder;
    return STATUS_OK;
}

void signer_responder_free(struct signer_responder *responder)
{
    if (responder == NULL)
        return;
    private_key_free(responder->waiting);
    private_key_free(responder->key);
    certificate_free(responder->certificate);
    free(responder);
}

static enum key_type type_under(const struct certificate *authority)
{
    const char *label = certificate_info(authority)->key_label;
    if (strncmp(label, "RSA", 3) == 0)
        return KEY_RSA_2048;
    return strcmp(label, "EC P-384") == 0 ? KEY_EC_P384 : KEY_EC_P256;
}

enum status signer_responder_make_key(struct signer_responder *responder,
                                      const struct certificate *authority, struct buf *spki)
{
    struct private_key *key defer(private_key_free) = NULL;
    TRY(private_key_generate(type_under(authority), &key));
    TRY(private_key_spki(key, spki));
    private_key_free(responder->waiting);
    responder->waiting = take(key);
    return STATUS_OK;
}

enum status signer_responder_check(const struct signer_responder *responder,
                                   const struct certificate_fields *fields)
{
    if (responder->waiting == NULL)
        return status_fail(STATUS_FORBIDDEN, "there is no key that waits for this certificate");
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(private_key_spki(responder->waiting, &spki));
    if (!span_equal(fields->spki, span_of(spki.ptr, spki.len)))
        return status_fail(STATUS_FORBIDDEN, "the key of an OCSP responder was not made here");
    if (fields->not_after - fields->not_before > SIGNER_RESPONDER_LONGEST)
        return status_fail(STATUS_FORBIDDEN, "an OCSP responder is good for at most %d days",
                           SIGNER_RESPONDER_LONGEST / CLOCK_DAY);
    return STATUS_OK;
}

enum status signer_responder_adopt(struct signer_responder *responder, struct span certificate)
{
    struct certificate *parsed defer(certificate_free) = NULL;
    TRY(certificate_parse_der(certificate, &parsed));
    private_key_free(responder->key);
    certificate_free(responder->certificate);
    responder->key = take(responder->waiting);
    responder->certificate = take(parsed);
    return STATUS_OK;
}

static enum status check_responder(const struct signer_responder *responder,
                                   const uint8_t serial[static SERIAL_SIZE])
{
    char text[SERIAL_TEXT_SIZE];
    serial_format(serial, text);
    if (responder->certificate == NULL ||
        strcmp(certificate_info(responder->certificate)->serial, text) != 0)
        return status_fail(STATUS_CONFLICT, "the OCSP responder %s does not answer here", text);
    return STATUS_OK;
}

static enum status check_times(const struct signer_responder *responder,
                               const struct ocsp_fields *fields)
{
    int64_t now = clock_now();
    if (fields->this_update < now - SIGNER_CLOCK_SLACK ||
        fields->this_update > now + SIGNER_CLOCK_SLACK)
        return status_fail(STATUS_INVALID, "RFC 6960 4.2.2.1: thisUpdate is more than a day from "
                                           "the signer's clock");
    if (fields->this_update < responder->last_this_update)
        return status_fail(STATUS_INVALID,
                           "RFC 6960 4.2.2.1: thisUpdate goes back: the clock was set back");
    if (fields->next_update - fields->this_update > SIGNER_OCSP_LONGEST)
        return status_fail(STATUS_INVALID,
                           "RFC 6960 4.2.2.1: an answer is good for at most %d days",
                           SIGNER_OCSP_LONGEST / CLOCK_DAY);
    const struct certificate_info *info = certificate_info(responder->certificate);
    if (fields->this_update < info->not_before || fields->next_update > info->not_after)
        return status_fail(STATUS_INVALID,
                           "RFC 6960 4.2.2.2: the answer outlives the responder's certificate");
    return STATUS_OK;
}

enum status signer_responder_sign(struct signer_responder *responder,
                                  const struct certificate *authority,
                                  const uint8_t serial[static SERIAL_SIZE],
                                  const struct ocsp_fields *fields, struct buf *der)
{
    TRY(check_responder(responder, serial));
    TRY(check_times(responder, fields));
    size_t before = der->len;
    TRY(ocsp_response_issue(fields, authority, responder->certificate, responder->key, der));
    if (ocsp_response_check(span_of(der->ptr + before, der->len - before), fields, authority,
                            responder->certificate) != STATUS_OK)
        return STATUS_CRYPTO;
    responder->last_this_update = fields->this_update;
    return STATUS_OK;
}
