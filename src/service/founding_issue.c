/* Every certificate here is recorded before it is signed, as the signer's are (service/issue.c). */
#include "service/founding_issue.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "config/config.h"
#include "pki/crl.h"
#include "pki/profile.h"
#include "service/address.h"
#include "service/machine.h"
#include "store/certificate_store.h"
#include "store/crl_store.h"

#include <stdio.h>

enum { ROOT_DAYS = 20 * 365, ISSUING_DAYS = 10 * 365, SERVER_DAYS = 820 };
enum { FOUNDING_LEASE = CLOCK_HOUR, COMMON_NAME_SIZE = 4 * LIMIT_PERSON_NAME + 16 };

/* One certificate to be made: who signs, and with what. */
struct order {
    enum profile profile;
    const char *user;   /* in lists: the name of the CA or of the server */
    const char *issuer; /* "root" or "issuing" */
    const struct certificate *issuer_certificate;
    const struct private_key *issuer_key;
    const struct private_key *key;
    int64_t lifetime;
};

static enum status reserve(const struct founding *founding, const struct order *order,
                           const struct certificate_fields *fields, const char *serial)
{
    char who[ACTOR_TEXT_MAX];
    actor_format(&founding->actor, who);
    const struct certificate_row row = {
        .serial = serial,
        .issuer = order->issuer,
        .profile = profile_name(order->profile),
        .user = order->user,
        .name = "",
        .mail = "",
        .device = "",
        .not_before = fields->not_before,
        .not_after = fields->not_after,
        .reserved_at = clock_now(),
        .lease_until = clock_now() + FOUNDING_LEASE,
        .created_by = who,
        .link_id = "",
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(certificate_store_reserve(tx, &row));
    return db_commit(tx);
}

static enum status complete(const struct founding *founding, const char *serial,
                            const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    const struct audit_value values[] = {AUDIT_TEXT("subject", info->subject),
                                         AUDIT_NUMBER("not_after", info->not_after)};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(certificate_store_complete(tx, serial, info->der, clock_now()));
    TRY(audit_write(tx, &founding->actor, "certificate.issue", serial, values, 2));
    return db_commit(tx);
}

static void set_validity(const struct order *order, struct certificate_fields *fields)
{
    fields->not_before = clock_now();
    fields->not_after = fields->not_before + order->lifetime;
    int64_t longest = fields->not_before + profile_longest(order->profile);
    if (fields->not_after > longest)
        fields->not_after = longest;
    if (order->issuer_certificate == NULL)
        return;
    const struct certificate_info *issuer = certificate_info(order->issuer_certificate);
    if (fields->not_after > issuer->not_after)
        fields->not_after = issuer->not_after;
}

static enum status make(const struct founding *founding, const struct order *order,
                        struct certificate_fields *fields, struct certificate **ret_certificate)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(private_key_spki(order->key, &spki));
    fields->spki = span_of(spki.ptr, spki.len);
    fields->organisation = span_of_text(founding->request->organisation);
    set_validity(order, fields);
    TRY(serial_generate(fields->serial));
    char serial[SERIAL_TEXT_SIZE];
    serial_format(fields->serial, serial);

    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(reserve(founding, order, fields, serial));
    TRY(profile_issue(order->profile, fields, order->issuer_certificate, order->issuer_key,
                      &certificate));
    TRY(complete(founding, serial, certificate));
    *ret_certificate = take(certificate);
    return STATUS_OK;
}

/* "Example Root CA": iOS lists a root for trust only when it has a common name. */
static struct span name_ca(const struct founding *founding, const char *kind,
                           char name[static COMMON_NAME_SIZE])
{
    const char *organisation = founding->request->organisation;
    snprintf(name, COMMON_NAME_SIZE, "%s %s", organisation, kind);
    if (strlen(organisation) + 1 + strlen(kind) > LIMIT_PERSON_NAME)
        snprintf(name, COMMON_NAME_SIZE, "%s", kind);
    return span_of_text(name);
}

static int64_t days(int wanted, int otherwise)
{
    return (int64_t)(wanted > 0 ? wanted : otherwise) * CLOCK_DAY;
}

static void set_urls(const struct address_issuer *urls, struct certificate_fields *fields)
{
    fields->crl_url = span_of_text(urls->crl);
    fields->issuer_url = span_of_text(urls->certificate);
    fields->ocsp_url = span_of_text(urls->ocsp);
}

enum status founding_issue_root(struct founding *founding)
{
    char name[COMMON_NAME_SIZE];
    struct certificate_fields fields = {.common_name = name_ca(founding, "Root CA", name)};
    const struct order order = {
        .profile = PROFILE_ROOT,
        .user = name,
        .issuer = "root",
        .issuer_key = founding->root_key,
        .key = founding->root_key,
        .lifetime = days(founding->request->root_days, ROOT_DAYS),
    };
    return make(founding, &order, &fields, &founding->root);
}

enum status founding_issue_issuing(struct founding *founding)
{
    char name[COMMON_NAME_SIZE];
    struct address_issuer urls;
    TRY(address_of_issuer(founding->config, "root", &urls));
    struct certificate_fields fields = {.common_name = name_ca(founding, "Issuing CA", name)};
    set_urls(&urls, &fields);
    const struct order order = {
        .profile = PROFILE_ISSUING,
        .user = name,
        .issuer = "root",
        .issuer_certificate = founding->root,
        .issuer_key = founding->root_key,
        .key = founding->issuing_key,
        .lifetime = days(founding->request->issuing_days, ISSUING_DAYS),
    };
    return make(founding, &order, &fields, &founding->issuing);
}

static void add_host(struct certificate_fields *fields, const char *host)
{
    struct span name = span_of_text(host);
    for (size_t i = 0; i < fields->host_count; i++)
        if (span_equal(fields->hosts[i], name))
            return;
    if (name.len > 0 && fields->host_count < FIELD_HOSTS_MAX)
        fields->hosts[fields->host_count++] = name;
}

static void add_hosts(const struct founding *founding, const struct machine_addresses *machine,
                      struct certificate_fields *fields)
{
    const struct config *config = founding->config;
    const char *const *names = founding->request->names;
    add_host(fields, config->public_host);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        add_host(fields, names[i]);
    for (size_t i = 0; i < config->public_names.count; i++)
        add_host(fields, config->public_names.items[i]);
    add_host(fields, "localhost");
    for (size_t i = 0; i < machine->count; i++)
        add_host(fields, machine->texts[i]);
}

enum status founding_issue_server(const struct founding *founding, const struct private_key *key,
                                  struct certificate **ret_certificate)
{
    struct machine_addresses machine;
    TRY(machine_addresses(&machine));
    const char *host = founding->config->public_host;
    bool fits = strlen(host) <= LIMIT_PERSON_NAME;
    struct certificate_fields fields = {.common_name = span_of_text(fits ? host : "certferry")};
    struct address_issuer urls;
    TRY(address_of_issuer(founding->config, "issuing", &urls));
    set_urls(&urls, &fields);
    add_hosts(founding, &machine, &fields);
    const struct order order = {
        .profile = PROFILE_SERVER,
        .user = host,
        .issuer = "issuing",
        .issuer_certificate = founding->issuing,
        .issuer_key = founding->issuing_key,
        .key = key,
        .lifetime = days(SERVER_DAYS, SERVER_DAYS),
    };
    return make(founding, &order, &fields, ret_certificate);
}

/* CRLs that an imported CA published elsewhere have lower numbers than the seconds since 1970. */
static enum status take_number(const struct founding *founding, const char *issuer,
                               int64_t *ret_number)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(crl_store_take_number(tx, issuer, founding->first_crl, ret_number));
    return db_commit(tx);
}

static enum status record_crl(const struct founding *founding, const char *issuer,
                              const struct crl_fields *fields)
{
    const struct crl_row row = {
        .issuer = issuer,
        .number = fields->number,
        .this_update = fields->this_update,
        .next_update = fields->next_update,
        .published_at = clock_now(),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(crl_store_published(tx, &row));
    const struct audit_value values[] = {AUDIT_NUMBER("number", fields->number),
                                         AUDIT_NUMBER("next_update", fields->next_update)};
    TRY(audit_write(tx, &founding->actor, "crl.publish", issuer, values, 2));
    return db_commit(tx);
}

static enum status issue_crl(const struct founding *founding, const char *name, int64_t lifetime,
                             const struct certificate *issuer, const struct private_key *key,
                             const char *path)
{
    int64_t now = clock_now();
    struct crl_fields fields = {.this_update = now, .next_update = now + lifetime};
    TRY(take_number(founding, name, &fields.number));
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    TRY(crl_issue(&fields, issuer, key, &der));
    struct span contents;
    TRY(buf_finish(&der, &contents));
    TRY(file_replace(path, contents, 0644));
    return record_crl(founding, name, &fields);
}

enum status founding_issue_crls(const struct founding *founding)
{
    const struct config *config = founding->config;
    TRY(issue_crl(founding, "issuing", config->crl_lifetime, founding->issuing,
                  founding->issuing_key, config->authority_issuing_crl));
    if (founding->root_key == NULL)
        return STATUS_OK;
    return issue_crl(founding, "root", config->crl_root_lifetime, founding->root,
                     founding->root_key, config->authority_root_crl);
}

enum status founding_record(const struct founding *founding, const struct certificate *certificate,
                            const char *profile)
{
    const struct certificate_info *info = certificate_info(certificate);
    const struct certificate_fields times = {.not_before = info->not_before,
                                             .not_after = info->not_after};
    struct order order = {.user = info->common_name, .issuer = "root"};
    TRY(profile_parse(profile, &order.profile));
    TRY(reserve(founding, &order, &times, info->serial));
    return complete(founding, info->serial, certificate);
}
