#include "service/totp_code.h"

#include <criterion/criterion.h>

static const struct span rfc_secret = {(const uint8_t *)"12345678901234567890", 20};

/* RFC 6238 appendix B, the SHA-1 rows, of which apps show the last six digits. */
static const struct {
    int64_t time;
    const char *code;
} rfc_rows[] = {
    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

static enum status find(const char *code, int64_t now, int64_t *ret_step)
{
    return totp_code_find(rfc_secret, span_of_text(code), now, ret_step);
}

Test(totp_code, agrees_with_the_rows_of_the_rfc)
{
    for (size_t i = 0; i < sizeof rfc_rows / sizeof *rfc_rows; i++) {
        int64_t step = -1;
        cr_assert_eq(find(rfc_rows[i].code, rfc_rows[i].time, &step), STATUS_OK, "row %zu", i);
        cr_assert_eq(step, rfc_rows[i].time / TOTP_STEP, "row %zu", i);
    }
}

Test(totp_code, takes_one_step_of_drift_and_no_more)
{
    const int64_t at = 1234567890 / TOTP_STEP;
    for (int64_t off = -3; off <= 3; off++) {
        int64_t step = -1;
        enum status status = find("005924", (at + off) * TOTP_STEP, &step);
        bool near = off >= -1 && off <= 1;
        cr_assert_eq(status, near ? STATUS_OK : STATUS_UNAUTHENTICATED, "%ld", (long)off);
        cr_assert(!near || step == at);
    }
}

Test(totp_code, no_other_text_is_a_code)
{
    static const char *const texts[] = {"", "005925", "00592", "0059240", "5924", "abcdef"};
    int64_t step;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_eq(find(texts[i], 1234567890, &step), STATUS_UNAUTHENTICATED, "%s", texts[i]);
}

Test(totp_code, works_at_the_beginning_of_time)
{
    int64_t step;
    cr_assert_eq(find("755224", 0, &step), STATUS_OK, "%s", status_detail());
    cr_assert_eq(step, 0);
}

Test(totp_code, the_address_is_escaped)
{
    struct buf uri defer(buf_clear) = BUF_INIT(512);
    cr_assert_eq(totp_code_append_uri(&uri, "A & B", "zo\xc3\xab:x", rfc_secret), STATUS_OK);
    cr_assert_str_eq((const char *)uri.ptr, "otpauth://totp/A%20%26%20B:zo%C3%AB%3Ax?secret="
                                            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B");
}
