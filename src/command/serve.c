/*
 * certferry serve: everything in the one order that works, then one loop of the main thread.
 *
 *   signals blocked     so that every thread, and the signer, inherits that
 *   configuration, log
 *   service             forks the signer, opens the database, then starts what has threads
 *   TLS, web            certificates, CA files, pages
 *   listeners           from here on requests are served, by threads of their own
 *
 * The loop waits for signals (SIGTERM and SIGINT end, SIGHUP reloads), and for the death
 * of the signer, without which nothing can be issued: serve then ends with exit code 4, and the
 * service manager starts both again. What is due by time is service/background.h's.
 */
#include "base/file.h"
#include "base/log.h"
#include "command/command.h"
#include "command/identity.h"
#include "command/notify.h"
#include "command/reload.h"
#include "command/session.h"
#include "http/listener.h"
#include "service/trust.h"
#include "signer/signer_client.h"
#include "web/web.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

enum { FILES_BESIDE_CONNECTIONS = 256, LISTENER_KINDS = 5 };

static enum status open_signals(int *ret_fd)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return status_fail(STATUS_INTERNAL, "signals cannot be blocked");
    *ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *ret_fd < 0 ? status_fail_errno(STATUS_INTERNAL, "signals cannot be read") : STATUS_OK;
}

/* The common default of 1,024 open files is less than the connections we promise to serve. */
static void raise_file_limit(int64_t connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections + FILES_BESIDE_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_warning("serve",
                    "only %llu files may be open: raise LimitNOFILE, or set server.threads lower",
                    (unsigned long long)limit.rlim_cur);
}

static int milliseconds(int64_t seconds)
{
    return (int)(seconds * 1000);
}

static enum status load_servers(const struct service *service, struct tls_servers *servers)
{
    const struct config *config = service->config;
    struct identity identity defer(identity_clear) = {0};
    struct buf others defer(buf_clear) = BUF_INIT(TRUST_OTHERS_PEM_MAX);
    struct trust_set *trust defer(trust_set_release) = trust_hold(service);
    TRY(trust_set_append_others(trust, &others));
    TRY(identity_load(config, span_of(others.ptr, others.len), &identity));
    TRY(tls_server_new(&identity.https, &servers->https));
    if (config->operator_certificate_log_in)
        TRY(tls_server_new(&identity.operators, &servers->operators));
    return config->eas_enabled ? tls_server_new(&identity.eas, &servers->eas) : STATUS_OK;
}

static void warn_of_legacy(const struct config *config)
{
    if (config->eas_enabled && config->eas_legacy_tls)
        log_warning("serve",
                    "TLS 1.0 and 1.1 are spoken on the EAS listener (eas.legacy_tls): they "
                    "protect badly, and should go with the last Windows Phone");
}

/* Those that are configured, of LISTENER_KINDS at most. */
static size_t choose_listeners(const struct config *config, const struct tls_servers *servers,
                               struct listener_options *listeners)
{
    size_t count = 0;
    listeners[count++] = (struct listener_options){
        .kind = LISTENER_HTTP, .address = config->http_address, .port = (int)config->http_port};
    listeners[count++] = (struct listener_options){.kind = LISTENER_HTTPS,
                                                   .address = config->https_address,
                                                   .port = (int)config->https_port,
                                                   .tls = servers->https};
    if (servers->operators != NULL)
        listeners[count++] =
            (struct listener_options){.kind = LISTENER_OPERATOR,
                                      .address = config->https_address,
                                      .port = (int)config->operator_certificate_port,
                                      .tls = servers->operators};
    if (servers->eas != NULL)
        listeners[count++] = (struct listener_options){.kind = LISTENER_EAS,
                                                       .address = config->eas_address,
                                                       .port = (int)config->eas_port,
                                                       .tls = servers->eas};
    if (config->internal_enabled)
        listeners[count++] = (struct listener_options){.kind = LISTENER_INTERNAL,
                                                       .address = config->internal_address,
                                                       .port = (int)config->internal_port};
    return count;
}

static enum status start_listeners(const struct config *config, struct web *web,
                                   const struct tls_servers *servers,
                                   struct listeners **ret_listeners)
{
    struct listener_options listeners[LISTENER_KINDS];
    const struct listeners_options options = {
        .listeners = listeners,
        .count = choose_listeners(config, servers, listeners),
        .threads = (int)config->server_threads,
        .limits =
            {
                .connections = (int)config->server_threads,
                .connections_per_address = (int)config->server_connections_per_address,
                .handshake_ms = milliseconds(config->server_handshake_timeout),
                .head_ms = milliseconds(config->server_head_timeout),
                .body_ms = milliseconds(config->server_body_timeout),
                .body_rate = (int)config->server_body_rate,
                .reply_ms = milliseconds(config->server_reply_timeout),
                .idle_ms = milliseconds(config->server_idle_timeout),
            },
        .router = web_router(web),
        .handshake_failed = web_handshake_failed,
        .handshake_context = web,
    };
    return listeners_start(&options, ret_listeners);
}

struct listener_name {
    enum listener_kind kind;
    const char *name;
};

static const struct listener_name names[] = {
    {LISTENER_HTTP, "http"}, {LISTENER_HTTPS, "https"},       {LISTENER_OPERATOR, "operator"},
    {LISTENER_EAS, "eas"},   {LISTENER_INTERNAL, "internal"},
};
enum { NAMES = sizeof names / sizeof names[0] };

/* "http on port 8080, https on port 8443" */
static void log_ports(const struct listeners *listeners)
{
    struct buf text defer(buf_clear) = BUF_INIT(256);
    for (size_t i = 0; i < NAMES; i++) {
        int port = listeners_port(listeners, names[i].kind);
        if (port != 0)
            buf_printf(&text, "%s%s on port %d", text.len == 0 ? "" : ", ", names[i].name, port);
    }
    log_info("serve", "serving %s", text.len == 0 ? "" : (const char *)text.ptr);
}

/* {"http":8080,"https":8443,"eas":8444,"internal":8445,"pid":1}: for programs that have to wait
 * until we serve. A listener that there is not has no port. */
static enum status announce(const struct invocation *invocation, const struct listeners *listeners)
{
    const char *path = invocation_text(invocation, "ready-file");
    struct buf text defer(buf_clear) = BUF_INIT(256);
    log_ports(listeners);
    buf_append_byte(&text, '{');
    for (size_t i = 0; i < NAMES; i++) {
        int port = listeners_port(listeners, names[i].kind);
        if (port != 0)
            buf_printf(&text, "\"%s\":%d,", names[i].name, port);
    }
    buf_printf(&text, "\"pid\":%ld}\n", (long)getpid());
    struct span bytes;
    TRY(buf_finish(&text, &bytes));
    if (path != NULL)
        TRY(file_replace(path, bytes, 0644));
    notify_manager("READY=1");
    return STATUS_OK;
}

/* With a full disk nothing is recorded, and what can be read is served all the same. */
static void record(const struct session *session, const char *action,
                   const struct audit_value *values, size_t count)
{
    struct actor actor = session_actor(session);
    enum status status =
        audit_record(session->service, &actor, action, session->config->public_host, values, count);
    if (status != STATUS_OK)
        log_status("serve", status, "the server's start or end is not in the audit");
}

static void record_start(const struct session *session, const struct listeners *listeners)
{
    const struct audit_value values[] = {
        AUDIT_TEXT("version", CERTFERRY_VERSION),
        AUDIT_NUMBER("http", listeners_port(listeners, LISTENER_HTTP)),
        AUDIT_NUMBER("https", listeners_port(listeners, LISTENER_HTTPS)),
        AUDIT_NUMBER("eas", listeners_port(listeners, LISTENER_EAS)),
        AUDIT_NUMBER("internal", listeners_port(listeners, LISTENER_INTERNAL)),
    };
    record(session, "server.start", values, sizeof values / sizeof values[0]);
}

/* Takes what is waiting; false when it asks us to end. */
static bool take_signals(int fd, struct reload *reload)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            return false;
        notify_manager("RELOADING=1");
        reload_run(reload);
        notify_manager("READY=1");
    }
    return true;
}

static enum status wait_for_end(int signals, struct reload *reload)
{
    const struct service *service = reload->session->service;
    struct pollfd waits[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = signer_exit_fd(service->signer), .events = POLLIN},
    };
    for (;;) {
        if (poll(waits, sizeof waits / sizeof waits[0], -1) < 0 && errno != EINTR)
            return status_fail_errno(STATUS_INTERNAL, "the main loop cannot wait");
        if (!signer_alive(service->signer) || waits[1].revents != 0)
            return status_fail(STATUS_SIGNER, "the signer has ended, so nothing can be issued");
        if (waits[0].revents != 0 && !take_signals(signals, reload))
            return STATUS_OK;
    }
}

static enum status reload_for_page(void *context)
{
    return reload_now(context);
}

static enum status serve(const struct invocation *invocation, struct reload *reload, int signals)
{
    struct session *session = reload->session;
    struct config *config = session->config;
    struct tls_servers *servers = &reload->servers;
    TRY(load_servers(session->service, servers));
    warn_of_legacy(config);
    const struct web_options options = {
        .service = session->service,
        .reload = reload_for_page,
        .reload_context = reload,
        .static_folder = invocation_text(invocation, "www"),
    };
    struct web *web defer(web_free) = NULL;
    TRY(web_new(&options, &web));

    reload->web = web;
    raise_file_limit(config->server_threads);
    struct listeners *listeners defer(listeners_stop) = NULL;
    TRY(start_listeners(config, web, servers, &listeners));
    record_start(session, listeners);
    TRY(announce(invocation, listeners));
    enum status status = wait_for_end(signals, reload);
    notify_manager("STOPPING=1");
    log_info("serve", "ending: requests in progress are finished");
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status == STATUS_OK ? "a signal" : status_detail());
    listeners_stop(take(listeners));
    record(session, "server.stop", &AUDIT_TEXT("why", why), 1);
    return status == STATUS_OK ? STATUS_OK : status_fail(status, "%s", why);
}

static enum status run(const struct invocation *invocation)
{
    int signals defer(close) = -1;
    TRY(open_signals(&signals));
    struct reload reload defer(reload_clear) = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct session session defer(session_clear) = {0};
    TRY(session_configure(invocation, &session));
    reload_log(session.config);
    TRY(service_open(session.config,
                     SERVICE_SIGNER | SERVICE_KEY_POOL | SERVICE_OCSP | SERVICE_TRUST |
                         SERVICE_BACKGROUND | SERVICE_STATEMENTS,
                     &session.service));
    reload.session = &session;
    return serve(invocation, &reload, signals);
}

/* clang-format off */
static const struct argument arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "ready-file", .value = "FILE",
     .help = "Write {\"http\":PORT,\"https\":PORT,...,\"pid\":N} here once requests are served"},
    {.kind = ARGUMENT_TEXT, .name = "www", .value = "DIR",
     .help = "Serve static files from this folder, for a designer"},
};
/* clang-format on */

const struct command serve_command = {
    .name = "serve",
    .summary = "Serves in the foreground; SIGTERM ends it, SIGHUP reads the configuration again",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
