/* The signer as its own process: started, asked, starved, killed. */
#include "signer/signer_client.h"

#include "base/clock.h"
#include "fixture.h"
#include "signer/signer.h"
#include "signer/signer_frame.h"
#include "signer/signer_msg.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct fixture fixture;

static void make_fixture(void)
{
    fixture_make(&fixture, KEY_EC_P256, "correct horse");
}

static void clear_fixture(void)
{
    fixture_clear(&fixture);
}

TestSuite(signer_client, .init = make_fixture, .fini = clear_fixture);

static struct signer *started(void)
{
    struct signer *signer = NULL;
    cr_assert_eq(signer_start(&fixture.options, &signer), STATUS_OK, "%s", status_detail());
    return signer;
}

static enum status issue(struct signer *signer, struct certificate **ret_certificate)
{
    struct certificate_fields fields = fixture_fields(PROFILE_USER);
    return signer_issue(signer, PROFILE_USER, &fields, ret_certificate);
}

/* What /proc says of the descriptor that watches the process. */
static pid_t pid_of(const struct signer *signer)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", signer_exit_fd(signer));
    FILE *info = fopen(path, "r");
    cr_assert_not_null(info);
    char line[128];
    pid_t pid = 0;
    while (fgets(line, sizeof line, info) != NULL)
        if (strncmp(line, "Pid:", 4) == 0)
            pid = (pid_t)strtol(line + 4, NULL, 10);
    fclose(info);
    cr_assert_gt(pid, 1);
    return pid;
}

static bool has_ended(const struct signer *signer, int wait_ms)
{
    struct pollfd ended = {.fd = signer_exit_fd(signer), .events = POLLIN};
    return poll(&ended, 1, wait_ms) == 1;
}

Test(signer_client, issues_what_it_was_asked_for)
{
    struct signer *signer defer(signer_close) = started();
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(issue(signer, &certificate), STATUS_OK, "%s", status_detail());
    cr_assert_str_eq(certificate_info(certificate)->upn, "ann@example.com");
    cr_assert_str_eq(certificate_info(certificate)->sid, "S-1-5-21-1-2-3-1001");
    cr_assert(certificate_equal(signer_certificate(signer), fixture.issuing));
    cr_assert_eq(signer_ping(signer), STATUS_OK);
    cr_assert(signer_alive(signer));
}

Test(signer_client, an_rsa_authority_works_in_the_sandbox_too)
{
    struct fixture rsa defer(fixture_clear) = {0};
    fixture_make(&rsa, KEY_RSA_2048, NULL);
    struct signer *signer defer(signer_close) = NULL;
    cr_assert_eq(signer_start(&rsa.options, &signer), STATUS_OK, "%s", status_detail());
    for (int type = KEY_RSA_2048; type <= KEY_EC_P384; type++) {
        if (type == KEY_RSA_3072 || type == KEY_RSA_4096)
            continue; /* slow to make */
        struct certificate_fields fields = fixture_fields(PROFILE_USER);
        fields.spki = fixture_spki((enum key_type)type);
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_assert_eq(signer_issue(signer, PROFILE_USER, &fields, &certificate), STATUS_OK, "%s",
                     status_detail());
    }
}

static struct crl_plan plan_list(int64_t number, const struct crl_entry *entries, uint32_t count)
{
    int64_t now = clock_now();
    struct crl_plan plan = {number, now, now + CLOCK_DAY, count, 0};
    for (uint32_t i = 0; i < count; i++) {
        size_t octets = 0;
        cr_assert_eq(crl_entry_size(&entries[i], &octets), STATUS_OK);
        plan.octets += (uint32_t)octets;
    }
    return plan;
}

static enum status sign_list(struct signer *signer, const struct crl_plan *plan,
                             const struct crl_entry *entries, struct buf *der)
{
    struct signer_crl *crl defer(signer_crl_free) = NULL;
    TRY(signer_crl_begin(signer, plan, &crl, der));
    for (uint32_t at = 0; at < plan->count; at += SIGNER_CRL_CHUNK) {
        uint32_t left = plan->count - at;
        TRY(signer_crl_add(crl, entries + at, left < SIGNER_CRL_CHUNK ? left : SIGNER_CRL_CHUNK,
                           der));
    }
    return signer_crl_end(crl, der);
}

Test(signer_client, signs_lists_small_and_large)
{
    struct signer *signer defer(signer_close) = started();
    static const uint32_t counts[] = {0, 1, 20000};
    struct crl_entry *entries defer(free) = calloc(counts[2], sizeof *entries);
    char(*serials)[16] = calloc(counts[2], sizeof *serials);
    for (size_t i = 0; i < counts[2]; i++) {
        snprintf(serials[i], sizeof serials[i], "0a%08zx", i);
        entries[i] = (struct crl_entry){.serial = serials[i], .revoked_at = 1767225600};
    }
    for (int i = 0; i < 3; i++) {
        struct crl_plan plan = plan_list(i + 1, entries, counts[i]);
        struct buf der defer(buf_clear) = BUF_INIT(4 * 1024 * 1024);
        cr_assert_eq(sign_list(signer, &plan, entries, &der), STATUS_OK, "%s", status_detail());
        struct crl *crl defer(crl_free) = NULL;
        cr_assert_eq(crl_parse(span_of(der.ptr, der.len), &crl), STATUS_OK, "%s", status_detail());
        cr_assert_eq(crl_check(crl, fixture.issuing, clock_now()), STATUS_OK);
        cr_assert_eq(crl_info(crl).count, counts[i]);
    }
    free(serials);
}

static const struct crl_entry some_entries[] = {{"0a0b", 1767225600, CRL_REASON_SUPERSEDED},
                                                {"0a0c", 1767225600, CRL_REASON_UNSPECIFIED}};

Test(signer_client, one_list_at_a_time_and_certificates_between_its_pieces)
{
    struct signer *signer defer(signer_close) = started();
    struct crl_plan plan = plan_list(1, some_entries, 2);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct signer_crl *crl = NULL;
    cr_assert_eq(signer_crl_begin(signer, &plan, &crl, &der), STATUS_OK);
    struct signer_crl *other = NULL;
    cr_assert_eq(signer_crl_begin(signer, &plan, &other, &der), STATUS_CONFLICT);
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(issue(signer, &certificate), STATUS_OK);
    cr_assert_eq(signer_crl_add(crl, some_entries, 2, &der), STATUS_OK);
    cr_assert_eq(signer_crl_end(crl, &der), STATUS_OK);
    signer_crl_free(crl);
    struct crl *read defer(crl_free) = NULL;
    cr_assert_eq(crl_parse(span_of(der.ptr, der.len), &read), STATUS_OK);
}

Test(signer_client, a_list_given_up_in_the_middle_is_in_nobodys_way)
{
    struct signer *signer defer(signer_close) = started();
    struct crl_plan plan = plan_list(1, some_entries, 2);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct signer_crl *crl = NULL;
    cr_assert_eq(signer_crl_begin(signer, &plan, &crl, &der), STATUS_OK);
    cr_assert_eq(signer_crl_add(crl, some_entries, 1, &der), STATUS_OK);
    cr_assert_eq(signer_crl_end(crl, &der), STATUS_INVALID, "one entry is missing");
    signer_crl_free(crl);
    buf_reset(&der);
    cr_assert_eq(sign_list(signer, &plan, some_entries, &der), STATUS_OK, "%s", status_detail());
}

Test(signer_client, a_refusal_comes_with_its_clause_and_harms_nothing)
{
    struct signer *signer defer(signer_close) = started();
    struct certificate_fields fields = fixture_fields(PROFILE_USER);
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(signer_issue(signer, PROFILE_ISSUING, &fields, &certificate), STATUS_FORBIDDEN);
    cr_assert_not_null(strstr(status_detail(), "CA certificate"));
    fields.not_after += 3650LL * CLOCK_DAY;
    cr_assert_eq(signer_issue(signer, PROFILE_USER, &fields, &certificate), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "RFC 5280 4.1.2.5"), "%s", status_detail());
    cr_assert_null(certificate);
    cr_assert(signer_alive(signer));
    cr_assert_eq(issue(signer, &certificate), STATUS_OK);
}

static void *issue_many(void *argument)
{
    for (int i = 0; i < 20; i++) {
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_assert_eq(issue(argument, &certificate), STATUS_OK, "%s", status_detail());
    }
    return NULL;
}

Test(signer_client, serves_many_threads_each_with_its_own_answer)
{
    struct signer *signer defer(signer_close) = started();
    fixture_spki(KEY_EC_P256); /* made once, before the threads look */
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, issue_many, signer), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

static void expect_start(enum status expected, const char *sentence)
{
    struct signer *signer defer(signer_close) = NULL;
    enum status status = signer_start(&fixture.options, &signer);
    cr_assert_eq(status, expected, "%s: %s", status_name(status), status_detail());
    cr_assert_not_null(strstr(status_detail(), sentence), "%s", status_detail());
}

Test(signer_client, a_start_that_fails_says_why_in_the_parent)
{
    fixture_write(fixture.passphrase_path, SPAN_LITERAL("wrong horse"), 0600);
    expect_start(STATUS_FORBIDDEN, "passphrase");
    cr_assert_eq(chmod(fixture.key_path, 0644), 0);
    expect_start(STATUS_FORBIDDEN, "chmod 600");
    fixture.options.passphrase_path = NULL;
    fixture.options.key_path = "/nonexistent/key";
    expect_start(STATUS_NOT_FOUND, "/nonexistent/key");
}

Test(signer_client, a_killed_signer_is_lost_for_good_and_seen_to_be)
{
    struct signer *signer defer(signer_close) = started();
    cr_assert_not(has_ended(signer, 0));
    cr_assert_eq(kill(pid_of(signer), SIGKILL), 0);
    cr_assert(has_ended(signer, -1));
    cr_assert_not(signer_alive(signer));
    for (int i = 0; i < 3; i++) {
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_assert_eq(issue(signer, &certificate), STATUS_SIGNER);
        cr_assert_not_null(strstr(status_detail(), "signal 9"), "%s", status_detail());
    }
    cr_assert_eq(signer_ping(signer), STATUS_SIGNER);
}

Test(signer_client, signals_of_the_terminal_leave_the_signer_to_its_parent)
{
    struct signer *signer defer(signer_close) = started();
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        cr_assert_eq(kill(pid_of(signer), signals[i]), 0);
    cr_assert_eq(signer_ping(signer), STATUS_OK, "%s", status_detail());
}

Test(signer_client, closing_ends_the_process)
{
    struct signer *signer = started();
    pid_t pid = pid_of(signer);
    signer_close(signer);
    cr_assert_eq(kill(pid, 0), -1);
    cr_assert_eq(errno, ESRCH);
}

/* As another user (nobody, when the tests run as root), the files of /proc/PID that show memory. */
static int count_readable(pid_t pid)
{
    static const char *const files[] = {"mem", "maps", "environ", "auxv", "fd/3", "exe"};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return -1;
    int readable = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, files[i]);
        readable += open(path, O_RDONLY) >= 0;
    }
    return readable;
}

Test(signer_client, no_other_user_reads_its_memory)
{
    struct signer *signer defer(signer_close) = started();
    pid_t pid = pid_of(signer);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(count_readable(pid) == 0 ? 0 : 1);
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

static void expect_in_status(pid_t pid, const char *expected)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    struct buf status defer(buf_clear) = BUF_INIT(16 * 1024);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    char line[256];
    while (fgets(line, sizeof line, file) != NULL)
        buf_append_text(&status, line);
    fclose(file);
    cr_assert_not_null(strstr((const char *)status.ptr, expected), "%s", expected);
}

Test(signer_client, the_kernel_says_that_it_is_locked_in)
{
    struct signer *signer defer(signer_close) = started();
    expect_in_status(pid_of(signer), "Name:\tcertferry-sign\n");
    expect_in_status(pid_of(signer), "Seccomp:\t2\n");
    expect_in_status(pid_of(signer), "NoNewPrivs:\t1\n");
    expect_in_status(pid_of(signer), "Threads:\t1\n");
}

static struct certificate *make_responder(struct signer *signer)
{
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(signer_make_responder_key(signer, &spki), STATUS_OK, "%s", status_detail());
    struct certificate_fields fields = fixture_fields(PROFILE_OCSP);
    fields.spki = span_of(spki.ptr, spki.len);
    struct certificate *responder = NULL;
    cr_assert_eq(signer_issue(signer, PROFILE_OCSP, &fields, &responder), STATUS_OK, "%s",
                 status_detail());
    return responder;
}

Test(signer_client, gets_ocsp_answers_from_a_responder_that_lives_in_the_signer)
{
    struct signer *signer defer(signer_close) = started();
    struct certificate *responder defer(certificate_free) = make_responder(signer);
    int64_t now = clock_now();
    const struct ocsp_fields fields = {
        now, now + CLOCK_DAY, {{.hash = OCSP_HASH_SHA256, .serial = "7f01"}}, 1, "nonce", 5};
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(signer_sign_ocsp(signer, responder, &fields, &der), STATUS_OK, "%s",
                 status_detail());
    cr_assert_eq(
        ocsp_response_check(span_of(der.ptr, der.len), &fields, fixture.issuing, responder),
        STATUS_OK);
}

Test(signer_client, an_ocsp_answer_that_is_refused_does_not_lose_the_signer)
{
    struct signer *signer defer(signer_close) = started();
    struct certificate *responder defer(certificate_free) = make_responder(signer);
    struct ocsp_fields fields = {.this_update = 1,
                                 .next_update = 2,
                                 .singles = {{.hash = OCSP_HASH_SHA1, .serial = "01"}},
                                 .count = 1};
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(signer_sign_ocsp(signer, responder, &fields, &der), STATUS_INVALID);
    cr_assert_eq(der.len, 0);
    cr_assert(signer_alive(signer));
    cr_assert_eq(signer_ping(signer), STATUS_OK);
}
