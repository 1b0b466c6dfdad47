#include "service/new_folder.h"

#include "fixture.h"

#include <stdio.h>
#include <sys/stat.h>

static char place[64];
static char target[96];

static void setup(void)
{
    snprintf(place, sizeof place, "/tmp/new_folder_test.XXXXXX");
    cr_assert_not_null(mkdtemp(place));
    snprintf(target, sizeof target, "%s/target", place);
}

static void teardown(void)
{
    char partial[128];
    snprintf(partial, sizeof partial, "%s.partial", target);
    rmdir(partial);
    rmdir(target);
    rmdir(place);
}

TestSuite(new_folder, .init = setup, .fini = teardown);

static bool is_there(const char *suffix)
{
    char path[128];
    struct stat info;
    snprintf(path, sizeof path, "%s%s", target, suffix);
    return lstat(path, &info) == 0;
}

Test(new_folder, appears_when_it_is_finished)
{
    struct new_folder folder defer(new_folder_clear) = {0};
    expect_ok(new_folder_begin(target, &folder));
    cr_assert(is_there(".partial"));
    cr_assert_not(is_there(""));
    expect_ok(new_folder_finish(&folder));
    cr_assert_not(is_there(".partial"));
    struct stat info;
    cr_assert_eq(stat(target, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
}

Test(new_folder, leaves_nothing_when_it_is_not)
{
    {
        struct new_folder folder defer(new_folder_clear) = {0};
        expect_ok(new_folder_begin(target, &folder));
        expect_ok(new_folder_add(&folder, "ca"));
        expect_ok(new_folder_add(&folder, "ca"));
    }
    cr_assert_not(is_there(".partial"));
    cr_assert_not(is_there(""));
}

Test(new_folder, takes_the_place_of_an_empty_folder_with_slashes_behind_its_name)
{
    char name[128];
    snprintf(name, sizeof name, "%s//", target);
    cr_assert_eq(mkdir(target, 0755), 0);
    struct new_folder folder defer(new_folder_clear) = {0};
    expect_ok(new_folder_begin(name, &folder));
    cr_assert_str_eq(folder.target, target);
    expect_ok(new_folder_finish(&folder));
}

Test(new_folder, refuses_what_is_not_empty_and_what_was_cut_off)
{
    struct new_folder folder defer(new_folder_clear) = {0};
    cr_assert_eq(mkdir(target, 0755), 0);
    expect_detail(new_folder_begin(place, &folder), STATUS_CONFLICT, "is not empty");
    char partial[128];
    snprintf(partial, sizeof partial, "%s.partial", target);
    cr_assert_eq(mkdir(partial, 0755), 0);
    expect_detail(new_folder_begin(target, &folder), STATUS_CONFLICT, "remove it");
    cr_assert(is_there(".partial"), "what is not ours stays");
    expect_detail(new_folder_begin("", &folder), STATUS_INVALID, "no name");
    expect_detail(new_folder_begin("/none/here", &folder), STATUS_INVALID, "/none");
}
