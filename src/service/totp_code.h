/* Time-based one-time codes, RFC 6238: HMAC-SHA-1, steps of 30 seconds, 6 digits, as every
 * authenticator app takes them without being told. */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

enum {
    TOTP_SECRET_SIZE = 20, /* RFC 4226 4: 160 bits are recommended */
    TOTP_STEP = 30,        /* seconds */
    TOTP_DIGITS = 6,
};

/*
 * The step whose code this is: that of `now`, the one before or the one after (RFC 6238 5.2).
 * UNAUTHENTICATED when it is none of them.
 */
enum status totp_code_find(struct span secret, struct span code, int64_t now, int64_t *ret_step);

/*
 * Appends "otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER", which apps read from a QR code.
 * Issuer and account may be any UTF-8.
 */
enum status totp_code_append_uri(struct buf *uri, const char *issuer, const char *account,
                                 struct span secret);
/* Appends the secret as it is typed by hand: base32 of RFC 4648 6 without padding. */
enum status totp_code_append_secret(struct buf *text, struct span secret);
