#include "course.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

enum {
    PROVISION = 0x0e05,
    POLICIES = 0x0e06,
    POLICY = 0x0e07,
    POLICY_TYPE = 0x0e08,
    POLICY_KEY = 0x0e09,
    PROVISION_STATUS = 0x0e0b,
    FOLDER_SYNC = 0x0716,
    FOLDER_KEY = 0x0712,
    FOLDER_STATUS = 0x070c,
    INFORMATION = 0x1216,
    INFORMATION_SET = 0x1208,
    INFORMATION_MODEL = 0x1217,
};
enum { CODE_FOLDER_SYNC = 9, CODE_PROVISION = 20, ENGLISH = 0x0409, PARAMETER_USER = 8 };

#define PATH "/Microsoft-Server-ActiveSync"

static int version_number(const struct course *course)
{
    return (int)(10 * strtod(course->version, NULL) + 0.5);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void append_field(struct buf *out, struct span bytes)
{
    buf_append_byte(out, (uint8_t)bytes.len);
    buf_append(out, bytes);
}

static void append_packed(struct buf *target, const struct course *course, int code, uint32_t key)
{
    struct buf packed defer(buf_clear) = BUF_INIT(1024);
    const uint8_t start[] = {(uint8_t)version_number(course), (uint8_t)code, ENGLISH & 0xff,
                             ENGLISH >> 8};
    const uint8_t key_bytes[] = {(uint8_t)key, (uint8_t)(key >> 8), (uint8_t)(key >> 16),
                                 (uint8_t)(key >> 24)};
    buf_append(&packed, span_of(start, sizeof start));
    append_field(&packed, span_of_text(course->id));
    append_field(&packed, key == 0 ? SPAN_EMPTY : span_of(key_bytes, sizeof key_bytes));
    append_field(&packed, span_of_text("Simulated"));
    buf_append_byte(&packed, PARAMETER_USER);
    append_field(&packed, span_of_text(course->user));
    text_append_base64(target, span_of(packed.ptr, packed.len));
}

static void append_plain(struct buf *target, const struct course *course, int code, uint32_t key)
{
    buf_printf(target, "Cmd=%s&User=", code == CODE_PROVISION ? "Provision" : "FolderSync");
    for (const char *at = course->user; *at != '\0'; at++)
        buf_printf(target, isalnum((unsigned char)*at) || strchr("-._~@", *at) ? "%c" : "%%%02X",
                   (unsigned char)*at);
    buf_printf(target, "&DeviceId=%s&DeviceType=Simulated", course->id);
    if (key != 0)
        buf_printf(target, "&PolicyKey=%u", key);
}

/* Versions and keys are in a packed query already, or the key is to be in the URL only. */
static void append_head(struct buf *head, const struct course *course, int code, uint32_t key,
                        bool url_key)
{
    buf_append_text(head, "Content-Type: application/vnd.ms-sync.wbxml\r\n"
                          "User-Agent: certferry-phone\r\n");
    if (course->base64)
        return;
    buf_printf(head, "MS-ASProtocolVersion: %s\r\n", course->version);
    if (!url_key && (code != CODE_PROVISION || key != 0))
        buf_printf(head, "X-MS-PolicyKey: %u\r\n", key);
}

static void count_request(struct course *course)
{
    if (course->device.profile == PROFILE_DROPS_CERTIFICATE &&
        course->requests == course->drop_after)
        line_drop_certificate(course->line);
    course->requests += 1;
}

static bool post(struct course *course, int code, uint32_t key, bool url_key, struct buf *body,
                 struct line_answer *answer)
{
    struct buf target defer(buf_clear) = BUF_INIT(2048);
    struct buf head defer(buf_clear) = BUF_INIT(1024);
    struct span bytes;
    buf_append_text(&target, PATH "?");
    if (course->base64)
        append_packed(&target, course, code, key);
    else
        append_plain(&target, course, code, url_key ? key : 0);
    append_head(&head, course, code, key, url_key);
    count_request(course);
    if (buf_finish(body, &bytes) != STATUS_OK || target.failure != STATUS_OK ||
        head.failure != STATUS_OK)
        return false;
    if (!line_ask(course->line, "POST", (const char *)target.ptr, (const char *)head.ptr, bytes,
                  answer))
        return false;
    course->wiped = course->wiped || wire_has_wipe(span_of(answer->body.ptr, answer->body.len));
    return !course->wiped;
}

bool course_begin(struct course *course)
{
    struct line_answer answer defer(line_answer_clear) = LINE_ANSWER_INIT;
    return line_ask(course->line, "OPTIONS", PATH, "", SPAN_EMPTY, &answer) && answer.http == 200;
}

/* ---- provisioning ---------------------------------------------------------------------------- */

static const char *policy_type(const struct course *course)
{
    return version_number(course) < 120 ? "MS-WAP-Provisioning-XML" : "MS-EAS-Provisioning-WBXML";
}

static void write_number(struct wire_writer *writer, int tag, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    wire_text(writer, tag, text);
}

/* `said` 0: the first phase. */
static void write_request(const struct course *course, uint32_t key, int said, struct buf *body)
{
    struct wire_writer writer;
    wire_begin(&writer, body);
    wire_open(&writer, PROVISION);
    if (said == 0 && version_number(course) >= 141) {
        wire_open(&writer, INFORMATION);
        wire_open(&writer, INFORMATION_SET);
        wire_text(&writer, INFORMATION_MODEL, "Simulated phone");
        wire_close(&writer);
        wire_close(&writer);
    }
    wire_open(&writer, POLICIES);
    wire_open(&writer, POLICY);
    wire_text(&writer, POLICY_TYPE, policy_type(course));
    if (key != 0)
        write_number(&writer, POLICY_KEY, key);
    if (said != 0)
        write_number(&writer, PROVISION_STATUS, (uint32_t)said);
    for (int i = 0; i < 3; i++)
        wire_close(&writer);
}

static void append_text(struct buf *out, const char *text)
{
    buf_append_byte(out, '"');
    for (; *text != '\0'; text++)
        buf_printf(out,
                   (unsigned char)*text < ' ' || strchr("\"\\", *text) != NULL ? "\\u%04x" : "%c",
                   (unsigned char)*text);
    buf_append_byte(out, '"');
}

void course_append_name(struct buf *out, const struct course *course)
{
    buf_append_text(out, "\"user\":");
    append_text(out, course->user);
    buf_append_text(out, ",\"device\":");
    append_text(out, course->id);
}

static void report(const struct course *course, int said, uint32_t root, uint32_t key)
{
    struct buf line defer(buf_clear) = BUF_INIT(8192);
    buf_append_byte(&line, '{');
    course_append_name(&line, course);
    buf_append_text(&line, ",\"carried\":");
    device_append_names(&line, course->carried);
    buf_append_text(&line, ",\"asked\":");
    device_append_names(&line, course->demanded);
    buf_printf(&line, ",\"said\":%d,\"status\":%u,\"key\":%s}\n", said, root,
               key == 0 ? "false" : "true");
    if (line.failure == STATUS_OK)
        fputs((const char *)line.ptr, stdout);
    fflush(stdout);
}

static bool acknowledge(struct course *course)
{
    struct line_answer answer defer(line_answer_clear) = LINE_ANSWER_INIT;
    struct buf body defer(buf_clear) = BUF_INIT(1024);
    struct wire_tree tree;
    int said = device_says(&course->device, course->demanded);
    bool url = course->device.profile == PROFILE_KEY_IN_URL;
    if (said == DEVICE_NO_ANSWER)
        return true;
    write_request(course, url ? 0 : course->offered, said, &body);
    if (!post(course, CODE_PROVISION, course->offered, url, &body, &answer) ||
        !wire_read(span_of(answer.body.ptr, answer.body.len), &tree))
        return false;
    course->key = wire_number(&tree, 3, POLICY_KEY);
    course->offered = 0;
    report(course, said, wire_number(&tree, 1, PROVISION_STATUS), course->key);
    return true;
}

/* Phase 1; the user of a slow phone needs some time for a PIN. */
static enum course_step provision(struct course *course)
{
    struct line_answer answer defer(line_answer_clear) = LINE_ANSWER_INIT;
    struct buf body defer(buf_clear) = BUF_INIT(1024);
    struct wire_tree tree;
    course->key = 0;
    write_request(course, 0, 0, &body);
    if (!post(course, CODE_PROVISION, 0, false, &body, &answer))
        return COURSE_FAILED;
    if (answer.http == 503)
        return COURSE_LATER;
    if (answer.http != 200 || !wire_read(span_of(answer.body.ptr, answer.body.len), &tree))
        return COURSE_REFUSED;
    course->offered = wire_number(&tree, 3, POLICY_KEY);
    if (course->offered == 0)
        return COURSE_REFUSED;
    course->documents += 1;
    course->carried = device_carried(&tree);
    course->demanded = device_demanded(course->carried);
    course->told |= course->carried;
    if (course->device.profile == PROFILE_SLOW && device_is_asked_for_pin(course->demanded)) {
        course->waits = course->slow;
        return COURSE_AGAIN;
    }
    return acknowledge(course) ? COURSE_AGAIN : COURSE_FAILED;
}

/* ---- polls ----------------------------------------------------------------------------------- */

static bool is_challenge(const struct line_answer *answer, uint32_t status)
{
    return answer->http == 449 || (answer->http == 200 && status >= 142 && status <= 144);
}

static void take_new_id(struct course *course)
{
    unsigned long number = strtoul(course->id + 3, NULL, 16) + 1;
    snprintf(course->id, sizeof course->id, "SIM%08lX", number & 0xffffffffu);
    course->key = 0;
}

static enum course_step follow(struct course *course)
{
    if (course->device.profile == PROFILE_NEW_ID)
        take_new_id(course);
    if (course->offered == 0 || course->device.profile != PROFILE_SLOW)
        return provision(course);
    if (course->waits-- > 0)
        return COURSE_AGAIN;
    return acknowledge(course) ? COURSE_AGAIN : COURSE_FAILED;
}

enum course_step course_poll(struct course *course, int *ret_http)
{
    struct line_answer answer defer(line_answer_clear) = LINE_ANSWER_INIT;
    struct buf body defer(buf_clear) = BUF_INIT(256);
    struct wire_writer writer;
    struct wire_tree tree;
    uint32_t status = 0;
    wire_begin(&writer, &body);
    wire_open(&writer, FOLDER_SYNC);
    wire_text(&writer, FOLDER_KEY, "0");
    wire_close(&writer);
    uint32_t key = course->device.profile == PROFILE_LOOPS ? 0 : course->key;
    bool answered = post(course, CODE_FOLDER_SYNC, key, false, &body, &answer);
    *ret_http = answer.http;
    if (!answered)
        return COURSE_FAILED;
    if (wire_read(span_of(answer.body.ptr, answer.body.len), &tree))
        status = wire_number(&tree, 1, FOLDER_STATUS);
    if (is_challenge(&answer, status))
        return follow(course);
    if (answer.http == 503)
        return COURSE_LATER;
    return answer.http == 200 && status == 1 ? COURSE_IN : COURSE_REFUSED;
}
