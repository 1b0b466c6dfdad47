/* Every written form is brought to name and domain, then both are compared. */
#include "eas/identity.h"

#include <string.h>
#include <strings.h>

static const enum identity_source default_sources[] = {IDENTITY_UPN, IDENTITY_MAIL, IDENTITY_CN};
const struct identity_rules identity_rules_default = {
    .sources = default_sources,
    .source_count = sizeof default_sources / sizeof default_sources[0],
};

const char *identity_of(const struct identity_rules *rules, const struct certificate_info *info)
{
    const char *const texts[IDENTITY_SOURCES] = {
        [IDENTITY_UPN] = info->upn,
        [IDENTITY_MAIL] = info->mail,
        [IDENTITY_CN] = info->common_name,
    };
    for (size_t i = 0; i < rules->source_count; i++)
        if (texts[rules->sources[i]][0] != '\0')
            return texts[rules->sources[i]];
    return NULL;
}

/* A user in parts. */
struct user {
    struct span name;
    struct span domain;
    bool has_domain; /* one was written, be it empty */
    bool netbios;    /* the domain is a NetBIOS name */
};

static bool same_text(struct span a, struct span b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.ptr, (const char *)b.ptr, a.len) == 0);
}

/* The first of "\", "%5C" and "%5c"; *ret_len is how long it is. */
static const uint8_t *find_backslash(struct span text, size_t *ret_len)
{
    for (size_t i = 0; i < text.len; i++) {
        *ret_len = 1;
        if (text.ptr[i] == '\\')
            return text.ptr + i;
        *ret_len = 3;
        if (text.ptr[i] == '%' && text.len - i >= 3 &&
            strncasecmp((const char *)text.ptr + i, "%5c", 3) == 0)
            return text.ptr + i;
    }
    return NULL;
}

static struct user split(struct span text)
{
    size_t mark;
    const uint8_t *backslash = text.len == 0 ? NULL : find_backslash(text, &mark);
    if (backslash != NULL) {
        size_t before = (size_t)(backslash - text.ptr);
        struct user user = split(span_of(backslash + mark, text.len - before - mark));
        if (!user.has_domain)
            user = (struct user){user.name, span_of(text.ptr, before), true, true};
        return user;
    }
    const uint8_t *at = text.len == 0 ? NULL : memrchr(text.ptr, '@', text.len);
    if (at == NULL)
        return (struct user){.name = text};
    size_t before = (size_t)(at - text.ptr);
    return (struct user){.name = span_of(text.ptr, before),
                         .domain = span_of(at + 1, text.len - before - 1),
                         .has_domain = true};
}

static struct span first_label(struct span domain)
{
    const uint8_t *dot = domain.len == 0 ? NULL : memchr(domain.ptr, '.', domain.len);
    return dot == NULL ? domain : span_of(domain.ptr, (size_t)(dot - domain.ptr));
}

static enum identity_match compare_netbios(const struct identity_rules *rules, struct span netbios,
                                           struct span domain)
{
    for (size_t i = 0; i < rules->domain_count; i++)
        if (same_text(span_of_text(rules->domains[i].netbios), netbios))
            return same_text(span_of_text(rules->domains[i].dns), domain) ? IDENTITY_SAME
                                                                          : IDENTITY_OTHER;
    return same_text(first_label(domain), netbios) ? IDENTITY_SAME : IDENTITY_UNCLEAR;
}

enum identity_match identity_compare(const struct identity_rules *rules, const char *identity,
                                     struct span user)
{
    const struct user known = split(span_of_text(identity));
    const struct user sent = split(user);
    if (!same_text(known.name, sent.name))
        return IDENTITY_OTHER;
    if (!sent.has_domain)
        return IDENTITY_SAME;
    if (sent.netbios)
        return compare_netbios(rules, sent.domain, known.domain);
    if (!known.has_domain)
        return IDENTITY_UNCLEAR;
    return same_text(known.domain, sent.domain) ? IDENTITY_SAME : IDENTITY_OTHER;
}
