#include "web/visitor.h"

#include <criterion/criterion.h>

enum app { NO_APP, APP_IOS, APP_ANDROID, APP_SAFARI };

struct sample {
    const char *agent;
    enum platform platform;
    enum app app;
    const char *device;
};

#define APPLE "AppleWebKit/605.1.15 (KHTML, like Gecko) "
#define BLINK "AppleWebKit/537.36 (KHTML, like Gecko) "

static const struct sample samples[] = {
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) " APPLE
     "Version/18.1 Mobile/15E148 Safari/604.1",
     PLATFORM_IOS, NO_APP, "iPhone"},
    {"Mozilla/5.0 (iPad; CPU OS 12_1 like Mac OS X) " APPLE
     "Version/12.0 Mobile/15E148 Safari/604.1",
     PLATFORM_IOS, NO_APP, "iPad"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
     PLATFORM_IOS, NO_APP, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
     PLATFORM_IOS, APP_SAFARI, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
     PLATFORM_IOS, APP_SAFARI, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.40.115;FBDV/iPhone15,2]",
     PLATFORM_IOS, APP_IOS, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "Mobile/15E148 Instagram 335.0.0.30.93",
     PLATFORM_IOS, APP_IOS, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE "Mobile/15E148", PLATFORM_IOS,
     APP_IOS, "iPhone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " APPLE
     "GSA/323.0.647062479 Mobile/15E148 Safari/604.1",
     PLATFORM_IOS, APP_IOS, "iPhone"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " APPLE "Version/18.1 Safari/605.1.15",
     PLATFORM_MACOS, NO_APP, "Mac"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0",
     PLATFORM_FIREFOX, NO_APP, "Mac"},
    {"Mozilla/5.0 (Linux; Android 10; K) " BLINK "Chrome/130.0.0.0 Mobile Safari/537.36",
     PLATFORM_ANDROID, NO_APP, "Android"},
    {"Mozilla/5.0 (Linux; Android 14; SM-S918B) " BLINK
     "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
     PLATFORM_ANDROID, NO_APP, "Android"},
    {"Mozilla/5.0 (Linux; Android 11; Pixel 3) " BLINK "Chrome/90.0.4430.91 Mobile Safari/537.36",
     PLATFORM_ANDROID, NO_APP, "Android"},
    {"Mozilla/5.0 (Linux; Android 9; SM-G950F) " BLINK "Chrome/90.0.4430.91 Mobile Safari/537.36",
     PLATFORM_ANDROID_OLD, NO_APP, "Android"},
    {"Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; GT-I9100) AppleWebKit/534.30 (KHTML, like "
     "Gecko) "
     "Version/4.0 Mobile Safari/534.30",
     PLATFORM_ANDROID_OLD, NO_APP, "Android"},
    {"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", PLATFORM_ANDROID,
     NO_APP, "Android"},
    {"Mozilla/5.0 (Android; Mobile; rv:40.0) Gecko/40.0 Firefox/40.0", PLATFORM_ANDROID, NO_APP,
     "Android"},
    {"Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) " BLINK
     "Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36",
     PLATFORM_ANDROID, APP_ANDROID, "Android"},
    {"Mozilla/5.0 (Linux; Android 12; M2101K6G) " BLINK
     "Version/4.0 Chrome/107.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/391.0.0.37.104;]",
     PLATFORM_ANDROID, APP_ANDROID, "Android"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " BLINK
     "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
     PLATFORM_WINDOWS, NO_APP, "Windows PC"},
    {"Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", PLATFORM_WINDOWS, NO_APP,
     "Windows PC"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
     PLATFORM_FIREFOX, NO_APP, "Windows PC"},
    {"Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; "
     "IEMobile/11.0; NOKIA; Lumia 635) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like "
     "Gecko) Mobile Safari/537",
     PLATFORM_WINDOWS_PHONE, NO_APP, "Windows Phone"},
    {"Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) " BLINK
     "Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15254",
     PLATFORM_WINDOWS_PHONE, NO_APP, "Windows Phone"},
    {"Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 8.12; MSIEMobile 6.5)",
     PLATFORM_WINDOWS_PHONE, NO_APP, "Windows Phone"},
    {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " BLINK "Chrome/130.0.0.0 Safari/537.36",
     PLATFORM_CHROMEOS, NO_APP, "Chromebook"},
    {"Mozilla/5.0 (X11; Linux x86_64) " BLINK "Chrome/130.0.0.0 Safari/537.36", PLATFORM_LINUX,
     NO_APP, "Linux PC"},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", PLATFORM_FIREFOX,
     NO_APP, "Linux PC"},
    {"Mozilla/5.0 (X11; OpenBSD amd64) " BLINK "Chrome/120.0.0.0 Safari/537.36", PLATFORM_LINUX,
     NO_APP, "Unix PC"},
    {"curl/7.88.1", PLATFORM_LINUX, NO_APP, "unknown device"},
    {"", PLATFORM_LINUX, NO_APP, "unknown device"},
};

Test(visitor, the_platform_is_known_by_its_user_agent)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct visitor visitor = visitor_from(span_of_text(samples[i].agent), SPAN_EMPTY);
        cr_expect_eq(visitor.platform, samples[i].platform, "%s", samples[i].agent);
        cr_expect_str_eq(visitor.device, samples[i].device, "%s", samples[i].agent);
    }
}

Test(visitor, a_browser_inside_an_app_is_known_and_told_what_to_do)
{
    static const enum text_key texts[] = {[NO_APP] = TEXT_IN_APP_IOS,
                                          [APP_IOS] = TEXT_IN_APP_IOS,
                                          [APP_ANDROID] = TEXT_IN_APP_ANDROID,
                                          [APP_SAFARI] = TEXT_IN_APP_SAFARI};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct visitor visitor = visitor_from(span_of_text(samples[i].agent), SPAN_EMPTY);
        cr_expect_eq(visitor.in_app, samples[i].app != NO_APP, "%s", samples[i].agent);
        cr_expect_eq(visitor.in_app_text, texts[samples[i].app], "%s", samples[i].agent);
    }
}

Test(visitor, a_desk_gets_a_code_for_the_phone_and_a_phone_does_not)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct visitor visitor = visitor_from(span_of_text(samples[i].agent), SPAN_EMPTY);
        bool phone = samples[i].platform <= PLATFORM_WINDOWS_PHONE;
        cr_expect_eq(visitor.desktop, !phone, "%s", samples[i].agent);
    }
}

Test(visitor, the_client_hint_tells_the_version_that_chrome_hides)
{
    static const char agent[] =
        "Mozilla/5.0 (Linux; Android 10; K) " BLINK "Chrome/130.0.0.0 Mobile Safari/537.36";
    struct span hidden = span_of_text(agent);
    cr_assert_eq(visitor_from(hidden, SPAN_LITERAL("\"9.0.0\"")).platform, PLATFORM_ANDROID_OLD);
    cr_assert_eq(visitor_from(hidden, SPAN_LITERAL("\"10.0.0\"")).platform, PLATFORM_ANDROID_OLD);
    cr_assert_eq(visitor_from(hidden, SPAN_LITERAL("\"14.0.0\"")).platform, PLATFORM_ANDROID);
    cr_assert_eq(visitor_from(hidden, SPAN_LITERAL("\"")).platform, PLATFORM_ANDROID);
    cr_assert_eq(visitor_from(hidden, SPAN_LITERAL("\"x\"")).platform, PLATFORM_ANDROID);
}

Test(visitor, a_user_agent_that_makes_no_sense_is_somebody_too)
{
    static const char *const hostile[] = {"Android ", "Android 99999999999", "Android", "\"",
                                          "iPhone"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_not_null(visitor_from(span_of_text(hostile[i]), SPAN_EMPTY).device);
}
