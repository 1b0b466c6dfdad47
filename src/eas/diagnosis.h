/*
 * Why a phone works no longer, from what was seen of it: the rules of a help desk that has looked
 * at many of these, as a pure function.
 *
 * It answers with at most one finding, and with none rather than with a guess: a phone that never
 * got in because of its certificate is explained by its verdict (eas/verdict.h), not here.
 */
#pragma once

#include "base/buf.h"
#include "eas/verdict.h"

/*
 * X(NAME, word): the rules, and what `from`, `until` and `number` of their finding are. The words
 * are part of the interface, and www/texts has a sentence for each.
 *
 * STOPPED_PRESENTING     came with its certificate, then connected anew without one: the handshake
 *                        with it, the first connection without, the last request that was let in
 * FELL_BACK_TO_PASSWORD  the same, and sends a password
 * SESSION_ONLY           proved itself by one handshake only, long ago: that handshake, the last
 *                        request, how many requests were on its session
 * EXPIRED_SINCE          presents its certificate, which expired: the first refusal, the last
 *                        request that was let in or 0, the certificate's end or 0
 * REVOKED_SINCE          likewise; the number is that of refusals, as in the next two
 * UNCERTAIN_SINCE        likewise: nobody can say whether it was revoked
 * REFUSED_SINCE          likewise for any other reason, after it was let in
 * CANNOT_SELECT          ends the handshake when it is asked for a certificate: first, last, how
 *                        often
 * WRONG_USER             presents a good certificate of another user: first, last, how often
 * UNKNOWN_DOMAIN         likewise, but only the domain of that user is another, and nobody says
 *                        which one it is
 * LARGE_POSTS_FAIL       only requests above some size fail: first, last, the smallest of them in
 *                        bytes
 */
#define DIAGNOSIS_RULE_TABLE(X)                                                                    \
    X(NONE, "")                                                                                    \
    X(STOPPED_PRESENTING, "stopped_presenting")                                                    \
    X(FELL_BACK_TO_PASSWORD, "fell_back_to_password")                                              \
    X(SESSION_ONLY, "session_only")                                                                \
    X(EXPIRED_SINCE, "expired_since")                                                              \
    X(REVOKED_SINCE, "revoked_since")                                                              \
    X(UNCERTAIN_SINCE, "uncertain_since")                                                          \
    X(REFUSED_SINCE, "refused_since")                                                              \
    X(CANNOT_SELECT, "cannot_select")                                                              \
    X(WRONG_USER, "wrong_user")                                                                    \
    X(UNKNOWN_DOMAIN, "unknown_domain")                                                            \
    X(LARGE_POSTS_FAIL, "large_posts_fail")

enum diagnosis_rule {
#define DIAGNOSIS_ENUM(name, word) DIAGNOSIS_##name,
    DIAGNOSIS_RULE_TABLE(DIAGNOSIS_ENUM)
#undef DIAGNOSIS_ENUM
        DIAGNOSIS_RULES,
};

const char *diagnosis_rule_word(enum diagnosis_rule rule);
/* NONE for a word that is none. */
enum diagnosis_rule diagnosis_rule_of_word(const char *word);

/* How the certificate of a request came. */
enum diagnosis_certificate {
    DIAGNOSIS_CERTIFICATE_NONE,
    DIAGNOSIS_CERTIFICATE_HANDSHAKE,
    DIAGNOSIS_CERTIFICATE_RESUMED,
    DIAGNOSIS_CERTIFICATE_FORWARDED, /* by a proxy that does not say which of the two */
};

/* What the rules need of one sighting. */
struct diagnosis_sighting {
    int64_t at; /* seconds since 1970 */
    enum diagnosis_certificate certificate;
    enum verdict_reason reason;
    int64_t session_age;  /* seconds since the full handshake of its TLS session; 0 for a RESUMED
                             one: may be not known */
    int64_t not_after;    /* of the certificate; 0: not known */
    bool password;        /* a user name came in an Authorization header */
    bool failed;          /* a TLS handshake that failed: only `at` and the next are set */
    bool asked;           /* the phone was asked for a certificate and sent none */
    bool cut_off;         /* the body did not come */
    int http;             /* what was answered; 0: nothing */
    int64_t body;         /* bytes of a POST's body that were announced; 0: none, or not known */
    const char *identity; /* whom the certificate names; NULL: not known. As is the next */
    const char *user;     /* who the phone says that it is */
    bool unclear;         /* whether it is the same user: the names are, the domains nobody knows */
};

enum { DIAGNOSIS_TEXT_SIZE = 255 };

struct diagnosis {
    enum diagnosis_rule rule;
    int64_t from;
    int64_t until;
    int64_t number;
    char identity[DIAGNOSIS_TEXT_SIZE]; /* of a user that is another: "" when not known, as the next
                                         */
    char user[DIAGNOSIS_TEXT_SIZE];
};

/* Of one device, oldest first. Without any, or without a finding, the rule is NONE. */
void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis);

/* English, for the command line and the API; times in UTC. Nothing for NONE. */
void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis);
