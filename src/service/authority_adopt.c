/*
 * import: everything about the given CA is checked before anything is made, in the order in which a
 * person would ask: is the key there, whose is it, is that a CA that may sign leaves, is it valid,
 * who signed it.
 */
#include "service/authority.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "pki/chain.h"
#include "pki/pfx.h"
#include "service/founding_issue.h"

static enum status add_certificates(const char *path, struct certificate_list *list)
{
    struct certificate_list found defer(certificate_list_clear) = {0};
    TRY(certificate_list_load(path, &found));
    for (size_t i = 0; i < found.count; i++)
        TRY(certificate_list_add(list, certificate_share(found.items[i])));
    return STATUS_OK;
}

static enum status read_pem(const struct authority_import *import, struct private_key **ret_key,
                            struct certificate_list *list)
{
    if (import->certificate_file == NULL || import->key_file == NULL)
        return status_fail(STATUS_INVALID,
                           "a certificate and its key are needed, or one PKCS#12 file");
    TRY(add_certificates(import->certificate_file, list));
    if (import->chain_file != NULL)
        TRY(add_certificates(import->chain_file, list));
    struct secret *pem defer(secret_free) = NULL;
    TRY(secret_read_file(import->key_file, LIMIT_KEY_FILE, false, &pem));
    return private_key_from_pem(secret_span(pem), import->secret, ret_key);
}

static enum status read_pkcs12(const struct authority_import *import, struct private_key **ret_key,
                               struct certificate_list *list)
{
    struct buf contents defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct span bytes;
    TRY(file_read(import->pkcs12_file, &contents));
    TRY(buf_finish(&contents, &bytes));
    struct secret *none defer(secret_free) = NULL;
    TRY(secret_new(0, &none));
    TRY(pfx_open(bytes, import->secret == NULL ? none : import->secret, ret_key, list));
    return import->chain_file == NULL ? STATUS_OK : add_certificates(import->chain_file, list);
}

static enum status check_issuing(const struct private_key *key,
                                 const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    if (!private_key_matches(key, certificate))
        return status_fail(STATUS_INVALID, "the key is not that of %s", info->subject);
    if (!info->is_ca)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 4.2.1.9: %s is not a CA certificate (basicConstraints)",
                           info->subject);
    if (info->is_self_issued)
        return status_fail(STATUS_INVALID,
                           "%s is a root: give an issuing CA that a root has signed",
                           info->subject);
    if (clock_now() > info->not_after)
        return status_fail(STATUS_INVALID, "%s has expired", info->subject);
    return STATUS_OK;
}

/* The certificate of the key; the first one when there is none, for the refusal to name. */
static struct certificate *find_issuing(const struct private_key *key,
                                        const struct certificate_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (private_key_matches(key, list->items[i]))
            return list->items[i];
    return list->items[0];
}

static enum status read_import(const struct authority_import *import, struct founding *founding)
{
    struct certificate_list list defer(certificate_list_clear) = {0};
    if (import->pkcs12_file != NULL)
        TRY(read_pkcs12(import, &founding->issuing_key, &list));
    else
        TRY(read_pem(import, &founding->issuing_key, &list));
    int64_t now = clock_now();
    struct certificate *issuing = find_issuing(founding->issuing_key, &list);
    TRY(check_issuing(founding->issuing_key, issuing));
    TRY(chain_order(issuing, &list, now, &founding->between, &founding->root));
    TRY(chain_check(NULL, issuing, &founding->between, founding->root, now));
    founding->issuing = certificate_share(issuing);
    return STATUS_OK;
}

/* Serials are unique below one CA only (RFC 5280 4.1.2.2). When root and issuing CA have the same,
 * the row is that of the issuing CA, which is the one at work here. */
static enum status record(const struct founding *founding)
{
    const char *serial = certificate_info(founding->issuing)->serial;
    if (strcmp(certificate_info(founding->root)->serial, serial) != 0)
        TRY(founding_record(founding, founding->root, "root"));
    return founding_record(founding, founding->issuing, "issuing");
}

enum status authority_adopt(const struct authority_request *request,
                            const struct authority_import *import,
                            struct authority_created *ret_created)
{
    struct founding founding defer(founding_clear) = {
        .request = request,
        .root_crl = "",
        .first_crl = clock_now(),
        .actor = {.kind = ACTOR_COMMAND, .name = request->asked_by},
        .action = "authority.import",
    };
    TRY(read_import(import, &founding));
    TRY(founding_begin(&founding));
    TRY(record(&founding));
    return founding_finish(&founding, ret_created);
}
