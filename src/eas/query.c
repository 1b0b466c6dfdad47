/*
 * Which of the two forms it is, the bytes say: base64 has no "&", and "=" only at its end. A plus
 * stays a plus: ActiveSync's queries are no forms, and base64 may come without percent-encoding.
 */
#include "eas/query.h"

#include "base/field.h"
#include "base/text.h"

#include <strings.h>

enum {
    QUERY_MAX = 2048,  /* characters */
    PACKED_MAX = 1024, /* bytes of a base64 query */
    GUID_SIZE = 16,
    KEY_SIZE = 4,
    PARAMETER_USER = 8, /* tag in a base64 query */
};

static enum status invalid(const char *what)
{
    return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.1: %s", what);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static enum status set_text(struct span text, char *field, size_t size, const char *name)
{
    if (text.len >= size)
        return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.1: %s has more than %zu characters",
                           name, size - 1);
    if (text.len > 0)
        memcpy(field, text.ptr, text.len);
    field[text.len] = '\0';
    return STATUS_OK;
}

static bool is_alphanumeric(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t lower = text.ptr[i] | 0x20;
        if (!(text.ptr[i] >= '0' && text.ptr[i] <= '9') && !(lower >= 'a' && lower <= 'z'))
            return false;
    }
    return true;
}

static enum status set_user(struct span text, struct eas_query *query)
{
    if (!text_is_utf8(text) || text_has_control(text))
        return invalid("User is not a text of UTF-8 without controls");
    return set_text(text, query->user, sizeof query->user, "User");
}

static enum status set_device_id(struct span text, struct eas_query *query)
{
    if (text.len == 0)
        return invalid("DeviceId is empty");
    if (!is_alphanumeric(text))
        return invalid("DeviceId has other characters than letters and digits");
    TRY(set_text(text, query->device_id, sizeof query->device_id, "DeviceId"));
    for (size_t i = 0; i < text.len; i++)
        if (query->device_id[i] >= 'A' && query->device_id[i] <= 'Z')
            query->device_id[i] |= 0x20;
    return STATUS_OK;
}

static enum status set_device_type(struct span text, struct eas_query *query)
{
    if (!text_is_ascii_printable(text))
        return invalid("DeviceType is not printable ASCII");
    return set_text(text, query->device_type, sizeof query->device_type, "DeviceType");
}

static enum status set_command(struct span text, struct eas_query *query)
{
    query->command = eas_command_of_name(text);
    return query->command == EAS_COMMAND_NONE ? invalid("Cmd names no command") : STATUS_OK;
}

/* One client sends it here and in no header. */
static enum status set_policy_key(struct span text, struct eas_query *query)
{
    char digits[sizeof "4294967295"] = "";
    int64_t key;
    TRY(set_text(text, digits, sizeof digits, "PolicyKey"));
    if (text_parse_int(digits, 0, UINT32_MAX, &key) != STATUS_OK)
        return invalid("PolicyKey is not a number of 32 bits");
    query->has_policy_key = true;
    query->policy_key = (uint32_t)key;
    return STATUS_OK;
}

/* ---- plain ----------------------------------------------------------------------------------- */

/* Decoded once: a user that was encoded twice keeps the second encoding. */
static enum status decode(struct span text, struct buf *decoded)
{
    size_t before = decoded->len;
    if (text_decode_percent(text, '+', decoded) == STATUS_INVALID)
        return invalid("a '%' is not followed by two hexadecimal digits");
    TRY(decoded->failure);
    bool nul = decoded->len > before && memchr(decoded->ptr + before, '\0', decoded->len - before);
    return nul ? invalid("it holds a NUL") : STATUS_OK;
}

typedef enum status set_field(struct span text, struct eas_query *query);

static const struct {
    const char *name;
    set_field *set;
} parameters[] = {
    {"Cmd", set_command},          {"User", set_user},
    {"DeviceId", set_device_id},   {"DeviceType", set_device_type},
    {"PolicyKey", set_policy_key},
};
enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

/* PARAMETERS when it is none that matters. */
static size_t parameter_of(struct span name)
{
    size_t i = 0;
    while (i < PARAMETERS &&
           (name.len != strlen(parameters[i].name) ||
            strncasecmp((const char *)name.ptr, parameters[i].name, name.len) != 0))
        i++;
    return i;
}

/* One that stands there twice, be it empty, could be read in two ways. */
static enum status parse_plain(struct span rest, struct eas_query *query)
{
    struct buf name defer(buf_clear) = BUF_INIT(QUERY_MAX);
    struct buf value defer(buf_clear) = BUF_INIT(QUERY_MAX);
    bool seen[PARAMETERS] = {false};
    while (rest.len > 0) {
        struct span parameter = field_cut(&rest, '&');
        buf_reset(&name);
        TRY(decode(field_cut(&parameter, '='), &name)); /* as the server behind a proxy does */
        size_t which = parameter_of(span_of(name.ptr, name.len));
        if (which == PARAMETERS)
            continue;
        if (seen[which])
            return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.1: %s stands there twice",
                               parameters[which].name);
        seen[which] = true;
        buf_reset(&value);
        TRY(decode(parameter, &value));
        TRY(parameters[which].set(span_of(value.ptr, value.len), query));
    }
    return STATUS_OK;
}

/* ---- base64 ---------------------------------------------------------------------------------- */

/* Cuts `len` bytes off the front. */
static enum status cut(struct span *rest, size_t len, struct span *ret_part)
{
    if (len > rest->len)
        return invalid("the base64 query ends too early");
    *ret_part = span_of(rest->ptr, len);
    *rest = span_of(rest->ptr + len, rest->len - len);
    return STATUS_OK;
}

/* A byte that says how many follow, and those. */
static enum status cut_counted(struct span *rest, struct span *ret_part)
{
    struct span count = SPAN_EMPTY;
    TRY(cut(rest, 1, &count));
    return cut(rest, count.ptr[0], ret_part);
}

static enum status set_packed_device_id(struct span id, struct eas_query *query)
{
    if (id.len != GUID_SIZE || is_alphanumeric(id))
        return set_device_id(id, query);
    struct buf hex defer(buf_clear) = BUF_INIT(2 * GUID_SIZE);
    text_append_hex(&hex, id);
    struct span text;
    TRY(buf_finish(&hex, &text));
    return set_device_id(text, query);
}

static enum status set_packed_key(struct span key, struct eas_query *query)
{
    if (key.len != 0 && key.len != KEY_SIZE)
        return invalid("a policy key is of 0 or 4 bytes");
    query->has_policy_key = key.len > 0;
    for (size_t i = 0; i < key.len; i++)
        query->policy_key |= (uint32_t)key.ptr[i] << 8 * i;
    return STATUS_OK;
}

static enum status set_packed_parameters(struct span rest, struct eas_query *query)
{
    bool named = false;
    while (rest.len > 0) {
        struct span tag = SPAN_EMPTY;
        struct span value = SPAN_EMPTY;
        TRY(cut(&rest, 1, &tag));
        TRY(cut_counted(&rest, &value));
        if (tag.ptr[0] != PARAMETER_USER)
            continue;
        if (named)
            return invalid("User stands there twice");
        named = true;
        TRY(set_user(value, query));
    }
    return STATUS_OK;
}

static enum status parse_packed(struct span rest, struct eas_query *query)
{
    struct span part = SPAN_EMPTY;
    TRY(cut(&rest, 2, &part));
    query->version = eas_version_of_byte(part.ptr[0]);
    query->command = eas_command_of_code(part.ptr[1]);
    if (query->version == EAS_VERSION_NONE)
        return invalid("the base64 query is of a version that is none");
    if (query->command == EAS_COMMAND_NONE)
        return invalid("the base64 query is of a command that is none");
    TRY(cut(&rest, 2, &part)); /* the language */
    TRY(cut_counted(&rest, &part));
    TRY(set_packed_device_id(part, query));
    TRY(cut_counted(&rest, &part));
    TRY(set_packed_key(part, query));
    TRY(cut_counted(&rest, &part));
    TRY(set_device_type(part, query));
    return set_packed_parameters(rest, query);
}

/* Some leave the padding out, some encode it. */
static enum status parse_base64(struct span text, struct eas_query *query)
{
    struct buf letters defer(buf_clear) = BUF_INIT(QUERY_MAX + 3);
    struct buf packed defer(buf_clear) = BUF_INIT(PACKED_MAX + 3);
    TRY(decode(text, &letters));
    buf_append_repeated(&letters, '=', (4 - letters.len % 4) % 4);
    struct span whole;
    TRY(buf_finish(&letters, &whole));
    if (text_decode_base64(whole, &packed) != STATUS_OK || packed.len > PACKED_MAX)
        return invalid("the query is neither plain nor base64");
    query->base64 = true;
    return parse_packed(span_of(packed.ptr, packed.len), query);
}

static bool is_plain(struct span text)
{
    size_t end = text.len;
    while (end > 0 && text.ptr[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++)
        if (text.ptr[i] == '=' || text.ptr[i] == '&')
            return true;
    return false;
}

enum status eas_query_parse(struct span query, struct eas_query *ret_query)
{
    struct eas_query parsed = {0};
    if (query.len > QUERY_MAX)
        return invalid("the query is longer than 2048 characters");
    if (query.len > 0)
        TRY(is_plain(query) ? parse_plain(query, &parsed) : parse_base64(query, &parsed));
    *ret_query = parsed;
    return STATUS_OK;
}
