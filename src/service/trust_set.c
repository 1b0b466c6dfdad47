/* Everything of a set is made in one go and freed in one. */
#include "service/trust_set.h"

#include "base/log.h"
#include "config/config.h"
#include "service/authority.h"
#include "service/trust_crl.h"
#include "store/trust_store.h"

#include <stdatomic.h>
#include <stdio.h>

struct trust_set {
    atomic_int owners;
    int64_t generation;
    struct path_trust *path;
    struct certificate_list anchors;
    enum identity_source sources[IDENTITY_SOURCES];
    struct identity_domain *domains;
    char **names; /* of the domains */
    struct identity_rules rules;
};

static void names_free(char **names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

static void set_free(struct trust_set *set)
{
    path_trust_free(set->path);
    certificate_list_clear(&set->anchors);
    names_free(set->names, set->rules.domain_count);
    free(set->domains);
    free(set);
}

void trust_set_share(struct trust_set *set)
{
    atomic_fetch_add(&set->owners, 1);
}

void trust_set_release(struct trust_set *set)
{
    if (set != NULL && atomic_fetch_sub(&set->owners, 1) == 1)
        set_free(set);
}

int64_t trust_set_generation(const struct trust_set *set)
{
    return set->generation;
}

const struct path_trust *trust_set_path(const struct trust_set *set)
{
    return set->path;
}

const struct identity_rules *trust_set_identity(const struct trust_set *set)
{
    return set == NULL ? &identity_rules_default : &set->rules;
}

const struct certificate_list *trust_set_anchors(const struct trust_set *set)
{
    return &set->anchors;
}

enum status trust_set_append_others(const struct trust_set *set, struct buf *pem)
{
    for (size_t i = 1; i < trust_set_anchors(set)->count; i++)
        certificate_append_pem(pem, trust_set_anchors(set)->items[i]);
    return pem->failure;
}

/* ---- who is who ------------------------------------------------------------------------------ */

static enum status set_sources(const struct config *config, struct trust_set *set)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        IDENTITY_SOURCE_TABLE(WORD)
#undef WORD
    };
    set->rules.sources = set->sources;
    for (size_t i = 0; i < config->eas_identity.count && i < IDENTITY_SOURCES; i++)
        for (size_t source = 0; source < IDENTITY_SOURCES; source++)
            if (strcmp(config->eas_identity.items[i], words[source]) == 0)
                set->sources[set->rules.source_count++] = (enum identity_source)source;
    if (set->rules.source_count == 0)
        return status_fail(STATUS_CONFIG, "eas.identity names no place to find the user in");
    return STATUS_OK;
}

/* "EXAMPLE=example.org" in one piece of memory, cut in two. */
static enum status set_domains(const struct config *config, struct trust_set *set)
{
    const struct config_list *list = &config->eas_domains;
    set->names = calloc(list->count + 1, sizeof *set->names);
    set->domains = calloc(list->count + 1, sizeof *set->domains);
    set->rules.domains = set->domains;
    if (set->names == NULL || set->domains == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for domains");
    for (size_t i = 0; i < list->count; i++) {
        char *name = strdup(list->items[i]);
        if (name == NULL)
            return status_fail(STATUS_NO_MEMORY, "no memory for domains");
        set->names[set->rules.domain_count++] = name;
        char *dns = name + strcspn(name, "=");
        *dns = '\0';
        set->domains[i] = (struct identity_domain){name, dns + 1};
    }
    return STATUS_OK;
}

/* ---- anchors --------------------------------------------------------------------------------- */

void trust_anchor_clear(struct trust_anchor *anchor)
{
    certificate_free(anchor->certificate);
    certificate_list_clear(&anchor->helpers);
}

static enum status load(const struct config_anchor *from, struct trust_anchor *anchor)
{
    TRY(certificate_load(from->certificate, &anchor->certificate));
    if (!certificate_info(anchor->certificate)->is_ca)
        return status_fail(STATUS_INVALID, "%s holds no CA: RFC 5280 4.2.1.9 asks for cA",
                           from->certificate);
    if (from->helpers[0] != '\0')
        TRY(certificate_list_load(from->helpers, &anchor->helpers));
    return STATUS_OK;
}

enum status trust_anchor_load(const struct config_anchor *from, struct trust_anchor *ret_anchor)
{
    struct trust_anchor anchor defer(trust_anchor_clear) = {0};
    enum status status = load(from, &anchor);
    if (status_kind(status) == STATUS_KIND_REFUSAL) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        return status_fail(STATUS_CONFIG, "%s: %.400s", from->section, why);
    }
    TRY(status);
    *ret_anchor = anchor;
    anchor = (struct trust_anchor){0};
    return STATUS_OK;
}

/* What a set is made from; lists and certificates are shared with it or copied. */
struct plan {
    struct certificate *issuing;
    struct trust_anchor own[CONFIG_ANCHORS_MAX];
    struct path_anchor anchors[CONFIG_ANCHORS_MAX + 1];
    size_t count; /* of the anchors; one more than of `own` */
    struct certificate_list helpers;
    struct crl *crls[PATH_CRLS_MAX];
    size_t crl_count;
};

static void plan_clear(struct plan *plan)
{
    certificate_free(plan->issuing);
    for (size_t i = 0; i < CONFIG_ANCHORS_MAX; i++)
        trust_anchor_clear(&plan->own[i]);
    certificate_list_clear(&plan->helpers);
    for (size_t i = 0; i < plan->crl_count; i++)
        crl_free(plan->crls[i]);
}
CLEANUP_VALUE(struct plan, plan_clear)

static enum status check_new(const struct plan *plan, const struct config_anchor *from,
                             const struct certificate *certificate)
{
    for (size_t i = 0; i < plan->count; i++)
        if (certificate_equal(plan->anchors[i].certificate, certificate))
            return status_fail(STATUS_CONFIG, "%s: %s %s", from->section, from->certificate,
                               i == 0 ? "is the own issuing CA, which needs no anchor"
                                      : "is another anchor already");
    return STATUS_OK;
}

static enum status add_anchor(const struct config_anchor *from, struct plan *plan)
{
    struct trust_anchor *own = &plan->own[plan->count - 1];
    TRY(trust_anchor_load(from, own));
    TRY(check_new(plan, from, own->certificate));
    bool soft = strcmp(from->revocation, "soft") == 0;
    plan->anchors[plan->count++] = (struct path_anchor){
        .certificate = own->certificate,
        .revocation = soft ? PATH_REVOCATION_SOFT : PATH_REVOCATION_HARD,
        .policies = (const char *const *)from->policies.items,
        .policy_count = from->policies.count,
    };
    for (size_t i = 0; i < own->helpers.count; i++)
        TRY(certificate_list_add(&plan->helpers, certificate_share(own->helpers.items[i])));
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status read_kept(struct db *db, const char *anchor, const char *source,
                             struct buf *ret_der)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    return trust_store_get_crl(tx, anchor, source, ret_der);
}

/* A kept list that is of no use is only missing. */
static enum status add_crl(struct db *db, const struct config_anchor *from,
                           const struct trust_anchor *anchor, const char *source, struct plan *plan)
{
    struct buf der defer(buf_clear) = BUF_INIT(TRUST_CRL_MAX);
    struct crl *crl defer(crl_free) = NULL;
    enum status status = read_kept(db, from->name, source, &der);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    const struct trust_issuers issuers = {anchor->certificate, &anchor->helpers};
    status = crl_parse(span_of(der.ptr, der.len), &crl);
    if (status == STATUS_OK)
        status = trust_crl_check_issuers(crl, &issuers);
    if (status != STATUS_OK) {
        log_status("trust", status, "a kept revocation list is not used");
        return status_kind(status) == STATUS_KIND_REFUSAL ? STATUS_OK : status;
    }
    if (plan->crl_count == PATH_CRLS_MAX)
        return status_fail(STATUS_CONFIG, "there are more than %d revocation lists", PATH_CRLS_MAX);
    plan->crls[plan->crl_count++] = take(crl);
    return STATUS_OK;
}

static enum status add_crls(const struct config *config, struct db *db, struct plan *plan)
{
    for (size_t i = 0; i < config->anchor_count; i++)
        for (size_t j = 0; j < config->anchors[i].crl.count; j++)
            TRY(add_crl(db, &config->anchors[i], &plan->own[i], config->anchors[i].crl.items[j],
                        plan));
    return STATUS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum status make_path(const struct plan *plan, struct trust_set *set)
{
    const struct path_trust_options options = {
        .anchors = plan->anchors,
        .anchor_count = plan->count,
        .helpers = &plan->helpers,
        .crls = (const struct crl *const *)plan->crls,
        .crl_count = plan->crl_count,
    };
    for (size_t i = 0; i < plan->count; i++)
        TRY(certificate_list_add(&set->anchors, certificate_share(plan->anchors[i].certificate)));
    return path_trust_new(&options, &set->path);
}

static enum status make(const struct config *config, const struct authority *authority,
                        struct db *db, struct trust_set *set)
{
    struct plan plan defer(plan_clear) = {.count = 1};
    TRY(certificate_parse_der(certificate_info(authority_issuing(authority))->der, &plan.issuing));
    plan.anchors[0] =
        (struct path_anchor){.certificate = plan.issuing, .revocation = PATH_REVOCATION_ELSEWHERE};
    for (size_t i = 0; i < config->anchor_count; i++)
        TRY(add_anchor(&config->anchors[i], &plan));
    if (db != NULL)
        TRY(add_crls(config, db, &plan));
    TRY(set_sources(config, set));
    TRY(set_domains(config, set));
    return make_path(&plan, set);
}

enum status trust_set_new(const struct config *config, const struct authority *authority,
                          struct db *db, int64_t generation, struct trust_set **ret_set)
{
    struct trust_set *set defer(trust_set_release) = calloc(1, sizeof *set);
    if (set == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for trust anchors");
    atomic_init(&set->owners, 1);
    set->generation = generation;
    TRY(make(config, authority, db, set));
    *ret_set = take(set);
    return STATUS_OK;
}
