/*
 * The first page: what to install on the device that asks, how to compare it by telephone, and for
 * a visitor at a desk the address as a QR code.
 *
 * Its files are linked by path, so page and file share a scheme: browsers block a file over http
 * from a page over https. The code shows the scheme that the visitor himself came by.
 */
#include "base/limits.h"
#include "service/address.h"
#include "view/fingerprint.h"
#include "view/qr.h"
#include "web/page.h"
#include "web/visitor.h"

#include <stdio.h>

enum { AUTHORITIES = 2, QR_BOX = 32, QR_PATH_MAX = 64 * 1024 };

/* What the fields of the page point to. */
struct parts {
    struct view_file files[CA_FILES];
    struct view_choice choices[PLATFORMS];
    struct fingerprint fingerprints[AUTHORITIES];
    struct view_authority authorities[AUTHORITIES];
    struct buf address;
    struct buf qr_path;
    char qr_box[QR_BOX];
};

static void parts_clear(struct parts *parts)
{
    buf_clear(&parts->address);
    buf_clear(&parts->qr_path);
}
CLEANUP_VALUE(struct parts, parts_clear)

static void add_authority(struct parts *parts, int index, enum text_key role,
                          const struct text_catalogue *texts,
                          const struct distributed_certificate *certificate)
{
    struct fingerprint *fingerprint = &parts->fingerprints[index];
    fingerprint_init(fingerprint, texts, certificate->sha256);
    parts->authorities[index] = (struct view_authority){
        .role = role,
        .name = certificate->common_name,
        .groups = fingerprint->groups,
        .groups_count = FINGERPRINT_GROUPS,
        .words = fingerprint->words,
        .words_count = FINGERPRINT_WORDS,
        .not_before = certificate->not_before,
        .not_after = certificate->not_after,
    };
}

static enum status add_address(struct parts *parts, const struct web *web,
                               const struct request *request)
{
    int size = 0;
    struct span address;
    if (request_is_secure(request))
        address_append_https(web_config(web), &parts->address);
    else
        address_append_http(web_config(web), &parts->address);
    buf_append_byte(&parts->address, '/');
    TRY(buf_finish(&parts->address, &address));
    TRY(qr_append_path(&parts->qr_path, (const char *)address.ptr, &size));
    snprintf(parts->qr_box, sizeof parts->qr_box, "0 0 %d %d", size, size);
    return STATUS_OK;
}

static struct view_ca fields_of(const struct web *web, const struct visitor *visitor,
                                const struct parts *parts)
{
    const struct platform_page *about = platform_page(visitor->platform);
    return (struct view_ca){
        .site = site_view(web_content(web)->site),
        .platform = about->name,
        .in_app = visitor->in_app,
        .in_app_text = visitor->in_app_text,
        .primary = &parts->files[0],
        .files = &parts->files[1],
        .files_count = CA_FILES - 1,
        .steps = about->trust_steps,
        .steps_count = about->trust_steps_count,
        .guide = about->guide,
        .guides = parts->choices,
        .guides_count = PLATFORMS,
        .authorities = parts->authorities,
        .authorities_count = AUTHORITIES,
        .desktop = visitor->desktop,
        .address = (const char *)parts->address.ptr,
        .qr_path = (const char *)parts->qr_path.ptr,
        .qr_box = parts->qr_box,
    };
}

enum status page_ca(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct text_catalogue *texts = page_texts(request);
    const struct distribution *distribution = web_content(web)->distribution;
    const struct visitor visitor = visitor_of(request);
    struct parts parts defer(parts_clear) = {.address = BUF_INIT(LIMIT_REQUEST_TARGET),
                                             .qr_path = BUF_INIT(QR_PATH_MAX)};
    platform_ca_files(visitor.platform, parts.files);
    platform_choices(visitor.platform, parts.choices);
    add_authority(&parts, 0, TEXT_CA_ROOT, texts, distribution_root(distribution));
    add_authority(&parts, 1, TEXT_CA_ISSUING, texts, distribution_issuing(distribution));
    if (visitor.desktop)
        TRY(add_address(&parts, web, request));
    const struct view_ca fields = fields_of(web, &visitor, &parts);
    page_begin(web, request, response, RESPONSE_PAGE);
    view_ca(response_body(response), texts, &fields);
    return STATUS_OK;
}
