/*
 * Whom a certificate is for, as an operator types it, and what of it goes into the certificate.
 *
 * Checked when a link is made, against the very profile that the signer applies at the claim: a
 * link that was given out never fails because of a name.
 */
#pragma once

#include "base/limits.h"
#include "pki/profile.h"
#include "service/service.h"

struct person {
    const char *user;   /* "anna@example.org", "anna": log-in or user principal name */
    const char *name;   /* "" takes the user */
    const char *mail;   /* "" takes the user, if that is a mail address */
    const char *sid;    /* or "" */
    const char *device; /* or "" */
};

/* INVALID names the field and its rule; `issuing` bounds what can be issued. */
enum status person_check(const struct service *service, const struct person *person);

/*
 * The name, user principal name, mail and SID of the fields; the rest is untouched. The user is the
 * UPN also without '@': it is what the Exchange side compares. Without a name, a user that is too
 * long for a common name stands there with its part before '@'. The spans point into `person` and
 * the configuration.
 */
void person_set_fields(const struct service *service, const struct person *person,
                       struct certificate_fields *fields);

/* What devices show: the name, or the user. */
const char *person_shown_name(const struct person *person);
/* The mail address of the certificate and of the Exchange account: "" when there is none. */
const char *person_mail(const struct person *person);
