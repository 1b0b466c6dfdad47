/* An empty target is replaced by rename(2) itself: nothing can come between check and use. */
#include "service/new_folder.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

void new_folder_clear(struct new_folder *folder)
{
    /* What was refused half-way must not be in the way of the next try. */
    if (folder->unfinished && nftw(folder->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        log_warning("folder", "%s could not be removed", folder->path);
    free(folder->target);
    free(folder->path);
    *folder = (struct new_folder){0};
}

static enum status join(const char *first, const char *second, char **ret_text)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&text, "%s%s", first, second);
    return buf_take_text(&text, ret_text);
}

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static enum status check_parent(const char *target)
{
    char *copy defer(free) = NULL;
    TRY(join(target, "", &copy));
    const char *parent = dirname(copy);
    if (access(parent, W_OK | X_OK) != 0)
        return status_fail_errno(STATUS_INVALID, "nothing can be made in %s", parent);
    return STATUS_OK;
}

static enum status check_target_is_free(const char *target)
{
    if (target[0] == '\0')
        return status_fail(STATUS_INVALID, "the folder has no name");
    DIR *open = opendir(target);
    if (open == NULL && errno == ENOENT)
        return check_parent(target);
    if (open == NULL)
        return status_fail_errno(errno == ENOTDIR || errno == EACCES ? STATUS_CONFLICT : STATUS_IO,
                                 "%s cannot be used", target);
    bool empty = true;
    for (struct dirent *entry = readdir(open); entry != NULL && empty; entry = readdir(open))
        empty = !is_entry(entry);
    closedir(open);
    if (!empty)
        return status_fail(STATUS_CONFLICT, "%s is not empty", target);
    return STATUS_OK;
}

static enum status make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno == EEXIST)
        return status_fail(STATUS_CONFLICT, "%s is what was cut off before left behind: remove it",
                           path);
    if (access(path, W_OK) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be made", path);
    return STATUS_OK;
}

enum status new_folder_begin(const char *target, struct new_folder *folder)
{
    struct new_folder made defer(new_folder_clear) = {0};
    TRY(join(target, "", &made.target));
    for (size_t len = strlen(made.target); len > 1 && made.target[len - 1] == '/'; len--)
        made.target[len - 1] = '\0';
    TRY(check_target_is_free(made.target));
    TRY(join(made.target, ".partial", &made.path));
    TRY(make_folder(made.path));
    made.unfinished = true;
    *folder = made;
    made = (struct new_folder){0};
    return STATUS_OK;
}

enum status new_folder_name(const struct new_folder *folder, const char *name, char **ret_path)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&text, "%s/%s", folder->path, name);
    return buf_take_text(&text, ret_path);
}

enum status new_folder_add(const struct new_folder *folder, const char *name)
{
    char *path defer(free) = NULL;
    TRY(new_folder_name(folder, name, &path));
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return status_fail_errno(STATUS_IO, "%s cannot be made", path);
    return STATUS_OK;
}

/* From here on the folder has its name: the last step, and one that cannot be half done. */
enum status new_folder_finish(struct new_folder *folder)
{
    if (rename(folder->path, folder->target) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be renamed to %s", folder->path,
                                 folder->target);
    folder->unfinished = false;
    char *copy defer(free) = NULL;
    TRY(join(folder->target, "", &copy));
    int fd defer(close) = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return status_fail_errno(STATUS_IO, "the folder above cannot be synced");
    return STATUS_OK;
}
