/*
 * Parse, or find what was parsed before; path; record; then the verdict over all of it, once
 * without what the caller keeps of the certificate, and with it when it would be let in.
 */
#include "service/trust_verdict.h"

#include "service/trust.h"
#include "service/trust_cache.h"
#include "service/trust_records.h"

#include <stdio.h>

/* One more than pki/path.h takes: enough for it to refuse them. */
enum { PARSED_MAX = 17 };

struct judgement {
    const struct service *service;
    const struct trust_question *question;
    const struct trust_set *set;
    bool unreadable;
    bool cacheable; /* there is a key */
    struct trust_key key;
    struct trust_entry entry; /* without a certificate: none was presented, or unreadable */
};

static void judgement_clear(struct judgement *judgement)
{
    trust_entry_clear(&judgement->entry);
}
CLEANUP_VALUE(struct judgement, judgement_clear)

/* ---- certificate and path -------------------------------------------------------------------- */

static size_t parsed_count(const struct trust_question *question)
{
    return question->count < PARSED_MAX ? question->count : PARSED_MAX;
}

static enum status parse_all(const struct trust_question *question, struct certificate_list *list)
{
    for (size_t i = 0; i < parsed_count(question); i++) {
        struct certificate *certificate = NULL;
        TRY(certificate_parse_der(question->certificates[i], &certificate));
        TRY(certificate_list_add(list, certificate));
    }
    return STATUS_OK;
}

static enum status check_anew(struct judgement *judgement)
{
    const struct trust_question *question = judgement->question;
    struct certificate_list list defer(certificate_list_clear) = {0};
    enum status status = parse_all(question, &list);
    judgement->unreadable = status == STATUS_INVALID || status == STATUS_TOO_LARGE;
    if (judgement->unreadable)
        return STATUS_OK;
    TRY(status);
    struct trust_entry *entry = &judgement->entry;
    entry->certificate = certificate_share(list.items[0]);
    return path_check(trust_set_path(judgement->set), entry->certificate, &list, question->at,
                      &entry->path);
}

/* Nothing that is too large is even hashed. */
static void find_key(struct judgement *judgement)
{
    const struct trust_question *question = judgement->question;
    for (size_t i = 0; i < parsed_count(question); i++)
        judgement->unreadable =
            judgement->unreadable || question->certificates[i].len > LIMIT_CERTIFICATE;
    judgement->cacheable = !judgement->unreadable && question->count < PARSED_MAX;
    if (judgement->cacheable)
        judgement->key = trust_key_of(question->certificates, question->count);
}

/* The record belongs to paths that end at our own issuing CA only. */
static enum status update_record(struct judgement *judgement, bool cached)
{
    const struct service *service = judgement->service;
    struct trust_entry *entry = &judgement->entry;
    if (entry->path.fault != PATH_SOUND || entry->path.revocation != PATH_REVOCATION_ELSEWHERE)
        return STATUS_OK;
    int64_t before = entry->record.known ? entry->record.change : -1;
    TRY(trust_records_update(trust_records_of(service), service->db,
                             certificate_info(entry->certificate)->serial, &entry->record));
    if (cached && entry->record.known && entry->record.change != before)
        trust_cache_note(trust_cache_of(service), &judgement->key,
                         trust_set_generation(judgement->set), &entry->record);
    return STATUS_OK;
}

static enum status find_path(struct judgement *judgement, bool *ret_cached)
{
    struct trust_cache *cache = trust_cache_of(judgement->service);
    int64_t generation = trust_set_generation(judgement->set);
    find_key(judgement);
    if (judgement->unreadable)
        return STATUS_OK;
    *ret_cached =
        judgement->cacheable && trust_cache_find(cache, &judgement->key, generation,
                                                 judgement->question->at, &judgement->entry);
    if (!*ret_cached)
        TRY(check_anew(judgement));
    if (judgement->unreadable)
        return STATUS_OK;
    TRY(update_record(judgement, *ret_cached));
    if (!*ret_cached && judgement->cacheable)
        trust_cache_put(cache, &judgement->key, generation, &judgement->entry);
    return STATUS_OK;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static bool is_own(const struct judgement *judgement)
{
    const struct path_result *path = &judgement->entry.path;
    return judgement->entry.certificate != NULL && path->anchor != NULL &&
           path->anchor == trust_set_anchors(judgement->set)->items[0];
}

static void judge(const struct judgement *judgement, const struct trust_local *local,
                  struct verdict *ret_verdict)
{
    const struct trust_question *question = judgement->question;
    const struct verdict_request request = {
        .certificate = judgement->entry.certificate,
        .unreadable = judgement->unreadable,
        .at = question->at,
        .record = judgement->entry.record.record,
        .user = question->user,
        .login = question->login,
        .login_unknown = question->login_unknown,
        .device = question->device,
        .pinned_device = local->pinned_device[0] == '\0' ? NULL : local->pinned_device,
        .blocked = local->blocked,
    };
    verdict_of_path(&judgement->entry.path, trust_set_identity(judgement->set), &request,
                    ret_verdict);
}

/* A name cut short could be that of another person. */
static void refuse_long_identity(struct verdict *verdict)
{
    if (verdict->identity == NULL || strlen(verdict->identity) <= LIMIT_USER)
        return;
    verdict->identity = NULL;
    if (verdict->reason < VERDICT_NO_IDENTITY)
        return;
    verdict->reason = VERDICT_NO_IDENTITY;
    snprintf(verdict->detail, sizeof verdict->detail,
             "RFC 5280 4.2.1.6: the user in the certificate has more than %d characters",
             LIMIT_USER);
}

static enum status ask_local(const struct judgement *judgement, const struct verdict *verdict,
                             struct trust_local *ret_local)
{
    const struct trust_question *question = judgement->question;
    const struct trust_identified identified = {
        .info = certificate_info(judgement->entry.certificate),
        .identity = verdict->identity,
        .own = is_own(judgement),
    };
    return question->ask_local(question->context, &identified, ret_local);
}

static void copy_certificate(const struct judgement *judgement, struct trust_answer *answer)
{
    const struct certificate_info *info = certificate_info(judgement->entry.certificate);
    answer->has_certificate = true;
    snprintf(answer->serial, sizeof answer->serial, "%s", info->serial);
    snprintf(answer->issuer, sizeof answer->issuer, "%s", info->issuer);
    memcpy(answer->sha256, info->sha256, sizeof answer->sha256);
    answer->not_before = info->not_before;
    answer->not_after = info->not_after;
    answer->own = is_own(judgement);
    answer->record = judgement->entry.record.record;
}

static void copy_answer(const struct judgement *judgement, const struct verdict *verdict,
                        bool cached, struct trust_answer *ret_answer)
{
    *ret_answer = (struct trust_answer){.verdict = *verdict, .cached = cached};
    if (judgement->entry.certificate != NULL)
        copy_certificate(judgement, ret_answer);
    if (verdict->identity == NULL)
        return;
    snprintf(ret_answer->identity, sizeof ret_answer->identity, "%s", verdict->identity);
    ret_answer->verdict.identity = ret_answer->identity;
}

enum status trust_verdict(const struct service *service, const struct trust_question *question,
                          struct trust_answer *ret_answer)
{
    struct trust_set *set defer(trust_set_release) = trust_hold(service);
    struct judgement judgement defer(judgement_clear) = {
        .service = service, .question = question, .set = set, .unreadable = question->unreadable};
    struct trust_local local = {0};
    struct verdict verdict;
    bool cached = false;
    if (question->count > 0 && !question->unreadable)
        TRY(find_path(&judgement, &cached));
    judge(&judgement, &local, &verdict);
    refuse_long_identity(&verdict);
    if (verdict.reason == VERDICT_ALLOWED && question->ask_local != NULL) {
        TRY(ask_local(&judgement, &verdict, &local));
        judge(&judgement, &local, &verdict);
    }
    copy_answer(&judgement, &verdict, cached, ret_answer);
    return STATUS_OK;
}
