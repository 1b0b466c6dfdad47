/* One request of a phone on the EAS listener, as the verifier of devices takes it. */
#pragma once

#include "http/request.h"
#include "service/verify_device.h"
#include "web/sent_text.h"

enum { EAS_SEEN_TEXT = 257, EAS_SEEN_WORD = 33 };

struct eas_seen {
    struct device_request device; /* its texts are those below */
    struct eas_query query;
    struct buf der[LIMIT_CHAIN_LENGTH + 1]; /* the certificates: a leaf and its chain */
    struct span certificates[LIMIT_CHAIN_LENGTH + 1];
    struct span body;                /* of a POST; the request's */
    char why[STATUS_DETAIL_MAX + 1]; /* what is wrong with query or body; "" */
    char agent[EAS_SEEN_TEXT];
    struct sent_authorization authorization;
};
void eas_seen_clear(struct eas_seen *seen);
CLEANUP_VALUE(struct eas_seen, eas_seen_clear)

/*
 * Reads certificate, query, headers and body. The password of Basic is wiped as soon as the name
 * before it is known. INVALID, TOO_LARGE: the query is none, or the body did not come; all else
 * that was seen is in *seen then, too. Certificates that cannot be read make `unreadable`.
 */
enum status eas_seen_read(struct request *request, struct eas_seen *seen);
