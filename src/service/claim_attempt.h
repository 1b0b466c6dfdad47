/*
 * One POST of a PIN on its way through the two steps of a claim; shared by claim.c, which decides
 * who wins, and claim_make.c, which makes what the winner gets.
 */
#pragma once

#include "base/digest.h"
#include "service/claim.h"
#include "service/issue.h"
#include "service/network.h"

struct claim_attempt {
    const struct service *service;
    struct span token;
    struct span pin;
    const struct claimer *claimer;
    struct actor actor;
    char address[NETWORK_ADDRESS_SIZE];
    char agent[ENROLMENT_AGENT_SIZE];
    uint8_t token_hash[DIGEST_SHA256_SIZE];

    /* Of the winner, from the first step on; the issuance points into link and person. */
    struct enrolment link;
    struct person person;
    struct issuance issuance;
    struct secret *cookie;
};

/*
 * The second half of a won claim: key, signature, bundle, profile, seals, and the transaction that
 * makes them stand. CONFLICT when the claim was lost meanwhile (cancelled, lease over). After any
 * failure the link is claimable again, at once or when the lease runs out.
 */
enum status claim_make(struct claim_attempt *attempt, struct claim *claim);

/* Whether it is the claimer of `row` who asks: by the cookie or from the same network. */
enum status claim_is_by_claimer(const struct claimer *claimer, const struct link_row *row,
                                bool *ret_same);

/* What CLAIM_DONE carries; copies the three secrets (`password` and `cookie` may be empty: none).
 */
enum status claim_fill(struct claim *claim, int64_t not_after, struct span password,
                       struct span ticket, struct span cookie);
