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
 * X(NAME, text): the rules. The texts are part of the interface, and www/texts has a sentence for
 * each.
 *   stopped_presenting  came with its certificate, then connected anew without one
 *   password_instead    the same, and sends a password
 *   session_only        has proved itself by one handshake only, long ago
 *   refused_since       still presents its certificate, which is refused since some time
 *   cannot_select       ends the handshake when it is asked for a certificate
 *   wrong_user          presents a good certificate of another user
 *   large_posts_fail    only requests above some size fail
 */
#define DIAGNOSIS_TABLE(X)                                                                         \
    X(NONE, "none")                                                                                \
    X(STOPPED_PRESENTING, "stopped_presenting")                                                    \
    X(PASSWORD_INSTEAD, "password_instead")                                                        \
    X(SESSION_ONLY, "session_only")                                                                \
    X(REFUSED_SINCE, "refused_since")                                                              \
    X(CANNOT_SELECT, "cannot_select")                                                              \
    X(WRONG_USER, "wrong_user")                                                                    \
    X(LARGE_POSTS_FAIL, "large_posts_fail")

enum diagnosis_rule {
#define DIAGNOSIS_ENUM(name, text) DIAGNOSIS_##name,
    DIAGNOSIS_TABLE(DIAGNOSIS_ENUM)
#undef DIAGNOSIS_ENUM
};

const char *diagnosis_rule_text(enum diagnosis_rule rule);

/* How the certificate of a request was proved. */
enum diagnosis_proof {
    DIAGNOSIS_PROOF_NONE,      /* there was none */
    DIAGNOSIS_PROOF_HANDSHAKE, /* presented on this connection, or to the proxy in front */
    DIAGNOSIS_PROOF_RESUMED,   /* known from an earlier handshake of the session */
};

/* What the rules need of one sighting. Texts live as long as the sightings; "" when not known. */
struct diagnosis_sighting {
    int64_t at; /* seconds since 1970 */
    enum diagnosis_proof proof;
    enum verdict_reason reason;
    int64_t session_age; /* seconds since the handshake that proved it */
    bool password;       /* Basic was sent */
    bool aborted;        /* no request: the phone ended the handshake ... */
    bool asked;          /* ... after it was asked for a certificate, and sent none */
    int http;            /* what was answered; 0: nothing */
    int64_t body;        /* bytes of a POST's body that were announced; -1: not known, or no POST */
    bool cut_off;        /* the body did not come */
    int64_t not_after;   /* of the certificate; 0: not known */
    const char *identity;
    const char *user;
};

enum { DIAGNOSIS_TEXT_SIZE = 255 };

/* Which of the numbers count, the rule says; others are 0. */
struct diagnosis {
    enum diagnosis_rule rule;
    int64_t presented_at;       /* the last handshake with the certificate */
    int64_t worked_until;       /* the last request that was let in */
    int64_t since;              /* the first of what is wrong: for session_only the last sighting */
    int64_t gap;                /* seconds from presented_at to since */
    int64_t not_after;          /* refused_since: of the certificate; 0: not known */
    int64_t passed;             /* large_posts_fail: the largest body that came, in bytes */
    int64_t failed;             /* large_posts_fail: the smallest that did not */
    int64_t count;              /* of the sightings that show it */
    enum verdict_reason reason; /* refused_since */
    char identity[DIAGNOSIS_TEXT_SIZE]; /* wrong_user: whom the certificate names */
    char user[DIAGNOSIS_TEXT_SIZE];     /* wrong_user: who the phone says that it is */
};

/* Of one device, oldest first. Without any, or without a finding, the rule is NONE. */
void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis);

/* English, for the command line and the API; times in UTC. Nothing for NONE. */
void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis);
