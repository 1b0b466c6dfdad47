/* The root's list from inside `serve`, which must never hold the root's key. */
#pragma once

#include "service/service.h"

/*
 * Runs this program again as `certferry crl publish --ca root --if-due`, with the same
 * configuration and environment, and waits for its end: a fresh process, which forks a signer with
 * the root's key and ends with it. SIGNER: it failed; it has said why on standard error.
 */
enum status root_process_publish(const struct service *service);
