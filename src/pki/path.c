/*
 * OpenSSL walks the path with a callback that lets it go on after each error, so that all of them
 * are known; the table below says which fault an error is. What OpenSSL judges differently from the
 * RFC, or from what is asked here, is put right in note():
 *   - a certificate is valid in the second of notAfter too;
 *   - an anchor is not part of the path: nobody asks whether it was revoked;
 *   - CRLs matter only below an anchor that goes by CRLs.
 * Before any signature is checked, keys that would make that slow are refused.
 */
#include "pki/path.h"

#include "base/buf.h"
#include "base/text.h"
#include "pki/ossl_cleanup.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

/* 112 bits of security (RSA-2048, no SHA-1), and what no CA of today exceeds. */
enum { SECURITY_LEVEL = 2, KEY_BITS_MAX = 8192, FINDINGS_MAX = 64, PRESENTED_MAX = 16 };

/* The policies of one anchor. */
typedef STACK_OF(ASN1_OBJECT) oid_stack;

struct window {
    int64_t from;
    int64_t until;
};

struct path_trust {
    X509_STORE *store;
    x509_stack *helpers;
    struct certificate_list anchors;
    enum path_revocation revocations[PATH_ANCHORS_MAX];
    oid_stack *policies[PATH_ANCHORS_MAX]; /* NULL: none is asked for */
    struct window crls[PATH_CRLS_MAX];     /* in which each is current */
    size_t crl_count;
};

void path_trust_free(struct path_trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->store);
    x509_stack_free(trust->helpers);
    certificate_list_clear(&trust->anchors);
    for (size_t i = 0; i < PATH_ANCHORS_MAX; i++)
        sk_ASN1_OBJECT_pop_free(trust->policies[i], ASN1_OBJECT_free);
    free(trust);
}

/* ---- whom we trust --------------------------------------------------------------------------- */

static enum status parse_policy(const char *oid, ASN1_OBJECT **ret_policy)
{
    *ret_policy = OBJ_txt2obj(oid, 1);
    return *ret_policy != NULL ? STATUS_OK : ossl_fail(STATUS_INVALID, "a policy is not an OID");
}

static enum status add_anchor_policies(const struct path_anchor *anchor, oid_stack **ret_policies)
{
    if (anchor->policy_count > PATH_POLICIES_MAX)
        return status_fail(STATUS_INVALID, "there are more than %d policies", PATH_POLICIES_MAX);
    for (size_t i = 0; i < anchor->policy_count; i++) {
        ASN1_OBJECT *policy defer(ASN1_OBJECT_free) = NULL;
        TRY(parse_policy(anchor->policies[i], &policy));
        if (*ret_policies == NULL)
            *ret_policies = sk_ASN1_OBJECT_new_null();
        if (*ret_policies == NULL || sk_ASN1_OBJECT_push(*ret_policies, policy) <= 0)
            return ossl_fail(STATUS_NO_MEMORY, "no memory for policies");
        policy = NULL;
    }
    return STATUS_OK;
}

static enum status add_anchors(const struct path_trust_options *options, struct path_trust *trust)
{
    if (options->anchor_count == 0 || options->anchor_count > PATH_ANCHORS_MAX)
        return status_fail(STATUS_INVALID, "there must be 1 to %d trust anchors", PATH_ANCHORS_MAX);
    for (size_t i = 0; i < options->anchor_count; i++) {
        struct certificate *anchor = options->anchors[i].certificate;
        if (X509_STORE_add_cert(trust->store, certificate_x509(anchor)) != 1)
            return ossl_fail(STATUS_CRYPTO, "a trust anchor cannot be set");
        TRY(certificate_list_add(&trust->anchors, certificate_share(anchor)));
        trust->revocations[i] = options->anchors[i].revocation;
        TRY(add_anchor_policies(&options->anchors[i], &trust->policies[i]));
    }
    return STATUS_OK;
}

static bool push(x509_stack *stack, X509 *x509)
{
    if (X509_up_ref(x509) != 1)
        return false;
    if (sk_X509_push(stack, x509) > 0)
        return true;
    X509_free(x509);
    return false;
}

static bool push_all(x509_stack *stack, const struct certificate_list *list)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (!push(stack, certificate_x509(list->items[i])))
            return false;
    return true;
}

/* OpenSSL goes by a delta as if it were the whole list, unless it may use indirect ones too. */
static bool is_delta(const struct crl *crl)
{
    return X509_CRL_get_ext_by_NID(crl_x509(crl), NID_delta_crl, -1) >= 0;
}

static enum status add_crls(const struct path_trust_options *options, struct path_trust *trust)
{
    if (options->crl_count > PATH_CRLS_MAX)
        return status_fail(STATUS_INVALID, "there are more than %d CRLs", PATH_CRLS_MAX);
    for (size_t i = 0; i < options->crl_count; i++) {
        const struct crl_info info = crl_info(options->crls[i]);
        if (is_delta(options->crls[i]))
            continue;
        if (X509_STORE_add_crl(trust->store, crl_x509(options->crls[i])) != 1)
            return ossl_fail(STATUS_CRYPTO, "a CRL cannot be set");
        trust->crls[trust->crl_count++] = (struct window){
            info.this_update, info.next_update == 0 ? INT64_MAX : info.next_update - 1};
    }
    return STATUS_OK;
}

static enum status add_policy(X509_VERIFY_PARAM *parameters, const char *oid)
{
    ASN1_OBJECT *policy = NULL;
    TRY(parse_policy(oid, &policy));
    if (X509_VERIFY_PARAM_add0_policy(parameters, policy) == 1)
        return STATUS_OK;
    ASN1_OBJECT_free(policy);
    return ossl_fail(STATUS_CRYPTO, "a policy cannot be set");
}

/* The user-initial-policy-set of 6.1.1: any-policy unless somebody asks for more. */
static enum status add_policies(const struct path_trust_options *options,
                                X509_VERIFY_PARAM *parameters)
{
    if (options->policy_count > PATH_POLICIES_MAX)
        return status_fail(STATUS_INVALID, "there are more than %d policies", PATH_POLICIES_MAX);
    if (options->policy_count == 0)
        return add_policy(parameters, "2.5.29.32.0");
    for (size_t i = 0; i < options->policy_count; i++)
        TRY(add_policy(parameters, options->policies[i]));
    return STATUS_OK;
}

static enum status set_rules(const struct path_trust_options *options, struct path_trust *trust)
{
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK |
                          X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    if (options->policy_count > 0)
        flags |= X509_V_FLAG_EXPLICIT_POLICY;
    X509_VERIFY_PARAM *parameters = X509_STORE_get0_param(trust->store);
    X509_VERIFY_PARAM_set_depth(parameters, LIMIT_CHAIN_LENGTH);
    X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
    if (X509_VERIFY_PARAM_set_flags(parameters, flags) != 1 ||
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT) != 1)
        return ossl_fail(STATUS_CRYPTO, "the rules of a path cannot be set");
    return add_policies(options, parameters);
}

enum status path_trust_new(const struct path_trust_options *options, struct path_trust **ret_trust)
{
    struct path_trust *trust defer(path_trust_free) = calloc(1, sizeof *trust);
    if (trust == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for trust anchors");
    trust->store = X509_STORE_new();
    trust->helpers = sk_X509_new_null();
    if (trust->store == NULL || trust->helpers == NULL ||
        !push_all(trust->helpers, options->helpers))
        return ossl_fail(STATUS_NO_MEMORY, "no memory for trust anchors");
    TRY(add_anchors(options, trust));
    TRY(add_crls(options, trust));
    TRY(set_rules(options, trust));
    *ret_trust = take(trust);
    return STATUS_OK;
}

/* ---- what an error of OpenSSL means ---------------------------------------------------------- */

struct meaning {
    int error;
    enum path_fault fault;
    const char *clause;
    const char *text; /* NULL: OpenSSL's own words */
};

static const struct meaning meanings[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, PATH_NOT_YET_VALID, "4.1.2.5", "not yet valid"},
    {X509_V_ERR_CERT_HAS_EXPIRED, PATH_EXPIRED, "4.1.2.5", "expired"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PATH_UNTRUSTED, "6.1",
     "its issuer is neither trusted nor known"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PATH_UNTRUSTED, "6.1",
     "its issuer is neither trusted nor known"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PATH_UNTRUSTED, "6.1",
     "its issuer is neither trusted nor known"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PATH_UNTRUSTED, "6.1",
     "signed by itself and not trusted"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PATH_UNTRUSTED, "6.1",
     "the path ends at a root that is not trusted"},
    {X509_V_ERR_CERT_UNTRUSTED, PATH_UNTRUSTED, "6.1", NULL},
    {X509_V_ERR_CERT_REJECTED, PATH_UNTRUSTED, "6.1", NULL},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, PATH_BAD_SIGNATURE, "6.1.3", "the signature is not right"},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, PATH_BAD_SIGNATURE, "6.1.3",
     "the signature cannot be read"},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, PATH_BAD_SIGNATURE, "6.1.3",
     "the issuer's key cannot be read"},
    {X509_V_ERR_INVALID_CA, PATH_UNFIT, "4.2.1.9", "it signed a certificate and is not a CA"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, PATH_UNFIT, "4.2.1.9", "more CAs below it than it allows"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, PATH_UNFIT, "6.1", "the path is too long"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PATH_UNFIT, "4.2.1.3", "it may not sign certificates"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PATH_UNFIT, "4.2",
     "a critical extension that nobody here understands"},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, PATH_UNFIT, "4.2.1.4", "a policy that cannot be read"},
    {X509_V_ERR_NO_EXPLICIT_POLICY, PATH_UNFIT, "6.1.5", "none of the required policies"},
    {X509_V_ERR_PERMITTED_VIOLATION, PATH_UNFIT, "4.2.1.10",
     "a name outside of what a CA above it permits"},
    {X509_V_ERR_EXCLUDED_VIOLATION, PATH_UNFIT, "4.2.1.10", "a name that a CA above it excludes"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, PATH_UNFIT, "6.1", "its key is too small"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, PATH_UNFIT, "6.1", "the key of a CA is too small"},
    {X509_V_ERR_CA_MD_TOO_WEAK, PATH_UNFIT, "6.1", "signed with a digest that is broken"},
    {X509_V_ERR_CERT_REVOKED, PATH_REVOKED, "6.3", "revoked"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, PATH_REVOCATION_UNKNOWN, "6.3", "there is no CRL of its issuer"},
    {X509_V_ERR_CRL_HAS_EXPIRED, PATH_REVOCATION_UNKNOWN, "5.1.2.5",
     "the CRL of its issuer is out of date"},
    {X509_V_ERR_CRL_NOT_YET_VALID, PATH_REVOCATION_UNKNOWN, "5.1.2.4",
     "the CRL of its issuer is not yet valid"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, PATH_REVOCATION_UNKNOWN, "5.1.1.3",
     "the signature of its issuer's CRL is not right"},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, PATH_REVOCATION_UNKNOWN, "5.2.5",
     "the CRL of its issuer does not cover it"},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, PATH_REVOCATION_UNKNOWN, "5.2",
     "the CRL of its issuer has a critical extension that nobody here understands"},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, PATH_REVOCATION_UNKNOWN, "6.3.3",
     "nobody known signed the CRL of its issuer"},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, PATH_REVOCATION_UNKNOWN, "6.3.3",
     "the path of its CRL fails"},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, PATH_REVOCATION_UNKNOWN, "4.2.1.3",
     "its issuer may not sign CRLs"},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, PATH_REVOCATION_UNKNOWN, "5.1.1.3", NULL},
    {X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, PATH_REVOCATION_UNKNOWN, "5.1.2.4", NULL},
    {X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, PATH_REVOCATION_UNKNOWN, "5.1.2.5", NULL},
};

static const struct meaning *meaning_of(int error)
{
    static const struct meaning other = {0, PATH_UNFIT, "6.1", NULL};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].error == error)
            return &meanings[i];
    return &other;
}

/* INVALID_PURPOSE says either of two things about the leaf, and a third about a CA. */
static const struct meaning *meaning_of_purpose(X509 *x509, int depth)
{
    static const struct meaning eku = {0, PATH_WRONG_EKU, "4.2.1.12",
                                       "its extendedKeyUsage lacks clientAuth"};
    static const struct meaning usage = {0, PATH_UNFIT, "4.2.1.3",
                                         "its keyUsage lacks digitalSignature"};
    static const struct meaning authority = {0, PATH_UNFIT, "4.2.1.12",
                                             "the CA is not for certificates of TLS clients"};
    if (depth > 0)
        return &authority;
    return (X509_get_extended_key_usage(x509) & XKU_SSL_CLIENT) != 0 ? &usage : &eku;
}

static const struct meaning *meaning_in(int error, X509 *x509, int depth)
{
    static const struct meaning no_key = {0, PATH_UNFIT, "4.1.2.7", "its key cannot be read"};
    if (x509 != NULL && error == X509_V_ERR_INVALID_PURPOSE)
        return meaning_of_purpose(x509, depth);
    if (x509 != NULL && error == X509_V_ERR_EE_KEY_TOO_SMALL && X509_get0_pubkey(x509) == NULL)
        return &no_key;
    return meaning_of(error);
}

/* ---- one path -------------------------------------------------------------------------------- */

struct finding {
    const struct meaning *meaning;
    int error;
    int depth;
    const X509 *x509; /* lives as long as the context */
};

struct walk {
    int64_t at;
    struct finding findings[FINDINGS_MAX];
    size_t count;
    bool finished; /* no check was left out */
};

/* OpenSSL ends one second before the RFC does. */
static bool is_last_second(const X509 *x509, int64_t at)
{
    ASN1_TIME *now defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, (time_t)at);
    return now != NULL && ASN1_TIME_compare(X509_get0_notAfter(x509), now) == 0;
}

static int note(int ok, X509_STORE_CTX *context)
{
    struct walk *walk = X509_STORE_CTX_get_app_data(context);
    int error = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    X509 *x509 = X509_STORE_CTX_get_current_cert(context);
    if (ok == 1 || walk->count == FINDINGS_MAX)
        return 1;
    if (error == X509_V_ERR_CERT_HAS_EXPIRED && x509 != NULL && is_last_second(x509, walk->at))
        return 1;
    walk->findings[walk->count++] = (struct finding){
        .meaning = meaning_in(error, x509, depth),
        .error = error,
        .depth = depth,
        .x509 = x509,
    };
    return 1;
}

static bool is_about_revocation(const struct finding *finding)
{
    enum path_fault fault = finding->meaning->fault;
    return fault == PATH_REVOKED || fault == PATH_REVOCATION_UNKNOWN;
}

static void describe(const struct finding *finding, struct path_result *result)
{
    char name[160] = "";
    const char *text = finding->meaning->text;
    if (finding->x509 != NULL)
        X509_NAME_oneline(X509_get_subject_name(finding->x509), name, sizeof name);
    snprintf(result->detail, sizeof result->detail, "RFC 5280 %s: %s%s%s", finding->meaning->clause,
             text != NULL ? text : X509_verify_cert_error_string(finding->error),
             name[0] == '\0' ? "" : ": ", name);
}

/* Where the path ended: its number, or that of no anchor. */
static size_t find_anchor(const struct path_trust *trust, X509_STORE_CTX *context,
                          struct path_result *result, int *ret_depth)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    int last = sk_X509_num(chain) - 1;
    size_t found = PATH_ANCHORS_MAX;
    *ret_depth = last;
    for (size_t i = 0; last >= 0 && i < trust->anchors.count; i++)
        if (X509_cmp(sk_X509_value(chain, last), certificate_x509(trust->anchors.items[i])) == 0) {
            result->anchor = trust->anchors.items[i];
            result->revocation = trust->revocations[i];
            found = i;
        }
    return found;
}

static bool has_policy(const X509_POLICY_TREE *tree, const oid_stack *wanted)
{
    STACK_OF(X509_POLICY_NODE) *nodes = tree == NULL ? NULL : X509_policy_tree_get0_policies(tree);
    bool found = false;
    for (int i = 0; !found && i < sk_X509_POLICY_NODE_num(nodes); i++) {
        const ASN1_OBJECT *policy =
            X509_policy_node_get0_policy(sk_X509_POLICY_NODE_value(nodes, i));
        found = OBJ_obj2nid(policy) == NID_any_policy;
        for (int j = 0; !found && j < sk_ASN1_OBJECT_num(wanted); j++)
            found = OBJ_cmp(policy, sk_ASN1_OBJECT_value(wanted, j)) == 0;
    }
    return found;
}

/* 6.1.5 (g) with the policies that this anchor asks for. */
static void judge_policies(const struct path_trust *trust, size_t anchor, X509_STORE_CTX *context,
                           struct path_result *result)
{
    if (anchor == PATH_ANCHORS_MAX || trust->policies[anchor] == NULL ||
        result->fault <= PATH_UNFIT ||
        has_policy(X509_STORE_CTX_get0_policy_tree(context), trust->policies[anchor]))
        return;
    result->fault = PATH_UNFIT;
    snprintf(result->detail, sizeof result->detail,
             "RFC 5280 6.1.5: none of the policies that its anchor asks for");
}

/* ---- how long the result is good ------------------------------------------------------------- */

static void narrow(struct path_result *result, int64_t at, const struct window *window)
{
    if (at < window->from)
        result->same_until =
            window->from - 1 < result->same_until ? window->from - 1 : result->same_until;
    else if (at > window->until)
        result->same_from =
            window->until + 1 > result->same_from ? window->until + 1 : result->same_from;
    else {
        result->same_from = window->from > result->same_from ? window->from : result->same_from;
        result->same_until =
            window->until < result->same_until ? window->until : result->same_until;
    }
}

static int64_t seconds_of(const ASN1_TIME *time, int64_t otherwise)
{
    struct tm parts = {0};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : otherwise;
}

/* Every end of a certificate on the path, and of every list, bounds the time. */
static void find_bounds(const struct path_trust *trust, X509_STORE_CTX *context, int64_t at,
                        struct path_result *result)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    result->same_from = INT64_MIN;
    result->same_until = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const X509 *x509 = sk_X509_value(chain, i);
        const struct window window = {seconds_of(X509_get0_notBefore(x509), at),
                                      seconds_of(X509_get0_notAfter(x509), at)};
        narrow(result, at, &window);
    }
    for (size_t i = 0; i < trust->crl_count; i++)
        narrow(result, at, &trust->crls[i]);
}

/* Whether a finding counts, given how revocation is known below the anchor. */
static bool counts(const struct finding *finding, int anchor_depth, struct path_result *result)
{
    if (!is_about_revocation(finding))
        return true;
    if (finding->depth >= anchor_depth || result->revocation == PATH_REVOCATION_ELSEWHERE)
        return false;
    bool soft = result->revocation == PATH_REVOCATION_SOFT &&
                finding->meaning->fault == PATH_REVOCATION_UNKNOWN;
    if (soft && !result->revocation_unknown && result->fault == PATH_SOUND)
        describe(finding, result); /* until something is found that counts */
    result->revocation_unknown = result->revocation_unknown || soft;
    return !soft;
}

static void judge(const struct path_trust *trust, X509_STORE_CTX *context, const struct walk *walk,
                  struct path_result *result)
{
    int anchor_depth;
    size_t anchor = find_anchor(trust, context, result, &anchor_depth);
    find_bounds(trust, context, walk->at, result);
    for (size_t i = 0; i < walk->count; i++) {
        const struct finding *finding = &walk->findings[i];
        if (!counts(finding, anchor_depth, result) || finding->meaning->fault >= result->fault)
            continue;
        result->fault = finding->meaning->fault;
        describe(finding, result);
    }
    if (walk->finished)
        judge_policies(trust, anchor, context, result);
}

static bool is_slow(X509 *x509)
{
    const EVP_PKEY *pkey = X509_get0_pubkey(x509);
    return pkey != NULL && EVP_PKEY_get_bits(pkey) > KEY_BITS_MAX;
}

/* What would cost too much to check; true when that is all there is to say. */
static bool refuses_size(const struct certificate *leaf, const struct certificate_list *presented,
                         struct path_result *result)
{
    bool many = presented != NULL && presented->count > PRESENTED_MAX;
    bool slow = is_slow(certificate_x509(leaf));
    for (size_t i = 0; presented != NULL && !many && i < presented->count; i++)
        slow = slow || is_slow(certificate_x509(presented->items[i]));
    if (!many && !slow)
        return false;
    result->fault = PATH_UNFIT;
    snprintf(result->detail, sizeof result->detail, "RFC 5280 6.1: %s",
             many ? "it came with too many certificates" : "a key of more than 8192 bits");
    return true;
}

/* OpenSSL gives up where a key cannot be read and where there are more policies than it works out,
 * as well as without memory: what it found by then is enough to refuse. */
static enum status walk_path(const struct path_trust *trust, const struct certificate *leaf,
                             x509_stack *untrusted, struct walk *walk, struct path_result *result)
{
    X509_STORE_CTX *context defer(X509_STORE_CTX_free) = X509_STORE_CTX_new();
    if (context == NULL ||
        X509_STORE_CTX_init(context, trust->store, certificate_x509(leaf), untrusted) != 1)
        return ossl_fail(STATUS_NO_MEMORY, "a path cannot be checked");
    X509_STORE_CTX_set_time(context, 0, (time_t)walk->at);
    X509_STORE_CTX_set_app_data(context, walk);
    X509_STORE_CTX_set_verify_cb(context, note);
    int verified = X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    walk->finished = verified >= 0 && error != X509_V_ERR_OUT_OF_MEM;
    judge(trust, context, walk, result);
    ERR_clear_error();
    if (!walk->finished && result->fault == PATH_SOUND)
        return status_fail(STATUS_CRYPTO, "a path cannot be checked: %s",
                           X509_verify_cert_error_string(error));
    return STATUS_OK;
}

enum status path_check(const struct path_trust *trust, const struct certificate *leaf,
                       const struct certificate_list *presented, int64_t at,
                       struct path_result *ret_result)
{
    struct path_result result = {.fault = PATH_SOUND, .same_from = at, .same_until = at};
    struct walk walk = {.at = at};
    if (!refuses_size(leaf, presented, &result)) {
        x509_stack *untrusted defer(x509_stack_free) = sk_X509_new_null();
        bool ready = untrusted != NULL && push_all(untrusted, presented);
        for (int i = 0; ready && i < sk_X509_num(trust->helpers); i++)
            ready = push(untrusted, sk_X509_value(trust->helpers, i));
        if (!ready)
            return ossl_fail(STATUS_NO_MEMORY, "no memory to check a path");
        TRY(walk_path(trust, leaf, untrusted, &walk, &result));
    }
    *ret_result = result;
    return STATUS_OK;
}
