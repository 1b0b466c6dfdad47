/*
 * What signs .mobileconfig files: the certificate and the key of the https listener, which is the
 * server that the phone has just trusted to open the page. An immutable snapshot of their files,
 * made at start and again on SIGHUP.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct authority;
struct config;
struct profile_signer;

/* CONFIG for files that do not fit each other, FORBIDDEN for a key that others may read. A listener
 * that has no certificate yet is no failure. It must not outlive the authority. */
enum status profile_signer_load(const struct config *config, const struct authority *authority,
                                struct profile_signer **ret_signer);
void profile_signer_free(struct profile_signer *signer);
CLEANUP_POINTER(struct profile_signer, profile_signer_free)

/* Appends the signed profile, or `xml` as it is when there is no certificate. */
enum status profile_signer_sign(const struct profile_signer *signer, struct span xml,
                                struct buf *profile);
