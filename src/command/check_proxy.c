/*
 * certferry check --proxy: plays the attacker against a proxy in front of Exchange that asks
 * /auth/eas.
 *
 * It has no phone's key, as an attacker has none, but it has certificates: they are no secret. Each
 * attempt comes without a certificate in TLS and says in a header that it has one, in every
 * encoding and in the spellings that get past careless rules. A proxy that is right removes them
 * all, so certferry's reason is no_certificate every time; any other reason means that a forged
 * header arrived, be it that the certificate in it was refused. An answer without a reason came
 * from behind the proxy.
 */
#include "base/clock.h"
#include "command/check_report.h"
#include "fetch/http_attempt.h"
#include "http/target.h"
#include "service/certificates.h"
#include "web/forwarded_certificate.h"

#include <stdio.h>

enum { LINE_MAX_SIZE = 16 * 1024, SUBJECT_SIZE = 96, LOOKED_AT = 50 };

static const char mend_forged[] =
    "Remove this header, in every spelling, from what phones send: see deploy/proxies";
static const char mend_silent[] =
    "Let the proxy ask /auth/eas for every request of /Microsoft-Server-ActiveSync, and hand on "
    "X-Certferry-Reason with a refusal: see deploy/proxies";

struct attacker {
    struct check_report *report;
    const char *url; /* of the proxy, without a slash at its end */
    const char *ca_file;
    char address[LIMIT_REQUEST_TARGET];
};

/* How a header is written to get past a rule that removes it. */
#define SPELLING_TABLE(X)                                                                          \
    X(PLAIN, "")                                                                                   \
    X(UNDERSCORES, ", with underscores")                                                           \
    X(TWICE, ", twice")                                                                            \
    X(HOP, ", named in Connection")
enum spelling {
#define SPELLING_ENUM(name, words) SPELLING_##name,
    SPELLING_TABLE(SPELLING_ENUM)
#undef SPELLING_ENUM
        SPELLINGS
};
static const char *const spelling_words[] = {
#define SPELLING_WORDS(name, words) words,
    SPELLING_TABLE(SPELLING_WORDS)
#undef SPELLING_WORDS
};

/* ---- one attempt ----------------------------------------------------------------------------- */

static enum status judge(struct attacker *attacker, const char *subject,
                         const struct http_attempt_answer *answer)
{
    struct check_report *report = attacker->report;
    bool denied = answer->http == 401 || answer->http == 403; /* the word alone stops nobody */
    if (denied && answer->has_wanted && strcmp(answer->value, "no_certificate") == 0)
        return check_say(report, CHECK_OK, subject, "", "refused, for it has no certificate");
    if (!answer->has_wanted && answer->http == 400)
        return check_say(report, CHECK_OK, subject, "", "refused by the proxy itself, HTTP 400");
    if (answer->has_wanted)
        return check_say(report, CHECK_ERROR, subject, mend_forged,
                         "a forged header reached certferry, which said %s (HTTP %d)",
                         answer->value, answer->http);
    return check_say(report, CHECK_ERROR, subject, mend_silent,
                     "HTTP %d without a word of certferry: this got through, or nobody asked",
                     answer->http);
}

static enum status try_headers(struct attacker *attacker, const char *subject,
                               const char *const *headers, size_t count)
{
    struct http_attempt_answer answer;
    const struct http_attempt attempt = {.url = attacker->address,
                                         .ca_file = attacker->ca_file,
                                         .headers = headers,
                                         .header_count = count,
                                         .wanted = "X-Certferry-Reason"};
    enum status status = http_attempt(&attempt, &answer);
    if (status == STATUS_IO)
        return check_say(attacker->report, CHECK_ERROR, subject,
                         "Look at the address, at --ca and at the proxy's log", "%s",
                         status_detail());
    TRY(status);
    return judge(attacker, subject, &answer);
}

/* ---- forged headers -------------------------------------------------------------------------- */

static void append_name(struct buf *line, const char *name, enum spelling spelling)
{
    for (; *name != '\0'; name++)
        buf_append_byte(line,
                        (uint8_t)(*name == '-' && spelling == SPELLING_UNDERSCORES ? '_' : *name));
}

static enum status try_spelling(struct attacker *attacker, const char *subject, const char *name,
                                struct span value, enum spelling spelling)
{
    struct buf line defer(buf_clear) = BUF_INIT(LINE_MAX_SIZE);
    char connection[SUBJECT_SIZE];
    char words[SUBJECT_SIZE * 2];
    struct span text;
    append_name(&line, name, spelling);
    buf_append_text(&line, ": ");
    buf_append(&line, value);
    TRY(buf_finish(&line, &text));
    snprintf(connection, sizeof connection, "Connection: close, %s", name);
    const char *second = spelling == SPELLING_HOP ? connection : (const char *)text.ptr;
    const char *const headers[] = {(const char *)text.ptr, second};
    bool two = spelling == SPELLING_TWICE || spelling == SPELLING_HOP;
    snprintf(words, sizeof words, "%s%s", subject, spelling_words[spelling]);
    return try_headers(attacker, words, headers, two ? 2 : 1);
}

static enum status try_every_spelling(struct attacker *attacker, const char *subject,
                                      const char *name, struct span value)
{
    for (unsigned spelling = 0; spelling < SPELLINGS; spelling++)
        TRY(try_spelling(attacker, subject, name, value, (enum spelling)spelling));
    return STATUS_OK;
}

/* `whose`: "an allowed certificate". */
static enum status try_certificate(struct attacker *attacker, const char *whose, struct span der)
{
    for (unsigned i = 0; i < FORWARDED_ENCODINGS; i++) {
        enum forwarded_encoding encoding = (enum forwarded_encoding)i;
        struct buf value defer(buf_clear) = BUF_INIT(LINE_MAX_SIZE);
        char subject[SUBJECT_SIZE];
        struct span text;
        forwarded_certificate_append(encoding, der, &value);
        TRY(buf_finish(&value, &text));
        snprintf(subject, sizeof subject, "%s in %s (%s)", whose, forwarded_header(encoding),
                 forwarded_word(encoding));
        TRY(try_every_spelling(attacker, subject, forwarded_header(encoding), text));
    }
    return STATUS_OK;
}

static enum status try_words(struct attacker *attacker)
{
    static const char *const words[][2] = {
        {"X-SSL-Client-Verify", "SUCCESS"},
        {"X-Certferry-Verdict", "allow"},
        {"X-Certferry-Reason", "allowed"},
        {"X-Certferry-User", "certferry-check"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char subject[SUBJECT_SIZE];
        snprintf(subject, sizeof subject, "%s: %s", words[i][0], words[i][1]);
        TRY(try_every_spelling(attacker, subject, words[i][0], span_of_text(words[i][1])));
    }
    return STATUS_OK;
}

/* ---- whose certificates ---------------------------------------------------------------------- */

static enum status set_address(struct attacker *attacker, const char *user)
{
    struct buf name defer(buf_clear) = BUF_INIT((size_t)3 * LIMIT_USER + 1);
    struct span text;
    target_append_component(&name, span_of_text(user));
    TRY(buf_finish(&name, &text));
    int len = snprintf(attacker->address, sizeof attacker->address,
                       "%s/Microsoft-Server-ActiveSync?Cmd=FolderSync&User=%.*s&DeviceId="
                       "certferrycheck&DeviceType=check",
                       attacker->url, (int)text.len, (const char *)text.ptr);
    if (len < 0 || (size_t)len >= sizeof attacker->address)
        return status_fail(STATUS_USAGE, "--proxy is too long");
    return STATUS_OK;
}

static enum status attack_as(struct attacker *attacker, const struct service *service,
                             const char *whose, const struct certificate_row *row)
{
    struct certificate_record record defer(certificate_record_clear) = {0};
    TRY(certificates_show(service, row->serial, &record));
    if (record.certificate == NULL)
        return STATUS_OK;
    TRY(set_address(attacker, row->user));
    return try_certificate(attacker, whose, certificate_info(record.certificate)->der);
}

/* The newest of a user in this state; without one there is a warning. */
static enum status attack_with(struct attacker *attacker, const struct service *service,
                               const char *state, const char *whose)
{
    struct certificate_page found defer(certificate_page_clear) = {0};
    const struct certificates_filter filter = {.state = state};
    const struct page_request page = {.limit = LOOKED_AT};
    TRY(certificates_list(service, &filter, &page, &found));
    for (size_t i = 0; i < found.count; i++) {
        const struct certificate_row *row = &found.rows[i];
        if (strcmp(row->profile, "user") == 0 && row->not_after > clock_now())
            return attack_as(attacker, service, whose, row);
    }
    return check_say(attacker->report, CHECK_WARNING, whose, "",
                     "not tried: among the newest certificates none is a user's and %s", state);
}

static enum status check_url(const char *url)
{
    static const char scheme[] = "https://";
    const size_t len = sizeof scheme - 1;
    if (strncmp(url, scheme, len) != 0 || url[len] == '\0' || strpbrk(url + len, "/?#@ ") != NULL)
        return status_fail(STATUS_USAGE, "--proxy must be like https://mail.example.org");
    return STATUS_OK;
}

enum status check_proxy(struct check_report *report, const struct service *service, const char *url,
                        const char *ca_file)
{
    struct attacker attacker = {.report = report, .url = url, .ca_file = ca_file};
    TRY(check_url(url));
    TRY(set_address(&attacker, "certferry-check"));
    TRY(try_headers(&attacker, "no certificate", NULL, 0));
    TRY(try_words(&attacker));
    TRY(attack_with(&attacker, service, "issued", "an allowed certificate"));
    return attack_with(&attacker, service, "revoked", "a revoked certificate");
}
