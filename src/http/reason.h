/*
 * The status codes that certferry sends, RFC 9110 15, and those of Exchange ActiveSync, which has
 * phrases of its own for some (MS-ASHTTP 2.2.2): 449, 451, 456, 457, 507.
 */
#pragma once

#include <stddef.h>

#define REASON_TABLE(X)                                                                            \
    X(200, "OK")                                                                                   \
    X(201, "Created")                                                                              \
    X(204, "No Content")                                                                           \
    X(302, "Found")                                                                                \
    X(303, "See Other")                                                                            \
    X(304, "Not Modified")                                                                         \
    X(308, "Permanent Redirect")                                                                   \
    X(400, "Bad Request")                                                                          \
    X(401, "Unauthorized")                                                                         \
    X(403, "Forbidden")                                                                            \
    X(404, "Not Found")                                                                            \
    X(405, "Method Not Allowed")                                                                   \
    X(408, "Request Timeout")                                                                      \
    X(409, "Conflict")                                                                             \
    X(410, "Gone")                                                                                 \
    X(411, "Length Required")                                                                      \
    X(413, "Content Too Large")                                                                    \
    X(414, "URI Too Long")                                                                         \
    X(415, "Unsupported Media Type")                                                               \
    X(417, "Expectation Failed")                                                                   \
    X(421, "Misdirected Request")                                                                  \
    X(429, "Too Many Requests")                                                                    \
    X(431, "Request Header Fields Too Large")                                                      \
    X(449, "Retry after sending a PROVISION command")                                              \
    X(451, "Redirect")                                                                             \
    X(456, "Blocked")                                                                              \
    X(457, "Password Expired")                                                                     \
    X(500, "Internal Server Error")                                                                \
    X(501, "Not Implemented")                                                                      \
    X(503, "Service Unavailable")                                                                  \
    X(505, "HTTP Version Not Supported")                                                           \
    X(507, "Insufficient Storage")

enum {
#define REASON_ENUM(http, phrase) REASON_##http,
    REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
        REASON_COUNT,
};

/* "Not Found"; "Answer" for one that is not in the table. */
const char *reason_phrase(int http);
/* Its place in the table, REASON_COUNT for one that is not in it. */
size_t reason_index(int http);
int reason_http(size_t index);
