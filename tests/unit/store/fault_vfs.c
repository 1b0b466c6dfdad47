/* Everything passes to SQLite's own VFS; writes, truncations and syncs are noted or refused on the
 * way. */
#include "fault_vfs.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 2, SECTOR = 512, IMAGE_MOST = 2 * 1024 * 1024 };

enum entry_kind { ENTRY_WRITE, ENTRY_TRUNCATE, ENTRY_SYNC, ENTRY_ACKNOWLEDGE };

struct entry {
    enum entry_kind kind;
    int file; /* 0 the database, 1 its log */
    sqlite3_int64 offset;
    size_t len;
    unsigned char *bytes;
    long number;
};

struct image {
    unsigned char *bytes;
    size_t len;
};

struct fault_file {
    sqlite3_file base;
    int file; /* -1: not one that is noted */
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    long countdown;
    int error;
    bool recording;
    struct entry *entries;
    size_t count;
    size_t capacity;
    /* What the first `synced` entries left on the disk for certain, and the image on top of it. */
    size_t synced[FILES];
    struct image certain[FILES];
    struct image images[FILES];
} state = {.countdown = -1};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static struct entry *note(enum entry_kind kind, sqlite3_file *file)
{
    int number = file == NULL ? 0 : ((struct fault_file *)file)->file;
    if (!state.recording || number < 0)
        return NULL;
    if (state.count == state.capacity) {
        state.capacity = state.capacity == 0 ? 1024 : state.capacity * 2;
        state.entries = reallocarray(state.entries, state.capacity, sizeof *state.entries);
        cr_assert_not_null(state.entries);
    }
    struct entry *entry = &state.entries[state.count++];
    *entry = (struct entry){.kind = kind, .file = number};
    return entry;
}

/* SQLITE_OK, or the failure that is due. */
static int failure(int otherwise)
{
    if (state.countdown < 0)
        return SQLITE_OK;
    if (state.countdown > 0) {
        state.countdown--;
        return SQLITE_OK;
    }
    errno = state.error;
    return state.error == ENOSPC ? SQLITE_FULL : otherwise;
}

static int close_file(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    int result = real->pMethods->xClose(real);
    free(real);
    return result;
}

static int read_file(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    int result = failure(SQLITE_IOERR_WRITE);
    if (result != SQLITE_OK)
        return result;
    struct entry *entry = note(ENTRY_WRITE, file);
    if (entry != NULL) {
        entry->offset = offset;
        entry->len = (size_t)len;
        entry->bytes = malloc((size_t)len);
        memcpy(entry->bytes, bytes, (size_t)len);
    }
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, offset);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    struct entry *entry = note(ENTRY_TRUNCATE, file);
    if (entry != NULL)
        entry->offset = size;
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    int result = failure(SQLITE_IOERR_FSYNC);
    if (result != SQLITE_OK)
        return result;
    note(ENTRY_SYNC, file);
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int size_of_file(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret_size);
}

static int lock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int check_lock(sqlite3_file *file, int *ret_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret_locked);
}

static int control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

/* Nothing is promised about what a power cut leaves of a write. */
static int characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret_memory);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    (void)vfs;
    struct fault_file *own = (struct fault_file *)file;
    sqlite3_file *real = calloc(1, (size_t)state.real->szOsFile);
    cr_assert_not_null(real);
    *own = (struct fault_file){.file = -1, .real = real};
    int result = state.real->xOpen(state.real, name, real, flags, ret_flags);
    if (result != SQLITE_OK) {
        free(real);
        return result;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
        own->file = 0;
    if ((flags & SQLITE_OPEN_WAL) != 0)
        own->file = 1;
    own->base.pMethods = &methods;
    return SQLITE_OK;
}

void fault_vfs_install(void)
{
    if (state.real != NULL)
        return;
    state.real = sqlite3_vfs_find(NULL);
    state.vfs = *state.real;
    state.vfs.zName = "fault";
    state.vfs.pNext = NULL;
    state.vfs.szOsFile = sizeof(struct fault_file);
    state.vfs.xOpen = open_file;
    cr_assert_eq(sqlite3_vfs_register(&state.vfs, 1), SQLITE_OK);
}

void fault_vfs_fail(long countdown, int error)
{
    state.countdown = countdown;
    state.error = error;
}

void fault_vfs_record(void)
{
    fault_vfs_forget();
    state.recording = true;
}

void fault_vfs_stop(void)
{
    state.recording = false;
}

void fault_vfs_forget(void)
{
    fault_vfs_stop();
    for (size_t i = 0; i < state.count; i++)
        free(state.entries[i].bytes);
    free(state.entries);
    state.entries = NULL;
    state.count = state.capacity = 0;
    for (int file = 0; file < FILES; file++) {
        free(take(state.certain[file].bytes));
        free(take(state.images[file].bytes));
        state.synced[file] = 0;
    }
}

void fault_vfs_acknowledge(long number)
{
    struct entry *entry = note(ENTRY_ACKNOWLEDGE, NULL);
    if (entry != NULL)
        entry->number = number;
}

size_t fault_vfs_length(void)
{
    return state.count;
}

static void put(struct image *image, sqlite3_int64 offset, const unsigned char *bytes, size_t len)
{
    size_t end = (size_t)offset + len;
    cr_assert_leq(end, (size_t)IMAGE_MOST);
    memcpy(image->bytes + offset, bytes, len);
    if (end > image->len)
        image->len = end;
}

static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* A write that was not synced: whole, not at all, or some of its sectors. */
static void put_perhaps(struct image *image, const struct entry *entry, unsigned *seed)
{
    unsigned fate = draw(seed) % 3;
    for (size_t at = 0; fate != 0 && at < entry->len; at += SECTOR) {
        size_t len = entry->len - at < SECTOR ? entry->len - at : SECTOR;
        if (fate == 1 || draw(seed) % 2 == 0)
            put(image, entry->offset + (sqlite3_int64)at, entry->bytes + at, len);
    }
}

static void cut(struct image *image, size_t len)
{
    if (len < image->len)
        memset(image->bytes + len, 0, image->len - len);
    image->len = len;
}

/* The number of the last entry that is a sync of the file. */
static size_t last_sync(size_t entries, int file)
{
    for (size_t i = entries; i > 0; i--)
        if (state.entries[i - 1].kind == ENTRY_SYNC && state.entries[i - 1].file == file)
            return i;
    return 0;
}

/* The file as it stands at its last sync; what went before is not replayed for every image. */
static const struct image *replay_synced(int file, size_t synced)
{
    struct image *certain = &state.certain[file];
    if (certain->bytes == NULL) {
        *certain = (struct image){calloc(1, IMAGE_MOST), 0};
        state.images[file] = (struct image){calloc(1, IMAGE_MOST), 0};
        cr_assert(certain->bytes != NULL && state.images[file].bytes != NULL);
    }
    cr_assert_geq(synced, state.synced[file]);
    for (size_t i = state.synced[file]; i < synced; i++) {
        const struct entry *entry = &state.entries[i];
        if (entry->file == file && entry->kind == ENTRY_WRITE)
            put(certain, entry->offset, entry->bytes, entry->len);
        else if (entry->file == file && entry->kind == ENTRY_TRUNCATE)
            cut(certain, (size_t)entry->offset);
    }
    state.synced[file] = synced;
    return certain;
}

static const struct image *replay(int file, size_t entries, unsigned *seed)
{
    size_t synced = last_sync(entries, file);
    const struct image *certain = replay_synced(file, synced);
    struct image *image = &state.images[file];
    cut(image, 0);
    put(image, 0, certain->bytes, certain->len);
    for (size_t i = synced; i < entries; i++) {
        const struct entry *entry = &state.entries[i];
        if (entry->file == file && entry->kind == ENTRY_WRITE)
            put_perhaps(image, entry, seed);
        else if (entry->file == file && entry->kind == ENTRY_TRUNCATE && draw(seed) % 2 == 0)
            cut(image, (size_t)entry->offset);
    }
    return image;
}

static void save(const struct image *image, const char *path, const char *suffix)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    FILE *file = fopen(name, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(image->bytes, 1, image->len, file), image->len);
    fclose(file);
}

long fault_vfs_image(size_t entries, unsigned seed, const char *path)
{
    static const char *const suffixes[FILES] = {"", "-wal"};
    for (int file = 0; file < FILES; file++)
        save(replay(file, entries, &seed), path, suffixes[file]);
    for (size_t i = entries; i > 0; i--)
        if (state.entries[i - 1].kind == ENTRY_ACKNOWLEDGE)
            return state.entries[i - 1].number;
    return 0;
}
