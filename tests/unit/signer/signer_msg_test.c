#include "signer/signer_msg.h"

#include "signer/signer_client.h"

#include <criterion/criterion.h>

static struct certificate_fields full_fields(void)
{
    struct certificate_fields fields = {
        .serial = {0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        .not_before = 1767225600,
        .not_after = 1798761600,
        .spki = SPAN_LITERAL("a key"),
        .common_name = SPAN_LITERAL("Zo\xc3\xab"),
        .organisation = SPAN_LITERAL("Example"),
        .upn = SPAN_LITERAL("zoe@example.com"),
        .mail = SPAN_LITERAL("zoe.mail@example.com"),
        .sid = SPAN_LITERAL("S-1-5-21-1-2-3-1001"),
        .host_count = 2,
    };
    fields.hosts[0] = SPAN_LITERAL("a.example.com");
    fields.hosts[1] = SPAN_LITERAL("192.0.2.1");
    return fields;
}

static struct span whole(const struct buf *buf)
{
    struct span bytes = SPAN_EMPTY;
    cr_assert_eq(buf_finish(buf, &bytes), STATUS_OK, "%s", status_detail());
    return bytes;
}

static void encode_full(struct buf *message)
{
    struct certificate_fields fields = full_fields();
    signer_encode_issue(message, PROFILE_SERVER, &fields);
}

static void encode_list(struct buf *message)
{
    static const struct crl_entry entries[] = {
        {.serial = "00ff10", .revoked_at = 1767225600, .reason = CRL_REASON_KEY_COMPROMISE},
        {.serial = "0102030405060708090a0b0c0d0e0f1011121314",
         .revoked_at = 1767225601,
         .reason = CRL_REASON_PRIVILEGE_WITHDRAWN},
    };
    signer_encode_crl_entries(message, entries, 2);
}

static void encode_plan(struct buf *message)
{
    const struct crl_plan plan = {.number = 7,
                                  .this_update = 1767225700,
                                  .next_update = 1767312100,
                                  .count = 70000,
                                  .octets = 3000000};
    signer_encode_crl_begin(message, &plan);
}

Test(signer_msg, an_issue_request_reads_back_as_it_was_written)
{
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    encode_full(&message);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);

    struct certificate_fields expected = full_fields();
    const struct certificate_fields *got = &request.fields;
    cr_assert_eq(request.operation, SIGNER_ISSUE);
    cr_assert_eq(request.profile, PROFILE_SERVER);
    cr_assert_eq(memcmp(got->serial, expected.serial, SERIAL_SIZE), 0);
    cr_assert_eq(got->not_before, expected.not_before);
    cr_assert_eq(got->not_after, expected.not_after);
    cr_assert(span_equal(got->spki, expected.spki));
    cr_assert(span_equal(got->common_name, expected.common_name));
    cr_assert(span_equal(got->organisation, expected.organisation));
    cr_assert(span_equal(got->upn, expected.upn));
    cr_assert(span_equal(got->mail, expected.mail));
    cr_assert(span_equal(got->sid, expected.sid));
    cr_assert_eq(got->host_count, 2);
    cr_assert(span_equal(got->hosts[1], expected.hosts[1]));
}

Test(signer_msg, a_crl_reads_back_as_it_was_written)
{
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    encode_plan(&message);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.operation, SIGNER_CRL_BEGIN);
    cr_assert_eq(request.plan.number, 7);
    cr_assert_eq(request.plan.this_update, 1767225700);
    cr_assert_eq(request.plan.next_update, 1767312100);
    cr_assert_eq(request.plan.count, 70000);
    cr_assert_eq(request.plan.octets, 3000000);
}

Test(signer_msg, entries_read_back_as_they_were_written)
{
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    encode_list(&message);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.operation, SIGNER_CRL_ENTRIES);
    cr_assert_eq(request.entry_count, 2);
    cr_assert_str_eq(request.entries[0].serial, "00ff10");
    cr_assert_eq(request.entries[0].reason, CRL_REASON_KEY_COMPROMISE);
    cr_assert_str_eq(request.entries[1].serial, "0102030405060708090a0b0c0d0e0f1011121314");
    cr_assert_eq(request.entries[1].revoked_at, 1767225601);
}

Test(signer_msg, the_end_of_a_crl_is_one_byte)
{
    struct buf message defer(buf_clear) = BUF_INIT(16);
    signer_encode_crl_end(&message);
    cr_assert_eq(whole(&message).len, 1);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.operation, SIGNER_CRL_END);
}

static const uint8_t responder[SERIAL_SIZE] = {0x7f, 1, 2,  3,  4,  5,  6,  7,
                                               8,    9, 10, 11, 12, 13, 14, 15};

static struct ocsp_fields answer_fields(void)
{
    return (struct ocsp_fields){
        .this_update = 1767225600,
        .next_update = 1767312000,
        .singles = {{.hash = OCSP_HASH_SHA1, .serial = "00ff10"},
                    {.hash = OCSP_HASH_SHA256,
                     .serial = "0102030405060708090a0b0c0d0e0f1011121314",
                     .state = OCSP_STATE_REVOKED,
                     .revoked_at = 1767225500,
                     .reason = CRL_REASON_SUPERSEDED}},
        .count = 2,
        .nonce = "abcd",
        .nonce_len = 4,
    };
}

static void encode_answer(struct buf *message)
{
    struct ocsp_fields fields = answer_fields();
    signer_encode_ocsp(message, responder, &fields);
}

Test(signer_msg, an_ocsp_request_reads_back_as_it_was_written)
{
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    encode_answer(&message);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.operation, SIGNER_OCSP);
    cr_assert_arr_eq(request.responder, responder, SERIAL_SIZE);
    struct ocsp_fields expected = answer_fields();
    const struct ocsp_fields *got = &request.ocsp;
    cr_assert_eq(got->this_update, expected.this_update);
    cr_assert_eq(got->next_update, expected.next_update);
    cr_assert_eq(got->nonce_len, 4);
    cr_assert_arr_eq(got->nonce, expected.nonce, 4);
    cr_assert_eq(got->count, 2);
    cr_assert_str_eq(got->singles[0].serial, "00ff10");
    cr_assert_eq(got->singles[0].hash, OCSP_HASH_SHA1);
    cr_assert_eq(got->singles[0].state, OCSP_STATE_GOOD);
    cr_assert_str_eq(got->singles[1].serial, expected.singles[1].serial);
    cr_assert_eq(got->singles[1].hash, OCSP_HASH_SHA256);
    cr_assert_eq(got->singles[1].state, OCSP_STATE_REVOKED);
    cr_assert_eq(got->singles[1].revoked_at, 1767225500);
    cr_assert_eq(got->singles[1].reason, CRL_REASON_SUPERSEDED);
}

Test(signer_msg, an_answer_out_of_bounds_is_not_written)
{
    struct ocsp_fields many = answer_fields();
    struct ocsp_fields wide = answer_fields();
    struct ocsp_fields odd = answer_fields();
    many.count = OCSP_SINGLES_MAX + 1;
    wide.nonce_len = OCSP_NONCE_MAX + 1;
    odd.singles[1].serial[0] = 'g';
    const struct ocsp_fields *const cases[] = {&many, &wide, &odd};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        signer_encode_ocsp(&message, responder, cases[i]);
        cr_assert_eq(message.failure, STATUS_INVALID, "case %zu", i);
    }
}

Test(signer_msg, a_ping_is_one_byte)
{
    struct buf message defer(buf_clear) = BUF_INIT(16);
    signer_encode_ping(&message);
    cr_assert_eq(whole(&message).len, 1);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.operation, SIGNER_PING);
}

static void (*const encoders[])(struct buf *) = {
    signer_encode_ping,          encode_full,  encode_list, encode_plan, signer_encode_crl_end,
    signer_encode_responder_key, encode_answer};

Test(signer_msg, every_shorter_and_every_longer_message_is_refused)
{
    for (size_t i = 0; i < sizeof encoders / sizeof encoders[0]; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        encoders[i](&message);
        size_t length = whole(&message).len;
        struct signer_request request defer(signer_request_clear) = {0};
        for (size_t shorter = 0; shorter < length; shorter++)
            cr_assert_eq(signer_decode_request(span_of(message.ptr, shorter), &request),
                         STATUS_INVALID, "message %zu cut to %zu", i, shorter);
        buf_append_byte(&message, 0);
        cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_INVALID);
    }
}

/* One byte of a good message changed to a value that stands outside the bounds of its field. */
Test(signer_msg, refuses_what_is_out_of_bounds)
{
    static const struct {
        const char *what;
        unsigned encoder;
        size_t offset;
        uint8_t byte;
    } cases[] = {
        {"no operation", 0, 0, 0},
        {"an operation that is not there", 0, 0, SIGNER_OCSP + 1},
        {"a high operation", 0, 0, 255},
        {"a profile that is not there", 1, 1, PROFILE_COUNT},
        {"a time before 1970", 1, 18, 0x80},
        {"a key longer than any", 1, 34, 0x7f},
        {"a negative CRL number", 3, 1, 0x80},
        {"a list from before 1970", 3, 9, 0x80},
        {"a list until before 1970", 3, 17, 0x80},
        {"more entries than any list has", 3, 25, 0x01},
        {"more entries than a chunk", 2, 1, 0x7f},
        {"more entries than there are bytes", 2, 2, 200},
        {"an empty serial", 2, 3, 0},
        {"a serial of 21 octets", 2, 3, 21},
        {"an entry from before 1970", 2, 7, 0x80},
        {"reason 7", 2, 15, 7},
        {"reason 8, removeFromCRL", 2, 15, 8},
        {"reason 255", 2, 15, 255},
        {"an answer from before 1970", 6, 17, 0x80},
        {"a nonce of 33 octets", 6, 33, 33},
        {"an answer about nothing", 6, 38, 0},
        {"an answer about nine", 6, 38, 9},
        {"no hash", 6, 39, 0},
        {"a hash that is not there", 6, 39, 3},
        {"an answer about an empty serial", 6, 40, 0},
        {"an answer about a serial of 21 octets", 6, 40, 21},
        {"a state that is not there", 6, 44, 3},
        {"a revocation for reason 7", 6, 53, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        encoders[cases[i].encoder](&message);
        cr_assert_lt(cases[i].offset, message.len);
        message.ptr[cases[i].offset] = cases[i].byte;
        struct signer_request request defer(signer_request_clear) = {0};
        cr_expect_eq(signer_decode_request(whole(&message), &request), STATUS_INVALID, "%s",
                     cases[i].what);
    }
}

Test(signer_msg, the_writer_refuses_what_the_reader_would)
{
    struct buf large defer(buf_clear) = BUF_INIT(4096);
    buf_append_repeated(&large, 'x', 2000);
    struct span text = span_of(large.ptr, large.len);
    struct certificate_fields cases[8];
    for (size_t i = 0; i < 8; i++)
        cases[i] = full_fields();
    cases[0].spki = text;
    cases[1].common_name = text;
    cases[2].organisation = text;
    cases[3].upn = text;
    cases[4].mail = text;
    cases[5].sid = text;
    cases[6].hosts[1] = text;
    cases[7].host_count = FIELD_HOSTS_MAX + 1;
    for (size_t i = 0; i < 8; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        signer_encode_issue(&message, PROFILE_USER, &cases[i]);
        struct span bytes;
        cr_expect_eq(buf_finish(&message, &bytes), STATUS_INVALID, "case %zu", i);
    }
}

Test(signer_msg, a_request_has_no_room_for_urls)
{
    struct certificate_fields fields = full_fields();
    fields.crl_url = SPAN_LITERAL("http://elsewhere.example/list.crl");
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_issue(&message, PROFILE_USER, &fields);
    struct span bytes;
    cr_assert_eq(buf_finish(&message, &bytes), STATUS_INVALID);
}

Test(signer_msg, the_writer_refuses_an_entry_without_a_serial)
{
    const char *const hostile[] = {"", "xy", "123", "0102030405060708090a0b0c0d0e0f101112131415"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        const struct crl_entry entry = {.serial = hostile[i]};
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        signer_encode_crl_entries(&message, &entry, 1);
        struct span bytes;
        cr_expect_eq(buf_finish(&message, &bytes), STATUS_INVALID, "'%s'", hostile[i]);
    }
}

Test(signer_msg, the_longest_chunk_fits_and_one_more_entry_does_not)
{
    const struct crl_entry longest = {.serial = "ff02030405060708090a0b0c0d0e0f1011121314"};
    struct crl_entry *entries defer(free) = calloc(SIGNER_CRL_CHUNK + 1, sizeof *entries);
    for (size_t i = 0; i <= SIGNER_CRL_CHUNK; i++)
        entries[i] = longest;
    struct buf message defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_entries(&message, entries, SIGNER_CRL_CHUNK);
    struct signer_request request defer(signer_request_clear) = {0};
    cr_assert_eq(signer_decode_request(whole(&message), &request), STATUS_OK);
    cr_assert_eq(request.entry_count, SIGNER_CRL_CHUNK);

    buf_reset(&message);
    signer_encode_crl_entries(&message, entries, SIGNER_CRL_CHUNK + 1);
    cr_assert_eq(message.failure, STATUS_INVALID);
}

Test(signer_msg, a_reply_reads_back_as_it_was_written)
{
    struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_reply(&message, STATUS_FORBIDDEN, "not that one", SPAN_EMPTY);
    struct signer_reply reply;
    cr_assert_eq(signer_decode_reply(whole(&message), &reply), STATUS_OK);
    cr_assert_eq(reply.status, STATUS_FORBIDDEN);
    cr_assert_str_eq(reply.detail, "not that one");

    buf_reset(&message);
    signer_encode_reply(&message, STATUS_OK, "", SPAN_LITERAL("payload"));
    cr_assert_eq(signer_decode_reply(whole(&message), &reply), STATUS_OK);
    cr_assert(span_equal_text(reply.payload, "payload"));
}

Test(signer_msg, refuses_replies_that_no_signer_sends)
{
    static const struct span hostile[] = {
        {NULL, 0},
        SPAN_LITERAL("\0"),
        SPAN_LITERAL("\0\0"),
        SPAN_LITERAL("\0\0\1"),
        SPAN_LITERAL("\0\2\0"),
        SPAN_LITERAL("\xff\0\0"),
        SPAN_LITERAL("\1\0\3a\0b"),
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct signer_reply reply;
        cr_expect_eq(signer_decode_reply(hostile[i], &reply), STATUS_INVALID, "case %zu", i);
    }
}
