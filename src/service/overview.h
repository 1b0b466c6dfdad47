/*
 * The numbers of the start page: how many links stand in which state, certificates that are valid,
 * expire soon or were revoked, and what happened on each of the last days. What it reads is counted
 * by triggers, so it costs the same however many rows there are.
 */
#pragma once

#include "service/service.h"
#include "store/link_row.h"

#include <stdint.h>

enum { OVERVIEW_DAYS = 14, OVERVIEW_SOON_DAYS = 30 };

enum overview_activity {
    OVERVIEW_CREATED, /* links made */
    OVERVIEW_CLAIMED, /* bundles handed out to phones */
    OVERVIEW_ISSUED,  /* certificates */
    OVERVIEW_REVOKED,
    OVERVIEW_REFUSED, /* wrong PINs, claims from elsewhere, log-ins that failed */
    OVERVIEW_ACTIVITIES,
};

struct overview {
    int64_t links[LINK_STATE_COUNT];
    int64_t valid;    /* certificates of users, by days in UTC: expire today or later */
    int64_t expiring; /* of these, within OVERVIEW_SOON_DAYS */
    int64_t revoked;
    int64_t first_day; /* of the plots: whole days since 1970-01-01 UTC; the last is today */
    int64_t acts[OVERVIEW_ACTIVITIES][OVERVIEW_DAYS];
};

enum status overview_read(const struct service *service, int64_t now,
                          struct overview *ret_overview);
