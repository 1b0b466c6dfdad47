/* The values come from here, the XML and the signature from pki. */
#include "service/device_profile.h"

#include "base/limits.h"
#include "config/config.h"
#include "pki/mobileconfig.h"
#include "service/authority.h"
#include "service/file_stem.h"
#include "service/profile_signer.h"
#include "view/catalogue.h"

#include <stdio.h>

static struct mobileconfig_authority authority_fields(const struct service *service)
{
    return (struct mobileconfig_authority){
        .organisation = service->config->organisation_name,
        .host = service->config->public_host,
        .root = authority_root(service->authority),
        .issuing = authority_issuing(service->authority),
        .between = authority_between(service->authority),
    };
}

static const struct text_catalogue *or_english(const struct text_catalogue *texts)
{
    return texts == NULL ? catalogue_default() : texts;
}

static enum status sign(const struct service *service, struct buf *xml, struct buf *profile)
{
    struct span content;
    TRY(buf_finish(xml, &content));
    return profile_signer_sign(service->profile_signer, content, profile);
}

enum status device_profile_authority(const struct service *service,
                                     const struct text_catalogue *texts, struct buf *profile)
{
    const struct mobileconfig_authority fields = authority_fields(service);
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    TRY(mobileconfig_append_authority(&fields, or_english(texts), &xml));
    return sign(service, &xml, profile);
}

enum status device_profile_user(const struct service *service, const struct person *person,
                                struct span pfx, const struct text_catalogue *texts,
                                struct buf *profile)
{
    char stem[FILE_STEM_SIZE];
    char pfx_name[FILE_STEM_SIZE + sizeof ".p12"];
    file_stem(person->user, stem);
    snprintf(pfx_name, sizeof pfx_name, "%s.p12", stem);
    const struct mobileconfig_user fields = {
        .authority = authority_fields(service),
        .user = person->user,
        .name = person->name,
        .mail = person_mail(person),
        .eas_host = service->config->eas_host,
        .pfx = pfx,
        .pfx_name = pfx_name,
    };
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    TRY(mobileconfig_append_user(&fields, or_english(texts), &xml));
    return sign(service, &xml, profile);
}
