#include "view/asset.h"
#include "view/notice.h"
#include "view/platform.h"
#include "view/site.h"

#include <criterion/criterion.h>

/* A page that holds a text of a stranger must not hold its markup. */
static const char hostile[] = "<img src=x onerror=alert(1)>\"'&";

static struct site *open_site(const char *name, const char *contact, bool logo)
{
    struct site *site = NULL;
    const struct site_options options = {
        .name = name, .color = "#1d4ed8", .contact = contact, .logo = logo};
    cr_assert_eq(site_new(&options, &site), STATUS_OK);
    return site;
}

static bool holds(const struct buf *page, const char *text)
{
    return memmem(page->ptr, page->len, text, strlen(text)) != NULL;
}

static void render_link(struct buf *page, const struct text_catalogue *texts, bool wrong)
{
    struct site *site defer(site_free) = open_site("Example", "", false);
    const struct view_link fields = {.site = site_view(site),
                                     .digits = 6,
                                     .wrong = wrong,
                                     .tries_left = 4,
                                     .expires_at = 1795442700};
    view_link(page, texts, &fields);
}

Test(pages, the_link_page_is_one_request_below_twenty_kilobytes)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    render_link(&page, catalogue_default(), false);
    cr_assert_lt(page.len, 20000);
    cr_assert(!holds(&page, "<script") && !holds(&page, "<img") && !holds(&page, "stylesheet"));
    cr_assert(holds(&page, "noindex"));
    cr_assert(holds(&page, "autocomplete=\"one-time-code\""));
    cr_assert(!holds(&page, "og:"));
}

Test(pages, the_link_page_says_what_was_wrong_to_people_and_to_screen_readers)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    render_link(&page, catalogue_default(), true);
    cr_assert(holds(&page, "You have 4 more tries."));
    cr_assert(holds(&page, "aria-invalid=\"true\" aria-describedby=\"wrong\""));
    cr_assert(holds(&page, "role=\"alert\" id=\"wrong\""));
}

Test(pages, a_page_says_its_language)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    render_link(&page, catalogue_for(SPAN_LITERAL("de-CH")), false);
    cr_assert(holds(&page, "<html lang=\"de\">"));
}

Test(pages, names_from_outside_are_escaped_everywhere)
{
    struct site *site defer(site_free) = open_site(hostile, hostile, false);
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    const struct view_word group = {hostile};
    const struct view_file file = {"javascript:alert(1)", TEXT_BUNDLE_P12, hostile,
                                   TEXT_BUNDLE_P12_HINT};
    const struct view_claimed claimed = {.site = site_view(site),
                                         .user = hostile,
                                         .password = hostile,
                                         .groups = &group,
                                         .groups_count = 1,
                                         .serial = hostile,
                                         .primary = &file,
                                         .files = &file,
                                         .files_count = 1,
                                         .repack = "javascript:alert(2)",
                                         .other_packing = hostile};
    view_claimed(&page, catalogue_default(), &claimed);
    const struct view_elsewhere elsewhere = {.site = site_view(site), .device = hostile};
    view_elsewhere(&page, catalogue_default(), &elsewhere);
    struct view_notice notice = notice_of_error(404, hostile, site_view(site));
    view_notice(&page, catalogue_default(), &notice);
    cr_assert(!holds(&page, "<img") && !holds(&page, "javascript:"));
    cr_assert(holds(&page, "&lt;img src=x onerror=alert(1)&gt;"));
}

Test(pages, a_contact_becomes_a_link_when_it_is_a_number_or_an_address)
{
    static const char *const samples[][2] = {
        {"+49 30 555-0100", "tel:+49305550100"},
        {"(030) 555 0100", "tel:0305550100"},
        {"help@example.org", "mailto:help@example.org"},
        {"Room 12", ""},
        {"help@example.org?subject=x", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct site *site defer(site_free) = open_site("Example", samples[i][0], false);
        cr_expect_str_eq(site_view(site)->contact_href, samples[i][1], "%s", samples[i][0]);
    }
}

Test(pages, a_logo_is_the_icon_too_so_that_a_page_stays_one_request)
{
    struct site *site defer(site_free) = open_site("Example", "", true);
    cr_assert_str_eq(site_view(site)->logo, site_view(site)->icon);
    struct site *plain defer(site_free) = open_site("Example", "", false);
    cr_assert_null(site_view(plain)->logo);
    cr_assert_not_null(asset_find(span_of_text(site_view(plain)->icon)));
}

Test(pages, a_site_with_a_bad_colour_is_refused)
{
    struct site *site defer(site_free) = NULL;
    const struct site_options options = {.name = "a", .color = "blue", .contact = ""};
    cr_assert_eq(site_new(&options, &site), STATUS_INVALID);
}

Test(pages, the_policy_names_the_style_and_allows_nothing_inline)
{
    struct site *site defer(site_free) = open_site("Example", "", false);
    const char *policy = site_policy(site);
    cr_assert(strstr(policy, "default-src 'none'") != NULL);
    cr_assert(strstr(policy, view_style_hash(site_view(site)->style)) != NULL);
    cr_assert(strstr(policy, "unsafe") == NULL && strstr(policy, "data:") == NULL);
}

Test(pages, every_platform_has_steps_files_and_an_address_that_is_found_again)
{
    for (int i = 0; i < PLATFORMS; i++) {
        const struct platform_page *page = platform_page((enum platform)i);
        enum platform found;
        cr_assert(platform_find(span_of_text(page->slug), &found) && (int)found == i);
        cr_assert_eq(strncmp(page->guide, "/guide/", 7), 0);
        cr_assert_str_eq(page->guide + 7, page->slug);
        cr_assert(page->trust_steps_count >= 3 && page->claim_steps_count >= 3);
        cr_assert_geq(page->notes_count, 1);
    }
    enum platform found;
    cr_assert(!platform_find(SPAN_LITERAL("IOS"), &found));
    cr_assert(!platform_find(SPAN_EMPTY, &found));
}

Test(pages, every_ca_file_is_offered_once_the_platforms_first)
{
    for (int i = 0; i < PLATFORMS; i++) {
        struct view_file files[CA_FILES];
        platform_ca_files((enum platform)i, files);
        for (int a = 0; a < CA_FILES; a++)
            for (int b = 0; b < a; b++)
                cr_assert_str_neq(files[a].href, files[b].href);
    }
    struct view_file files[CA_FILES];
    platform_ca_files(PLATFORM_IOS, files);
    cr_assert_str_eq(files[0].href, "/ca/root.mobileconfig");
    platform_ca_files(PLATFORM_ANDROID, files);
    cr_assert_str_eq(files[0].href, "/ca/root.crt");
}

Test(pages, the_bundle_is_offered_in_the_form_of_the_platform_first)
{
    static const char *const hrefs[BUNDLE_FILES] = {"/p12", "/pfx", "/mobileconfig"};
    struct view_file files[BUNDLE_FILES];
    platform_bundle_files(PLATFORM_WINDOWS, hrefs, files);
    cr_assert_str_eq(files[0].href, "/pfx");
    cr_assert_str_eq(files[1].href, "/p12");
    cr_assert_str_eq(files[2].href, "/mobileconfig");
    platform_bundle_files(PLATFORM_MACOS, hrefs, files);
    cr_assert_str_eq(files[0].href, "/mobileconfig");
}

Test(pages, a_notice_offers_another_try_only_where_the_link_is_still_good)
{
    cr_assert_str_eq(notice_fields(NOTICE_BUSY, NULL, "/l/x").again, "/l/x");
    cr_assert(notice_fields(NOTICE_RUNNING, NULL, "/l/x").kept);
    cr_assert_null(notice_fields(NOTICE_LOCKED, NULL, "/l/x").again);
    cr_assert(!notice_fields(NOTICE_LOCKED, NULL, "/l/x").kept);
}

Test(pages, an_error_without_texts_reads_like_its_class)
{
    cr_assert_eq(notice_of_error(404, NULL, NULL).title, TEXT_ERROR_HTTP_404);
    cr_assert_eq(notice_of_error(418, NULL, NULL).title, TEXT_ERROR_HTTP_400);
    cr_assert_eq(notice_of_error(507, NULL, NULL).title, TEXT_ERROR_HTTP_500);
    cr_assert_eq(notice_of_error(999, NULL, NULL).title, TEXT_ERROR_HTTP_500);
    cr_assert_eq(notice_of_error(418, NULL, NULL).code, 418);
}

Test(pages, a_profile_is_xml_with_escaped_names_and_no_password)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    const struct view_user_mobileconfig fields = {.organisation = hostile,
                                                  .identifier = "org.example.ca",
                                                  .user = hostile,
                                                  .identity_base64 = "AAAA",
                                                  .identity_uuid = "U-1",
                                                  .exchange_host = "mail.example.org"};
    view_user_mobileconfig(&page, catalogue_default(), &fields);
    cr_assert_eq(strncmp((const char *)page.ptr, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", 38),
                 0);
    cr_assert(!holds(&page, "<img") && !holds(&page, "Password"));
    cr_assert(holds(&page, "<key>PayloadCertificateUUID</key><string>U-1</string>"));
}

Test(pages, a_profile_without_exchange_has_no_account)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    const struct view_user_mobileconfig fields = {.exchange_host = ""};
    view_user_mobileconfig(&page, catalogue_default(), &fields);
    cr_assert(!holds(&page, "com.apple.eas.account"));
}

Test(assets, each_has_a_type_a_tag_and_a_smaller_gzip)
{
    for (size_t i = 0; i < asset_count; i++) {
        const struct asset *asset = asset_find(span_of_text(assets[i].path));
        cr_assert_eq(asset, &assets[i]);
        cr_assert(asset->bytes.len > 0 && asset->etag[0] == '"');
        cr_assert_lt(asset->gzip.len, asset->bytes.len);
    }
    cr_assert_null(asset_find(SPAN_LITERAL("/static/")));
    cr_assert_null(asset_find(SPAN_LITERAL("/static/COPY.js")));
}
