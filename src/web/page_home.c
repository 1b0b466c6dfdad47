/* GET /admin: what waits, what goes wrong, what happened in the last days. */
#include "base/clock.h"
#include "service/devices.h"
#include "service/health.h"
#include "service/mail_queue.h"
#include "service/overview.h"
#include "web/desk_view.h"

#include <stdio.h>

/* A bar is 6 wide with a gap of 2; the highest is 30 of the 32 high. */
enum { PLOTS = 4, BAR_STEP = 8, BAR_WIDTH = 6, PLOT_HEIGHT = 32, BAR_MOST = 30 };
enum { PATH_SIZE = 64 * OVERVIEW_DAYS, NUMBERS_SIZE = 24 * OVERVIEW_DAYS };

struct plot {
    char path[PATH_SIZE];
    char numbers[NUMBERS_SIZE];
};

static int64_t highest(const int64_t days[static OVERVIEW_DAYS])
{
    int64_t most = 1;
    for (int day = 0; day < OVERVIEW_DAYS; day++)
        most = days[day] > most ? days[day] : most;
    return most;
}

static struct view_plot draw(const int64_t days[static OVERVIEW_DAYS], enum text_key label,
                             struct plot *plot)
{
    struct view_plot view = {.label = label};
    int64_t most = highest(days);
    size_t path = 0;
    size_t numbers = 0;
    for (int day = 0; day < OVERVIEW_DAYS; day++) {
        /* A day without any shows a line, so that the axis is seen. */
        long long height = days[day] == 0 ? 1 : 1 + (long long)(days[day] * (BAR_MOST - 1) / most);
        path +=
            (size_t)snprintf(plot->path + path, sizeof plot->path - path, "M%d %dv-%lldh%dv%lldz",
                             day * BAR_STEP + 1, PLOT_HEIGHT, height, BAR_WIDTH, height);
        numbers += (size_t)snprintf(plot->numbers + numbers, sizeof plot->numbers - numbers,
                                    "%s%lld", day == 0 ? "" : ", ", (long long)days[day]);
        view.total += days[day];
    }
    view.path = plot->path;
    view.numbers = plot->numbers;
    return view;
}

static const struct {
    enum text_key subject;
    enum text_key mend;
} healths[HEALTH_SUBJECTS] = {
    [HEALTH_CLOCK] = {TEXT_HEALTH_CLOCK, TEXT_HEALTH_CLOCK_MEND},
    [HEALTH_DISK] = {TEXT_HEALTH_DISK, TEXT_HEALTH_DISK_MEND},
    [HEALTH_SIGNER] = {TEXT_HEALTH_SIGNER, TEXT_HEALTH_SIGNER_MEND},
    [HEALTH_ROOT] = {TEXT_HEALTH_ROOT, TEXT_HEALTH_AUTHORITY_MEND},
    [HEALTH_ISSUING] = {TEXT_HEALTH_ISSUING, TEXT_HEALTH_AUTHORITY_MEND},
    [HEALTH_HTTPS] = {TEXT_HEALTH_HTTPS, TEXT_HEALTH_HTTPS_MEND},
    [HEALTH_EAS] = {TEXT_HEALTH_EAS, TEXT_HEALTH_HTTPS_MEND},
    [HEALTH_ROOT_CRL] = {TEXT_HEALTH_ROOT_CRL, TEXT_HEALTH_ROOT_CRL_MEND},
    [HEALTH_ISSUING_CRL] = {TEXT_HEALTH_ISSUING_CRL, TEXT_HEALTH_ISSUING_CRL_MEND},
    [HEALTH_OCSP] = {TEXT_HEALTH_OCSP, TEXT_HEALTH_OCSP_MEND},
    [HEALTH_FOREIGN] = {TEXT_HEALTH_FOREIGN, TEXT_HEALTH_FOREIGN_MEND},
};

static struct view_health_line health_line(const struct health_finding *finding)
{
    static const enum text_key levels[] = {
        [HEALTH_GOOD] = TEXT_HEALTH_GOOD,
        [HEALTH_WARNING] = TEXT_HEALTH_WARNING,
        [HEALTH_ERROR] = TEXT_HEALTH_ERROR,
    };
    bool has_time = finding->subject >= HEALTH_ROOT;
    return (struct view_health_line){
        .subject = healths[finding->subject].subject,
        .level = levels[finding->level],
        .is_good = finding->level == HEALTH_GOOD,
        .is_note = finding->level == HEALTH_WARNING,
        .is_bad = finding->level == HEALTH_ERROR,
        .mend = healths[finding->subject].mend,
        .megabytes = finding->subject == HEALTH_DISK ? finding->amount / (1024 * 1024) : 0,
        .until = has_time ? finding->amount : 0,
    };
}

enum { LINK_TILES = 5 };

struct home {
    struct overview overview;
    struct plot room[PLOTS];
    struct view_plot plots[PLOTS];
    struct view_tile links[LINK_TILES];
    char hrefs[LINK_TILES][DESK_HREF_SIZE];
    int64_t mails[MAIL_STATE_COUNT];
    struct view_health_line health[HEALTH_SUBJECTS];
    size_t health_count;
    int64_t phones_refused;
};

static void draw_all(struct home *home)
{
    static const enum overview_activity drawn[PLOTS] = {OVERVIEW_CREATED, OVERVIEW_CLAIMED,
                                                        OVERVIEW_REVOKED, OVERVIEW_REFUSED};
    static const enum text_key labels[PLOTS] = {TEXT_HOME_PLOT_CREATED, TEXT_HOME_PLOT_CLAIMED,
                                                TEXT_HOME_PLOT_REVOKED, TEXT_HOME_PLOT_REFUSED};
    for (int i = 0; i < PLOTS; i++)
        home->plots[i] = draw(home->overview.acts[drawn[i]], labels[i], &home->room[i]);
}

/* Each leads to the links that it counts. */
static void count_links(struct home *home)
{
    static const enum link_state states[LINK_TILES] = {LINK_ISSUED, LINK_OPENED, LINK_CLAIMED,
                                                       LINK_DELIVERED, LINK_LOCKED};
    for (int i = 0; i < LINK_TILES; i++) {
        desk_href(home->hrefs[i], "/admin/links?state=", link_state_text(states[i]), "");
        home->links[i] = (struct view_tile){home->hrefs[i], desk_state_of_link(states[i]).label,
                                            home->overview.links[states[i]]};
    }
}

static void render(const struct web *web, const struct text_catalogue *texts,
                   const struct admin_shell *shell, const struct home *home,
                   struct response *response)
{
    const struct overview *numbers = &home->overview;
    const int64_t *refused = numbers->acts[OVERVIEW_REFUSED];
    int64_t links = 0;
    for (int state = 0; state < LINK_STATE_COUNT; state++)
        links += numbers->links[state];
    const struct view_home fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell->view,
        .links = home->links,
        .links_count = LINK_TILES,
        .failed_mails = home->mails[MAIL_FAILED],
        .unsure_mails = home->mails[MAIL_UNSURE],
        .valid = numbers->valid,
        .expiring = numbers->expiring,
        .revoked = numbers->revoked,
        .refused = refused[OVERVIEW_DAYS - 1] + refused[OVERVIEW_DAYS - 2],
        .phones_refused = home->phones_refused < DEVICES_COUNTED ? home->phones_refused : 0,
        .phones_refused_many = home->phones_refused == DEVICES_COUNTED ? DEVICES_COUNTED : 0,
        .plots = home->plots,
        .plots_count = PLOTS,
        .health = home->health,
        .health_count = home->health_count,
        .empty = links == 0 && numbers->valid == 0,
    };
    view_home(response_body(response), texts, &fields);
}

enum status page_home(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    int64_t now = clock_now();
    struct home home = {0};
    TRY(overview_read(web->service, now, &home.overview));
    TRY(mail_counts(web->service, home.mails));
    TRY(devices_count_refused(web->service, now - CLOCK_DAY, &home.phones_refused));
    count_links(&home);
    draw_all(&home);
    struct health health;
    health_read(web->service, now, &health);
    home.health_count = health.count;
    for (size_t i = 0; i < health.count; i++)
        home.health[i] = health_line(&health.findings[i]);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_HOME, &shell);
    render(web, page_texts(request), &shell, &home, response);
    return STATUS_OK;
}
