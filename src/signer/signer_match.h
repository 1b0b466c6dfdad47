/*
 * Is what was signed what was asked for? Both sides look: the signer before it lets a certificate
 * out, the client before it believes one.
 */
#pragma once

#include "base/status.h"
#include "pki/cert.h"
#include "pki/profile.h"

/*
 * `certificate` carries the fields (serial, times, key, names), is no CA, names `issuer` as its
 * issuer and is signed by it. CRYPTO says what differs: that is never the asker's fault.
 */
enum status signer_match_certificate(const struct certificate *certificate,
                                     const struct certificate_fields *fields,
                                     const struct certificate *issuer);
