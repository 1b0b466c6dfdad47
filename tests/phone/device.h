/*
 * What a simulated phone can: its own list of the policies, which of them it honours, and what it
 * says of a document. Everything follows from profile and seed.
 */
#pragma once

#include "wire.h"

/* X(NAME, word, what it does) */
#define PROFILE_TABLE(X)                                                                           \
    X(SUPPORTS_ALL, "supports-all", "honours all but mail encrypted with single DES")              \
    X(PARTIAL, "partial", "declines some policies with 2 or 3")                                    \
    X(REFUSES_ALL, "refuses-all", "declines every document with 3")                                \
    X(EXTERNAL, "external", "says 4: it is managed by somebody else")                              \
    X(NEVER, "never", "never acknowledges anything")                                               \
    X(SLOW, "slow", "as partial; needs some polls until its user has set a PIN")                   \
    X(BLIND, "blind", "says 1 to everything")                                                      \
    X(LOOPS, "loops", "as partial; never brings its key back")                                     \
    X(NEW_ID, "new-id", "as partial; has a new DeviceId after each challenge")                     \
    X(KEY_IN_URL, "key-in-url", "as partial; has the key of an acknowledgment in the URL only")    \
    X(DROPS_CERTIFICATE, "drops-certificate", "as partial; comes without certificate some day")

enum profile {
#define PROFILE_ENUM(name, word, does) PROFILE_##name,
    PROFILE_TABLE(PROFILE_ENUM)
#undef PROFILE_ENUM
        PROFILES,
};
extern const char *const profile_words[PROFILES];
extern const char *const profile_deeds[PROFILES];

/* A set of policies: 1 << position in the list of DEVICE_POLICIES. */
enum { DEVICE_POLICIES = 42, DEVICE_NO_ANSWER = 0 };

struct device {
    enum profile profile;
    uint64_t partial; /* declined with 2 */
    uint64_t refused; /* with 3 */
};

/* Of each DEVICE_DECLINES policies some are declined: a third of these with 3, the others with 2.
 */
enum { DEVICE_DECLINES = 64 };
struct device device_of(enum profile profile, uint64_t seed, int declines);
/* Policies of the document that ask for something. */
uint64_t device_carried(const struct wire_tree *answer);
/* Without those that lack the PIN, or the letters, that they need. */
uint64_t device_demanded(uint64_t carried);
bool device_is_asked_for_pin(uint64_t demanded);
/* 1 to 4, or DEVICE_NO_ANSWER. */
int device_says(const struct device *device, uint64_t demanded);
/* ["AllowCamera","AllowWiFi"] */
void device_append_names(struct buf *out, uint64_t policies);
