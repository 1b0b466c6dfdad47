#include "eas/query.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum status parse(const char *text, struct eas_query *query)
{
    return eas_query_parse(span_of_text(text), query);
}

static void refuse(const char *text, const char *why)
{
    struct eas_query query = {.version = 7};
    cr_expect_eq(parse(text, &query), STATUS_INVALID, "%s", text);
    cr_expect_eq(query.version, 7, "untouched: %s", text);
    cr_expect_not_null(strstr(status_detail(), why), "%s: %s", text, status_detail());
}

static struct eas_query accept(const char *text)
{
    struct eas_query query;
    cr_assert_eq(parse(text, &query), STATUS_OK, "%s: %s", text, status_detail());
    return query;
}

/* The bytes as a base64 query. */
static enum status parse_packed(const void *bytes, size_t len, struct eas_query *query)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    text_append_base64(&text, span_of(bytes, len));
    return eas_query_parse(span_of(text.ptr, text.len), query);
}
#define PACKED(literal, query) parse_packed(literal, sizeof(literal) - 1, query)

Test(query, reads_a_plain_one)
{
    struct eas_query query = accept("Cmd=Provision&User=alice&DeviceId=ABC123&DeviceType=WP");
    cr_expect_eq(query.command, EAS_COMMAND_PROVISION);
    cr_expect_eq(query.version, 0);
    cr_expect_not(query.base64);
    cr_expect_not(query.has_policy_key);
    cr_expect_str_eq(query.user, "alice");
    cr_expect_str_eq(query.device_id, "abc123");
    cr_expect_str_eq(query.device_type, "WP");
}

Test(query, reads_a_plain_one_in_any_order_and_case)
{
    struct eas_query query =
        accept("devicetype=iPhone&SaveInSent=T&DEVICEID=a1&user=bob&CMD=foldersync&X");
    cr_expect_eq(query.command, EAS_COMMAND_FOLDER_SYNC);
    cr_expect_str_eq(query.user, "bob");
    cr_expect_str_eq(query.device_id, "a1");
    cr_expect_str_eq(query.device_type, "iPhone");
}

Test(query, decodes_each_form_of_a_user_once)
{
    static const char *const forms[][2] = {
        {"alice@example.test", "alice@example.test"},
        {"alice%40example.test", "alice@example.test"},
        {"CORP%5Calice", "CORP\\alice"},
        {"CORP\\alice", "CORP\\alice"},
        {"CORP%255Calice", "CORP%5Calice"},
        {"alice+mail@example.test", "alice+mail@example.test"},
        {"zo%C3%AB", "zo\xc3\xab"},
        {"a=b", "a=b"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "Cmd=Sync&User=%s&DeviceId=1&DeviceType=x", forms[i][0]);
        cr_expect_str_eq(accept(text).user, forms[i][1]);
    }
}

Test(query, takes_the_key_from_the_address_too)
{
    struct eas_query query = accept("Cmd=Provision&DeviceId=1&PolicyKey=1307199584");
    cr_expect(query.has_policy_key);
    cr_expect_eq(query.policy_key, 1307199584u);
    refuse("Cmd=Sync&PolicyKey=4294967296", "32 bits");
    refuse("Cmd=Sync&PolicyKey=-1", "32 bits");
    refuse("Cmd=Sync&PolicyKey=99999999999", "more than 10");
}

Test(query, is_empty_without_one)
{
    struct eas_query query = accept("");
    cr_expect_eq(query.command, EAS_COMMAND_NONE);
    cr_expect_str_empty(query.device_id);
}

/* Exchange decodes names too: what is hidden from us in one would not be hidden from it. */
Test(query, reads_names_that_are_encoded)
{
    struct eas_query query = accept("%43md=Sync&%55ser=carla&%44eviceId=evil&DeviceType=x");
    cr_expect_eq(query.command, EAS_COMMAND_SYNC);
    cr_expect_str_eq(query.user, "carla");
    cr_expect_str_eq(query.device_id, "evil");
}

Test(query, refuses_a_plain_one_that_is_wrong)
{
    char text[512];
    refuse("Cmd=Nonsense&User=a&DeviceId=1&DeviceType=x", "no command");
    refuse("Cmd=Sync&Cmd=Ping", "twice");
    refuse("Cmd=Sync&User=a&User=b", "twice");
    refuse("Cmd=Sync&User=a&%55ser=b", "twice");
    refuse("Cmd=Sync&User=&User=b", "User stands there twice");
    refuse("Cmd=Sync&User=b&User=", "User stands there twice");
    refuse("Cmd=Sync&DeviceType=&DeviceType=b", "DeviceType stands there twice");
    refuse("PolicyKey=1&PolicyKey=1", "PolicyKey stands there twice");
    refuse("Cmd=Sync&Us%=a", "two hexadecimal digits");
    refuse("Cmd=Sync&DeviceId=a-b", "letters and digits");
    refuse("Cmd=Sync&DeviceId=", "empty");
    refuse("Cmd=Sync&DeviceType=a%0Ab", "printable");
    refuse("Cmd=Sync&User=a%0Ab", "controls");
    refuse("Cmd=Sync&User=a%ffb", "UTF-8");
    refuse("Cmd=Sync&User=a%00b", "NUL");
    refuse("Cmd=Sync&User=a%4", "hexadecimal");
    refuse("Cmd=Sync&User=%zz", "hexadecimal");
    snprintf(text, sizeof text, "Cmd=Sync&DeviceId=%0*d", EAS_DEVICE_ID_MAX + 1, 0);
    refuse(text, "DeviceId has more than 64");
    snprintf(text, sizeof text, "Cmd=Sync&User=%0*d", EAS_USER_MAX + 1, 0);
    refuse(text, "User has more than 254");
    snprintf(text, sizeof text, "Cmd=Sync&DeviceType=%0*d", EAS_DEVICE_TYPE_MAX + 1, 0);
    refuse(text, "DeviceType has more than 64");
}

Test(query, takes_the_longest_of_everything)
{
    char text[512];
    snprintf(text, sizeof text, "Cmd=Sync&User=%0*d&DeviceId=%0*d&DeviceType=%0*d", EAS_USER_MAX, 1,
             EAS_DEVICE_ID_MAX, 2, EAS_DEVICE_TYPE_MAX, 3);
    struct eas_query query = accept(text);
    cr_expect_eq(strlen(query.user), EAS_USER_MAX);
    cr_expect_eq(strlen(query.device_id), EAS_DEVICE_ID_MAX);
    cr_expect_eq(strlen(query.device_type), EAS_DEVICE_TYPE_MAX);
}

Test(query, reads_the_example_of_the_standard)
{
    struct eas_query query = accept("jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l");
    cr_expect(query.base64);
    cr_expect_eq(query.version, 140);
    cr_expect_eq(query.command, EAS_COMMAND_SYNC);
    cr_expect_str_eq(query.device_id, "v140device");
    cr_expect_str_eq(query.device_type, "SmartPhone");
    cr_expect_not(query.has_policy_key);
    cr_expect_str_empty(query.user);
}

Test(query, reads_a_base64_one_with_user_and_key)
{
    struct eas_query first = accept("jRQJBBBBQkNERUYwMTIzNDU2Nzg5AAJXUAgSYWxpY2VAZXhhbXBsZS50ZXN0");
    cr_expect_eq(first.version, 141);
    cr_expect_eq(first.command, EAS_COMMAND_PROVISION);
    cr_expect_str_eq(first.device_id, "abcdef0123456789");
    cr_expect_str_eq(first.user, "alice@example.test");
    cr_expect_not(first.has_policy_key);
    struct eas_query second =
        accept("jQkJBBBBQkNERUYwMTIzNDU2Nzg5BGBI6k0CV1AIEmFsaWNlQGV4YW1wbGUudGVzdA==");
    cr_expect_eq(second.command, EAS_COMMAND_FOLDER_SYNC);
    cr_expect(second.has_policy_key);
    cr_expect_eq(second.policy_key, 1307199584u);
    cr_expect_str_eq(second.device_type, "WP");
}

Test(query, takes_base64_without_padding_and_with_it_encoded)
{
    static const char *const forms[] = {
        "jQkJBBBBQkNERUYwMTIzNDU2Nzg5BGBI6k0CV1AIEmFsaWNlQGV4YW1wbGUudGVzdA",
        "jQkJBBBBQkNERUYwMTIzNDU2Nzg5BGBI6k0CV1AIEmFsaWNlQGV4YW1wbGUudGVzdA%3D%3d",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        cr_expect_eq(accept(forms[i]).policy_key, 1307199584u);
}

Test(query, writes_a_raw_guid_as_hex)
{
    struct eas_query query;
    cr_assert_eq(PACKED("\x8d\x09\x09\x04\x10\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC"
                        "\xDD\xEE\xFF\x00\x02WP",
                        &query),
                 STATUS_OK);
    cr_expect_str_eq(query.device_id, "00112233445566778899aabbccddeeff");
}

Test(query, passes_over_parameters_that_it_does_not_need)
{
    struct eas_query query;
    cr_assert_eq(PACKED("\x8c\x13\x09\x04\x01z\x00\x00\x07\x01\x02\x63\x03xyz\x08\x01u", &query),
                 STATUS_OK);
    cr_expect_eq(query.command, EAS_COMMAND_ITEM_OPERATIONS);
    cr_expect_str_eq(query.user, "u");
    cr_expect_str_empty(query.device_type);
}

Test(query, refuses_a_base64_one_that_is_cut_anywhere)
{
    static const char whole[] = "\x8d\x09\x09\x04\x03"
                                "abc\x04\x60\x48\xea\x4d\x02WP\x08\x05"
                                "alice";
    struct eas_query query;
    cr_assert_eq(PACKED(whole, &query), STATUS_OK);
    for (size_t len = 1; len < sizeof whole - 1; len++) {
        enum status status = parse_packed(whole, len, &query);
        bool before_parameters = len == sizeof whole - 1 -
                                            sizeof "\x08\x05"
                                                   "alice" +
                                            1;
        cr_expect_eq(status, before_parameters ? STATUS_OK : STATUS_INVALID, "%zu bytes", len);
    }
}

Test(query, refuses_a_base64_one_that_is_wrong)
{
    struct eas_query query;
    cr_expect_eq(PACKED("\x78\x09\x09\x04\x01z\x00\x00", &query), STATUS_INVALID, "12.0");
    cr_expect_eq(PACKED("\x8e\x09\x09\x04\x01z\x00\x00", &query), STATUS_INVALID, "14.2");
    cr_expect_eq(PACKED("\x8d\x05\x09\x04\x01z\x00\x00", &query), STATUS_INVALID, "command");
    cr_expect_eq(PACKED("\x8d\xff\x09\x04\x01z\x00\x00", &query), STATUS_INVALID, "command");
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x00\x00\x00", &query), STATUS_INVALID, "no device");
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x01-\x00\x00", &query), STATUS_INVALID, "device");
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x01z\x02zz\x00", &query), STATUS_INVALID, "key of 2");
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x01z\x00\x02\x01\x02", &query), STATUS_INVALID, "type");
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x01z\x00\x00\x08\x02\x01\x02", &query), STATUS_INVALID);
    cr_expect_eq(PACKED("\x8d\x09\x09\x04\x01z\x00\x00\x08\x01z\x08\x01z", &query), STATUS_INVALID,
                 "two users");
    refuse("????", "neither plain nor base64");
    refuse("jRQJ*", "neither plain nor base64");
    refuse("=", "neither plain nor base64");
}

Test(query, refuses_what_is_larger_than_any_phone_sends)
{
    static char text[4096];
    memset(text, 'A', 2049);
    refuse(text, "longer than 2048");
    memset(text, 0, sizeof text);
    memset(text, 'A', 2048);
    refuse(text, "neither plain nor base64");
}
