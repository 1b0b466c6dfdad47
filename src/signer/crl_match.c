/*
 * The entries are read here by a reader of their own that knows the one form in which the signer
 * writes them; a mistake in the writer is what it is here to find.
 */
#include "signer/crl_match.h"

#include "pki/crl_reader.h"

#include <stdio.h>
#include <time.h>

struct crl_match {
    const struct certificate *issuer;
    struct crl_plan plan;
    struct crl_reader *reader;
    uint32_t count;
};

void crl_match_free(struct crl_match *match)
{
    if (match == NULL)
        return;
    crl_reader_free(match->reader);
    free(match);
}

static enum status differs(const char *what)
{
    return status_fail(STATUS_CRYPTO, "the CRL that was signed differs from what was asked for: %s",
                       what);
}

enum status crl_match_begin(struct span beginning, const struct crl_plan *plan,
                            const struct certificate *issuer, struct crl_match **ret_match)
{
    struct crl_match *match defer(crl_match_free) = malloc(sizeof *match);
    if (match == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    *match = (struct crl_match){.issuer = issuer, .plan = *plan};
    struct crl_outline outline;
    if (crl_outline_read(beginning, &outline) != STATUS_OK)
        return differs("not a CRL");
    if (outline.entries_end - outline.entries_at != plan->octets)
        return differs("length");
    if (crl_reader_begin(&outline, beginning, &match->reader) != STATUS_OK)
        return differs("beginning");
    *ret_match = take(match);
    return STATUS_OK;
}

/* ---- one entry ------------------------------------------------------------------------------- */

/* The next element, of that tag and of less than 128 octets; an empty span with a NULL pointer when
 * there is none. */
static struct span next(struct span *rest, uint8_t tag)
{
    if (rest->len < 2 || rest->ptr[0] != tag || rest->ptr[1] >= 0x80 ||
        rest->ptr[1] > rest->len - 2)
        return SPAN_EMPTY;
    struct span content = span_of(rest->ptr + 2, rest->ptr[1]);
    *rest = span_of(content.ptr + content.len, rest->len - 2 - content.len);
    return content;
}

static bool serial_is(struct span number, const char *serial)
{
    uint8_t octets[CRL_SERIAL_OCTETS_MAX];
    struct span asked = span_of(octets, crl_serial_octets(serial, octets));
    while (asked.len > 1 && asked.ptr[0] == 0)
        asked = span_of(asked.ptr + 1, asked.len - 1);
    if (number.len > 1 && number.ptr[0] == 0 && (number.ptr[1] & 0x80) != 0)
        number = span_of(number.ptr + 1, number.len - 1);
    else if (number.len == 0 || (number.ptr[0] & 0x80) != 0)
        return false;
    return span_equal(number, asked);
}

static bool time_is(struct span *rest, int64_t seconds)
{
    struct tm parts;
    char text[sizeof "20491231235959Z"];
    const time_t time = seconds;
    if (gmtime_r(&time, &parts) == NULL)
        return false;
    bool utc = parts.tm_year < 150;
    size_t len = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts);
    size_t century = utc ? 2 : 0;
    return len > century &&
           span_equal(next(rest, utc ? 0x17 : 0x18), span_of(text + century, len - century));
}

/* Extensions { Extension { id-ce-cRLReasons, OCTET STRING { ENUMERATED } } } */
static bool reason_is(struct span rest, enum crl_reason reason)
{
    static const uint8_t name[] = {0x55, 0x1d, 0x15};
    if (reason == CRL_REASON_UNSPECIFIED)
        return rest.len == 0;
    struct span extensions = next(&rest, 0x30);
    struct span extension = next(&extensions, 0x30);
    bool named = span_equal(next(&extension, 0x06), span_of(name, sizeof name));
    struct span value = next(&extension, 0x04);
    struct span code = next(&value, 0x0a);
    bool whole = rest.len + extensions.len + extension.len + value.len == 0;
    return named && whole && code.len == 1 && code.ptr[0] == (uint8_t)reason;
}

static bool entry_is(struct span entry, const struct crl_entry *asked)
{
    return serial_is(next(&entry, 0x02), asked->serial) && time_is(&entry, asked->revoked_at) &&
           reason_is(entry, asked->reason);
}

enum status crl_match_entries(struct crl_match *match, struct span der,
                              const struct crl_entry *entries, size_t count)
{
    struct span rest = der;
    for (size_t i = 0; i < count; i++)
        if (!entry_is(next(&rest, 0x30), &entries[i]))
            return differs("an entry");
    if (rest.len > 0)
        return differs("more entries");
    match->count += (uint32_t)count;
    return crl_reader_entries(match->reader, der);
}

/* ---- the end --------------------------------------------------------------------------------- */

enum status crl_match_end(struct crl_match *match, struct span end)
{
    const struct crl_plan *plan = &match->plan;
    struct crl_info info;
    if (match->count != plan->count)
        return differs("number of entries");
    if (crl_reader_end(match->reader, end, match->issuer, &info) != STATUS_OK)
        return differs("signature or issuer");
    if (info.number != plan->number)
        return differs("CRL number");
    if (info.this_update != plan->this_update || info.next_update != plan->next_update)
        return differs("times");
    return STATUS_OK;
}
