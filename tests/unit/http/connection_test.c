#include "http/connection.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENDS_MAX = 128 };

/* Connections of two socket ends each: ours, and the client's to see what happened to it. */
struct house {
    struct connections *all;
    int count;
    int clients[ENDS_MAX];
    struct connection *ours[ENDS_MAX];
};

static void house_clear(struct house *house)
{
    for (int i = 0; i < house->count; i++) {
        if (house->ours[i] != NULL) {
            int fd = house->ours[i]->fd;
            connections_remove(house->all, house->ours[i]);
            close(fd);
        }
        close(house->clients[i]);
    }
    connections_free(house->all);
}
CLEANUP_VALUE(struct house, house_clear)

static void house_open(struct house *house, int connections, int per_address)
{
    const struct seam_limits limits = {.connections = connections,
                                       .connections_per_address = per_address};
    cr_assert_eq(connections_new(&limits, &house->all), STATUS_OK);
}

/* The number of the connection, or -1 when it was not let in. */
static int arrive(struct house *house, const char *from)
{
    struct address address;
    int ends[2];
    cr_assert_eq(address_parse(span_of_text(from), &address), STATUS_OK);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    struct connection *connection = connections_admit(house->all, ends[0], &address);
    if (connection == NULL) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    house->clients[house->count] = ends[1];
    house->ours[house->count] = connection;
    return house->count++;
}

/* As if it had been waiting for so long. */
static void age(const struct house *house, int number, int milliseconds)
{
    house->ours[number]->since -= milliseconds;
}

static bool was_shut_down(const struct house *house, int number)
{
    char byte;
    return recv(house->clients[number], &byte, 1, MSG_DONTWAIT) == 0;
}

Test(connections, of_one_address_are_bounded)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 3);
    for (int i = 0; i < 3; i++)
        cr_assert_geq(arrive(&house, "192.0.2.1"), 0);
    cr_assert_eq(arrive(&house, "192.0.2.1"), -1);
    cr_assert_geq(arrive(&house, "192.0.2.2"), 0);
}

Test(connections, of_one_ipv6_network_count_as_one_client)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 2);
    cr_assert_geq(arrive(&house, "2001:db8:1:1::1"), 0);
    cr_assert_geq(arrive(&house, "2001:db8:1:1::2"), 0);
    cr_assert_eq(arrive(&house, "2001:db8:1:1::3"), -1);
    cr_assert_geq(arrive(&house, "2001:db8:1:2::1"), 0);
}

Test(connections, of_one_wider_ipv6_network_are_bounded_too)
{
    struct house house defer(house_clear) = {0};
    char from[ADDRESS_TEXT_SIZE];
    house_open(&house, 64, 2);
    for (int i = 0; i < 8; i++) {
        snprintf(from, sizeof from, "2001:db8:1:%x::1", (unsigned)i + 1);
        cr_assert_geq(arrive(&house, from), 0);
    }
    cr_assert_eq(arrive(&house, "2001:db8:1:ff::1"), -1);
    cr_assert_geq(arrive(&house, "2001:db8:2:1::1"), 0);
}

Test(connections, make_room_for_the_same_client_by_the_one_that_waits_longest)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 2);
    int other = arrive(&house, "192.0.2.9");
    int first = arrive(&house, "192.0.2.1");
    int second = arrive(&house, "192.0.2.1");
    age(&house, other, 9000);
    age(&house, first, 2000);
    age(&house, second, 3000);
    cr_assert_geq(arrive(&house, "192.0.2.1"), 0);
    cr_assert(was_shut_down(&house, second));
    cr_assert_not(was_shut_down(&house, first));
    cr_assert_not(was_shut_down(&house, other));
}

Test(connections, never_throw_out_who_is_being_answered)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 1);
    int busy = arrive(&house, "192.0.2.1");
    connection_enter(house.ours[busy], PHASE_HANDLER);
    age(&house, busy, 60000);
    cr_assert_eq(arrive(&house, "192.0.2.1"), -1);
    cr_assert_not(was_shut_down(&house, busy));
}

Test(connections, make_room_for_others_when_all_threads_are_taken)
{
    struct house house defer(house_clear) = {0};
    char from[ADDRESS_TEXT_SIZE];
    house_open(&house, 4, 4);
    for (int i = 0; i < 4; i++) {
        snprintf(from, sizeof from, "192.0.2.%d", i + 1);
        age(&house, arrive(&house, from), i == 2 ? 5000 : 1000);
    }
    cr_assert_geq(arrive(&house, "198.51.100.1"), 0);
    cr_assert(was_shut_down(&house, 2));
    cr_assert_not(was_shut_down(&house, 0));
}

Test(connections, of_whoever_has_the_most_make_room_first)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 4, 4);
    int alone = arrive(&house, "192.0.2.9");
    age(&house, alone, 9000);
    for (int i = 0; i < 3; i++)
        age(&house, arrive(&house, "192.0.2.1"), 1000 + i);
    cr_assert_geq(arrive(&house, "198.51.100.1"), 0);
    cr_assert_not(was_shut_down(&house, alone));
    cr_assert(was_shut_down(&house, 3));
}

Test(connections, are_refused_when_nobody_makes_room)
{
    struct house house defer(house_clear) = {0};
    int last = 0;
    house_open(&house, 2, ENDS_MAX);
    for (int i = 0; i < ENDS_MAX && last >= 0; i++) {
        last = arrive(&house, "192.0.2.1");
        if (last >= 0)
            connection_enter(house.ours[last], PHASE_HANDLER);
    }
    cr_assert_eq(last, -1);
}

Test(connections, that_are_gone_count_no_more)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 1);
    int first = arrive(&house, "192.0.2.1");
    int fd = house.ours[first]->fd;
    cr_assert_eq(connections_find(house.all, fd), house.ours[first]);
    connections_remove(house.all, house.ours[first]);
    house.ours[first] = NULL;
    cr_assert_null(connections_find(house.all, fd));
    close(fd);
    cr_assert_geq(arrive(&house, "192.0.2.1"), 0);
}

Test(connections, that_wait_end_at_once_when_draining_and_those_in_a_request_stay)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, 64, 64);
    int idle = arrive(&house, "192.0.2.1");
    int busy = arrive(&house, "192.0.2.1");
    connection_enter(house.ours[idle], PHASE_IDLE);
    connection_enter(house.ours[busy], PHASE_BODY);
    connections_drain(house.all);
    cr_assert(was_shut_down(&house, idle));
    cr_assert_not(was_shut_down(&house, busy));
    cr_assert_eq(connections_busy(house.all), 1);
    cr_assert_eq(arrive(&house, "192.0.2.2"), -1);
    connections_shut_down(house.all);
    cr_assert(was_shut_down(&house, busy));
}
