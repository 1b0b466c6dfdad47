#include "http/head_check.h"
#include "view/platform.h"
#include "web/page.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A web of pages alone: no service is asked by what is tested here. */
struct fixture {
    struct site *site;
    struct content content;
    struct web web;
    struct head head;
    struct request *request;
    struct response *response;
};

static void fixture_clear(struct fixture *fixture)
{
    request_free(fixture->request);
    response_free(fixture->response);
    site_free(fixture->site);
}
CLEANUP_VALUE(struct fixture, fixture_clear)

static void open_fixture(struct fixture *fixture, const char *path, const char *headers)
{
    static char bytes[1024];
    struct head_refusal refusal;
    const struct site_options options = {.name = "Example", .color = "#1d4ed8", .contact = ""};
    snprintf(bytes, sizeof bytes, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers);
    *fixture = (struct fixture){0};
    cr_assert_eq(head_check(span_of_text(bytes), &fixture->head, &refusal), HEAD_OK);
    const struct request_source source = {.head = &fixture->head, .listener = LISTENER_HTTPS};
    cr_assert_eq(site_new(&options, &fixture->site), STATUS_OK);
    cr_assert_eq(request_new(&source, &fixture->request), STATUS_OK);
    cr_assert_eq(request_decode_target(fixture->request), STATUS_OK);
    cr_assert_eq(response_new(&fixture->response), STATUS_OK);
    fixture->content.site = fixture->site;
    fixture->web.content = &fixture->content;
}

/* The whole answer as text: head, an empty line, body. */
static void write_answer(struct fixture *fixture, struct buf *answer)
{
    struct response_content content;
    cr_assert_eq(response_write(fixture->response, fixture->request, true, answer, &content),
                 STATUS_OK);
    buf_append(answer, content.bytes);
}

static void render_at(const char *path, const char *headers, enum status status, struct buf *answer)
{
    struct fixture fixture defer(fixture_clear);
    open_fixture(&fixture, path, headers);
    page_error(fixture.request, fixture.response, status, &fixture.web);
    write_answer(&fixture, answer);
}

static void render(const char *headers, enum status status, struct buf *answer)
{
    render_at("/x", headers, status, answer);
}

static bool holds(const struct buf *answer, const char *text)
{
    return memmem(answer->ptr, answer->len, text, strlen(text)) != NULL;
}

#define ANSWER_INIT BUF_INIT(256 * 1024)

Test(page_error, a_browser_gets_a_page_in_its_language)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    enum status status = status_fail(STATUS_NOT_FOUND, "no <b>such</b> thing");
    render("Accept: text/html,*/*;q=0.8\r\nAccept-Language: de\r\n", status, &answer);
    cr_expect(holds(&answer, "HTTP/1.1 404 "));
    cr_expect(holds(&answer, "Content-Type: text/html; charset=utf-8\r\n"));
    cr_expect(holds(&answer, "Content-Language: de\r\n"));
    cr_expect(holds(&answer, "<html lang=\"de\">"));
    cr_expect(holds(&answer, "Cache-Control: no-store"));
}

Test(page_error, the_english_detail_stands_on_the_english_page_alone)
{
    struct buf english defer(buf_clear) = ANSWER_INIT;
    struct buf german defer(buf_clear) = ANSWER_INIT;
    enum status status = status_fail(STATUS_NOT_FOUND, "no <b>such</b> thing");
    render("Accept: text/html\r\n", status, &english);
    render("Accept: text/html\r\nAccept-Language: de\r\n", status, &german);
    cr_expect(holds(&english, "no &lt;b&gt;such&lt;/b&gt; thing"));
    cr_expect(!holds(&german, "thing"));
}

Test(page_error, a_program_gets_a_problem_object)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    enum status status = status_fail(STATUS_INVALID, "field \"a\" is broken");
    render("Accept: application/json\r\n", status, &answer);
    cr_expect(holds(&answer, "HTTP/1.1 400 "));
    cr_expect(holds(&answer, "Content-Type: application/problem+json\r\n"));
    cr_expect(holds(&answer, "\"status\":400"));
    cr_expect(holds(&answer, "\"detail\":\"field \\\"a\\\" is broken\""));
}

Test(page_error, whoever_asks_for_plain_text_gets_one_line)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    render("Accept: text/plain\r\n", status_fail(STATUS_TOO_LARGE, "over 8192 bytes"), &answer);
    cr_expect(holds(&answer, "HTTP/1.1 413 "));
    cr_expect(holds(&answer, "\r\n\r\nThe request is too large. (over 8192 bytes)\n"));
}

Test(page_error, on_the_api_it_is_a_problem_whatever_is_wished)
{
    static const char *const accepts[] = {"", "Accept: text/html\r\n", "Accept: text/plain\r\n"};
    for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++) {
        struct buf answer defer(buf_clear) = ANSWER_INIT;
        render_at("/api/v1/x", accepts[i], status_fail(STATUS_NOT_FOUND, "x"), &answer);
        cr_expect(holds(&answer, "Content-Type: application/problem+json\r\n"), "%s", accepts[i]);
        cr_expect(holds(&answer, "Cache-Control: no-store"), "%s", accepts[i]);
    }
}

Test(page_error, the_api_says_how_to_prove_who_one_is)
{
    struct buf none defer(buf_clear) = ANSWER_INIT;
    struct buf wrong defer(buf_clear) = ANSWER_INIT;
    enum status status = status_fail(STATUS_UNAUTHENTICATED, "x");
    render_at("/api/v1/links", "", status, &none);
    render_at("/api/v1/links", "Authorization: Bearer x\r\n", status, &wrong);
    cr_expect(holds(&none, "WWW-Authenticate: Bearer realm=\"certferry\"\r\n"));
    cr_expect(
        holds(&wrong, "WWW-Authenticate: Bearer realm=\"certferry\", error=\"invalid_token\"\r\n"));
}

Test(page_error, without_a_wish_it_is_a_page)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    render("", status_fail(STATUS_NOT_FOUND, "x"), &answer);
    cr_expect(holds(&answer, "Content-Type: text/html"));
}

Test(page_error, the_detail_of_a_fault_is_not_shown)
{
    static const char *const accepts[] = {"Accept: text/html\r\n", "Accept: text/plain\r\n",
                                          "Accept: application/json\r\n"};
    for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++) {
        struct buf answer defer(buf_clear) = ANSWER_INIT;
        enum status status = status_fail(STATUS_DATABASE, "SELECT secret FROM link");
        render(accepts[i], status, &answer);
        cr_expect(holds(&answer, "HTTP/1.1 503 "), "%s", accepts[i]);
        cr_expect(!holds(&answer, "SELECT"), "%s", accepts[i]);
    }
}

Test(page_error, an_error_never_looks_like_a_file)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    render("Accept: application/x-pkcs12\r\n", status_fail(STATUS_GONE, "x"), &answer);
    cr_expect(holds(&answer, "HTTP/1.1 410 "));
    cr_expect(!holds(&answer, "Content-Disposition") && !holds(&answer, "x-pkcs12"));
}

Test(page_guide, each_platform_has_one_and_no_other_name_does)
{
    for (int i = 0; i < PLATFORMS; i++) {
        struct fixture fixture defer(fixture_clear);
        struct buf answer defer(buf_clear) = ANSWER_INIT;
        const struct platform_page *about = platform_page((enum platform)i);
        open_fixture(&fixture, about->guide, "");
        request_add_parameter(fixture.request, SPAN_LITERAL("platform"), span_of_text(about->slug));
        cr_assert_eq(page_guide(fixture.request, fixture.response, &fixture.web), STATUS_OK);
        write_answer(&fixture, &answer);
        cr_expect(holds(&answer, "HTTP/1.1 200 ") && holds(&answer, "class=\"steps\""));
        cr_expect_lt(answer.len, 20000);
    }
    struct fixture fixture defer(fixture_clear);
    open_fixture(&fixture, "/guide/nothing", "");
    request_add_parameter(fixture.request, SPAN_LITERAL("platform"), SPAN_LITERAL("nothing"));
    cr_assert_eq(page_guide(fixture.request, fixture.response, &fixture.web), STATUS_NOT_FOUND);
}

Test(page_guide, a_browser_inside_an_app_is_told_to_leave_it)
{
    struct fixture fixture defer(fixture_clear);
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    open_fixture(&fixture, "/guide/ios",
                 "User-Agent: Mozilla/5.0 (iPhone) AppleWebKit Mobile [FBAN/FBIOS]\r\n");
    request_add_parameter(fixture.request, SPAN_LITERAL("platform"), SPAN_LITERAL("ios"));
    cr_assert_eq(page_guide(fixture.request, fixture.response, &fixture.web), STATUS_OK);
    write_answer(&fixture, &answer);
    cr_expect(holds(&answer, "<b>Open in Safari</b>"));
}

Test(page, the_policy_of_a_page_lets_its_own_style_run_and_no_script_inside)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    render("", status_fail(STATUS_NOT_FOUND, "x"), &answer);
    cr_expect(holds(&answer, "Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
    cr_expect(!holds(&answer, "unsafe-inline"));
    cr_expect(holds(&answer, "frame-ancestors 'none'"));
}
