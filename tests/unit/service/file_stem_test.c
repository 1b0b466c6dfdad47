#include "service/file_stem.h"

#include <criterion/criterion.h>

static const char *const stems[][2] = {
    {"anna@example.org", "anna"},
    {"Anna.Meier@example.org", "anna.meier"},
    {"EXAMPLE\\anna", "anna"},
    {"Zo\xc3\xab Gr\xc3\xb6\xc3\x9f"
     "e",
     "zoe-groesse"},
    {"Musterwerk GmbH & Co. KG", "musterwerk-gmbh---co.-kg"},
    {"../../etc/passwd", "certificate"},
    {"@example.org", "certificate"},
    {"", "certificate"},
    {".hidden", "certificate"},
    {"a\"b\r\nc", "a-b--c"},
    {"a name that is longer than the forty-eight letters it may have",
     "a-name-that-is-longer-than-the-forty-eight-lette"},
};

Test(file_stem, is_safe_in_every_file_system_and_header)
{
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        char stem[FILE_STEM_SIZE];
        file_stem(stems[i][0], stem);
        cr_assert_str_eq(stem, stems[i][1]);
    }
}
