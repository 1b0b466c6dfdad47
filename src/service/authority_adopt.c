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

static enum status read_file(const char *path, struct buf *contents, struct span *ret_bytes)
{
    TRY(file_read(path, contents));
    return buf_finish(contents, ret_bytes);
}

static enum status add_certificates(const char *path, struct certificate_list *list)
{
    struct buf contents defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct certificate_list found defer(certificate_list_clear) = {0};
    struct span bytes;
    TRY(read_file(path, &contents, &bytes));
    TRY(certificate_list_parse(bytes, &found));
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
    TRY(read_file(import->pkcs12_file, &contents, &bytes));
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

/* The certificate whose subject is the issuer of `certificate`; NULL when it is not there. */
static struct certificate *find_issuer(const struct certificate_list *list,
                                       const struct certificate *certificate)
{
    const char *issuer = certificate_info(certificate)->issuer;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(certificate_info(list->items[i])->subject, issuer) == 0)
            return list->items[i];
    return NULL;
}

static enum status check_chain(const struct certificate *issuing, const struct certificate *root)
{
    const char *issuer = certificate_info(issuing)->issuer;
    if (root == NULL)
        return status_fail(STATUS_INVALID, "the chain lacks the root, %s", issuer);
    if (!certificate_info(root)->is_self_issued)
        return status_fail(STATUS_INVALID,
                           "%s is not a root: the issuing CA must be signed by a root itself",
                           issuer);
    return chain_check(NULL, issuing, root, clock_now());
}

static enum status read_import(const struct authority_import *import, struct founding *founding)
{
    struct certificate_list list defer(certificate_list_clear) = {0};
    if (import->pkcs12_file != NULL)
        TRY(read_pkcs12(import, &founding->issuing_key, &list));
    else
        TRY(read_pem(import, &founding->issuing_key, &list));
    TRY(check_issuing(founding->issuing_key, list.items[0]));
    struct certificate *root = find_issuer(&list, list.items[0]);
    TRY(check_chain(list.items[0], root));
    founding->issuing = certificate_share(list.items[0]);
    founding->root = certificate_share(root);
    return STATUS_OK;
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
    };
    TRY(read_import(import, &founding));
    TRY(founding_begin(&founding));
    TRY(founding_record(&founding, founding.root, "root"));
    TRY(founding_record(&founding, founding.issuing, "issuing"));
    return founding_finish(&founding, ret_created);
}
