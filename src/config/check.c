/* Checks of single values. IP addresses are left to inet_pton(), which takes one writing only. */
#include "config/check.h"

#include "base/limits.h"
#include "base/mail_address.h"
#include "base/span.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

enum { URL_MAX = 1024, OID_MAX = 128, OID_ARC_MAX = 18, NETBIOS_MAX = 15 };

enum status check_text(const char *value, int64_t least, int64_t most)
{
    struct span text = span_of_text(value);
    if (!text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_CONFIG, "the text must be UTF-8 without control characters");
    int64_t characters = (int64_t)text_characters(text);
    if (characters < least || characters > most)
        return status_fail(STATUS_CONFIG, "the text must have %lld to %lld characters",
                           (long long)least, (long long)most);
    return STATUS_OK;
}

enum status check_path(const char *value)
{
    return check_text(value, 0, LIMIT_PATH / 4);
}

enum status check_color(const char *value)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    if (value[0] != '#' || strlen(value) != 7 || strspn(value + 1, digits) != 6)
        return status_fail(STATUS_CONFIG, "'%.40s' is not a colour: write \"#1d4ed8\"", value);
    return STATUS_OK;
}

static bool is_address(const char *value)
{
    struct in6_addr address;
    return inet_pton(AF_INET, value, &address) == 1 || inet_pton(AF_INET6, value, &address) == 1;
}

enum status check_host(const char *value, int64_t least)
{
    if ((*value == '\0' && least == 0) || is_address(value) || host_name_is_valid(value))
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "'%.80s' is not a host name or an IP address", value);
}

enum status check_mail_address(const char *value, int64_t least)
{
    if ((*value == '\0' && least == 0) || mail_address_check(value) == STATUS_OK)
        return STATUS_OK;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(STATUS_CONFIG, "%s", why);
}

enum status check_address(const char *value)
{
    if (*value == '\0' || is_address(value))
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "'%.80s' is not an IP address", value);
}

enum status check_network(const char *value)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(value, "/");
    snprintf(address, sizeof address, "%.*s", (int)len, value);
    int64_t prefix = 0;
    bool wide = strchr(value, ':') != NULL;
    bool good = len < sizeof address && is_address(address);
    if (value[len] == '/')
        good = good && text_parse_int(value + len + 1, 0, wide ? 128 : 32, &prefix) == STATUS_OK;
    if (good)
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "'%.80s' is not an address or a network such as 10.0.0.0/8",
                       value);
}

bool location_is_url(const char *value)
{
    return strncasecmp(value, "http://", 7) == 0 || strncasecmp(value, "https://", 8) == 0;
}

enum status check_url(const char *value)
{
    const char *host = strstr(value, "://");
    bool good = location_is_url(value) && strlen(value) <= URL_MAX;
    host = good ? host + 3 : value;
    for (const char *c = value; good && *c != '\0'; c++)
        good = *c > ' ' && *c <= '~';
    size_t authority = strcspn(host, "/?#");
    good = good && authority > 0 && memchr(host, '@', authority) == NULL;
    if (good)
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "'%.80s' is not an http address", value);
}

enum status check_location(const char *value)
{
    if (location_is_url(value))
        return check_url(value);
    if (*value == '\0' || strstr(value, "://") != NULL)
        return status_fail(STATUS_CONFIG, "'%.80s' is neither an http address nor a file", value);
    return check_path(value);
}

/* An arc at the start of the text: its length, 0 when there is none. */
static size_t arc_len(const char *text)
{
    size_t len = strspn(text, "0123456789");
    bool padded = text[0] == '0' && len > 1;
    return padded || len > OID_ARC_MAX ? 0 : len;
}

enum status check_oid(const char *value)
{
    const char *rest = value;
    size_t arcs = 0;
    size_t len = strlen(value) <= OID_MAX && strspn(value, "012") == 1 ? arc_len(rest) : 0;
    while (len > 0) {
        arcs++;
        rest += len;
        len = *rest == '.' ? arc_len(rest + 1) + 1 : 0;
        len = len == 1 ? 0 : len;
    }
    if (*rest == '\0' && arcs >= 2)
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "'%.80s' is not an object identifier such as 1.3.6.1.4.1",
                       value);
}

enum status check_domain(const char *value)
{
    size_t len = strcspn(value, "=");
    bool good = len > 0 && len <= NETBIOS_MAX && value[len] == '=' &&
                strcspn(value, " \\/:*?\"<>|@") >= len && host_name_is_valid(value + len + 1);
    if (good)
        return check_text(value, 3, NETBIOS_MAX + 1 + LIMIT_HOST);
    return status_fail(STATUS_CONFIG, "'%.80s' is not written EXAMPLE=example.org", value);
}

enum status check_choice(const char *value, const char *words)
{
    size_t len = strlen(value);
    for (const char *word = words; *word != '\0';) {
        size_t word_len = strcspn(word, "|");
        if (len == word_len && strncmp(value, word, len) == 0)
            return STATUS_OK;
        word += word_len + (word[word_len] == '|');
    }
    return status_fail(STATUS_CONFIG, "'%.40s' is none of %s", value, words);
}
