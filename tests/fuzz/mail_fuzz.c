/* Mail addresses and header lines: whatever the text, no line ends inside it, no line is empty or
 * long, and what is refused leaves nothing that could be sent. */
#include "base/mail_address.h"
#include "base/text.h"
#include "mail/message.h"

#include <assert.h>
#include <stdlib.h>

enum { LINE_MOST = MAIL_ADDRESS_MAX + 16 };

/* Line ends are CRLF, each line is ASCII and of bounded length. */
static void look_at_lines(struct span head)
{
    size_t column = 0;
    for (size_t i = 0; i < head.len; i++) {
        uint8_t c = head.ptr[i];
        assert(c != '\r' || (i + 1 < head.len && head.ptr[i + 1] == '\n'));
        assert(c != '\n' || (i > 0 && head.ptr[i - 1] == '\r'));
        assert(strchr("\r\n\t", c) != NULL || (c >= ' ' && c <= '~'));
        assert(c != '\0');
        column = c == '\n' ? 0 : column + 1;
        assert(column < LINE_MOST);
    }
}

static bool begins_with(struct span line, const char *text)
{
    return line.len >= strlen(text) && memcmp(line.ptr, text, strlen(text)) == 0;
}

/* One recipient only, however the texts are. */
static void count_recipients(struct span head)
{
    int recipients = 0;
    while (head.len > 0) {
        recipients +=
            begins_with(head, "To:") || begins_with(head, "Cc:") || begins_with(head, "Bcc:");
        const uint8_t *end = memchr(head.ptr, '\n', head.len);
        size_t len = end == NULL ? head.len : (size_t)(end - head.ptr) + 1;
        head = span_of(head.ptr + len, head.len - len);
    }
    assert(recipients == 1);
}

static void build(const char *text, struct span bytes)
{
    const struct message_attachment file = {text, "application/octet-stream", bytes};
    const struct message message = {
        .id = "a@example.org",
        .from_name = text,
        .from = "ca@example.org",
        .to_name = text,
        .to = mail_address_check(text) == STATUS_OK ? text : "ann@example.org",
        .subject = text,
        .text = bytes,
        .html = bytes,
        .attachments = &file,
        .attachment_count = 1,
    };
    struct buf out defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    if (message_append(&out, &message) != STATUS_OK)
        return;
    const uint8_t *end = memmem(out.ptr, out.len, "\r\n\r\n", 4);
    assert(end != NULL);
    look_at_lines(span_of(out.ptr, out.len));
    count_recipients(span_of(out.ptr, (size_t)(end - out.ptr) + 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text defer(free) = strndup((const char *)bytes, len);
    if (mail_address_check(text) == STATUS_OK) {
        assert(text_is_ascii_printable(span_of_text(text)) &&
               strpbrk(text, " <>,;\"\\()[]") == NULL);
        assert(host_name_is_valid(mail_address_domain(text)));
    }
    build(text, span_of(bytes, len));
    return 0;
}
