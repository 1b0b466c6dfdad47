/*
 * The mark of a browser in which an operator has logged in before.
 *
 * It proves nothing but that, and lets nobody in: whoever shows it has failed log-ins counted apart
 * from those of strangers (service/login_guard.h), so that strangers cannot keep the operator out.
 * The value is  ID.ISSUED.MAC : 128 random bits, seconds in decimal, and an HMAC under the master
 * key over both and the operator's name. Nothing of it is stored.
 */
#pragma once

#include "base/secret.h"
#include "service/service.h"

/* The mark is taken for that long, and a new one is given at every log-in. */
enum { DEVICE_COOKIE_SECONDS = 180 * 86400, DEVICE_COOKIE_ID = 16 };

/* A new mark for `name`, in any case. */
enum status device_cookie_make(const struct service *service, const char *name, int64_t now,
                               struct secret **ret_value);

/* The id of the mark, with *ret_known false when it is none, of another name, or too old. */
enum status device_cookie_read(const struct service *service, const char *name, struct span value,
                               int64_t now, bool *ret_known,
                               uint8_t ret_id[static DEVICE_COOKIE_ID]);
