/*
 * Enrolment links as the person with the phone meets them: the page, and the claim by PIN.
 *
 * A claim has two durable steps. The first transaction makes the one winner and reserves the serial
 * under a lease; then key, signature, packing and check happen; the second stores the sealed
 * bundle, and only then is the answer given. Inside the window the right PIN from the same network
 * or the same browser gives the same answer again; while a claim is running it waits for it.
 *
 * The network of an IPv4 claimer is that very address, of an IPv6 claimer its /64.
 */
#pragma once

#include "service/enrol.h"
#include "service/file_stem.h"

struct text_catalogue;

/* What GET /l/TOKEN may show. An unknown or malformed token is NOT_FOUND from both functions. */
struct claim_view {
    struct enrolment link;
    int tries_left;
    bool claimable; /* the PIN is asked for: never claimed and live, or claimed and in its window */
};

/* Notes that the page was looked at; changes nothing else, whatever the disk says. */
enum status claim_open(const struct service *service, struct span token,
                       struct claim_view *ret_view);

enum claim_outcome {
    CLAIM_DONE,          /* here it is, for the first time or again */
    CLAIM_MALFORMED_PIN, /* not so many digits: no try is counted */
    CLAIM_WRONG_PIN,     /* counted; tries_left says what remains */
    CLAIM_LOCKED,        /* too many wrong PINs */
    CLAIM_EXPIRED,
    CLAIM_CANCELLED, /* by an operator; link.rearmed_as when another link took its place */
    CLAIM_CLOSED,    /* claimed, and the window is over */
    CLAIM_ELSEWHERE, /* claimed by somebody else: link.claimed_at, link.claim_agent */
    CLAIM_BUSY,      /* a claim is running and took too long: ask again in a few seconds */
};

struct claimer {
    const char *address; /* of the peer, IPv4 or IPv6 without brackets */
    const char *agent;   /* the kind of device in a word or two: "iPhone"; cut when too long */
    const struct text_catalogue *texts; /* language of the profile; NULL: English */
    struct span cookie;                 /* as the browser sent it, empty without */
};

struct claim {
    enum claim_outcome outcome;
    struct enrolment link; /* as it stands now */
    int tries_left;

    /* Set only when the outcome is CLAIM_DONE. */
    int64_t not_after;       /* of the certificate */
    struct secret *password; /* of the bundle; NULL only from collect_repack() */
    struct secret *ticket;   /* for /d/TICKET/... */
    struct secret *cookie;   /* marks this browser for the rest of the window: set it in any case */
    char file_stem[FILE_STEM_SIZE]; /* the {name} of /d/TICKET/{name}.p12: ASCII letters, digits, .
                                       - _ */
};
void claim_clear(struct claim *claim);
CLEANUP_VALUE(struct claim, claim_clear)

/*
 * POST /l/TOKEN. Wrong tries are durable before the answer. A fault (DISK_FULL, DATABASE, SIGNER)
 * leaves the link claimable and hands out nothing.
 */
enum status claim_link(const struct service *service, struct span token, struct span pin,
                       const struct claimer *claimer, struct claim *ret_claim);
