/* A reader of DER of our own, so that what OpenSSL wrote is not judged by OpenSSL. */
#pragma once

#include "base/span.h"

struct der {
    uint8_t tag; /* 0 when there is no such element */
    struct span body;
};

/*
 * The element at `path`: child numbers from the outside, ended by -1. A path goes into an OCTET
 * STRING as into a SEQUENCE. (int[]){0, 1, -1} is the second child of the first element.
 */
struct der der_at(struct span bytes, const int *path);
#define DER(bytes, ...) der_at(bytes, (const int[]){__VA_ARGS__, -1})

/* "1.2.840.113549.1.12.1.3", in a buffer of the calling thread. */
const char *der_oid(struct der element);
/* A small non-negative INTEGER, -1 for anything else. */
long der_integer(struct der element);
