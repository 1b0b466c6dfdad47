/*
 * One request with headers as they are given, be they forged: for `certferry check --proxy`, which
 * wants to know what a proxy does with them. The body of the answer is dropped.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct http_attempt {
    const char *url;            /* https only */
    const char *ca_file;        /* PEM; NULL: the CAs of the system */
    const char *const *headers; /* lines "Name: value"; the same name may be there twice */
    size_t header_count;
    const char *wanted; /* the header of the answer that is kept */
};

enum { HTTP_ATTEMPT_VALUE = 128 };
struct http_attempt_answer {
    int http;
    bool has_wanted;
    char value[HTTP_ATTEMPT_VALUE]; /* of the wanted header; cut, printable ASCII; "" without */
};

/* OPTIONS of the address, no redirect followed, no proxy of the environment asked. IO says why
 * there is no answer. */
enum status http_attempt(const struct http_attempt *attempt,
                         struct http_attempt_answer *ret_answer);
