/*
 * What the founders sign themselves, before there is a signer: the CA certificates, the first CRLs
 * and the server certificates. Each has its row in the database before its signature.
 */
#pragma once

#include "service/founding.h"

/* Of keys made before; sets founding->root and founding->issuing. */
enum status founding_issue_root(struct founding *founding);
enum status founding_issue_issuing(struct founding *founding);
/* For the public host, the further names, this machine's addresses and localhost. */
enum status founding_issue_server(const struct founding *founding, const struct private_key *key,
                                  struct certificate **ret_certificate);
/* Empty ones, so that verifiers work from the first minute; a CA without its key here has none. */
enum status founding_issue_crls(const struct founding *founding);
/* A CA certificate from elsewhere gets its row too. */
enum status founding_record(const struct founding *founding, const struct certificate *certificate,
                            const char *profile);
