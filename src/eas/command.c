/* Two tables and how to look into them. */
#include "eas/command.h"

#include <strings.h>

struct command {
    const char *name;
    int code;
    uint16_t root;
    uint16_t status;
    bool served;
};

static const struct command commands[] = {[EAS_COMMAND_NONE] = {"", -1, 0, 0, false},
#define COMMAND_ROW(name, text, code, root, status, served)                                        \
    [EAS_COMMAND_##name] = {text, code, root, status, served},
                                          EAS_COMMAND_TABLE(COMMAND_ROW)
#undef COMMAND_ROW
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

struct version {
    const char *text;
    int number;
};

static const struct version versions[] = {
#define VERSION_ROW(name, text, number) {text, number},
    EAS_VERSION_TABLE(VERSION_ROW)
#undef VERSION_ROW
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

const char *eas_command_name(enum eas_command command)
{
    return commands[command].name;
}

uint16_t eas_command_root(enum eas_command command)
{
    return commands[command].root;
}

uint16_t eas_command_status(enum eas_command command)
{
    return commands[command].status;
}

bool eas_command_is_served(enum eas_command command)
{
    return commands[command].served;
}

enum eas_command eas_command_of_name(struct span name)
{
    for (int i = EAS_COMMAND_NONE + 1; i < COMMANDS; i++)
        if (name.len == strlen(commands[i].name) &&
            strncasecmp((const char *)name.ptr, commands[i].name, name.len) == 0)
            return (enum eas_command)i;
    return EAS_COMMAND_NONE;
}

enum eas_command eas_command_of_code(uint8_t code)
{
    for (int i = EAS_COMMAND_NONE + 1; i < COMMANDS; i++)
        if (commands[i].code == code)
            return (enum eas_command)i;
    return EAS_COMMAND_NONE;
}

int eas_version_of_text(struct span text)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (span_equal_text(text, versions[i].text))
            return versions[i].number;
    return EAS_VERSION_NONE;
}

int eas_version_of_byte(uint8_t byte)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (versions[i].number == byte && byte >= EAS_12_1)
            return byte;
    return EAS_VERSION_NONE;
}

const char *eas_version_text(int version)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (versions[i].number == version)
            return versions[i].text;
    return "";
}

void eas_append_versions(struct buf *out)
{
    for (size_t i = 0; i < VERSIONS; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : ",", versions[i].text);
}

void eas_append_commands(struct buf *out)
{
    for (int i = EAS_COMMAND_NONE + 1; i < COMMANDS; i++)
        buf_printf(out, "%s%s", i == EAS_COMMAND_NONE + 1 ? "" : ",", commands[i].name);
}
