/* Copies; the hashes and MACs of the row stay behind. */
#include "service/enrol_row.h"

#include <stdio.h>

#define COPY_TEXT(target, source) snprintf((target), sizeof(target), "%s", (source))

static void copy_person(const struct link_row *row, struct enrolment *link)
{
    COPY_TEXT(link->id, row->id);
    COPY_TEXT(link->user, row->user);
    COPY_TEXT(link->name, row->name);
    COPY_TEXT(link->mail, row->mail);
    COPY_TEXT(link->sid, row->sid);
    COPY_TEXT(link->device, row->device);
    COPY_TEXT(link->packing, row->packing);
    COPY_TEXT(link->created_by, row->created_by);
}

static void copy_claim(const struct link_row *row, struct enrolment *link)
{
    link->claimed_at = row->claimed_at;
    COPY_TEXT(link->claim_address, row->claim_address);
    COPY_TEXT(link->claim_agent, row->claim_agent);
    if (row->claimed_at != 0)
        COPY_TEXT(link->serial, row->claim_serial);
    link->window_ends_at = row->window_ends_at;
    link->delivered_at = row->delivered_at;
    link->fetch_count = row->fetch_count;
    link->in_use_at = row->in_use_at;
}

void enrolment_from_row(const struct link_row *row, int64_t now, struct enrolment *ret_link)
{
    *ret_link = (struct enrolment){
        .state = link_state_at(row, now),
        .created_at = row->created_at,
        .expires_at = row->expires_at,
        .window = row->window,
        .tries = (int)row->wrong_pins,
        .opened_at = row->opened_at,
        .opened_count = row->opened_count,
        .cancelled_at = row->cancelled_at,
        .locked_at = row->locked_at,
        .closed_at = row->closed_at,
    };
    copy_person(row, ret_link);
    copy_claim(row, ret_link);
    COPY_TEXT(ret_link->rearmed_as, row->rearmed_as);
}
