#include "http/rate.h"

#include <criterion/criterion.h>

static const struct rate three = {3, 1000};

Test(rate, allows_the_burst_and_then_one_at_a_time)
{
    struct rate_table *table defer(rate_table_free) = NULL;
    cr_assert_eq(rate_table_new(&table), STATUS_OK);
    for (int i = 0; i < 3; i++)
        cr_assert(rate_allows(table, 1, 1, &three, 1000000));
    cr_assert_not(rate_allows(table, 1, 1, &three, 1000000));
    cr_assert_not(rate_allows(table, 1, 1, &three, 1000999));
    cr_assert(rate_allows(table, 1, 1, &three, 1001000));
    cr_assert_not(rate_allows(table, 1, 1, &three, 1001001));
}

Test(rate, is_counted_for_each_client_and_class_alone)
{
    struct rate_table *table defer(rate_table_free) = NULL;
    cr_assert_eq(rate_table_new(&table), STATUS_OK);
    while (rate_allows(table, 1, 1, &three, 1000000))
        ;
    cr_assert(rate_allows(table, 2, 1, &three, 1000000));
    cr_assert(rate_allows(table, 1, 2, &three, 1000000));
}

Test(rate, is_full_again_after_a_pause)
{
    struct rate_table *table defer(rate_table_free) = NULL;
    cr_assert_eq(rate_table_new(&table), STATUS_OK);
    while (rate_allows(table, 1, 1, &three, 1000000))
        ;
    for (int i = 0; i < 3; i++)
        cr_assert(rate_allows(table, 1, 1, &three, 2000000));
    cr_assert_not(rate_allows(table, 1, 1, &three, 2000000));
}

Test(rate, of_a_million_clients_is_counted_in_fixed_memory)
{
    struct rate_table *table defer(rate_table_free) = NULL;
    cr_assert_eq(rate_table_new(&table), STATUS_OK);
    for (uint64_t client = 0; client < 1000000; client++)
        cr_assert(rate_allows(table, client, 1, &three, 1000000));
}
