/*
 * The values of a profile and its signature; the XML itself is ca.mobileconfig and
 * user.mobileconfig under www/templates.
 *
 * A payload's UUID hangs on its bytes and the profile's on all of its payloads, so nothing has to
 * be remembered between two downloads. The identifier of a user's profile hangs on the user: the
 * next certificate of the same person replaces the last one on the device.
 */
#include "pki/mobileconfig.h"

#include "base/limits.h"
#include "base/text.h"
#include "pki/ossl_cleanup.h"
#include "view/pages.h"

#include <ctype.h>
#include <openssl/err.h>

enum { IDENTIFIER_MAX = LIMIT_HOST + 64, UUID_SIZE = 16 };

/* RFC 4122 4.3: the namespace of this program. */
static const uint8_t namespace_uuid[UUID_SIZE] = {0x3f, 0x0c, 0x5a, 0x61, 0x9d, 0x2e, 0x4b, 0x77,
                                                  0x8a, 0x15, 0xc4, 0x0e, 0x6b, 0x92, 0xd1, 0x38};

CLEANUP_POINTER(EVP_MD_CTX, EVP_MD_CTX_free)

static enum status hash_name(const char *kind, struct span content, uint8_t *ret_digest)
{
    EVP_MD_CTX *hash defer(EVP_MD_CTX_free) = EVP_MD_CTX_new();
    if (hash == NULL || EVP_DigestInit_ex2(hash, EVP_sha1(), NULL) != 1 ||
        EVP_DigestUpdate(hash, namespace_uuid, UUID_SIZE) != 1 ||
        EVP_DigestUpdate(hash, kind, strlen(kind) + 1) != 1 ||
        EVP_DigestUpdate(hash, content.ptr, content.len) != 1 ||
        EVP_DigestFinal_ex(hash, ret_digest, NULL) != 1)
        return ossl_fail(STATUS_CRYPTO, "a UUID cannot be computed");
    return STATUS_OK;
}

enum status uuid_from_content(const char *kind, struct span content,
                              char ret_text[static UUID_TEXT_SIZE])
{
    uint8_t id[EVP_MAX_MD_SIZE];
    TRY(hash_name(kind, content, id));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x50); /* version 5 */
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80); /* the variant of RFC 4122 */
    char *at = ret_text;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at += snprintf(at, 3, "%02X", id[i]);
    }
    return STATUS_OK;
}

/* "ca.example.com" becomes "com.example.ca"; what is no letter, digit or hyphen becomes a hyphen.
 */
static void append_reversed(struct buf *identifier, const char *host)
{
    for (size_t end = strlen(host); end > 0;) {
        size_t start = end;
        while (start > 0 && host[start - 1] != '.')
            start--;
        for (size_t i = start; i < end; i++)
            buf_append_byte(identifier, isalnum((unsigned char)host[i]) ? (uint8_t)host[i] : '-');
        if (start > 1)
            buf_append_byte(identifier, '.');
        end = start > 0 ? start - 1 : 0;
    }
}

/* What one payload needs: its UUID, its bytes in base64. */
struct payload {
    char uuid[UUID_TEXT_SIZE];
    struct buf base64;
};

static void payload_clear(struct payload *payload)
{
    buf_clear(&payload->base64);
}
CLEANUP_VALUE(struct payload, payload_clear)

static enum status payload_fill(const char *kind, struct span bytes, struct payload *payload)
{
    TRY(uuid_from_content(kind, bytes, payload->uuid));
    text_append_base64(&payload->base64, bytes);
    return payload->base64.failure;
}

static const char *text_of(const struct buf *buf)
{
    return (const char *)buf->ptr;
}

/* What stands between root and issuing CA, as both kinds of profile show it. */
struct intermediates {
    struct payload payloads[LIMIT_CHAIN_LENGTH];
    char labels[LIMIT_CHAIN_LENGTH][sizeof "intermediate-00"];
    struct view_intermediate views[LIMIT_CHAIN_LENGTH];
    size_t count;
};

static void intermediates_clear(struct intermediates *all)
{
    for (size_t i = 0; i < all->count; i++)
        payload_clear(&all->payloads[i]);
}
CLEANUP_VALUE(struct intermediates, intermediates_clear)

static enum status intermediates_fill(const struct certificate_list *list,
                                      struct intermediates *all)
{
    for (size_t i = 0; list != NULL && i < list->count && i < LIMIT_CHAIN_LENGTH; i++) {
        const struct certificate_info *info = certificate_info(list->items[i]);
        struct payload *payload = &all->payloads[all->count++];
        payload->base64 = (struct buf)BUF_INIT(LIMIT_BUNDLE);
        TRY(payload_fill("intermediate", info->der, payload));
        snprintf(all->labels[i], sizeof all->labels[i], "intermediate-%zu", i + 1);
        all->views[i] = (struct view_intermediate){
            .name = info->common_name,
            .label = all->labels[i],
            .uuid = payload->uuid,
            .base64 = text_of(&payload->base64),
        };
    }
    return STATUS_OK;
}

static void append_uuids(struct buf *text, const struct intermediates *all)
{
    for (size_t i = 0; i < all->count; i++)
        buf_append_text(text, all->payloads[i].uuid);
}

enum status mobileconfig_append_authority(const struct mobileconfig_authority *fields,
                                          const struct text_catalogue *texts, struct buf *xml)
{
    struct payload root defer(payload_clear) = {.base64 = BUF_INIT(LIMIT_BUNDLE)};
    struct payload issuing defer(payload_clear) = {.base64 = BUF_INIT(LIMIT_BUNDLE)};
    TRY(payload_fill("root", certificate_info(fields->root)->der, &root));
    TRY(payload_fill("issuing", certificate_info(fields->issuing)->der, &issuing));
    struct intermediates intermediates defer(intermediates_clear) = {0};
    TRY(intermediates_fill(fields->between, &intermediates));
    struct buf identifier defer(buf_clear) = BUF_INIT(IDENTIFIER_MAX);
    append_reversed(&identifier, fields->host);
    buf_append_text(&identifier, ".certferry.ca");
    TRY(identifier.failure);

    struct buf all defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    buf_printf(&all, "%s%s%s%s", root.uuid, issuing.uuid, text_of(&identifier),
               fields->organisation);
    append_uuids(&all, &intermediates);
    TRY(all.failure);
    char uuid[UUID_TEXT_SIZE];
    TRY(uuid_from_content("authority", span_of(all.ptr, all.len), uuid));
    const struct view_ca_mobileconfig view = {
        .organisation = fields->organisation,
        .identifier = text_of(&identifier),
        .uuid = uuid,
        .root_name = certificate_info(fields->root)->common_name,
        .root_file = "root.cer",
        .root_uuid = root.uuid,
        .root_base64 = text_of(&root.base64),
        .issuing_name = certificate_info(fields->issuing)->common_name,
        .issuing_file = "issuing.cer",
        .issuing_uuid = issuing.uuid,
        .issuing_base64 = text_of(&issuing.base64),
        .intermediates = intermediates.views,
        .intermediates_count = intermediates.count,
    };
    view_ca_mobileconfig(xml, texts, &view);
    return xml->failure;
}

/* All that a user's profile is made of, so that it can be filled step by step. */
struct user_profile {
    struct payload root;
    struct payload issuing;
    struct payload identity;
    struct intermediates intermediates;
    struct buf identifier;
    char uuid[UUID_TEXT_SIZE];
    char exchange_uuid[UUID_TEXT_SIZE];
    bool has_exchange;
};

static void user_profile_clear(struct user_profile *profile)
{
    payload_clear(&profile->root);
    payload_clear(&profile->issuing);
    payload_clear(&profile->identity);
    intermediates_clear(&profile->intermediates);
    buf_clear(&profile->identifier);
}
CLEANUP_VALUE(struct user_profile, user_profile_clear)

static enum status fill_payloads(const struct mobileconfig_user *fields,
                                 struct user_profile *profile)
{
    TRY(payload_fill("root", certificate_info(fields->authority.root)->der, &profile->root));
    TRY(payload_fill("issuing", certificate_info(fields->authority.issuing)->der,
                     &profile->issuing));
    TRY(intermediates_fill(fields->authority.between, &profile->intermediates));
    return payload_fill("identity", fields->pfx, &profile->identity);
}

static enum status fill_identifier(const struct mobileconfig_user *fields,
                                   struct user_profile *profile)
{
    char user[UUID_TEXT_SIZE];
    TRY(uuid_from_content("user", span_of_text(fields->user), user));
    append_reversed(&profile->identifier, fields->authority.host);
    buf_printf(&profile->identifier, ".certferry.user.%s", user);
    return profile->identifier.failure;
}

static enum status fill_uuids(const struct mobileconfig_user *fields, struct user_profile *profile)
{
    struct buf all defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    profile->has_exchange = fields->eas_host[0] != '\0' && fields->mail[0] != '\0';
    buf_printf(&all, "%s %s %s %s", profile->identity.uuid, fields->eas_host, fields->mail,
               fields->user);
    TRY(all.failure);
    TRY(uuid_from_content("exchange", span_of(all.ptr, all.len), profile->exchange_uuid));
    buf_printf(&all, " %s %s %s %s", profile->root.uuid, profile->issuing.uuid,
               text_of(&profile->identifier), fields->authority.organisation);
    append_uuids(&all, &profile->intermediates);
    TRY(all.failure);
    return uuid_from_content("profile", span_of(all.ptr, all.len), profile->uuid);
}

enum status mobileconfig_append_user(const struct mobileconfig_user *fields,
                                     const struct text_catalogue *texts, struct buf *xml)
{
    struct user_profile profile defer(user_profile_clear) = {
        .root.base64 = BUF_INIT(LIMIT_BUNDLE),
        .issuing.base64 = BUF_INIT(LIMIT_BUNDLE),
        .identity.base64 = BUF_INIT(2 * LIMIT_BUNDLE),
        .identifier = BUF_INIT(IDENTIFIER_MAX),
    };
    TRY(fill_payloads(fields, &profile));
    TRY(fill_identifier(fields, &profile));
    TRY(fill_uuids(fields, &profile));
    const struct view_user_mobileconfig view = {
        .organisation = fields->authority.organisation,
        .identifier = text_of(&profile.identifier),
        .uuid = profile.uuid,
        .root_name = certificate_info(fields->authority.root)->common_name,
        .root_file = "root.cer",
        .root_uuid = profile.root.uuid,
        .root_base64 = text_of(&profile.root.base64),
        .issuing_name = certificate_info(fields->authority.issuing)->common_name,
        .issuing_file = "issuing.cer",
        .issuing_uuid = profile.issuing.uuid,
        .issuing_base64 = text_of(&profile.issuing.base64),
        .intermediates = profile.intermediates.views,
        .intermediates_count = profile.intermediates.count,
        .user = fields->user,
        .identity_name = fields->name[0] != '\0' ? fields->name : fields->user,
        .identity_file = fields->pfx_name,
        .identity_uuid = profile.identity.uuid,
        .identity_base64 = text_of(&profile.identity.base64),
        .exchange_host = profile.has_exchange ? fields->eas_host : "",
        .exchange_uuid = profile.exchange_uuid,
        .mail = fields->mail,
    };
    view_user_mobileconfig(xml, texts, &view);
    return xml->failure;
}
