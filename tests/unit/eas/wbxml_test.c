#include "eas/wbxml.h"

#include "base/text.h"
#include "eas/tags.h"

#include <criterion/criterion.h>

#define HEAD "03016a00"

/* What phones and Exchange send, as independent decoders read it too. */
static const char initial_request[] =
    HEAD "000e454647480"
         "34d532d4541532d50726f766973696f6e696e672d5742584d4c000101010"
         "1";
static const char refused[] = HEAD "000e454b0331333900"
                                   "0101";

static void decode(const char *hex, struct buf *bytes)
{
    cr_assert_eq(text_decode_hex(span_of_text(hex), bytes), STATUS_OK, "%s", hex);
}

static enum status parse(const char *hex, struct wbxml_document **document)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(1 << 20);
    decode(hex, &bytes);
    return wbxml_parse(span_of(bytes.ptr, bytes.len), document);
}

static enum status try(const char *hex)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    return parse(hex, &document);
}

Test(wbxml, reads_a_tree_with_its_texts)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(1024);
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    decode(initial_request, &bytes);
    cr_assert_eq(wbxml_parse(span_of(bytes.ptr, bytes.len), &document), STATUS_OK);
    const struct wbxml_element *root = wbxml_root(document);
    cr_expect_eq(root->tag, TAG_PROVISION_PROVISION);
    cr_expect_eq(wbxml_count(document), 4);
    const struct wbxml_element *policy = wbxml_find(
        document, wbxml_find(document, root, TAG_PROVISION_POLICIES), TAG_PROVISION_POLICY);
    cr_assert_not_null(policy);
    cr_expect(span_equal_text(wbxml_text(wbxml_find(document, policy, TAG_PROVISION_POLICY_TYPE)),
                              "MS-EAS-Provisioning-WBXML"));
    cr_expect_null(wbxml_find(document, policy, TAG_PROVISION_STATUS));
    cr_expect_null(wbxml_sibling(document, policy));
    cr_expect_eq(wbxml_text(NULL).len, 0);
}

Test(wbxml, takes_an_empty_element_in_each_of_its_forms)
{
    cr_expect_eq(try(HEAD "000e05"), STATUS_OK);
    cr_expect_eq(try(HEAD "000e4501"), STATUS_OK);
    cr_expect_eq(try(HEAD "000e45030001"), STATUS_OK);
    cr_expect_eq(try(HEAD "000e45c30001"), STATUS_OK);
}

Test(wbxml, keeps_the_page_when_an_element_ends_and_tags_that_nobody_knows)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(64);
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    decode(HEAD "000e45001256173b0101", &bytes);
    cr_assert_eq(wbxml_parse(span_of(bytes.ptr, bytes.len), &document), STATUS_OK);
    const struct wbxml_element *inner = wbxml_child(document, wbxml_root(document));
    cr_expect_eq(inner->tag, TAG_SETTINGS_DEVICE_INFORMATION);
    const struct wbxml_element *model = wbxml_child(document, inner);
    cr_expect_eq(model->tag, TAG_SETTINGS_MODEL);
    cr_expect_eq(wbxml_sibling(document, model)->tag, WBXML_TAG(18, 0x3b));
}

Test(wbxml, refuses_what_activesync_does_not_use)
{
    static const char *const bad[] = {
        "",
        "03",
        HEAD,
        "00016a0005", /* version 1.0 */
        "04016a0005", /* version 1.4 */
        "03006a00"
        "05", /* an index as public identifier */
        "03010400"
        "05", /* Latin-1 */
        "03016a0161"
        "05",              /* a string table */
        HEAD "45",         /* not closed */
        HEAD "450101",     /* closed twice */
        HEAD "0505",       /* two roots */
        HEAD "01",         /* an end first */
        HEAD "03610005",   /* text first */
        HEAD "0503610001", /* text last */
        HEAD "85",         /* attributes */
        HEAD "c5",
        HEAD "450288808080000101",   /* the entity that aborts libwbxml2 0.11.8 */
        HEAD "4504000101",           /* a literal */
        HEAD "4543000101",           /* a processing instruction */
        HEAD "4583000101",           /* a string of a table */
        HEAD "4540000101",           /* an extension */
        HEAD "4503616263",           /* a string without its end */
        HEAD "4503ff0001",           /* not UTF-8 */
        HEAD "45c3056101",           /* opaque data beyond the end */
        HEAD "45c38080808080000101", /* a length of six bytes */
        HEAD "45c3ffffffff7f01",
        HEAD "45036100036200"
             "01", /* two texts */
        HEAD "00", /* a page that is missing */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(try(bad[i]), STATUS_INVALID, "%s", bad[i]);
        cr_expect(strlen(status_detail()) > 10);
    }
}

static enum status try_repeated(uint8_t open, size_t opens, uint8_t close, size_t closes)
{
    static const uint8_t head[] = {3, 1, 0x6a, 0};
    struct buf bytes defer(buf_clear) = BUF_INIT(1 << 20);
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    buf_append(&bytes, span_of(head, sizeof head));
    buf_append_repeated(&bytes, open, opens);
    buf_append_repeated(&bytes, close, closes);
    return wbxml_parse(span_of(bytes.ptr, bytes.len), &document);
}

Test(wbxml, bounds_depth_and_elements)
{
    cr_expect_eq(try_repeated(0x45, WBXML_DEPTH_MAX, 0x01, WBXML_DEPTH_MAX), STATUS_OK);
    cr_expect_eq(try_repeated(0x45, WBXML_DEPTH_MAX + 1, 0x01, WBXML_DEPTH_MAX + 1),
                 STATUS_TOO_LARGE);
    cr_expect_eq(try_repeated(0x45, 100000, 0x01, 100000), STATUS_TOO_LARGE);

    static const uint8_t head[] = {3, 1, 0x6a, 0, 0x45};
    for (size_t more = 0; more < 2; more++) {
        struct buf bytes defer(buf_clear) = BUF_INIT(1 << 20);
        struct wbxml_document *document defer(wbxml_document_free) = NULL;
        buf_append(&bytes, span_of(head, sizeof head));
        buf_append_repeated(&bytes, 0x06, WBXML_ELEMENTS_MAX - 1 + more);
        buf_append_byte(&bytes, 0x01);
        cr_expect_eq(wbxml_parse(span_of(bytes.ptr, bytes.len), &document),
                     more == 0 ? STATUS_OK : STATUS_TOO_LARGE);
    }
}

static void expect_written(const struct buf *out, const char *hex)
{
    struct buf wanted defer(buf_clear) = BUF_INIT(1024);
    struct span bytes;
    decode(hex, &wanted);
    cr_assert_eq(buf_finish(out, &bytes), STATUS_OK, "%s", status_detail());
    cr_expect(span_equal(bytes, span_of(wanted.ptr, wanted.len)));
}

Test(wbxml, writes_what_exchange_writes)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    struct wbxml_writer writer;
    wbxml_begin(&writer, &out);
    wbxml_open(&writer, TAG_PROVISION_PROVISION);
    wbxml_write_number(&writer, TAG_PROVISION_STATUS, 139);
    wbxml_close(&writer);
    expect_written(&out, refused);

    buf_reset(&out);
    wbxml_begin(&writer, &out);
    wbxml_open(&writer, TAG_PROVISION_PROVISION);
    wbxml_open(&writer, TAG_PROVISION_POLICIES);
    wbxml_open(&writer, TAG_PROVISION_POLICY);
    wbxml_write_text(&writer, TAG_PROVISION_POLICY_TYPE, "MS-EAS-Provisioning-WBXML");
    wbxml_close(&writer);
    wbxml_close(&writer);
    wbxml_close(&writer);
    expect_written(&out, initial_request);

    buf_reset(&out);
    wbxml_begin(&writer, &out);
    wbxml_write_empty(&writer, TAG_PROVISION_PROVISION);
    expect_written(&out, HEAD "000e05");
}

Test(wbxml, cannot_write_a_wipe_nor_a_broken_tree)
{
    static const uint16_t wipes[] = {TAG_PROVISION_REMOTE_WIPE,
                                     TAG_PROVISION_ACCOUNT_ONLY_REMOTE_WIPE};
    for (int i = 0; i < 2; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(64);
        struct wbxml_writer writer;
        struct span bytes;
        wbxml_begin(&writer, &out);
        wbxml_open(&writer, TAG_PROVISION_PROVISION);
        wbxml_write_empty(&writer, wipes[i]);
        wbxml_close(&writer);
        cr_expect_eq(buf_finish(&out, &bytes), STATUS_INTERNAL);
    }
    struct buf out defer(buf_clear) = BUF_INIT(64);
    struct wbxml_writer writer;
    struct span bytes;
    wbxml_begin(&writer, &out);
    wbxml_close(&writer);
    cr_expect_eq(buf_finish(&out, &bytes), STATUS_INTERNAL);
}
