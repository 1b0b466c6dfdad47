/* The signer's process. Its client is signer_client.h; what it signs is signer_policy.h. */
#pragma once

#include "signer/signer_client.h"

/*
 * Everything the forked child does: loads the key, locks itself in, says ready or why not over
 * `socket`, answers requests and ends when the other side closes. `options` is the parent's,
 * inherited.
 */
_Noreturn void signer_run(const struct signer_options *options, int socket);
