#include "mail/message.h"

#include <criterion/criterion.h>

static const struct message_attachment files[] = {
    {"root.cer", "application/x-x509-ca-cert", {(const uint8_t *)"\x30\x03\x02\x01\x05", 5}},
    {"issuing.cer", "application/x-x509-ca-cert", {(const uint8_t *)"abc", 3}},
};

static struct message sample(void)
{
    return (struct message){
        .id = "abc.1795442700@example.org",
        .date = 784111777,
        .from_name = "Example",
        .from = "ca@example.org",
        .to = "ann@example.org",
        .subject = "Hello",
        .language = "en",
        .text = SPAN_LITERAL("Hello\n\nWorld\n"),
        .html = SPAN_LITERAL("<p>Hello</p>\n"),
    };
}

static struct buf build(const struct message *message)
{
    struct buf out = BUF_INIT(MESSAGE_MAX);
    cr_assert_eq(message_append(&out, message), STATUS_OK, "%s", status_detail());
    return out;
}

static bool holds(const struct buf *out, const char *text)
{
    return memmem(out->ptr, out->len, text, strlen(text)) != NULL;
}

Test(message, has_a_text_in_two_forms)
{
    struct message message = sample();
    struct buf out defer(buf_clear) = build(&message);
    cr_assert_str_eq((const char *)out.ptr, "From: \"Example\" <ca@example.org>\r\n"
                                            "To: ann@example.org\r\n"
                                            "Subject: Hello\r\n"
                                            "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n"
                                            "Message-ID: <abc.1795442700@example.org>\r\n"
                                            "Content-Language: en\r\n"
                                            "Auto-Submitted: auto-generated\r\n"
                                            "MIME-Version: 1.0\r\n"
                                            "Content-Type: multipart/alternative;\r\n"
                                            " boundary=\"=_alternative_abc.1795442700\"\r\n"
                                            "\r\n"
                                            "--=_alternative_abc.1795442700\r\n"
                                            "Content-Type: text/plain; charset=utf-8\r\n"
                                            "Content-Transfer-Encoding: quoted-printable\r\n"
                                            "\r\n"
                                            "Hello\r\n\r\nWorld\r\n"
                                            "--=_alternative_abc.1795442700\r\n"
                                            "Content-Type: text/html; charset=utf-8\r\n"
                                            "Content-Transfer-Encoding: quoted-printable\r\n"
                                            "\r\n"
                                            "<p>Hello</p>\r\n"
                                            "--=_alternative_abc.1795442700--\r\n");
}

Test(message, has_its_files_behind_the_text)
{
    struct message message = sample();
    message.attachments = files;
    message.attachment_count = 2;
    struct buf out defer(buf_clear) = build(&message);
    cr_assert(
        holds(&out, "Content-Type: multipart/mixed;\r\n boundary=\"=_mixed_abc.1795442700\""));
    cr_assert(holds(&out, "filename=\"root.cer\"\r\n\r\nMAMCAQU=\r\n--=_mixed"));
    cr_assert(
        holds(&out, "filename=\"issuing.cer\"\r\n\r\nYWJj\r\n--=_mixed_abc.1795442700--\r\n"));
}

static void expect_text(const char *text, const char *written)
{
    struct message message = sample();
    message.text = span_of_text(text);
    struct buf out defer(buf_clear) = build(&message);
    struct buf wanted defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&wanted, "quoted-printable\r\n\r\n%s\r\n--", written);
    cr_expect(holds(&out, (const char *)wanted.ptr), "%s became %s", text, (const char *)out.ptr);
}

Test(message, a_text_is_written_so_that_every_server_leaves_it_alone)
{
    expect_text("a=b", "a=3Db");
    expect_text("Größe", "Gr=C3=B6=C3=9Fe");
    expect_text("end \nend\t\nx y ", "end=20\r\nend=09\r\nx y=20");
    expect_text(".\n.a\nb.", "=2E\r\n=2Ea\r\nb.");
    expect_text("From me\nfrom me\na From ", "=46rom me\r\nfrom me\r\na From=20");
    expect_text("a\rb\x01", "a=0Db=01");
}

Test(message, no_line_is_long_and_none_begins_with_a_dot)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    for (int i = 0; i < 3000; i++)
        buf_append_text(&text, i % 7 == 0 ? "ö" : i % 5 == 0 ? "." : i % 3 == 0 ? " " : "x");
    struct message message = sample();
    message.text = span_of(text.ptr, text.len);
    message.html = message.text;
    struct message_attachment file = {"a.bin", "application/octet-stream", message.text};
    message.attachments = &file;
    message.attachment_count = 1;
    struct buf out defer(buf_clear) = build(&message);
    size_t column = 0;
    for (size_t i = 0; i < out.len; i++) {
        cr_assert(column > 0 || out.ptr[i] != '.');
        column = out.ptr[i] == '\n' ? 0 : column + 1;
        cr_assert_leq(column, 77);
    }
}

Test(message, a_text_cannot_end_its_part)
{
    struct message message = sample();
    message.text = SPAN_LITERAL("--=_alternative_abc.1795442700--\n\nContent-Type: x\n");
    struct buf out defer(buf_clear) = build(&message);
    cr_assert(holds(&out, "\r\n\r\n--=3D_alternative_abc.1795442700--\r\n"));
}

Test(message, answers_may_go_elsewhere)
{
    struct message message = sample();
    message.reply_to = "help@example.org";
    struct buf out defer(buf_clear) = build(&message);
    cr_assert(holds(&out, "\r\nReply-To: help@example.org\r\n"));
}

Test(message, what_may_not_stand_in_a_header_is_refused)
{
    struct buf out defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    struct message message = sample();
    message.to = "ann@example.org\r\nBcc: bob@example.org";
    cr_assert_eq(message_append(&out, &message), STATUS_INVALID);
    message = sample();
    message.to_name = "Ann\r\nBcc: bob@example.org";
    cr_assert_eq(message_append(&out, &message), STATUS_INVALID);
    message = sample();
    message.subject = "Hello\r\n\r\nBody";
    cr_assert_eq(message_append(&out, &message), STATUS_INVALID);
    message = sample();
    message.reply_to = "x";
    cr_assert_eq(message_append(&out, &message), STATUS_INVALID);
    message = sample();
    message.id = "a\"b@example.org";
    cr_assert_eq(message_append(&out, &message), STATUS_INTERNAL);
}

Test(message, has_a_bound)
{
    struct buf text defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    buf_append_repeated(&text, 'a', MESSAGE_MAX - 10);
    struct message message = sample();
    message.text = span_of(text.ptr, text.len);
    struct buf out defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    cr_assert_eq(message_append(&out, &message), STATUS_TOO_LARGE);
}
