/* certferry import: the same as init around an issuing CA that exists already. */
#include "command/ask.h"
#include "command/authority_arguments.h"
#include "command/command.h"

#include "base/file.h"
#include "base/limits.h"

/* A key in the clear needs no password; whether it is encrypted is read off its PEM label. */
static enum status key_is_encrypted(const char *path, bool *ret_encrypted)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    TRY(file_read(path, &pem));
    struct span text;
    TRY(buf_finish(&pem, &text));
    *ret_encrypted = memmem(text.ptr, text.len, "ENCRYPTED", 9) != NULL;
    return STATUS_OK;
}

static enum status read_password(const struct invocation *invocation, struct secret **ret_password)
{
    const char *path = invocation_text(invocation, "password-file");
    if (path != NULL)
        return ask_file(path, ret_password);
    bool encrypted = true;
    if (invocation_has(invocation, "key-file"))
        TRY(key_is_encrypted(invocation_text(invocation, "key-file"), &encrypted));
    if (!encrypted)
        return STATUS_OK;
    return ask_terminal("Password of the CA key: ", "give --password-file FILE", ret_password);
}

static enum status check_source(const struct invocation *invocation)
{
    bool pem = invocation_has(invocation, "certificate") && invocation_has(invocation, "key-file");
    bool any = invocation_has(invocation, "certificate") ||
               invocation_has(invocation, "key-file") || invocation_has(invocation, "chain");
    bool pkcs12 = invocation_has(invocation, "pkcs12");
    if (pkcs12 ? any : !pem)
        return status_fail(STATUS_USAGE,
                           "name the CA by --certificate and --key-file, or by --pkcs12 alone");
    return STATUS_OK;
}

static enum status run(const struct invocation *invocation)
{
    TRY(check_source(invocation));
    struct authority_arguments given;
    TRY(authority_arguments_read(invocation, &given));
    struct secret *password defer(secret_free) = NULL;
    TRY(read_password(invocation, &password));
    const struct authority_import source = {
        .certificate_file = invocation_text(invocation, "certificate"),
        .key_file = invocation_text(invocation, "key-file"),
        .chain_file = invocation_text(invocation, "chain"),
        .pkcs12_file = invocation_text(invocation, "pkcs12"),
        .secret = password,
    };
    struct authority_created created defer(authority_created_clear) = {0};
    TRY(authority_adopt(&given.request, &source, &created));
    return authority_print_created(invocation, &created);
}

static const struct argument arguments[] = {
    AUTHORITY_ARGUMENTS,
    {.kind = ARGUMENT_TEXT,
     .name = "certificate",
     .value = "FILE",
     .help = "Certificate of the issuing CA, PEM; CAs above it may follow in the same file"},
    {.kind = ARGUMENT_TEXT, .name = "key-file", .value = "FILE", .help = "Its private key, PEM"},
    {.kind = ARGUMENT_TEXT,
     .name = "chain",
     .value = "FILE",
     .help = "CAs above it up to the root, PEM"},
    {.kind = ARGUMENT_TEXT,
     .name = "pkcs12",
     .value = "FILE",
     .help = "Key, certificate and chain in one PKCS#12 file"},
    {.kind = ARGUMENT_TEXT,
     .name = "password-file",
     .value = "FILE",
     .help = "Password of the key or of the PKCS#12 file; asked at the terminal unless given"},
    ARGUMENT_JSON,
};

const struct command import_command = {
    .name = "import",
    .summary = "Sets certferry up around an issuing CA that exists already",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
