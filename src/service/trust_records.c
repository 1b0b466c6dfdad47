/*
 * Revocations are numbered in the database. A slot holds the number of the last one of those
 * serials that fall in it, so what was read after that number is still so. Serials are random:
 * others in the same slot cost a read too much now and then. With thousands of revocations a second
 * still only one thread at a time asks what is new, for all of them.
 *
 * Only "valid" is remembered as something that may change, and only to revoked: no other way leads
 * out of it. A certificate without a record is looked for each time.
 */
#include "service/trust_records.h"

#include "store/trust_store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SLOTS = 8192 };

struct trust_records {
    pthread_mutex_t mutex; /* of asking what is new */
    atomic_bool marked;    /* `mark` stands for something */
    _Atomic int64_t mark;  /* of the database, when it was last asked */
    _Atomic int64_t change;
    _Atomic int64_t slots[SLOTS];
};

enum status trust_records_new(struct trust_records **ret_records)
{
    struct trust_records *records = calloc(1, sizeof *records);
    if (records == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for states of certificates");
    pthread_mutex_init(&records->mutex, NULL);
    *ret_records = records;
    return STATUS_OK;
}

void trust_records_free(struct trust_records *records)
{
    if (records == NULL)
        return;
    pthread_mutex_destroy(&records->mutex);
    free(records);
}

/* FNV-1a. */
static size_t slot_of(struct span serial)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < serial.len; i++)
        hash = (uint32_t)((hash ^ serial.ptr[i]) * UINT64_C(16777619));
    return hash % SLOTS;
}

/* ---- what is new ----------------------------------------------------------------------------- */

static void note_change(void *context, int64_t change, struct span serial)
{
    struct trust_records *records = context;
    _Atomic int64_t *slot = &records->slots[slot_of(serial)];
    if (atomic_load(slot) < change)
        atomic_store(slot, change);
    if (atomic_load(&records->change) < change)
        atomic_store(&records->change, change);
}

/* So much happened that nobody knows what: everything that was read before is to be read again. */
static enum status note_anything(struct trust_records *records, struct db_tx *tx)
{
    int64_t change;
    TRY(trust_store_change(tx, &change));
    for (size_t i = 0; i < SLOTS; i++)
        atomic_store(&records->slots[i], change);
    atomic_store(&records->change, change);
    return STATUS_OK;
}

static enum status ask(struct trust_records *records, struct db *db)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    enum status status =
        trust_store_changes_since(tx, atomic_load(&records->change), note_change, records);
    return status == STATUS_GONE ? note_anything(records, tx) : status;
}

static bool is_seen(struct trust_records *records, int64_t mark)
{
    return atomic_load(&records->marked) && atomic_load(&records->mark) == mark;
}

/* The mark is taken before anything is read, so what comes after it cannot be older. */
static enum status ask_if_new(struct trust_records *records, struct db *db)
{
    int64_t mark = 0;
    bool marked = db_mark(db, &mark) == STATUS_OK;
    if (marked && is_seen(records, mark))
        return STATUS_OK;
    pthread_mutex_lock(&records->mutex);
    enum status status = STATUS_OK;
    marked = db_mark(db, &mark) == STATUS_OK;
    if (!marked || !is_seen(records, mark)) {
        status = ask(records, db);
        atomic_store(&records->marked, false);
        atomic_store(&records->mark, mark);
        atomic_store(&records->marked, marked && status == STATUS_OK);
    }
    pthread_mutex_unlock(&records->mutex);
    return status;
}

/* ---- one certificate ------------------------------------------------------------------------- */

static enum verdict_record record_of(enum certificate_state state)
{
    switch (state) {
    case CERTIFICATE_ISSUED:
        return VERDICT_RECORD_VALID;
    case CERTIFICATE_REVOKED:
        return VERDICT_RECORD_REVOKED;
    case CERTIFICATE_RESERVED:
    case CERTIFICATE_ABANDONED:
        return VERDICT_RECORD_NONE;
    }
    return VERDICT_RECORD_NONE;
}

static enum status read_record(struct db *db, const char *serial, struct trust_record *ret_record)
{
    enum certificate_state state = CERTIFICATE_ABANDONED;
    struct trust_record record;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    TRY(trust_store_change(tx, &record.change));
    enum status status = trust_store_record(tx, serial, &state);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    record.record = record_of(state);
    record.known = record.record != VERDICT_RECORD_NONE;
    *ret_record = record;
    return STATUS_OK;
}

enum status trust_records_update(struct trust_records *records, struct db *db, const char *serial,
                                 struct trust_record *record)
{
    if (!record->known)
        return read_record(db, serial, record);
    if (record->record == VERDICT_RECORD_REVOKED)
        return STATUS_OK;
    TRY(ask_if_new(records, db));
    if (atomic_load(&records->slots[slot_of(span_of_text(serial))]) <= record->change)
        return STATUS_OK;
    return read_record(db, serial, record);
}
