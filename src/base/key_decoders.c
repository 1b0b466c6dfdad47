/* A provider of our own that hands on all that the default provider offers, but few decoders. */
#include "base/key_decoders.h"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { DECODERS_MAX = 32 };
static const char name[] = "key-decoders";

/* OpenSSL gives the functions of our provider the context that its algorithms need, which is that
 * of the default provider: what is ours has no other way to them. Written once. */
static struct {
    pthread_once_t once;
    OSSL_PROVIDER *all; /* the default one of the default context */
    OSSL_PROVIDER *ours;
    OSSL_ALGORITHM decoders[DECODERS_MAX + 1]; /* ends with one without names */
    OSSL_LIB_CTX *context;
} key_decoders = {.once = PTHREAD_ONCE_INIT};

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
    (void)context;
    if (operation != OSSL_OP_DECODER)
        return OSSL_PROVIDER_query_operation(key_decoders.all, operation, no_cache);
    *no_cache = 0;
    return key_decoders.decoders;
}

static void unquery(void *context, int operation, const OSSL_ALGORITHM *algorithms)
{
    (void)context;
    if (operation != OSSL_OP_DECODER)
        OSSL_PROVIDER_unquery_operation(key_decoders.all, operation, algorithms);
}

/* The groups of TLS. */
static int get_capabilities(void *context, const char *capability, OSSL_CALLBACK *take, void *taker)
{
    (void)context;
    return OSSL_PROVIDER_get_capabilities(key_decoders.all, capability, take, taker);
}

typedef void function(void);

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (function *)query},
    {OSSL_FUNC_PROVIDER_UNQUERY_OPERATION, (function *)unquery},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (function *)get_capabilities},
    {0, NULL},
};

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *offered,
                         const OSSL_DISPATCH **ret_functions, void **ret_context)
{
    (void)handle;
    (void)offered;
    *ret_functions = functions;
    *ret_context = OSSL_PROVIDER_get0_provider_ctx(key_decoders.all);
    return 1;
}

static bool reads_public_key(const OSSL_ALGORITHM *decoder)
{
    const char *properties = decoder->property_definition;
    return strstr(properties, "input=der") != NULL &&
           strstr(properties, "structure=SubjectPublicKeyInfo") != NULL;
}

static bool choose_decoders(void)
{
    int no_cache;
    const OSSL_ALGORITHM *all =
        OSSL_PROVIDER_query_operation(key_decoders.all, OSSL_OP_DECODER, &no_cache);
    size_t count = 0;
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (!reads_public_key(all))
            continue;
        if (count == DECODERS_MAX)
            return false;
        key_decoders.decoders[count++] = *all;
    }
    return count > 0;
}

static int count_provider(OSSL_PROVIDER *provider, void *count)
{
    (void)provider;
    ++*(int *)count;
    return 1;
}

/* The default provider is there unasked, as long as the configuration names no other. */
static bool is_default_alone(void)
{
    int count = 0;
    return OSSL_PROVIDER_available(NULL, "default") == 1 &&
           OSSL_PROVIDER_do_all(NULL, count_provider, &count) == 1 && count == 1 &&
           EVP_default_properties_is_fips_enabled(NULL) == 0;
}

/* At exit, before OpenSSL frees its default context, which ours uses. */
static void free_context(void)
{
    OSSL_PROVIDER_unload(key_decoders.ours);
    OSSL_LIB_CTX_free(key_decoders.context);
    OSSL_PROVIDER_unload(key_decoders.all);
}

static bool load(OSSL_LIB_CTX *context)
{
    key_decoders.all = OSSL_PROVIDER_load(NULL, "default");
    if (key_decoders.all == NULL || !choose_decoders() ||
        OSSL_PROVIDER_add_builtin(context, name, provider_init) != 1)
        return false;
    key_decoders.ours = OSSL_PROVIDER_load(context, name);
    return key_decoders.ours != NULL;
}

static void make_context(void)
{
    OSSL_LIB_CTX *context = is_default_alone() ? OSSL_LIB_CTX_new() : NULL;
    if (context == NULL)
        return;
    if (load(context) && OPENSSL_atexit(free_context) == 1)
        key_decoders.context = context;
    else
        OSSL_LIB_CTX_free(context);
}

OSSL_LIB_CTX *key_decoders_context(void)
{
    pthread_once(&key_decoders.once, make_context);
    return key_decoders.context;
}
