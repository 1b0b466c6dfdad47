/*
 * What monitoring asks, on the internal listener: is all well, may requests come, and numbers for
 * Prometheus (text exposition format 0.0.4).
 *
 * No number here is about a person or a device, and no label comes from outside: routes are their
 * patterns, statuses those that we send, so there are as many lines however many clients there are.
 * Everything is counted already, so being asked often costs little.
 */
#include "service/health.h"
#include "base/clock.h"
#include "http/listener.h"
#include "service/background.h"
#include "service/overview.h"
#include "service/sightings.h"
#include "web/application.h"

static const char *const subjects[HEALTH_SUBJECTS] = {
    [HEALTH_CLOCK] = "clock",
    [HEALTH_DISK] = "disk",
    [HEALTH_SIGNER] = "signer",
    [HEALTH_ROOT] = "root certificate",
    [HEALTH_ISSUING] = "issuing certificate",
    [HEALTH_HTTPS] = "https certificate",
    [HEALTH_EAS] = "eas certificate",
    [HEALTH_ROOT_CRL] = "root revocation list",
    [HEALTH_ISSUING_CRL] = "issuing revocation list",
    [HEALTH_OCSP] = "OCSP responder",
    [HEALTH_FOREIGN] = "revocation lists of other CAs",
};

/* ---- /healthz and /readyz -------------------------------------------------------------------- */

static void say(struct buf *out, const char *what, const char *wrong)
{
    buf_printf(out, "%s: %s\n", what, wrong);
}

/* "ok", or 503 for what was written already. */
static enum status conclude(struct response *response)
{
    if (response_body(response)->len == 0)
        buf_append_text(response_body(response), "ok\n");
    else
        response_set_status(response, 503);
    return STATUS_OK;
}

static void say_database(const struct web *web, struct buf *out)
{
    struct overview overview;
    if (overview_read(web->service, clock_now(), &overview) != STATUS_OK)
        say(out, "database", "cannot be read");
}

static void say_errors(const struct web *web, bool all, struct buf *out)
{
    struct health health;
    health_read(web->service, clock_now(), &health);
    for (size_t i = 0; i < health.count; i++) {
        const struct health_finding *finding = &health.findings[i];
        if (finding->level == HEALTH_ERROR && (all || finding->subject == HEALTH_SIGNER))
            say(out, subjects[finding->subject], "certferry check says what is wrong");
    }
}

/* One line for each error; warnings are the start page's and certferry check's to tell. */
enum status health_healthz([[maybe_unused]] struct request *request, struct response *response,
                           void *application)
{
    say_database(application, response_body(response));
    say_errors(application, true, response_body(response));
    return conclude(response);
}

/* Without the signer nothing can be issued, without the database nothing be done. */
enum status health_readyz([[maybe_unused]] struct request *request, struct response *response,
                          void *application)
{
    say_database(application, response_body(response));
    say_errors(application, false, response_body(response));
    return conclude(response);
}

/* ---- /metrics -------------------------------------------------------------------------------- */

static void describe(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP certferry_%s %s\n# TYPE certferry_%s %s\n", name, help, name, type);
}

static void gauge(struct buf *out, const char *name, const char *help, int64_t number)
{
    describe(out, name, "gauge", help);
    buf_printf(out, "certferry_%s %lld\n", name, (long long)number);
}

static void labelled(struct buf *out, const char *name, const char *label, const char *value,
                     int64_t number)
{
    buf_printf(out, "certferry_%s{%s=\"%s\"} %lld\n", name, label, value, (long long)number);
}

static void add_requests(void *context, const struct route *route, int http, uint64_t count)
{
    buf_printf(context, "certferry_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} %llu\n",
               route == NULL ? "" : method_name(route->method), route == NULL ? "" : route->pattern,
               http, (unsigned long long)count);
}

static void add_totals(const struct overview *overview, struct buf *out)
{
    describe(out, "links", "gauge", "Enrolment links by state.");
    for (int i = 0; i < LINK_STATE_COUNT; i++)
        labelled(out, "links", "state", link_state_text((enum link_state)i), overview->links[i]);
    describe(out, "certificates", "gauge", "Certificates of users by state.");
    labelled(out, "certificates", "state", "valid", overview->valid);
    labelled(out, "certificates", "state", "revoked", overview->revoked);
    gauge(out, "certificates_expiring", "Valid certificates of users that end within 30 days.",
          overview->expiring);
}

static void add_sightings(const struct service *service, struct buf *out)
{
    struct sightings_figures figures;
    sightings_figures(service, &figures);
    describe(out, "sightings_total", "counter", "Sightings of phones since the start.");
    labelled(out, "sightings_total", "kept", "yes", figures.written);
    labelled(out, "sightings_total", "kept", "no", figures.dropped);
    gauge(out, "sightings_waiting", "Sightings that are not written yet.", figures.waiting);
}

static void add_background(const struct service *service, struct buf *out)
{
    describe(out, "background_failures_total", "counter",
             "Failures of each background task since the start.");
    for (int i = 0; i < BACKGROUND_COUNT; i++)
        labelled(out, "background_failures_total", "task",
                 background_task_name((enum background_task)i),
                 background_failures(service, (enum background_task)i));
}

/* Seconds since 1970 at which something ends. */
static void add_end(const struct health_finding *finding, struct buf *out)
{
    if (finding->subject >= HEALTH_ROOT)
        labelled(out, "ends_seconds", "of", subjects[finding->subject], finding->amount);
}

static void add_health(const struct health *health, struct buf *out)
{
    describe(out, "healthy", "gauge", "1: good, 0: look at it or bad.");
    for (size_t i = 0; i < health->count; i++)
        labelled(out, "healthy", "of", subjects[health->findings[i].subject],
                 health->findings[i].level == HEALTH_GOOD);
    describe(out, "ends_seconds", "gauge",
             "When a certificate or revocation list ends, Unix time.");
    for (size_t i = 0; i < health->count; i++)
        add_end(&health->findings[i], out);
}

static void add_process(const struct web *web, struct buf *out)
{
    describe(out, "build_info", "gauge", "The version that runs.");
    labelled(out, "build_info", "version", CERTFERRY_VERSION, 1);
    gauge(out, "connections", "Connections open now, of all listeners.",
          (int64_t)listeners_connections());
    describe(out, "requests_total", "counter", "Requests answered, by route and status.");
    router_each_count(web->router, add_requests, out);
}

enum status health_metrics([[maybe_unused]] struct request *request, struct response *response,
                           void *application)
{
    const struct web *web = application;
    struct buf *out = response_body(response);
    struct overview overview;
    struct health health;
    TRY(overview_read(web->service, clock_now(), &overview));
    health_read(web->service, clock_now(), &health);
    response_set_type(response, "text/plain; version=0.0.4; charset=utf-8");
    add_process(web, out);
    add_totals(&overview, out);
    add_sightings(web->service, out);
    add_background(web->service, out);
    add_health(&health, out);
    return STATUS_OK;
}
