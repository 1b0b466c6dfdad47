/*
 * Password and addresses are secrets in passing: what this file copies them into is wiped when the
 * answer is made.
 */
#include "web/page_claimed.h"

#include "base/clock.h"
#include "base/limits.h"
#include "view/platform.h"
#include "web/json.h"
#include "web/visitor.h"

#include <stdio.h>

enum { GROUP = 4, GROUPS_MAX = (LIMIT_PASSWORD_MAX + GROUP - 1) / GROUP, HREF_MAX = 160 };

static const char *const suffixes[BUNDLE_FILES] = {
    [BUNDLE_P12] = "p12",
    [BUNDLE_PFX] = "pfx",
    [BUNDLE_MOBILECONFIG] = "mobileconfig",
};

struct claimed_texts {
    char groups[GROUPS_MAX][GROUP + 1];
    char hrefs[BUNDLE_FILES][HREF_MAX];
    char repack[HREF_MAX];
};

static void claimed_texts_clear(struct claimed_texts *texts)
{
    explicit_bzero(texts, sizeof *texts);
}
CLEANUP_VALUE(struct claimed_texts, claimed_texts_clear)

static void make_addresses(const struct claim *claim, struct claimed_texts *texts)
{
    const char *ticket = secret_text(claim->ticket);
    for (int i = 0; i < BUNDLE_FILES; i++)
        snprintf(texts->hrefs[i], HREF_MAX, "/d/%s/%s.%s", ticket, claim->file_stem, suffixes[i]);
    snprintf(texts->repack, HREF_MAX, "/d/%s/repack", ticket);
}

/* "" for somebody who has the ticket but is not the claimer. */
static const char *password_of(const struct claim *claim)
{
    return claim->password == NULL ? "" : secret_text(claim->password);
}

/* Groups of four, as people read them. */
static size_t make_groups(const struct claim *claim, struct claimed_texts *texts,
                          struct view_word words[static GROUPS_MAX])
{
    struct span password = span_of_text(password_of(claim));
    size_t count = 0;
    for (size_t at = 0; at < password.len && count < GROUPS_MAX; at += GROUP) {
        size_t len = password.len - at < GROUP ? password.len - at : GROUP;
        memcpy(texts->groups[count], password.ptr + at, len);
        words[count].text = texts->groups[count];
        count++;
    }
    return count;
}

static void write_json(struct response *response, const struct claim *claim,
                       const struct claimed_texts *texts)
{
    response_set_type(response, "application/json");
    response_set_class(response, RESPONSE_SECRET);
    struct buf *out = response_body(response);
    json_begin(out);
    json_add_text(out, "serial", claim->link.serial);
    json_add_text(out, "user", claim->link.user);
    if (claim->password != NULL)
        json_add_text(out, "password", secret_text(claim->password));
    json_add_text(out, "packing", claim->link.packing);
    json_add_time(out, "not_after", claim->not_after);
    json_add_time(out, "window_ends_at", claim->link.window_ends_at);
    json_begin_member(out, "files");
    for (int i = 0; i < BUNDLE_FILES; i++)
        json_add_text(out, suffixes[i], texts->hrefs[i]);
    json_end(out);
    json_add_text(out, "repack", texts->repack);
    json_end(out);
}

static void write_page(const struct web *web, const struct request *request,
                       struct response *response, const struct claim *claim, bool repacked,
                       struct claimed_texts *texts)
{
    const struct visitor visitor = visitor_of(request);
    const struct platform_page *platform = platform_page(visitor.platform);
    const char *const hrefs[] = {texts->hrefs[BUNDLE_P12], texts->hrefs[BUNDLE_PFX],
                                 texts->hrefs[BUNDLE_MOBILECONFIG]};
    struct view_file files[BUNDLE_FILES];
    struct view_word groups[GROUPS_MAX];
    platform_bundle_files(visitor.platform, hrefs, files);
    int64_t left = claim->link.window_ends_at - clock_now();
    const struct view_claimed fields = {
        .site = site_view(web_content(web)->site),
        .platform = platform->name,
        .repacked = repacked,
        .in_app = visitor.in_app,
        .in_app_text = visitor.in_app_text,
        .user = claim->link.user,
        .password = password_of(claim),
        .groups = groups,
        .groups_count = make_groups(claim, texts, groups),
        .serial = claim->link.serial,
        .window_ends = claim->link.window_ends_at,
        .minutes = left < CLOCK_MINUTE ? 1 : left / CLOCK_MINUTE,
        .not_after = claim->not_after,
        .primary = &files[0],
        .files = &files[1],
        .files_count = BUNDLE_FILES - 1,
        .steps = platform->claim_steps,
        .steps_count = platform->claim_steps_count,
        .repack = texts->repack,
        .other_packing = strcmp(claim->link.packing, "compat") == 0 ? "modern" : "compat",
    };
    page_begin(web, request, response, RESPONSE_SECRET);
    view_claimed(response_body(response), page_texts(request), &fields);
}

void page_claimed(const struct web *web, const struct request *request, struct response *response,
                  const struct claim *claim, bool repacked)
{
    struct claimed_texts texts defer(claimed_texts_clear) = {0};
    make_addresses(claim, &texts);
    if (request_prefers(request, "application/json"))
        write_json(response, claim, &texts);
    else
        write_page(web, request, response, claim, repacked, &texts);
}
