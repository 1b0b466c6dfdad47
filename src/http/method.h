/* The request methods that any route may name. RFC 9110 9. */
#pragma once

#include "base/span.h"

#define METHOD_TABLE(X)                                                                            \
    X(GET)                                                                                         \
    X(HEAD)                                                                                        \
    X(POST)                                                                                        \
    X(PUT)                                                                                         \
    X(PATCH)                                                                                       \
    X(DELETE)                                                                                      \
    X(OPTIONS)

enum method {
#define METHOD_ENUM(name) METHOD_##name,
    METHOD_TABLE(METHOD_ENUM)
#undef METHOD_ENUM
        METHOD_OTHER, /* a token that no route names: 405 or 404 */
};

enum method method_of(struct span token);
/* "GET"; "" for METHOD_OTHER. */
const char *method_name(enum method method);
