/* The three parts are written in one canonical form only, so that one mark is one string. */
#include "service/device_cookie.h"

#include "base/random.h"
#include "base/text.h"
#include "pki/seal.h"

#include <ctype.h>
#include <stdio.h>

enum {
    ID_LETTERS = 26,
    MAC_LETTERS = 52,
    SECONDS_MAX = 20,
    VALUE_MAX = ID_LETTERS + 1 + SECONDS_MAX + 1 + MAC_LETTERS,
    MESSAGE_MAX = 512,
};

/* What is signed: id, time and name apart from each other, the name in small letters. */
static enum status make_mac(const struct service *service, struct span id, int64_t issued,
                            const char *name, uint8_t ret_mac[static MAC_SIZE])
{
    struct buf message defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    buf_append(&message, id);
    buf_printf(&message, "%lld ", (long long)issued);
    for (; *name != '\0'; name++)
        buf_append_byte(&message, (uint8_t)tolower((unsigned char)*name));
    struct span bytes;
    TRY(buf_finish(&message, &bytes));
    return seal_mac(secret_span(service->master_key), "device cookie", bytes, ret_mac);
}

enum status device_cookie_make(const struct service *service, const char *name, int64_t now,
                               struct secret **ret_value)
{
    uint8_t id[DEVICE_COOKIE_ID];
    uint8_t mac[MAC_SIZE];
    TRY(random_bytes(id, sizeof id));
    TRY(make_mac(service, span_of(id, sizeof id), now, name, mac));
    struct buf value defer(buf_clear) = BUF_INIT(VALUE_MAX);
    text_append_base32(&value, span_of(id, sizeof id));
    buf_printf(&value, ".%lld.", (long long)now);
    text_append_base32(&value, span_of(mac, sizeof mac));
    struct span text;
    TRY(buf_finish(&value, &text));
    return secret_copy(text, ret_value);
}

struct parts {
    uint8_t id[DEVICE_COOKIE_ID];
    int64_t issued;
    uint8_t mac[MAC_SIZE];
};

static bool decode(struct span text, uint8_t *bytes, size_t len)
{
    struct buf decoded defer(buf_clear) = BUF_INIT(len);
    if (text_decode_base32(text, &decoded) != STATUS_OK || decoded.len != len)
        return false;
    memcpy(bytes, decoded.ptr, len);
    return true;
}

static bool read_seconds(struct span text, int64_t *ret_seconds)
{
    char digits[SECONDS_MAX + 1];
    if (text.len == 0 || text.len > SECONDS_MAX || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    return text_parse_int(digits, 0, INT64_MAX, ret_seconds) == STATUS_OK;
}

static bool split(struct span value, struct parts *parts)
{
    if (value.len < ID_LETTERS + 3 + MAC_LETTERS || value.len > VALUE_MAX)
        return false;
    const uint8_t *mac = value.ptr + value.len - MAC_LETTERS;
    const uint8_t *seconds = value.ptr + ID_LETTERS + 1;
    return value.ptr[ID_LETTERS] == '.' && mac[-1] == '.' &&
           decode(span_of(value.ptr, ID_LETTERS), parts->id, sizeof parts->id) &&
           read_seconds(span_of(seconds, (size_t)(mac - 1 - seconds)), &parts->issued) &&
           decode(span_of(mac, MAC_LETTERS), parts->mac, sizeof parts->mac);
}

enum status device_cookie_read(const struct service *service, const char *name, struct span value,
                               int64_t now, bool *ret_known,
                               uint8_t ret_id[static DEVICE_COOKIE_ID])
{
    struct parts parts;
    uint8_t mac[MAC_SIZE];
    *ret_known = false;
    if (!split(value, &parts))
        return STATUS_OK;
    TRY(make_mac(service, span_of(parts.id, sizeof parts.id), parts.issued, name, mac));
    bool right =
        span_equal_constant_time(span_of(mac, sizeof mac), span_of(parts.mac, sizeof parts.mac));
    bool fresh = now >= parts.issued && now - parts.issued < DEVICE_COOKIE_SECONDS;
    *ret_known = right && fresh;
    if (*ret_known)
        memcpy(ret_id, parts.id, sizeof parts.id);
    return STATUS_OK;
}
