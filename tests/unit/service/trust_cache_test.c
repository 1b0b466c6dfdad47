/* The key by which a judged chain is found again. */
#include "service/trust_cache.h"

#include <criterion/criterion.h>

static bool same(const struct span *some, size_t count, const struct span *others,
                 size_t others_count)
{
    struct trust_key one = trust_key_of(some, count);
    struct trust_key other = trust_key_of(others, others_count);
    return memcmp(one.digest, other.digest, sizeof one.digest) == 0;
}

Test(trust_cache, a_key_is_of_the_certificates_their_order_and_where_each_ends)
{
    const struct span chain[] = {span_of_text("leaf"), span_of_text("issuer")};
    const struct span again[] = {span_of_text("leaf"), span_of_text("issuer")};
    const struct span turned[] = {span_of_text("issuer"), span_of_text("leaf")};
    const struct span shifted[] = {span_of_text("leafi"), span_of_text("ssuer")};
    const struct span joined[] = {span_of_text("leafissuer")};
    cr_assert(same(chain, 2, again, 2));
    cr_assert_not(same(chain, 2, turned, 2));
    cr_assert_not(same(chain, 2, shifted, 2));
    cr_assert_not(same(chain, 2, joined, 1));
    cr_assert_not(same(chain, 2, chain, 1));
}
