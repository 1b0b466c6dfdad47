#include "base/mail_address.h"

#include "base/limits.h"
#include "base/text.h"

enum { LABEL_MAX = 63 };

static const char letters_and_digits[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static bool is_label(const char *label, size_t len)
{
    bool fits = len >= 1 && len <= LABEL_MAX && label[0] != '-' && label[len - 1] != '-';
    for (size_t i = 0; fits && i < len; i++)
        fits = label[i] == '-' || strchr(letters_and_digits, label[i]) != NULL;
    return fits;
}

bool host_name_is_valid(const char *name)
{
    const char *label = name;
    for (;;) {
        size_t len = strcspn(label, ".");
        if (!is_label(label, len))
            return false;
        if (label[len] == '\0')
            break;
        label += len + 1;
    }
    /* A last label of digits would be taken for an IPv4 address by browsers (RFC 3696 2). */
    return strlen(name) <= LIMIT_HOST && strspn(label, "0123456789") < strlen(label);
}

/* atext of RFC 5322 3.2.3, in pieces between dots. */
static bool is_dot_string(const char *local, size_t len)
{
    bool fits = len >= 1 && local[0] != '.' && local[len - 1] != '.';
    for (size_t i = 0; fits && i < len; i++) {
        bool double_dot = local[i] == '.' && local[i + 1] == '.';
        fits = strchr(letters_and_digits, local[i]) != NULL ||
               (strchr("!#$%&'*+-/=?^_`{|}~.", local[i]) != NULL && !double_dot);
    }
    return fits;
}

enum status mail_address_check(const char *address)
{
    size_t len = strlen(address);
    const char *sign = strchr(address, '@');
    if (len == 0)
        return status_fail(STATUS_INVALID, "the mail address is missing");
    if (len > MAIL_ADDRESS_MAX)
        return status_fail(STATUS_INVALID, "the mail address has more than %d characters",
                           MAIL_ADDRESS_MAX);
    if (!text_is_ascii_printable(span_of(address, len)))
        return status_fail(STATUS_INVALID, "the mail address holds a character outside ASCII, "
                                           "which mail servers need an extension for (RFC 6531)");
    if (sign == NULL)
        return status_fail(STATUS_INVALID, "the mail address '%.80s' is not name@example.org",
                           address);
    size_t local = (size_t)(sign - address);
    if (local > MAIL_ADDRESS_LOCAL)
        return status_fail(STATUS_INVALID, "the mail address has more than %d characters before @",
                           MAIL_ADDRESS_LOCAL);
    if (!is_dot_string(address, local) || !host_name_is_valid(sign + 1))
        return status_fail(STATUS_INVALID, "the mail address '%.80s' is not name@example.org",
                           address);
    return STATUS_OK;
}

const char *mail_address_domain(const char *address)
{
    return strchr(address, '@') + 1;
}
