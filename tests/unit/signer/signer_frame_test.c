#include "signer/signer_frame.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/socket.h>

struct pair {
    int here;
    int there;
};

static struct pair open_pair(void)
{
    int sockets[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    return (struct pair){sockets[0], sockets[1]};
}

static void put(int socket, struct span bytes)
{
    cr_assert_eq(send(socket, bytes.ptr, bytes.len, MSG_NOSIGNAL), (ssize_t)bytes.len);
}

Test(signer_frame, messages_arrive_whole_and_apart)
{
    struct pair pair = open_pair();
    cr_assert_eq(frame_send(pair.here, SPAN_LITERAL("first")), STATUS_OK);
    cr_assert_eq(frame_send(pair.here, SPAN_EMPTY), STATUS_OK);
    cr_assert_eq(frame_send(pair.here, SPAN_LITERAL("third")), STATUS_OK);
    const char *const expected[] = {"first", "", "third"};
    for (size_t i = 0; i < 3; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(64);
        cr_assert_eq(frame_receive(pair.there, &message), STATUS_OK);
        cr_assert(span_equal_text(span_of(message.ptr, message.len), expected[i]));
    }
    close(pair.here);
    close(pair.there);
}

static void *send_one_byte_at_a_time(void *argument)
{
    static const uint8_t bytes[] = {0, 0, 0, 3, 'a', 'b', 'c'};
    for (size_t i = 0; i < sizeof bytes; i++) {
        put(*(int *)argument, span_of(&bytes[i], 1));
        sched_yield();
    }
    return NULL;
}

Test(signer_frame, a_message_in_pieces_is_one_message)
{
    struct pair pair = open_pair();
    pthread_t sender;
    cr_assert_eq(pthread_create(&sender, NULL, send_one_byte_at_a_time, &pair.here), 0);
    struct buf message defer(buf_clear) = BUF_INIT(64);
    cr_assert_eq(frame_receive(pair.there, &message), STATUS_OK);
    cr_assert(span_equal_text(span_of(message.ptr, message.len), "abc"));
    pthread_join(sender, NULL);
    close(pair.here);
    close(pair.there);
}

static void *send_a_large_one(void *argument)
{
    struct buf large defer(buf_clear) = BUF_INIT(4 << 20);
    buf_append_repeated(&large, 'x', 3 << 20);
    cr_assert_eq(frame_send(*(int *)argument, span_of(large.ptr, large.len)), STATUS_OK);
    return NULL;
}

Test(signer_frame, a_message_larger_than_the_socket_arrives)
{
    struct pair pair = open_pair();
    pthread_t sender;
    cr_assert_eq(pthread_create(&sender, NULL, send_a_large_one, &pair.here), 0);
    struct buf message defer(buf_clear) = BUF_INIT(4 << 20);
    cr_assert_eq(frame_receive(pair.there, &message), STATUS_OK);
    cr_assert_eq(message.len, 3 << 20);
    pthread_join(sender, NULL);
    close(pair.here);
    close(pair.there);
}

Test(signer_frame, a_closed_socket_is_the_end_only_between_messages)
{
    static const struct {
        struct span sent;
        enum status expected;
    } cases[] = {
        {{NULL, 0}, STATUS_GONE},
        {SPAN_LITERAL("\0\0"), STATUS_SIGNER},
        {SPAN_LITERAL("\0\0\0\5"), STATUS_SIGNER},
        {SPAN_LITERAL("\0\0\0\5abcd"), STATUS_SIGNER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair pair = open_pair();
        if (cases[i].sent.len > 0)
            put(pair.here, cases[i].sent);
        close(pair.here);
        struct buf message defer(buf_clear) = BUF_INIT(64);
        cr_expect_eq(frame_receive(pair.there, &message), cases[i].expected, "case %zu", i);
        close(pair.there);
    }
}

Test(signer_frame, a_length_beyond_the_maximum_is_refused_before_it_is_read)
{
    struct pair pair = open_pair();
    put(pair.here, SPAN_LITERAL("\xff\xff\xff\xff"));
    struct buf message defer(buf_clear) = BUF_INIT(64);
    cr_assert_eq(frame_receive(pair.there, &message), STATUS_SIGNER);
    cr_assert_eq(message.capacity, 0, "nothing is allocated for it");
    close(pair.here);
    close(pair.there);
}

Test(signer_frame, sending_to_a_closed_socket_is_a_status_and_no_signal)
{
    struct pair pair = open_pair();
    close(pair.there);
    cr_assert_eq(frame_send(pair.here, SPAN_LITERAL("hello")), STATUS_SIGNER);
    close(pair.here);
}
