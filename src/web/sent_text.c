#include "web/sent_text.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

enum { CREDENTIALS_MAX = 2048 }; /* a Kerberos ticket is longer and no Basic */

void sent_text(struct span value, char *room, size_t size)
{
    struct buf line defer(buf_clear) = BUF_INIT(2 * size);
    text_append_line(&line, value, size - 1);
    snprintf(room, size, "%s", line.failure == STATUS_OK && line.len > 0 ? (char *)line.ptr : "");
}

/* The name is what stands before the colon; what is behind it is wiped with the buffer. */
static void read_basic(struct span credentials, struct sent_authorization *authorization)
{
    struct buf pair defer(buf_clear) = BUF_INIT(CREDENTIALS_MAX);
    if (credentials.len > CREDENTIALS_MAX || text_decode_base64(credentials, &pair) != STATUS_OK)
        return;
    const uint8_t *colon = pair.len == 0 ? NULL : memchr(pair.ptr, ':', pair.len);
    if (colon != NULL)
        sent_text(span_of(pair.ptr, (size_t)(colon - pair.ptr)), authorization->user,
                  sizeof authorization->user);
}

void sent_authorization_read(const struct request *request,
                             struct sent_authorization *ret_authorization)
{
    *ret_authorization = (struct sent_authorization){.scheme = ""};
    struct span value = request_header(request, "Authorization");
    const uint8_t *space = value.len == 0 ? NULL : memchr(value.ptr, ' ', value.len);
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == ' ' || value.ptr[i] == '\t')
            ret_authorization->credentials = true;
    if (space == NULL)
        return;
    size_t len = (size_t)(space - value.ptr);
    sent_text(span_of(value.ptr, len), ret_authorization->scheme, sizeof ret_authorization->scheme);
    if (strcasecmp(ret_authorization->scheme, "Basic") == 0)
        read_basic(span_of(space + 1, value.len - len - 1), ret_authorization);
}
