/*
 * What the sightings of one device say together: one rule that explains them. Pure: no I/O.
 */
#pragma once

#include "base/buf.h"
#include "eas/verdict.h"

/* How the certificate of a request came. */
enum diagnosis_certificate {
    DIAGNOSIS_CERTIFICATE_NONE,
    DIAGNOSIS_CERTIFICATE_HANDSHAKE,
    DIAGNOSIS_CERTIFICATE_RESUMED,
    DIAGNOSIS_CERTIFICATE_FORWARDED,
};

struct diagnosis_sighting {
    int64_t at;
    enum diagnosis_certificate certificate;
    bool password; /* a user name came in an Authorization header */
    bool failed;   /* a TLS handshake that failed: the rest is not set */
    enum verdict_reason reason;
    int64_t session_age;
    int64_t not_after; /* of the certificate, 0 without one */
};

/* X(NAME, word) */
#define DIAGNOSIS_RULE_TABLE(X)                                                                    \
    X(NONE, "")                                                                                    \
    X(STOPPED_PRESENTING, "stopped_presenting")                                                    \
    X(FELL_BACK_TO_PASSWORD, "fell_back_to_password")

enum diagnosis_rule {
#define DIAGNOSIS_ENUM(name, word) DIAGNOSIS_##name,
    DIAGNOSIS_RULE_TABLE(DIAGNOSIS_ENUM)
#undef DIAGNOSIS_ENUM
        DIAGNOSIS_RULES,
};

struct diagnosis {
    enum diagnosis_rule rule;
    int64_t from;   /* when what it tells of began */
    int64_t until;  /* when it showed */
    int64_t number; /* what the rule counts */
};

const char *diagnosis_rule_word(enum diagnosis_rule rule);
/* NONE for a word that is none. */
enum diagnosis_rule diagnosis_rule_of_word(const char *word);
/* Oldest first. */
void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis);
/* One sentence in English; nothing for NONE. */
void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis);
