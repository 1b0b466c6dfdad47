#include "service/entity_tag.h"

#include "base/digest.h"

#include <stdio.h>

enum status entity_tag(struct span bytes, char ret_tag[static ENTITY_TAG_SIZE])
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(bytes, digest));
    ret_tag[0] = '"';
    for (size_t i = 0; i < DIGEST_SHA256_SIZE / 2; i++)
        snprintf(ret_tag + 1 + 2 * i, 3, "%02x", digest[i]);
    ret_tag[ENTITY_TAG_SIZE - 2] = '"';
    ret_tag[ENTITY_TAG_SIZE - 1] = '\0';
    return STATUS_OK;
}
