#include "base/digest.h"

#include "base/text.h"

#include <criterion/criterion.h>

/* Examples of FIPS 180-4. */
static const char *const vectors[][2] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

Test(digest, sha256_gives_the_published_examples)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t digest[DIGEST_SHA256_SIZE];
        cr_assert_eq(digest_sha256(span_of_text(vectors[i][0]), digest), STATUS_OK);
        struct buf hex defer(buf_clear) = BUF_INIT(64);
        text_append_hex(&hex, span_of(digest, sizeof digest));
        struct span text = SPAN_EMPTY;
        cr_assert_eq(buf_finish(&hex, &text), STATUS_OK);
        cr_assert(span_equal_text(text, vectors[i][1]), "vector %zu", i);
    }
}
