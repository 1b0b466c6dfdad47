/*
 * What a written value must look like, type by type: no side effects, no memory. Each check fails
 * with STATUS_CONFIG and a sentence about the value that does not name the option. Private to
 * config/.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* UTF-8 without control characters, from `least` to `most` characters. */
enum status check_text(const char *value, int64_t least, int64_t most);
/* A file name that fits in LIMIT_PATH; "" is allowed. */
enum status check_path(const char *value);
/* "#" and six hexadecimal digits. */
enum status check_color(const char *value);
/* A DNS name (RFC 1123 2.1) or an IP address; "" when `least` is 0. */
enum status check_host(const char *value, int64_t least);
/* A mail address, base/mail_address.h; "" when `least` is 0. */
enum status check_mail_address(const char *value, int64_t least);
/* An IP address; "" is allowed. */
enum status check_address(const char *value);
/* An IP address, or a network in CIDR form (RFC 4632 3.1). */
enum status check_network(const char *value);
/* Begins with "http://" or "https://", in any case. */
bool location_is_url(const char *value);
/* An http or https address without user, space or control character. */
enum status check_url(const char *value);
/* Such an address, or a file name. */
enum status check_location(const char *value);
/* "1.2.840.113549": two arcs or more, the first 0, 1 or 2. */
enum status check_oid(const char *value);
/* "EXAMPLE=example.org": a NetBIOS name and a DNS name. */
enum status check_domain(const char *value);
/* One of "word|word|word". */
enum status check_choice(const char *value, const char *words);
