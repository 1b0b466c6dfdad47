/*
 * A dense list beside a table by descriptor. Counting a client's connections is one walk over an
 * array of eight-byte keys (2,000 of them in a microsecond), which needs no second structure to
 * keep in step.
 *
 * When a client has reached its bound, the one of its connections that has been waiting for it
 * longest is shut down. When the server has reached its own, it is one of the clients with the most
 * connections: of a flood from many addresses, however fast it comes again, a phone with one or two
 * is never it. Nobody is thrown out while our handler runs.
 */
#include "http/connection.h"

#include "base/clock.h"

#include <pthread.h>
#include <sys/socket.h>

enum {
    EVICT_AFTER_MS = 100,        /* nobody is evicted sooner to make room for all */
    EVICT_CLIENT_AFTER_MS = 500, /* nor for the client's own next connection: a flood of them is
                                    cheaper refused than taken in turn */
    QUEUE_ROOM = 64,             /* connections waiting for the thread of an evicted one */
    WIDER_FACTOR = 4,            /* how many /64 bounds an IPv6 /48 has */
    CROWD_BITS = 12,             /* of a client's place in `crowds` */
};

struct connections {
    struct seam_limits limits;
    pthread_mutex_t lock;
    _Atomic bool draining;
    size_t count;
    size_t room;
    struct connection **open; /* `count` of `room` */
    uint64_t *clients;        /* their keys, in the same order */
    /* Connections by client; two clients that share a place look like one bigger one. */
    unsigned crowds[1 << CROWD_BITS];
    _Atomic(struct connection *) by_fd[CONNECTION_FD_MAX];
};

enum status connections_new(const struct seam_limits *limits, struct connections **ret_all)
{
    struct connections *all defer(connections_free) = calloc(1, sizeof *all);
    if (all == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the list of connections");
    pthread_mutex_init(&all->lock, NULL);
    all->limits = *limits;
    all->room = (size_t)limits->connections + QUEUE_ROOM;
    all->open = calloc(all->room, sizeof(struct connection *));
    all->clients = calloc(all->room, sizeof(uint64_t));
    if (all->open == NULL || all->clients == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for %zu connections", all->room);
    *ret_all = take(all);
    return STATUS_OK;
}

void connections_free(struct connections *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++) {
        free(all->open[i]->raw);
        free(all->open[i]);
    }
    free(all->open);
    free(all->clients);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

const struct seam_limits *connections_limits(const struct connections *all)
{
    return &all->limits;
}

struct connection *connections_find(struct connections *all, int fd)
{
    if (fd < 0 || fd >= CONNECTION_FD_MAX)
        return NULL;
    return atomic_load(&all->by_fd[fd]);
}

void connection_enter(struct connection *connection, enum phase phase)
{
    atomic_store(&connection->since, clock_monotonic_ms());
    atomic_store(&connection->phase, (int)phase);
}

static bool is_waiting(struct connection *connection)
{
    return atomic_load(&connection->phase) != PHASE_HANDLER && !atomic_load(&connection->evicted);
}

static void evict(struct connection *connection)
{
    atomic_store(&connection->evicted, true);
    shutdown(connection->fd, SHUT_RDWR);
}

static unsigned *crowd_of(struct connections *all, uint64_t client)
{
    return &all->crowds[client * UINT64_C(0x9e3779b97f4a7c15) >> (64 - CROWD_BITS)];
}

/*
 * Shuts down one that has been waiting for longer than `after`, of one client or (0) of all: of the
 * biggest crowd, and in it the one that has been waiting longest.
 */
static bool make_room(struct connections *all, uint64_t client, int64_t after)
{
    struct connection *found = NULL;
    int64_t latest = clock_monotonic_ms() - after;
    int64_t since = latest;
    unsigned biggest = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (client != 0 && all->clients[i] != client)
            continue;
        unsigned crowd = *crowd_of(all, all->clients[i]);
        int64_t its = atomic_load(&all->open[i]->since);
        bool first = crowd > biggest || (crowd == biggest && its < since);
        if (its < latest && first && is_waiting(all->open[i])) {
            found = all->open[i];
            biggest = crowd;
            since = its;
        }
    }
    if (found != NULL)
        evict(found);
    return found != NULL;
}

/* Connections whose keys agree in all but the last `shift` bits; evicted ones are as good as gone.
 */
static int count_clients(const struct connections *all, uint64_t client, unsigned shift)
{
    int count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->clients[i] >> shift == client >> shift)
            count += !atomic_load(&all->open[i]->evicted);
    return count;
}

static bool is_ipv6_key(uint64_t client)
{
    return client >> 56 != 0xff;
}

static bool client_has_room(struct connections *all, uint64_t client)
{
    int most = all->limits.connections_per_address;
    if (is_ipv6_key(client) && count_clients(all, client, 16) >= most * WIDER_FACTOR)
        return false;
    return count_clients(all, client, 0) < most || make_room(all, client, EVICT_CLIENT_AFTER_MS);
}

static bool has_room(struct connections *all, uint64_t client)
{
    if (atomic_load(&all->draining) || !client_has_room(all, client))
        return false;
    if (all->count >= (size_t)all->limits.connections)
        make_room(all, 0, EVICT_AFTER_MS);
    return all->count < all->room;
}

static void add(struct connections *all, struct connection *connection)
{
    connection->slot = all->count;
    all->open[all->count] = connection;
    all->clients[all->count] = connection->client;
    (*crowd_of(all, connection->client))++;
    all->count++;
    atomic_store(&all->by_fd[connection->fd], connection);
}

struct connection *connections_admit(struct connections *all, int fd, const struct address *peer)
{
    if (fd >= CONNECTION_FD_MAX)
        return NULL;
    struct connection *connection defer(free) = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->fd = fd;
    connection->limits = &all->limits;
    connection->peer = *peer;
    connection->client = address_client_key(peer);
    connection_enter(connection, PHASE_HEAD);

    pthread_mutex_lock(&all->lock);
    bool fits = has_room(all, connection->client);
    if (fits)
        add(all, connection);
    pthread_mutex_unlock(&all->lock);
    return fits ? take(connection) : NULL;
}

void connections_remove(struct connections *all, struct connection *connection)
{
    pthread_mutex_lock(&all->lock);
    size_t slot = connection->slot;
    (*crowd_of(all, connection->client))--;
    all->count--;
    all->open[slot] = all->open[all->count];
    all->clients[slot] = all->clients[all->count];
    all->open[slot]->slot = slot;
    atomic_store(&all->by_fd[connection->fd], NULL);
    pthread_mutex_unlock(&all->lock);
    if (connection->raw != NULL)
        explicit_bzero(connection->raw, LIMIT_REQUEST_HEAD);
    free(connection->raw);
    free(connection);
}

static bool is_in_request(struct connection *connection)
{
    int phase = atomic_load(&connection->phase);
    return phase == PHASE_BODY || phase == PHASE_HANDLER || phase == PHASE_REPLY;
}

size_t connections_count(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    size_t count = all->count;
    pthread_mutex_unlock(&all->lock);
    return count;
}

void connections_drain(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    atomic_store(&all->draining, true);
    for (size_t i = 0; i < all->count; i++)
        if (!is_in_request(all->open[i]))
            evict(all->open[i]);
    pthread_mutex_unlock(&all->lock);
}

bool connections_draining(const struct connections *all)
{
    return atomic_load(&all->draining);
}

size_t connections_busy(struct connections *all)
{
    size_t busy = 0;
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count; i++)
        busy += is_in_request(all->open[i]);
    pthread_mutex_unlock(&all->lock);
    return busy;
}

void connections_shut_down(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count; i++)
        evict(all->open[i]);
    pthread_mutex_unlock(&all->lock);
}
