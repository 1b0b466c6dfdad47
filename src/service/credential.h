/*
 * The secrets of a link: how they are drawn and what the database keeps of each.
 *
 *   token, ticket, cookie   128 random bits as 26 letters of base32; SHA-256
 *   PIN                     decimal digits; HMAC under the master key, bound to the link's id
 */
#pragma once

#include "base/digest.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/seal.h"
#include "service/service.h"

enum status credential_new_token(struct secret **ret_token);
enum status credential_new_pin(const struct service *service, struct secret **ret_pin);
/* A link's id: not secret, short enough to be read aloud. */
enum { CREDENTIAL_ID_LETTERS = 10 };
enum status credential_new_id(char ret_id[static CREDENTIAL_ID_LETTERS + 1]);

/* The configured number of digits and nothing else. */
bool credential_pin_is_formed(const struct service *service, struct span pin);

enum status credential_pin_mac(const struct service *service, const char *link_id, struct span pin,
                               uint8_t ret_mac[static MAC_SIZE]);
/* Takes as long for a wrong PIN, and for an empty `mac`, as for the right one. */
enum status credential_check_pin(const struct service *service, const char *link_id,
                                 struct span pin, struct span mac, bool *ret_right);
