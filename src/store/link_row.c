/* States by name, and what the clock does to them between two sweeps. */
#include "store/link_row.h"

#include "store/link_record.h"

#include <stddef.h>

static const char *const state_texts[LINK_STATE_COUNT] = {
#define STATE_TEXT(name, text) text,
    LINK_STATE_TABLE(STATE_TEXT)
#undef STATE_TEXT
};

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct link_row, member), NULL, 0                                   \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("token_hash", FIELD_BLOB, token_hash),
    FIELD("pin_mac", FIELD_BLOB, pin_mac),
    FIELD("wrong_pins", FIELD_INTEGER, wrong_pins),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("person_name", FIELD_TEXT, name),
    FIELD("mail", FIELD_TEXT, mail),
    FIELD("sid", FIELD_TEXT, sid),
    FIELD("device", FIELD_TEXT, device),
    FIELD("packing", FIELD_TEXT, packing),
    FIELD("window_seconds", FIELD_INTEGER, window),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("expires_at", FIELD_INTEGER, expires_at),
    FIELD("opened_at", FIELD_TIME, opened_at),
    FIELD("opened_count", FIELD_INTEGER, opened_count),
    FIELD("claim_lease_until", FIELD_TIME, claim_lease_until),
    FIELD("claim_serial", FIELD_KEY, claim_serial),
    FIELD("claim_address", FIELD_TEXT, claim_address),
    FIELD("claim_agent", FIELD_TEXT, claim_agent),
    FIELD("claim_cookie_hash", FIELD_BLOB, claim_cookie_hash),
    FIELD("claimed_at", FIELD_TIME, claimed_at),
    FIELD("window_ends_at", FIELD_TIME, window_ends_at),
    FIELD("delivered_at", FIELD_TIME, delivered_at),
    FIELD("fetch_count", FIELD_INTEGER, fetch_count),
    FIELD("in_use_at", FIELD_TIME, in_use_at),
    FIELD("expired_at", FIELD_TIME, expired_at),
    FIELD("locked_at", FIELD_TIME, locked_at),
    FIELD("cancelled_at", FIELD_TIME, cancelled_at),
    FIELD("closed_at", FIELD_TIME, closed_at),
    FIELD("rearmed_as", FIELD_KEY, rearmed_as),
    {"state", FIELD_CHOICE, offsetof(struct link_row, state), state_texts, LINK_STATE_COUNT},
};

const struct record_type link_record = {fields, sizeof fields / sizeof fields[0],
                                        sizeof(struct link_row),
                                        offsetof(struct link_row, storage)};

void link_row_clear(struct link_row *row)
{
    record_clear(&link_record, row);
}

const char *link_state_text(enum link_state state)
{
    return state_texts[state];
}

enum status link_state_parse(const char *text, enum link_state *ret_state)
{
    unsigned number;
    TRY(choice_parse(state_texts, LINK_STATE_COUNT, "state of a link", text, &number));
    *ret_state = (enum link_state)number;
    return STATUS_OK;
}

static bool is_unclaimed(enum link_state state)
{
    return state == LINK_ISSUED || state == LINK_OPENED || state == LINK_CLAIMING;
}

enum link_state link_state_at(const struct link_row *row, int64_t now)
{
    bool in_window = row->state == LINK_CLAIMED || row->state == LINK_DELIVERED;
    if (in_window && row->window_ends_at <= now)
        return LINK_CLOSED;
    bool leased = row->state == LINK_CLAIMING && row->claim_lease_until > now;
    if (!is_unclaimed(row->state) || leased)
        return row->state;
    if (row->expires_at <= now)
        return LINK_EXPIRED;
    if (row->state == LINK_CLAIMING)
        return row->opened_at != 0 ? LINK_OPENED : LINK_ISSUED;
    return row->state;
}
