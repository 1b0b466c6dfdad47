/*
 * What the pages say for each platform: its name, its address under /guide/, the steps, and which
 * file is the one big button. Which platform asks is decided in the web layer.
 */
#pragma once

#include "base/span.h"
#include "view/pages.h"

enum platform {
    PLATFORM_IOS,           /* iPhone and iPad */
    PLATFORM_ANDROID,       /* 11 and later */
    PLATFORM_ANDROID_OLD,   /* to 10 */
    PLATFORM_WINDOWS_PHONE, /* 8, 8.1 and 10 Mobile */
    PLATFORM_WINDOWS,
    PLATFORM_MACOS,
    PLATFORM_FIREFOX, /* on a desktop, whatever the system: it has a store of its own */
    PLATFORM_CHROMEOS,
    PLATFORM_LINUX, /* and whatever is not known */
};
enum { PLATFORMS = PLATFORM_LINUX + 1 };

/* The kinds of bundle, as their URLs end. */
enum bundle_kind { BUNDLE_P12, BUNDLE_PFX, BUNDLE_MOBILECONFIG };

struct platform_page {
    const char *slug;                    /* of /guide/{platform}: "ios" */
    const char *guide;                   /* "/guide/ios" */
    enum text_key name;                  /* "iPhone and iPad" */
    enum text_key title;                 /* of the guide */
    enum bundle_kind bundle;             /* the big button after the claim */
    const struct view_item *trust_steps; /* installing the CA certificates */
    size_t trust_steps_count;
    const struct view_item *claim_steps; /* installing the bundle */
    size_t claim_steps_count;
    const struct view_item *notes; /* of the guide: if something is different */
    size_t notes_count;
};

const struct platform_page *platform_page(enum platform platform);
/* The platform of a slug; false when there is none. */
bool platform_find(struct span slug, enum platform *ret_platform);

/* The CA files: first the platform's one big button, then the other formats. */
enum { CA_FILES = 8 };
void platform_ca_files(enum platform platform, struct view_file ret_files[static CA_FILES]);
/* Every platform as a choice, the given one marked. */
void platform_choices(enum platform current, struct view_choice ret_choices[static PLATFORMS]);

/*
 * The bundle's buttons: the platform's first. `hrefs` are the addresses by enum bundle_kind; each
 * must outlive the page.
 */
enum { BUNDLE_FILES = 3 };
void platform_bundle_files(enum platform platform, const char *const hrefs[static BUNDLE_FILES],
                           struct view_file ret_files[static BUNDLE_FILES]);
