/* GET /admin/ca: the CAs, how to compare them, and how current their revocation lists are. */
#include "base/clock.h"
#include "config/config.h"
#include "service/authority.h"
#include "service/health.h"
#include "view/fingerprint.h"
#include "view/platform.h"
#include "web/admin.h"
#include "web/visitor.h"

enum { CARDS_MOST = 2 + CERTIFICATE_LIST_MAX };

struct authority_view {
    struct view_authority_card cards[CARDS_MOST];
    struct fingerprint fingerprints[CARDS_MOST];
    size_t count;
    struct view_file files[CA_FILES];
    struct trust_sources sources;
    struct view_foreign_list foreign[TRUST_SOURCES_MAX];
};

static struct view_authority_card *add_card(struct authority_view *view, enum text_key role,
                                            const struct text_catalogue *texts,
                                            const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    struct fingerprint *fingerprint = &view->fingerprints[view->count];
    struct view_authority_card *card = &view->cards[view->count++];
    fingerprint_init(fingerprint, texts, info->sha256);
    *card = (struct view_authority_card){
        .role = role,
        .subject = info->subject,
        .serial = info->serial,
        .key = info->key_label,
        .not_before = info->not_before,
        .not_after = info->not_after,
        .groups = fingerprint->groups,
        .groups_count = FINGERPRINT_GROUPS,
        .words = fingerprint->words,
        .words_count = FINGERPRINT_WORDS,
    };
    return card;
}

static const enum text_key levels[] = {
    [HEALTH_GOOD] = TEXT_AUTHORITY_LIST_GOOD,
    [HEALTH_WARNING] = TEXT_AUTHORITY_LIST_SOON,
    [HEALTH_ERROR] = TEXT_AUTHORITY_LIST_BAD,
};

static void add_list(struct view_authority_card *card, const char *path)
{
    if (path[0] == '\0')
        return;
    struct crl_info info = {0};
    bool read = health_crl(path, &info) == STATUS_OK;
    enum health_level level = read ? health_of_crl(&info, clock_now()) : HEALTH_ERROR;
    card->has_list = true;
    card->list_number = info.number;
    card->list_at = info.this_update;
    card->list_next = info.next_update;
    card->list_level = levels[level];
    card->is_good = level == HEALTH_GOOD;
    card->is_note = level == HEALTH_WARNING;
    card->is_bad = level == HEALTH_ERROR;
}

static void add_all(const struct web *web, const struct text_catalogue *texts,
                    struct authority_view *view)
{
    const struct authority *authority = web->service->authority;
    const struct certificate_list *between = authority_between(authority);
    add_list(add_card(view, TEXT_CA_ROOT, texts, authority_root(authority)),
             web_config(web)->authority_root_crl);
    for (size_t i = 0; i < between->count; i++)
        add_card(view, TEXT_AUTHORITY_BETWEEN, texts, between->items[i]);
    add_list(add_card(view, TEXT_CA_ISSUING, texts, authority_issuing(authority)),
             web_config(web)->authority_issuing_crl);
}

static struct view_foreign_list foreign_list(const struct trust_source *source)
{
    enum health_level level = health_of_source(source);
    bool missing = source->freshness == TRUST_MISSING;
    return (struct view_foreign_list){
        .anchor = source->anchor,
        .source = source->source,
        .level = missing ? TEXT_AUTHORITY_LIST_MISSING : levels[level],
        .is_good = level == HEALTH_GOOD,
        .is_note = level == HEALTH_WARNING,
        .is_bad = level == HEALTH_ERROR,
        .hard = source->hard,
        .number = source->number,
        .made = source->this_update,
        .next = source->next_update,
        .tried = source->tried_at,
        .error = source->error,
    };
}

static enum status add_foreign(const struct web *web, struct authority_view *view)
{
    TRY(trust_list(web_config(web), web->service->db, clock_now(), &view->sources));
    for (size_t i = 0; i < view->sources.count; i++)
        view->foreign[i] = foreign_list(&view->sources.items[i]);
    return STATUS_OK;
}

static void set_responder(const struct web *web, struct view_authority_page *fields)
{
    const struct health_finding finding = health_responder(web->service, clock_now());
    fields->ocsp_level = levels[finding.level];
    fields->ocsp_good = finding.level == HEALTH_GOOD;
    fields->ocsp_note = finding.level == HEALTH_WARNING;
    fields->ocsp_bad = finding.level == HEALTH_ERROR;
    fields->ocsp_until = finding.amount;
}

enum status page_authority(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct authority_view *view defer(free) = calloc(1, sizeof *view);
    if (view == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the page of the CAs");
    add_all(web, page_texts(request), view);
    TRY(add_foreign(web, view));
    platform_ca_files(visitor_of(request).platform, view->files);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_CA, &shell);
    struct view_authority_page fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .cards = view->cards,
        .cards_count = view->count,
        .files = view->files,
        .files_count = CA_FILES,
        .foreign = view->foreign,
        .foreign_count = view->sources.count,
        .may_publish = admin_may(request, ROLE_ADMIN),
    };
    set_responder(web, &fields);
    view_authority_page(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
