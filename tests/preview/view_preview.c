/*
 * view_preview FOLDER [COLOUR]: writes every page with sample data, in every language, as
 * FOLDER/LANGUAGE-PAGE.html, for a designer and for the checks of width and size.
 */
#include "base/file.h"
#include "view/fingerprint.h"
#include "view/notice.h"
#include "view/platform.h"
#include "view/qr.h"
#include "view/site.h"

#include <stdio.h>

static const int64_t sample_time = 1795442700;

struct preview {
    const char *folder;
    const struct text_catalogue *texts;
    const struct view_site *site;
};

static const struct view_word password[] = {{"k7mq"}, {"w3hd"}, {"9xtn"}, {"c4vp"}, {"m2rz"}};
static const char *const hrefs[BUNDLE_FILES] = {"/d/t/ann.p12", "/d/t/ann.pfx",
                                                "/d/t/ann.mobileconfig"};

static void save(const struct preview *preview, const char *name, const struct buf *page)
{
    struct buf path defer(buf_clear) = BUF_INIT(4096);
    struct span bytes;
    buf_printf(&path, "%s/%s-%s.html", preview->folder, preview->texts->language, name);
    if (buf_finish(page, &bytes) != STATUS_OK ||
        file_replace((const char *)path.ptr, bytes, 0644) != STATUS_OK)
        fprintf(stderr, "%s: %s\n", name, status_detail());
    printf("%6zu %s-%s\n", page->len, preview->texts->language, name);
}

static void save_ca(const struct preview *preview, enum platform platform, const char *name,
                    bool in_app)
{
    const uint8_t digest[FINGERPRINT_BYTES] = {0x8f, 0x12, 0x5a, 0xc0, 0x33,
                                               0x71, 0xee, 0x04, 0x99};
    struct fingerprint root;
    fingerprint_init(&root, preview->texts, digest);
    const struct view_authority authorities[] = {
        {TEXT_CA_ROOT, "Example Industries Root CA", root.groups, FINGERPRINT_GROUPS, root.words,
         FINGERPRINT_WORDS, sample_time, sample_time + 630000000},
        {TEXT_CA_ISSUING, "Example Industries Issuing CA 1", root.groups, FINGERPRINT_GROUPS,
         root.words, FINGERPRINT_WORDS, sample_time, sample_time + 315000000}};
    struct view_file files[CA_FILES];
    struct view_choice choices[PLATFORMS];
    struct buf path defer(buf_clear) = BUF_INIT(65536);
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    char box[32];
    int size = 0;
    platform_ca_files(platform, files);
    platform_choices(platform, choices);
    if (qr_append_path(&path, "https://ca.example.org:8443/", &size) != STATUS_OK)
        return;
    snprintf(box, sizeof box, "0 0 %d %d", size, size);
    const struct platform_page *about = platform_page(platform);
    const struct view_ca fields = {.site = preview->site,
                                   .platform = about->name,
                                   .in_app = in_app,
                                   .in_app_text = TEXT_IN_APP_IOS,
                                   .primary = files,
                                   .files = files + 1,
                                   .files_count = CA_FILES - 1,
                                   .steps = about->trust_steps,
                                   .steps_count = about->trust_steps_count,
                                   .guide = about->guide,
                                   .guides = choices,
                                   .guides_count = PLATFORMS,
                                   .authorities = authorities,
                                   .authorities_count = 2,
                                   .desktop = platform >= PLATFORM_WINDOWS,
                                   .address = "https://ca.example.org:8443/",
                                   .qr_path = (const char *)path.ptr,
                                   .qr_box = box};
    view_ca(&page, preview->texts, &fields);
    save(preview, name, &page);
}

static void save_guide(const struct preview *preview, enum platform platform)
{
    const struct platform_page *about = platform_page(platform);
    struct view_file files[CA_FILES];
    struct view_choice choices[PLATFORMS];
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    char name[64];
    platform_ca_files(platform, files);
    platform_choices(platform, choices);
    const struct view_guide fields = {.site = preview->site,
                                      .title = about->title,
                                      .in_app_text = TEXT_IN_APP_IOS,
                                      .primary = files,
                                      .files = files + 1,
                                      .files_count = CA_FILES - 1,
                                      .steps = about->trust_steps,
                                      .steps_count = about->trust_steps_count,
                                      .claim_steps = about->claim_steps,
                                      .claim_steps_count = about->claim_steps_count,
                                      .notes = about->notes,
                                      .notes_count = about->notes_count,
                                      .guides = choices,
                                      .guides_count = PLATFORMS};
    view_guide(&page, preview->texts, &fields);
    snprintf(name, sizeof name, "guide-%s", about->slug);
    save(preview, name, &page);
}

static void save_link(const struct preview *preview, const char *name, bool wrong, bool malformed)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    const struct view_link fields = {.site = preview->site,
                                     .digits = 6,
                                     .wrong = wrong,
                                     .malformed = malformed,
                                     .tries_left = 1,
                                     .expires_at = sample_time};
    view_link(&page, preview->texts, &fields);
    save(preview, name, &page);
}

static void save_claimed(const struct preview *preview, enum platform platform, const char *name,
                         bool repacked)
{
    const struct platform_page *about = platform_page(platform);
    struct view_file files[BUNDLE_FILES];
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    platform_bundle_files(platform, hrefs, files);
    const struct view_claimed fields = {.site = preview->site,
                                        .platform = about->name,
                                        .repacked = repacked,
                                        .in_app_text = TEXT_IN_APP_IOS,
                                        .user = "ann.example@industries.example",
                                        .password = "k7mqw3hd9xtnc4vpm2rz",
                                        .groups = password,
                                        .groups_count = 5,
                                        .serial = "5F10A2B3C4D5E6F708192A3B4C5D6E7F",
                                        .window_ends = sample_time,
                                        .minutes = 15,
                                        .not_after = sample_time + 63072000,
                                        .primary = files,
                                        .files = files + 1,
                                        .files_count = BUNDLE_FILES - 1,
                                        .steps = about->claim_steps,
                                        .steps_count = about->claim_steps_count,
                                        .repack = "/d/t/repack",
                                        .other_packing = "modern"};
    view_claimed(&page, preview->texts, &fields);
    save(preview, name, &page);
}

static void save_notices(const struct preview *preview)
{
    static const char *const names[] = {"expired", "cancelled", "locked",  "closed",
                                        "gone",    "unknown",   "running", "busy"};
    for (int i = 0; i <= NOTICE_BUSY; i++) {
        struct buf page defer(buf_clear) = BUF_INIT(262144);
        struct view_notice fields = notice_fields((enum notice)i, preview->site, "/l/token");
        view_notice(&page, preview->texts, &fields);
        save(preview, names[i], &page);
    }
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    struct view_notice fields = notice_of_error(404, NULL, preview->site);
    view_notice(&page, preview->texts, &fields);
    save(preview, "error", &page);
}

static void save_others(const struct preview *preview)
{
    struct buf page defer(buf_clear) = BUF_INIT(262144);
    const struct view_elsewhere elsewhere = {
        .site = preview->site, .claimed_at = sample_time, .device = "iPhone"};
    view_elsewhere(&page, preview->texts, &elsewhere);
    save(preview, "elsewhere", &page);
}

static void save_all(const struct preview *preview)
{
    save_ca(preview, PLATFORM_IOS, "ca-ios", false);
    save_ca(preview, PLATFORM_IOS, "ca-in-app", true);
    save_ca(preview, PLATFORM_ANDROID, "ca-android", false);
    save_ca(preview, PLATFORM_WINDOWS, "ca-windows", false);
    for (int i = 0; i < PLATFORMS; i++)
        save_guide(preview, (enum platform)i);
    save_link(preview, "link", false, false);
    save_link(preview, "link-wrong", true, false);
    save_link(preview, "link-malformed", false, true);
    save_claimed(preview, PLATFORM_IOS, "claimed-ios", false);
    save_claimed(preview, PLATFORM_ANDROID, "claimed-android", false);
    save_claimed(preview, PLATFORM_WINDOWS, "repacked-windows", true);
    save_notices(preview);
    save_others(preview);
}

int main(int count, char **arguments)
{
    struct site *site defer(site_free) = NULL;
    const struct site_options options = {.name = "Example Industries",
                                         .color = count > 2 ? arguments[2] : "#1d4ed8",
                                         .contact = "+49 30 555 0100"};
    if (count < 2 || site_new(&options, &site) != STATUS_OK) {
        fprintf(stderr, "usage: view_preview FOLDER [COLOUR]\n%s\n", status_detail());
        return 2;
    }
    for (size_t i = 0; i < text_catalogue_count; i++) {
        const struct preview preview = {arguments[1], &text_catalogues[i], site_view(site)};
        save_all(&preview);
    }
    return 0;
}
