/* The order of DESIGN.md, top to bottom; each step sets the reason or leaves it. */
#include "eas/verdict.h"

#include <stdio.h>
#include <string.h>

struct reason_row {
    const char *text;
    int http;
    const char *iis;
    const char *source;
    const char *sentence;
};

static const struct reason_row rows[] = {
#define VERDICT_ROW(name, text, http, iis, source, sentence)                                       \
    [VERDICT_##name] = {text, http, iis, source, sentence},
    VERDICT_TABLE(VERDICT_ROW)
#undef VERDICT_ROW
};

const char *verdict_reason_text(enum verdict_reason reason)
{
    return rows[reason].text;
}

int verdict_http(enum verdict_reason reason)
{
    return rows[reason].http;
}

const char *verdict_iis_substatus(enum verdict_reason reason)
{
    return rows[reason].iis;
}

const char *verdict_source(enum verdict_reason reason)
{
    return rows[reason].source;
}

const char *verdict_sentence(enum verdict_reason reason)
{
    return rows[reason].sentence;
}

static void refuse(struct verdict *verdict, enum verdict_reason reason, const char *detail)
{
    verdict->reason = reason;
    snprintf(verdict->detail, sizeof verdict->detail, "%s", detail);
}

static const enum verdict_reason reason_of_fault[] = {
    [PATH_NOT_YET_VALID] = VERDICT_NOT_YET_VALID,
    [PATH_EXPIRED] = VERDICT_EXPIRED,
    [PATH_UNTRUSTED] = VERDICT_UNTRUSTED_ISSUER,
    [PATH_BAD_SIGNATURE] = VERDICT_BAD_SIGNATURE,
    [PATH_UNFIT] = VERDICT_PATH_INVALID,
    [PATH_WRONG_EKU] = VERDICT_WRONG_EKU,
    [PATH_REVOKED] = VERDICT_REVOKED,
    [PATH_REVOCATION_UNKNOWN] = VERDICT_REVOCATION_UNKNOWN,
    [PATH_SOUND] = VERDICT_ALLOWED,
};

static void judge_record(const struct verdict_request *request, struct verdict *verdict)
{
    switch (request->record) {
    case VERDICT_RECORD_VALID:
        return;
    case VERDICT_RECORD_REVOKED:
        refuse(verdict, VERDICT_REVOKED, "RFC 5280 6.3: the CA's own records say so");
        return;
    case VERDICT_RECORD_NONE:
        refuse(verdict, VERDICT_REVOCATION_UNKNOWN,
               "RFC 5280 6.3: the CA has no record of this certificate");
        return;
    }
}

static void judge_path(const struct path_result *path, const struct verdict_request *request,
                       struct verdict *verdict)
{
    verdict->revocation_unknown = path->revocation_unknown;
    if (path->fault != PATH_SOUND)
        refuse(verdict, reason_of_fault[path->fault], path->detail);
    else if (path->revocation == PATH_REVOCATION_ELSEWHERE)
        judge_record(request, verdict);
    else if (path->revocation_unknown)
        snprintf(verdict->detail, sizeof verdict->detail,
                 "whether it was revoked is not known: %.280s", path->detail);
}

/* `by`: who says the name. */
static void compare(const struct identity_rules *rules, struct span name, const char *by,
                    struct verdict *verdict)
{
    int shown = (int)(name.len < 120 ? name.len : 120);
    const char *said = (const char *)name.ptr;
    if (name.len == 0 || verdict->reason != VERDICT_ALLOWED)
        return;
    enum identity_match match = identity_compare(rules, verdict->identity, name);
    if (match == IDENTITY_SAME)
        return;
    verdict->reason = VERDICT_USER_MISMATCH;
    if (match == IDENTITY_UNCLEAR)
        snprintf(verdict->detail, sizeof verdict->detail,
                 "no rule says to which domain %.*s belongs", shown, said);
    else
        snprintf(verdict->detail, sizeof verdict->detail, "the certificate is of %.120s, %s %.*s",
                 verdict->identity, by, shown, said);
}

static void judge_user(const struct identity_rules *rules, const struct verdict_request *request,
                       struct verdict *verdict)
{
    if (verdict->identity == NULL) {
        refuse(verdict, VERDICT_NO_IDENTITY,
               "RFC 5280 4.2.1.6: neither of the configured names is in the certificate");
        return;
    }
    compare(rules, request->user, "the phone says", verdict);
    compare(rules, request->login, "the password is of", verdict);
    if (request->login_unknown && verdict->reason == VERDICT_ALLOWED)
        refuse(verdict, VERDICT_USER_MISMATCH,
               "RFC 7617 2: the Authorization names no user who could be compared");
}

static void judge_device(const struct verdict_request *request, struct verdict *verdict)
{
    bool pinned = request->pinned_device != NULL && request->device.len > 0;
    if (pinned && !span_equal_text(request->device, request->pinned_device))
        refuse(verdict, VERDICT_DEVICE_MISMATCH, "the certificate is pinned to another DeviceId");
    else if (request->blocked)
        refuse(verdict, VERDICT_BLOCKED, "an operator blocked this device or certificate");
}

void verdict_of_path(const struct path_result *path, const struct identity_rules *rules,
                     const struct verdict_request *request, struct verdict *ret_verdict)
{
    struct verdict verdict = {.reason = VERDICT_ALLOWED};
    if (request->unreadable)
        refuse(&verdict, VERDICT_UNREADABLE, "RFC 5280 4.1: not one certificate in DER");
    else if (request->certificate == NULL)
        refuse(&verdict, VERDICT_NO_CERTIFICATE,
               "RFC 8446 4.4.2: the Certificate message is empty");
    else {
        verdict.identity = identity_of(rules, certificate_info(request->certificate));
        judge_path(path, request, &verdict);
        if (verdict.reason == VERDICT_ALLOWED)
            judge_user(rules, request, &verdict);
        if (verdict.reason == VERDICT_ALLOWED)
            judge_device(request, &verdict);
    }
    *ret_verdict = verdict;
}

enum status verdict_of(const struct path_trust *trust, const struct identity_rules *rules,
                       const struct verdict_request *request, struct verdict *ret_verdict)
{
    struct path_result path;
    bool any = !request->unreadable && request->certificate != NULL;
    if (any)
        TRY(path_check(trust, request->certificate, request->presented, request->at, &path));
    verdict_of_path(any ? &path : NULL, rules, request, ret_verdict);
    return STATUS_OK;
}
