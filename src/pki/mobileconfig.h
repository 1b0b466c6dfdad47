/*
 * Apple configuration profiles: property lists wrapped in a CMS signature (RFC 5652, attached,
 * DER).
 *
 * The XML comes from templates under www/; here stand the values. Every PayloadUUID is made from
 * the contents (RFC 4122 version 5 in a namespace of ours): the same contents are the same profile,
 * a repeated download replaces what is installed instead of adding a second one. The identifiers
 * are reverse DNS of the public host.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"

struct text_catalogue;

enum { UUID_TEXT_SIZE = sizeof "00000000-0000-0000-0000-000000000000" };

/* RFC 4122 4.3 with SHA-1 over our namespace, `kind` and `content`; upper case as Apple writes it.
 */
enum status uuid_from_content(const char *kind, struct span content,
                              char ret_text[static UUID_TEXT_SIZE]);

struct mobileconfig_authority {
    const char *organisation;
    const char *host; /* the public host, "ca.example.com" */
    const struct certificate *root;
    const struct certificate *issuing;
    const struct certificate_list *between; /* pki/chain.h */
};

struct mobileconfig_user {
    struct mobileconfig_authority authority;
    const char *user;     /* UPN or account name: the mail account's user name */
    const char *name;     /* the person's name, what the device shows; may be "" */
    const char *mail;     /* "" when unknown: no mail account is made */
    const char *eas_host; /* "" when there is no Exchange: no mail account is made */
    struct span pfx;      /* the bundle; its password is never put in */
    const char *pfx_name; /* "ann.p12" */
};

/* Appends the unsigned XML. */
enum status mobileconfig_append_authority(const struct mobileconfig_authority *fields,
                                          const struct text_catalogue *texts, struct buf *xml);
enum status mobileconfig_append_user(const struct mobileconfig_user *fields,
                                     const struct text_catalogue *texts, struct buf *xml);

/*
 * Appends the signed profile: by `certificate`, which should be one that the device already trusts
 * (the https server's), with `chain` (its issuers, leaf first) inside. The content is not altered
 * by one byte.
 */
enum status mobileconfig_sign(struct span xml, const struct certificate *certificate,
                              const struct private_key *key,
                              const struct certificate *const chain[], size_t chain_count,
                              struct buf *signed_profile);
/* Verifies the signature by `certificate` and appends the content. INVALID. */
enum status mobileconfig_open(struct span signed_profile, const struct certificate *certificate,
                              struct buf *xml);
