/*
 * Whom a client certificate names, and whether that is the user that a phone says it is.
 *
 * A phone sends the user name as somebody typed it: "alice", "alice@example.org", "EXAMPLE\alice",
 * sometimes with the backslash escaped once more. Names are compared without regard to ASCII case.
 */
#pragma once

#include "base/limits.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/cert.h"

/* X(NAME, word): where in a certificate the identity stands. */
#define IDENTITY_SOURCE_TABLE(X)                                                                   \
    X(UPN, "upn")                                                                                  \
    X(MAIL, "mail")                                                                                \
    X(CN, "cn")

enum identity_source {
#define IDENTITY_SOURCE_ENUM(name, word) IDENTITY_##name,
    IDENTITY_SOURCE_TABLE(IDENTITY_SOURCE_ENUM)
#undef IDENTITY_SOURCE_ENUM
        IDENTITY_SOURCES,
};

/* "DOMAIN\x" is x@name: a NetBIOS name and the DNS domain of its users. */
struct identity_domain {
    const char *netbios;
    const char *dns;
};

struct identity_rules {
    const enum identity_source *sources; /* the first of these that the certificate has */
    size_t source_count;
    const struct identity_domain *domains;
    size_t domain_count;
};

/* UPN, then rfc822Name, then the common name; no domains. */
extern const struct identity_rules identity_rules_default;

/* NULL when the certificate has none of the sources; else valid as long as it. */
const char *identity_of(const struct identity_rules *rules, const struct certificate_info *info);

enum identity_match {
    IDENTITY_SAME,
    IDENTITY_OTHER,
    IDENTITY_UNCLEAR, /* a domain that no rule translates: nobody can say */
};
/*
 * Whether `user`, as a phone sent it, is `identity`. A bare name is that of the identity's own
 * domain. "DOMAIN\x" goes by the rules; without one for DOMAIN it is unclear, unless DOMAIN is the
 * first label of the identity's domain.
 */
enum identity_match identity_compare(const struct identity_rules *rules, const char *identity,
                                     struct span user);
