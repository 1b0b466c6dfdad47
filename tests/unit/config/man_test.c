#include "base/file.h"
#include "config/option.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The manual, to be freed. */
static char *manual(void)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    cr_assert_eq(file_read(TEST_DATA "/../../deploy/man/certferry.conf.5", &text), STATUS_OK);
    char *copy = NULL;
    cr_assert_eq(buf_take_text(&text, &copy), STATUS_OK);
    return copy;
}

/* What stands under ".SS name", up to the next one; to be freed. */
static char *section_of(const char *text, const char *name)
{
    char heading[64];
    snprintf(heading, sizeof heading, "\n.SS %s\n", name);
    const char *start = strstr(text, heading);
    cr_assert_not_null(start, "section %s is missing", name);
    start += strlen(heading);
    const char *end = strstr(start, "\n.S");
    cr_assert_not_null(end);
    return strndup(start, (size_t)(end - start));
}

/* upn,mail as upn", "mail */
static void append_value(struct buf *text, const struct option *option)
{
    for (const char *c = option->value; *c != '\0'; c++) {
        if (option_is_list(option) && *c == ',')
            buf_append_text(text, "\", \"");
        else
            buf_append_byte(text, (uint8_t)*c);
    }
}

/* "; default 15m." with what its type is written in. */
static void write_default(const struct option *option, char *value, size_t size)
{
    struct buf text defer(buf_clear) = BUF_INIT(256);
    bool list = option_is_list(option);
    bool empty_list = list && option->value[0] == '\0';
    const char *quote = option_is_quoted(option) && !empty_list ? "\"" : "";
    buf_printf(&text, "; default %s%s", list ? "{" : "", quote);
    append_value(&text, option);
    buf_printf(&text, "%s%s.", quote, list ? "}" : "");
    snprintf(value, size, "%s", (const char *)text.ptr);
}

static void copy_without_backslashes(const char *text, char *plain, size_t size)
{
    size_t len = 0;
    for (const char *c = text; *c != '\0' && len + 1 < size; c++)
        if (*c != '\\')
            plain[len++] = *c;
    plain[len] = '\0';
}

static void check_entries(const char *text, const struct option *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &table[i];
        char *section defer(free) = section_of(text, option->section);
        char entry[64];
        snprintf(entry, sizeof entry, "\n.TP\n.B %s\n", option->key);
        const char *start = strstr(section, entry);
        cr_assert_not_null(start, "%s.%s is missing", option->section, option->key);

        char value[128], plain[2048];
        write_default(option, value, sizeof value);
        copy_without_backslashes(start, plain, sizeof plain);
        const char *next = strstr(plain + strlen(entry), "\n.TP\n");
        const char *found = strstr(plain, value);
        cr_expect(found != NULL && (next == NULL || found < next), "%s.%s: %s", option->section,
                  option->key, value);
    }
}

Test(man, every_option_stands_in_the_manual_with_its_default)
{
    char *text defer(free) = manual();
    check_entries(text, option_table, option_count);
    check_entries(text, anchor_table, anchor_option_count);
}

Test(man, the_manual_names_no_option_that_does_not_exist)
{
    char *text defer(free) = manual();
    size_t entries = 0;
    const char *end = strstr(text, "\n.SH FILES");
    for (const char *at = text; (at = strstr(at, "\n.TP\n.B ")) != NULL && at < end; at++)
        entries++;
    cr_assert_eq(entries, option_count + anchor_option_count);
}
