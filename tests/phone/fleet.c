/* A thread takes the next phone as soon as its last one has ended. Stacks are small: a thousand
 * phones are a thousand threads. */
#include "fleet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { STACK_SIZE = 512 * 1024, FILE_MAX = 16 * 1024 * 1024 };

struct fleet {
    struct buf text; /* the file, cut into words */
    struct wish *phones;
    size_t count;
    atomic_size_t next;
    atomic_int worst;
};

static void fleet_clear(struct fleet *fleet)
{
    buf_clear(&fleet->text);
    free(fleet->phones);
}
CLEANUP_VALUE(struct fleet, fleet_clear)

/* ---- the file -------------------------------------------------------------------------------- */

static bool read_text(const char *path, struct buf *out)
{
    uint8_t bytes[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_append(out, span_of(bytes, count));
    bool read = ferror(file) == 0 && out->failure == STATUS_OK && out->len > 0;
    fclose(file);
    return read;
}

static size_t count_lines(const struct buf *text)
{
    size_t count = 1;
    for (size_t i = 0; i < text->len; i++)
        count += text->ptr[i] == '\n';
    return count;
}

/* Common options first, those of the line over them. */
static bool read_phones(const struct wish *common, struct fleet *fleet)
{
    char *rest = (char *)fleet->text.ptr;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        struct wish wish = *common;
        if (line[0] == '\0')
            continue;
        if (!wish_read_line(line, &wish) || !wish_is_whole(&wish)) {
            fprintf(stderr, "certferry-phone: line %zu of %s is no phone\n", fleet->count + 1,
                    common->fleet);
            return false;
        }
        fleet->phones[fleet->count++] = wish;
    }
    if (fleet->count == 0)
        fprintf(stderr, "certferry-phone: %s has no phones\n", common->fleet);
    return fleet->count > 0;
}

static enum life_end read_fleet(const struct wish *common, struct fleet *fleet)
{
    if (!read_text(common->fleet, &fleet->text)) {
        fprintf(stderr, "certferry-phone: %s cannot be read\n", common->fleet);
        return LIFE_FAULT;
    }
    fleet->phones = calloc(count_lines(&fleet->text), sizeof *fleet->phones);
    if (fleet->phones == NULL)
        return LIFE_FAULT;
    return read_phones(common, fleet) ? LIFE_IN : LIFE_WRONG_USE;
}

/* ---- threads --------------------------------------------------------------------------------- */

static void note_end(struct fleet *fleet, int end)
{
    int worst = atomic_load(&fleet->worst);
    while (end > worst && !atomic_compare_exchange_weak(&fleet->worst, &worst, end))
        continue;
}

static void *live(void *argument)
{
    struct fleet *fleet = argument;
    for (size_t i; (i = atomic_fetch_add(&fleet->next, 1)) < fleet->count;)
        note_end(fleet, life_run(&fleet->phones[i]));
    return NULL;
}

static size_t start_threads(struct fleet *fleet, size_t most, pthread_t *threads)
{
    pthread_attr_t attributes;
    size_t started = 0;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    if (pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0)
        while (started < most && pthread_create(&threads[started], &attributes, live, fleet) == 0)
            started++;
    pthread_attr_destroy(&attributes);
    return started;
}

enum life_end fleet_run(const struct wish *common)
{
    struct fleet fleet defer(fleet_clear) = {.text = BUF_INIT(FILE_MAX)};
    enum life_end read = read_fleet(common, &fleet);
    if (read != LIFE_IN)
        return read;
    bool all = common->at_once == 0 || (size_t)common->at_once > fleet.count;
    size_t most = all ? fleet.count : (size_t)common->at_once;
    pthread_t *threads defer(free) = calloc(most, sizeof *threads);
    if (threads == NULL)
        return LIFE_FAULT;
    size_t started = start_threads(&fleet, most, threads);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (started < most)
        fprintf(stderr, "certferry-phone: only %zu of %zu threads could be started\n", started,
                most);
    return started < most ? LIFE_FAULT : (enum life_end)atomic_load(&fleet.worst);
}
