/* The organisation's name, colours and contact, ready for the pages. */
#include "view/site.h"

#include "base/text.h"

#include <ctype.h>

enum { POLICY_MAX = 512, HREF_MAX = 320 };

struct site {
    struct view_site view;
    struct view_style *style;
    char *name;
    char *contact;
    char *href;
    char *policy;
    char *operator_policy;
};

void site_free(struct site *site)
{
    if (site == NULL)
        return;
    view_style_free(site->style);
    free(site->name);
    free(site->contact);
    free(site->href);
    free(site->policy);
    free(site->operator_policy);
    free(site);
}

/* Digits, spaces and what stands between them in a telephone number. */
static bool is_telephone(const char *text)
{
    int digits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (isdigit((unsigned char)*at))
            digits++;
        else if (strchr("+ -/().", *at) == NULL)
            return false;
    }
    return digits >= 3;
}

static bool is_mail(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strpbrk(text, " <>\"?&,;") == NULL &&
           text_is_ascii_printable(span_of_text(text));
}

/* "tel:" with the digits (RFC 3966), "mailto:" (RFC 6068), or nothing. */
static void append_href(struct buf *out, const char *contact)
{
    if (is_mail(contact)) {
        buf_append_text(out, "mailto:");
        buf_append_text(out, contact);
    } else if (is_telephone(contact)) {
        buf_append_text(out, "tel:");
        for (const char *at = contact; *at != '\0'; at++)
            if (isdigit((unsigned char)*at) || (*at == '+' && at == contact))
                buf_append_byte(out, (uint8_t)*at);
    }
}

/* `style` is the start of the directive that the hash of the style block ends. */
static enum status make_policy(const struct site *site, const char *style, char **ret_policy)
{
    struct buf policy defer(buf_clear) = BUF_INIT(POLICY_MAX);
    buf_printf(&policy,
               "default-src 'none'; %s 'sha256-%s'; script-src 'self'; img-src 'self'; "
               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
               style, view_style_hash(site->style));
    return buf_take_text(&policy, ret_policy);
}

static enum status make_texts(const struct site_options *options, struct site *site)
{
    struct buf href defer(buf_clear) = BUF_INIT(HREF_MAX);
    append_href(&href, options->contact);
    TRY(buf_take_text(&href, &site->href));
    TRY(make_policy(site, "style-src", &site->policy));
    TRY(make_policy(site, "connect-src 'self'; style-src 'self'", &site->operator_policy));
    site->name = strdup(options->name);
    site->contact = strdup(options->contact);
    if (site->name == NULL || site->contact == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the site");
    return STATUS_OK;
}

enum status site_new(const struct site_options *options, struct site **ret_site)
{
    struct site *site defer(site_free) = calloc(1, sizeof *site);
    if (site == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the site");
    TRY(view_style_new(options->color, &site->style));
    TRY(make_texts(options, site));
    site->view = (struct view_site){
        .name = site->name,
        .contact = site->contact,
        .contact_href = site->href,
        .home = "/",
        .icon = options->logo ? SITE_LOGO : "/static/icon.svg",
        .logo = options->logo ? SITE_LOGO : NULL,
        .theme_light = view_style_theme(site->style, false),
        .theme_dark = view_style_theme(site->style, true),
        .style = site->style,
    };
    *ret_site = take(site);
    return STATUS_OK;
}

const struct view_site *site_view(const struct site *site)
{
    return &site->view;
}

const char *site_policy(const struct site *site)
{
    return site->policy;
}

const char *site_operator_policy(const struct site *site)
{
    return site->operator_policy;
}
