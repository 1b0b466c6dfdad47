/*
 * The parent's half: fork, one exchange at a time, and the end.
 *
 * A mutex makes exchanges of many threads one after the other; a signature takes a millisecond, so
 * a queue here is cheaper than anything smarter. The socket has a time limit: a signer that hangs
 * is as lost as a dead one, and what is lost is killed, so that the exit descriptor tells.
 */
#include "signer/signer_client.h"

#include "base/log.h"
#include "signer/crl_match.h"
#include "signer/sandbox.h"
#include "signer/signer.h"
#include "signer/signer_frame.h"
#include "signer/signer_match.h"
#include "signer/signer_msg.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ANSWER_SECONDS = 30, CLOSE_MILLISECONDS = 5000 };

struct signer {
    pthread_mutex_t mutex; /* one exchange at a time */
    int socket;
    int exit_fd;
    pid_t pid;
    atomic_bool lost;
    atomic_bool makes_crl; /* one list at a time */
    struct certificate *certificate;
};

static bool has_ended(const struct signer *signer, int wait_ms)
{
    struct pollfd ended = {.fd = signer->exit_fd, .events = POLLIN};
    return poll(&ended, 1, wait_ms) > 0;
}

void signer_close(struct signer *signer)
{
    if (signer == NULL)
        return;
    close_at(&signer->socket);
    if (signer->pid > 0) {
        if (signer->exit_fd < 0 || !has_ended(signer, CLOSE_MILLISECONDS))
            kill(signer->pid, SIGKILL);
        while (waitpid(signer->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close_at(&signer->exit_fd);
    certificate_free(signer->certificate);
    pthread_mutex_destroy(&signer->mutex);
    free(signer);
}

/* How the process ended, as the rest of a sentence; it stays a zombie until signer_close(). */
static void describe_end(const struct signer *signer, char *text, size_t size)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)signer->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        snprintf(text, size, "it does not answer");
    else if (info.si_code == CLD_EXITED)
        snprintf(text, size, "it ended with exit code %d", info.si_status);
    else
        snprintf(text, size, "it was ended by signal %d", info.si_status);
}

static enum status fail_lost(const struct signer *signer)
{
    char how[64];
    describe_end(signer, how, sizeof how);
    return status_fail(STATUS_SIGNER, "the signer process is lost: %s", how);
}

/* The end of trust: nothing that it says from now on would be read. */
static enum status lose(struct signer *signer)
{
    enum { GRACE_MILLISECONDS = 200 };
    atomic_store(&signer->lost, true);
    bool ended = has_ended(signer, GRACE_MILLISECONDS);
    enum status status = fail_lost(signer);
    if (!ended)
        kill(signer->pid, SIGKILL);
    return status;
}

static enum status receive_reply(struct signer *signer, struct buf *bytes,
                                 struct signer_reply *ret_reply)
{
    TRY(frame_receive(signer->socket, bytes));
    struct span message;
    TRY(buf_finish(bytes, &message));
    return signer_decode_reply(message, ret_reply);
}

/* Sends and receives under the mutex; the reply's own status is not looked at. */
static enum status exchange_locked(struct signer *signer, struct span request, struct buf *bytes,
                                   struct signer_reply *ret_reply)
{
    if (atomic_load(&signer->lost))
        return fail_lost(signer);
    if (frame_send(signer->socket, request) != STATUS_OK ||
        receive_reply(signer, bytes, ret_reply) != STATUS_OK)
        return lose(signer);
    return STATUS_OK;
}

/* One request and its answer: a refusal with the signer's sentence, or the payload in `bytes`. */
static enum status ask(struct signer *signer, const struct buf *request, struct buf *bytes,
                       struct span *ret_payload)
{
    struct span message;
    TRY(buf_finish(request, &message));
    struct signer_reply reply;
    pthread_mutex_lock(&signer->mutex);
    enum status status = exchange_locked(signer, message, bytes, &reply);
    pthread_mutex_unlock(&signer->mutex);
    TRY(status);
    if (reply.status != STATUS_OK)
        return status_fail(reply.status, "%s", reply.detail);
    *ret_payload = reply.payload;
    return STATUS_OK;
}

static enum status connect_processes(struct signer *signer, const struct signer_options *options)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return status_fail_errno(STATUS_SIGNER, "no socket pair for the signer");
    int theirs defer(close) = sockets[1];
    signer->socket = sockets[0];
    const struct timeval wait = {.tv_sec = ANSWER_SECONDS};
    if (setsockopt(signer->socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        setsockopt(signer->socket, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0)
        return status_fail_errno(STATUS_SIGNER, "no time limit for the signer's socket");

    signer->pid = fork();
    if (signer->pid == 0)
        signer_run(options, theirs);
    if (signer->pid < 0)
        return status_fail_errno(STATUS_SIGNER, "the signer cannot be forked");
    signer->exit_fd = pidfd_open(signer->pid, 0);
    if (signer->exit_fd < 0)
        return status_fail_errno(STATUS_SIGNER, "the signer cannot be watched");
    return STATUS_OK;
}

static enum status await_ready(struct signer *signer)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    struct signer_reply reply;
    if (receive_reply(signer, &bytes, &reply) != STATUS_OK)
        return lose(signer);
    if (reply.status != STATUS_OK)
        return status_fail(reply.status, "%s", reply.detail);
    return certificate_parse_der(reply.payload, &signer->certificate);
}

enum status signer_start(const struct signer_options *options, struct signer **ret_signer)
{
    if (!sandbox_is_single_thread()) /* a lock held by the other one would stay held in the child */
        log_warning("signer", "the signer is forked beside another thread");
    struct signer *signer defer(signer_close) = malloc(sizeof *signer);
    if (signer == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the signer's client");
    *signer = (struct signer){.mutex = PTHREAD_MUTEX_INITIALIZER, .socket = -1, .exit_fd = -1};
    TRY(connect_processes(signer, options));
    TRY(await_ready(signer));
    *ret_signer = take(signer);
    return STATUS_OK;
}

enum status signer_issue(struct signer *signer, enum profile profile,
                         const struct certificate_fields *fields,
                         struct certificate **ret_certificate)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_issue(&request, profile, fields);
    struct buf reply defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct span der;
    TRY(ask(signer, &request, &reply, &der));

    struct certificate *certificate defer(certificate_free) = NULL;
    if (certificate_parse_der(der, &certificate) != STATUS_OK ||
        signer_match_certificate(certificate, fields, signer->certificate) != STATUS_OK)
        return lose(signer);
    *ret_certificate = take(certificate);
    return STATUS_OK;
}

/* ---- a CRL in pieces ------------------------------------------------------------------------- */

struct signer_crl {
    struct signer *signer;
    struct crl_match *match;
};

void signer_crl_free(struct signer_crl *crl)
{
    if (crl == NULL)
        return;
    crl_match_free(crl->match);
    atomic_store(&crl->signer->makes_crl, false);
    free(crl);
}

static enum status ask_for_piece(struct signer *signer, const struct buf *request,
                                 struct buf *reply, struct span *ret_piece, struct buf *der)
{
    TRY(ask(signer, request, reply, ret_piece));
    buf_append(der, *ret_piece);
    return der->failure;
}

static enum status open_crl(struct signer *signer, struct signer_crl **ret_crl)
{
    if (atomic_exchange(&signer->makes_crl, true))
        return status_fail(STATUS_CONFLICT, "another revocation list is being signed");
    struct signer_crl *crl = malloc(sizeof *crl);
    if (crl == NULL) {
        atomic_store(&signer->makes_crl, false);
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    }
    *crl = (struct signer_crl){.signer = signer};
    *ret_crl = crl;
    return STATUS_OK;
}

enum status signer_crl_begin(struct signer *signer, const struct crl_plan *plan,
                             struct signer_crl **ret_crl, struct buf *der)
{
    struct signer_crl *crl defer(signer_crl_free) = NULL;
    TRY(open_crl(signer, &crl));
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_begin(&request, plan);
    struct buf reply defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    struct span piece;
    TRY(ask_for_piece(signer, &request, &reply, &piece, der));
    if (crl_match_begin(piece, plan, signer->certificate, &crl->match) != STATUS_OK)
        return lose(signer);
    *ret_crl = take(crl);
    return STATUS_OK;
}

enum status signer_crl_add(struct signer_crl *crl, const struct crl_entry *entries, size_t count,
                           struct buf *der)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_entries(&request, entries, count);
    struct buf reply defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    struct span piece;
    TRY(ask_for_piece(crl->signer, &request, &reply, &piece, der));
    if (crl_match_entries(crl->match, piece, entries, count) != STATUS_OK)
        return lose(crl->signer);
    return STATUS_OK;
}

enum status signer_crl_end(struct signer_crl *crl, struct buf *der)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_end(&request);
    struct buf reply defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    struct span piece;
    TRY(ask_for_piece(crl->signer, &request, &reply, &piece, der));
    if (crl_match_end(crl->match, piece) != STATUS_OK)
        return lose(crl->signer);
    return STATUS_OK;
}

/* ---- the OCSP responder ---------------------------------------------------------------------- */

enum status signer_make_responder_key(struct signer *signer, struct buf *spki)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_responder_key(&request);
    struct buf reply defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct span payload;
    TRY(ask(signer, &request, &reply, &payload));
    if (public_key_check(payload) != STATUS_OK)
        return lose(signer);
    buf_append(spki, payload);
    return spki->failure;
}

enum status signer_sign_ocsp(struct signer *signer, const struct certificate *responder,
                             const struct ocsp_fields *fields, struct buf *der)
{
    uint8_t serial[SERIAL_SIZE];
    TRY(serial_parse(certificate_info(responder)->serial, serial));
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_ocsp(&request, serial, fields);
    struct buf reply defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct span payload;
    TRY(ask(signer, &request, &reply, &payload));
    if (ocsp_response_check(payload, fields, signer->certificate, responder) != STATUS_OK)
        return lose(signer);
    buf_append(der, payload);
    return der->failure;
}

/* ---- signs of life --------------------------------------------------------------------------- */

enum status signer_ping(struct signer *signer)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_ping(&request);
    struct buf reply defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct span payload;
    TRY(ask(signer, &request, &reply, &payload));
    if (!span_equal(payload, certificate_info(signer->certificate)->der))
        return lose(signer);
    return STATUS_OK;
}

const struct certificate *signer_certificate(const struct signer *signer)
{
    return signer->certificate;
}

bool signer_alive(const struct signer *signer)
{
    return !atomic_load(&signer->lost) && !has_ended(signer, 0);
}

int signer_exit_fd(const struct signer *signer)
{
    return signer->exit_fd;
}
