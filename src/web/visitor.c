/*
 * Platforms by marks in User-Agent, the most telling first: a Windows Phone says that it is Android
 * and iPhone too, a Chromebook says X11, and everything says Mozilla.
 *
 * Two things cannot be known. An iPad says Macintosh: both get the same files, and the page leads
 * to the other guide. Chrome says "Android 10; K" on every Android since 2023: only the client hint
 * tells, and without it a newer one is assumed, since its guide serves the older ones better than
 * the other way round.
 */
#include "web/visitor.h"

static bool has(struct span agent, const char *mark)
{
    return agent.len > 0 && memmem(agent.ptr, agent.len, mark, strlen(mark)) != NULL;
}

static bool has_any(struct span agent, const char *const *marks)
{
    for (; *marks != NULL; marks++)
        if (has(agent, *marks))
            return true;
    return false;
}

/* The number that stands at the start, -1 if none does. */
static int leading_number(struct span text)
{
    int number = -1;
    for (size_t i = 0; i < text.len && i < 3; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            break;
        number = (number < 0 ? 0 : number) * 10 + (text.ptr[i] - '0');
    }
    return number;
}

static int android_version(struct span agent, struct span platform_version)
{
    if (platform_version.len > 1 && platform_version.ptr[0] == '"')
        return leading_number(span_of(platform_version.ptr + 1, platform_version.len - 1));
    const uint8_t *at = memmem(agent.ptr, agent.len, "Android ", 8);
    if (at == NULL || has(agent, "Android 10; K)"))
        return -1;
    at += 8;
    return leading_number(span_of(at, agent.len - (size_t)(at - agent.ptr)));
}

struct mark {
    const char *text;
    enum platform platform;
    const char *device;
};

/* In this order; the first that is found decides. */
static const struct mark marks[] = {
    {"Windows Phone", PLATFORM_WINDOWS_PHONE, "Windows Phone"},
    {"IEMobile", PLATFORM_WINDOWS_PHONE, "Windows Phone"},
    {"Windows CE", PLATFORM_WINDOWS_PHONE, "Windows Mobile"},
    {"iPhone", PLATFORM_IOS, "iPhone"},
    {"iPad", PLATFORM_IOS, "iPad"},
    {"iPod", PLATFORM_IOS, "iPod"},
    {"CrOS", PLATFORM_CHROMEOS, "Chromebook"},
    {"Android", PLATFORM_ANDROID, "Android"},
    {"Windows NT", PLATFORM_WINDOWS, "Windows PC"},
    {"Macintosh", PLATFORM_MACOS, "Mac"},
    {"Linux", PLATFORM_LINUX, "Linux PC"},
    {"X11", PLATFORM_LINUX, "Unix PC"},
};

static const struct mark *find_mark(struct span agent)
{
    static const struct mark unknown = {"", PLATFORM_LINUX, "unknown device"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (has(agent, marks[i].text))
            return &marks[i];
    return &unknown;
}

static bool is_desktop(enum platform platform)
{
    return platform == PLATFORM_WINDOWS || platform == PLATFORM_MACOS ||
           platform == PLATFORM_CHROMEOS || platform == PLATFORM_LINUX;
}

/* Apps that open links in a window of their own. */
static const char *const apps[] = {
    "FBAN/",          "FBAV/",       "Instagram",        "MicroMessenger", "Line/",
    "Snapchat",       "LinkedInApp", "BytedanceWebview", "musical_ly",     "Pinterest/",
    "CaptiveNetwork", "GSA/",        "TeamsMobile",      "Slack",          NULL};
/* Browsers of iOS that save a profile instead of handing it over. */
static const char *const savers[] = {"FxiOS/", "Focus/", "DuckDuckGo/", "Ddg/", NULL};

/* On iOS a view inside an app lacks the word Safari; on Android it says "wv". */
static void find_app(struct span agent, struct visitor *visitor)
{
    bool apple = visitor->platform == PLATFORM_IOS;
    bool android =
        visitor->platform == PLATFORM_ANDROID || visitor->platform == PLATFORM_ANDROID_OLD;
    bool view = apple ? !has(agent, "Safari/") : has(agent, "; wv)");
    if (apple && has_any(agent, savers)) {
        visitor->in_app = true;
        visitor->in_app_text = TEXT_IN_APP_SAFARI;
    } else if ((apple || android) && (view || has_any(agent, apps))) {
        visitor->in_app = true;
        visitor->in_app_text = apple ? TEXT_IN_APP_IOS : TEXT_IN_APP_ANDROID;
    }
}

struct visitor visitor_from(struct span agent, struct span platform_version)
{
    const struct mark *mark = find_mark(agent);
    struct visitor visitor = {.platform = mark->platform,
                              .desktop = is_desktop(mark->platform),
                              .in_app_text = TEXT_IN_APP_IOS,
                              .device = mark->device};
    if (mark->platform == PLATFORM_ANDROID) {
        int version = android_version(agent, platform_version);
        if (version >= 0 && version < 11)
            visitor.platform = PLATFORM_ANDROID_OLD;
    }
    if (visitor.desktop && has(agent, "Firefox/"))
        visitor.platform = PLATFORM_FIREFOX;
    find_app(agent, &visitor);
    return visitor;
}

struct visitor visitor_of(const struct request *request)
{
    return visitor_from(request_header(request, "User-Agent"),
                        request_header(request, "Sec-CH-UA-Platform-Version"));
}
