/*
 * libcurl does the dialogue. What it does not tell, the step at which the server said no, is read
 * from the commands that pass its debug callback; only their first letters are looked at.
 *
 * It copies the password into memory of its own, which is neither locked nor wiped: the price of
 * not writing SASL here. It is the password of the mail server, not one of ours.
 */
#include "mail/smtp.h"

#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>

enum { URL_MAX = 1024, CONNECT_SECONDS = 20, LAST_WORD_MS = 3000, END_OCTETS = 2 };

CLEANUP_POINTER(CURL, curl_easy_cleanup)
typedef struct curl_slist slist;
CLEANUP_POINTER(slist, curl_slist_free_all)

/* Which command the server has to answer. */
enum step { STEP_OTHER, STEP_RECIPIENT, STEP_DATA };

struct dialogue {
    const struct smtp_hooks *hooks;
    struct span mail;
    size_t given; /* octets of the mail that libcurl has taken */
    enum step step;
    bool ending;                 /* before_end() agreed: the end may be sent */
    enum status refusal;         /* of before_end() */
    int64_t stop_asked_at;       /* clock_monotonic_ms() */
    char reply[SMTP_REASON_MAX]; /* the last one, its lines joined */
    bool reply_goes_on;
    bool over; /* QUIT was sent: nothing that follows says anything of the mail */
    char error[CURL_ERROR_SIZE];
};

/* ---- callbacks ------------------------------------------------------------------------------- */

/* The last line end is held back until before_end() agrees: without it the server has nothing. */
static size_t give_mail(char *room, size_t size, size_t count, void *context)
{
    struct dialogue *dialogue = context;
    size_t end = dialogue->mail.len - END_OCTETS;
    size_t left = dialogue->mail.len - dialogue->given;
    if (dialogue->given < end)
        left = end - dialogue->given;
    else if (!dialogue->ending) {
        dialogue->refusal = dialogue->hooks->before_end(dialogue->hooks->context);
        if (dialogue->refusal != STATUS_OK)
            return CURL_READFUNC_ABORT;
        dialogue->ending = true;
    }
    size_t len = left < size * count ? left : size * count;
    memcpy(room, dialogue->mail.ptr + dialogue->given, len);
    dialogue->given += len;
    return len;
}

static void keep_printable(struct dialogue *dialogue, const char *line, size_t len)
{
    size_t at = strlen(dialogue->reply);
    for (size_t i = 0; i < len && at + 1 < sizeof dialogue->reply; i++)
        if (line[i] != '\r' && line[i] != '\n')
            dialogue->reply[at++] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
    dialogue->reply[at] = '\0';
}

/* One line of a reply: "250-SIZE 1000", "250 OK". */
static size_t take_reply(char *line, size_t size, size_t count, void *context)
{
    struct dialogue *dialogue = context;
    size_t len = size * count;
    if (dialogue->over)
        return len;
    bool continues = dialogue->reply_goes_on && len > 3;
    if (!continues)
        dialogue->reply[0] = '\0';
    keep_printable(dialogue, continues ? line + 3 : line, continues ? len - 3 : len);
    dialogue->reply_goes_on = len > 3 && line[3] == '-';
    return len;
}

static int look_at_command(CURL *curl, curl_infotype type, char *data, size_t len, void *context)
{
    (void)curl;
    struct dialogue *dialogue = context;
    if (type != CURLINFO_HEADER_OUT || len < 4)
        return 0;
    dialogue->over = dialogue->over || memcmp(data, "QUIT", 4) == 0;
    if (dialogue->over)
        return 0;
    dialogue->step = STEP_OTHER;
    if (memcmp(data, "RCPT", 4) == 0)
        dialogue->step = STEP_RECIPIENT;
    else if (memcmp(data, "DATA", 4) == 0)
        dialogue->step = STEP_DATA;
    return 0;
}

static int ask_to_go_on(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                        curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    struct dialogue *dialogue = context;
    if (dialogue->hooks == NULL || !dialogue->hooks->stopping(dialogue->hooks->context))
        return 0;
    if (dialogue->stop_asked_at == 0)
        dialogue->stop_asked_at = clock_monotonic_ms();
    bool waits = dialogue->ending && clock_monotonic_ms() - dialogue->stop_asked_at < LAST_WORD_MS;
    return waits ? 0 : 1;
}

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

/* ---- setting up ------------------------------------------------------------------------------ */

static bool is_ip(const char *host, int family)
{
    struct in6_addr address;
    return inet_pton(family, host, &address) == 1;
}

/* The path of the URL is what libcurl says in EHLO; an address is a literal there (RFC 5321 4.1.3).
 */
static void append_own_name(struct buf *url, const char *name)
{
    bool four = is_ip(name, AF_INET);
    bool six = is_ip(name, AF_INET6);
    const char *open = six ? "%5BIPv6:" : four ? "%5B" : "";
    buf_printf(url, "%s%s%s", open, name, four || six ? "%5D" : "");
}

static enum status set_address(CURL *curl, const struct smtp_server *server)
{
    struct buf url defer(buf_clear) = BUF_INIT(URL_MAX);
    bool six = is_ip(server->host, AF_INET6);
    buf_printf(&url, "%s://%s%s%s:%lld/", server->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
               six ? "[" : "", server->host, six ? "]" : "", (long long)server->port);
    append_own_name(&url, server->own_name);
    struct span text;
    TRY(buf_finish(&url, &text));
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_URL, (const char *)text.ptr);
    wrong |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    wrong |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    wrong |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)server->timeout);
    wrong |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no address");
}

static enum status set_protection(CURL *curl, const struct smtp_server *server)
{
    long level = server->tls == SMTP_NO_TLS ? CURLUSESSL_NONE : CURLUSESSL_ALL;
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_USE_SSL, level);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (server->ca_file[0] != '\0') {
        wrong |= curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file);
        wrong |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (server->user[0] != '\0' && server->tls != SMTP_NO_TLS) {
        wrong |= curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        wrong |= curl_easy_setopt(curl, CURLOPT_PASSWORD, secret_text(server->password));
    }
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl knows no TLS");
}

static enum status set_callbacks(CURL *curl, struct dialogue *dialogue)
{
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, dialogue->error);
    wrong |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_reply);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, dialogue);
    wrong |= curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, look_at_command);
    wrong |= curl_easy_setopt(curl, CURLOPT_DEBUGDATA, dialogue);
    wrong |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    wrong |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_to_go_on);
    wrong |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, dialogue);
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no callbacks");
}

static enum status open_dialogue(const struct smtp_server *server, struct dialogue *dialogue,
                                 CURL **ret_curl)
{
    CURL *curl defer(curl_easy_cleanup) = curl_easy_init();
    if (curl == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a mail");
    TRY(set_address(curl, server));
    TRY(set_protection(curl, server));
    TRY(set_callbacks(curl, dialogue));
    *ret_curl = take(curl);
    return STATUS_OK;
}

static enum status set_mail(CURL *curl, struct dialogue *dialogue, const char *from,
                            const struct curl_slist *recipients)
{
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    wrong |= curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    wrong |= curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_mail);
    wrong |= curl_easy_setopt(curl, CURLOPT_READDATA, dialogue);
    wrong |= curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)dialogue->mail.len);
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no mail");
}

/* ---- what came of it ------------------------------------------------------------------------- */

static enum smtp_outcome outcome_of(const struct dialogue *dialogue, CURLcode code, long reply)
{
    if (code == CURLE_OK)
        return SMTP_SENT;
    bool of_mail = dialogue->ending || dialogue->step != STEP_OTHER;
    if (of_mail && reply >= 500)
        return SMTP_REFUSED;
    if (of_mail && reply >= 400)
        return SMTP_LATER;
    if (dialogue->ending)
        return SMTP_UNSURE;
    return code == CURLE_ABORTED_BY_CALLBACK ? SMTP_STOPPED : SMTP_UNREACHABLE;
}

/* The server's own words when it said no, else what went wrong on the way. */
static void name_reason(const struct dialogue *dialogue, CURLcode code, long reply,
                        char ret_reason[static SMTP_REASON_MAX])
{
    if (reply >= 400 && dialogue->reply[0] != '\0')
        snprintf(ret_reason, SMTP_REASON_MAX, "%s", dialogue->reply);
    else
        snprintf(ret_reason, SMTP_REASON_MAX, "%s",
                 dialogue->error[0] != '\0' ? dialogue->error : curl_easy_strerror(code));
}

static enum status send_mail(const struct smtp_server *server, const char *from, const char *to,
                             struct dialogue *dialogue, struct smtp_result *ret_result)
{
    CURL *curl defer(curl_easy_cleanup) = NULL;
    slist *recipients defer(curl_slist_free_all) = curl_slist_append(NULL, to);
    if (recipients == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a mail");
    TRY(open_dialogue(server, dialogue, &curl));
    TRY(set_mail(curl, dialogue, from, recipients));

    CURLcode code = curl_easy_perform(curl);
    if (dialogue->refusal != STATUS_OK)
        return dialogue->refusal;
    if (code == CURLE_OUT_OF_MEMORY && !dialogue->ending)
        return status_fail(STATUS_NO_MEMORY, "no memory for a mail");
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    struct smtp_result result = {.outcome = outcome_of(dialogue, code, reply)};
    if (code != CURLE_OK)
        name_reason(dialogue, code, reply, result.reason);
    *ret_result = result;
    return STATUS_OK;
}

/* libcurl counts these calls, from any thread. */
static enum status start_library(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return status_fail(STATUS_INTERNAL, "libcurl does not start");
    return STATUS_OK;
}

enum status smtp_send(const struct smtp_server *server, const char *from, const char *to,
                      struct span mail, const struct smtp_hooks *hooks,
                      struct smtp_result *ret_result)
{
    if (mail.len < END_OCTETS || memcmp(mail.ptr + mail.len - END_OCTETS, "\r\n", END_OCTETS) != 0)
        return status_fail(STATUS_INTERNAL, "a mail does not end with a line end");
    TRY(start_library());
    struct dialogue dialogue = {.hooks = hooks, .mail = mail};
    enum status status = send_mail(server, from, to, &dialogue, ret_result);
    curl_global_cleanup();
    return status;
}

static enum status probe(const struct smtp_server *server)
{
    struct dialogue dialogue = {0};
    CURL *curl defer(curl_easy_cleanup) = NULL;
    TRY(open_dialogue(server, &dialogue, &curl));
    if (curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "NOOP") != CURLE_OK)
        return status_fail(STATUS_INTERNAL, "libcurl takes no command");
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        return STATUS_OK;
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    char reason[SMTP_REASON_MAX];
    name_reason(&dialogue, code, reply, reason);
    return status_fail(STATUS_CONFLICT, "%s", reason);
}

enum status smtp_probe(const struct smtp_server *server)
{
    TRY(start_library());
    enum status status = probe(server);
    curl_global_cleanup();
    return status;
}
