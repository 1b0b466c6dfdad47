/*
 * The task `trust` of serve (service/background.h): gets the revocation lists of other CAs from the
 * places that the configuration names, at the start and again when half of the time to nextUpdate
 * is over. A list that is one to go by (trust_crl.h) is stored, then the trust set is made anew, as
 * often as it takes; a failure is noted, tried again after a while that doubles, and leaves what is
 * in use in use. One anchor's failure does not concern the others.
 */
#pragma once

#include "base/status.h"
#include "service/service.h"

#include <stdint.h>

enum {
    TRUST_FETCH_TIMEOUT = 60,      /* seconds for one download */
    TRUST_RETRY_FIRST = 60,        /* seconds after the first failure */
    TRUST_RETRY_MOST = 3600,       /* and at most */
    TRUST_REFRESH_LEAST = 60,      /* seconds between two questions for the same list */
    TRUST_REFRESH_MOST = 4 * 3600, /* the same */
    TRUST_FILE_EVERY = 60,         /* seconds between two looks at a file */
};

/* Seconds to wait after a try: `failures` in a row (0: it went well), a list that is good until
 * `next_update`, from a file or not. Without chance: see trust_spread(). */
int64_t trust_pause(int64_t failures, int64_t next_update, bool file, int64_t now);
/* The same up to a tenth earlier, so that many servers do not ask at the same moment. */
int64_t trust_spread(int64_t seconds);
