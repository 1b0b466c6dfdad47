/* The person with the phone, as the service wants to know it. */
#pragma once

#include "http/request.h"
#include "service/claim.h"

/* Marks the browser that claimed, for the rest of the window. */
#define CLAIM_COOKIE "__Host-claim"

/* Valid as long as the request. */
struct claimer claimer_of(const struct request *request);
