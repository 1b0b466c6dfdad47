/* Signed .mobileconfig files: of the authority for the CA page, of a user around a bundle. */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "service/person.h"
#include "service/service.h"

struct text_catalogue;

/* `texts` NULL is English. Appends the signed profile, or the plain one when the https listener's
 * certificate is not at hand. */
enum status device_profile_authority(const struct service *service,
                                     const struct text_catalogue *texts, struct buf *profile);
/* `pfx` goes in as it is; with an Exchange host and a mail address there is a mail account too. */
enum status device_profile_user(const struct service *service, const struct person *person,
                                struct span pfx, const struct text_catalogue *texts,
                                struct buf *profile);
