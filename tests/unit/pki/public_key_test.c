#include "pki/key.h"

#include <criterion/criterion.h>

/* A P-256 key whose BIT STRING length is written in the long form: BER, and no DER. */
Test(public_key, refuses_ber_that_is_not_der)
{
    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(private_key_generate(KEY_EC_P256, &key), STATUS_OK);
    cr_assert_eq(private_key_spki(key, &spki), STATUS_OK);
    cr_assert_eq(public_key_check(span_of(spki.ptr, spki.len)), STATUS_OK);

    enum { OUTER = 2, ALGORITHM = 21 }; /* 30 59, 30 13 ..., 03 42 00 04 ... */
    struct buf ber defer(buf_clear) = BUF_INIT(1024);
    buf_append(&ber, span_of(spki.ptr, OUTER + ALGORITHM + 1));
    buf_append_byte(&ber, 0x81);
    buf_append(&ber, span_of(spki.ptr + OUTER + ALGORITHM + 1, spki.len - OUTER - ALGORITHM - 1));
    ber.ptr[1]++;
    cr_assert_eq(public_key_check(span_of(ber.ptr, ber.len)), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "DER"));
}
