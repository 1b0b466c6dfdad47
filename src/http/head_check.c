/*
 * The parser goes line by line and only ever looks at complete lines, so the verdict does not
 * depend on how the bytes arrived. Each rule stands in one place with the clause it comes from; the
 * order is: lines and characters, request line, headers one by one, then what they mean together.
 *
 * Refused although RFC 9112 would let a server be lenient: bare LF (2.2), empty lines before the
 * request line (2.2), any Transfer-Encoding (6.1), two equal Content-Length (6.3), a request
 * without Host in HTTP/1.0. All of these are what request smuggling is made of.
 */
#include "http/head_check.h"

#include "base/field.h"

#include <strings.h>

enum { METHOD_MAX = 32 };
static const uint64_t most_content = (uint64_t)LIMIT_BODY_ANY;

/* How the work stands: `at` is the offset of the next line. */
struct parse {
    struct span bytes;
    size_t at;
    bool cut; /* the limit was reached: bytes after it were not looked at */
    struct head head;
    struct span host_of_target; /* authority of an absolute-form target, or empty */
    size_t hosts;
    size_t lengths;
    bool transfer_encoding;
    bool bad_expectation;
    bool close;
    struct head_refusal refusal;
};

static enum head_verdict refuse(struct parse *parse, int http, const char *sentence)
{
    parse->refusal = (struct head_refusal){http, sentence};
    return HEAD_REFUSED;
}

/* RFC 9110 5.6.2 */
static bool is_token_byte(uint8_t c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    return letter || digit || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_token_byte(text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool is_same_name(struct span text, const char *name)
{
    return text.len == strlen(name) && strncasecmp((const char *)text.ptr, name, text.len) == 0;
}

/* What follows the last complete line is too long already, or more is needed. */
static enum head_verdict want_more(struct parse *parse)
{
    size_t line = parse->bytes.len - parse->at;
    bool in_request_line = parse->at == 0;
    if (in_request_line && line > LIMIT_REQUEST_TARGET + METHOD_MAX + sizeof " HTTP/1.1\r\n")
        return refuse(parse, 414, "The request target is too long (RFC 9112 3).");
    if (parse->cut)
        return refuse(parse, 431, "The request head is too large (RFC 6585 5).");
    return HEAD_MORE;
}

/* Without a branch, so that compilers look at many bytes at once: a head is mostly certificates. */
static bool has_control_byte(struct span text)
{
    uint8_t found = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        found |= (uint8_t)((c < ' ') & (c != '\t')) | (uint8_t)(c == 0x7f);
    }
    return found != 0;
}

/* CR only before LF, LF only after CR, never a NUL; RFC 9112 2.2, RFC 9110 5.5. */
static enum head_verdict check_line_bytes(struct parse *parse, struct span line)
{
    bool ends = line.len > 0 && line.ptr[line.len - 1] == '\r';
    struct span text = span_of(line.ptr, line.len - ends);
    if (!has_control_byte(text))
        return HEAD_OK;
    if (memchr(text.ptr, '\r', text.len) != NULL)
        return refuse(parse, 400, "A carriage return stands alone (RFC 9112 2.2).");
    return refuse(parse, 400, "The head holds a control character (RFC 9110 5.5).");
}

/* The next line without its CRLF. HEAD_MORE while its end has not come. */
static enum head_verdict next_line(struct parse *parse, struct span *ret_line)
{
    struct span rest = span_of(parse->bytes.ptr + parse->at, parse->bytes.len - parse->at);
    const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.ptr, '\n', rest.len);
    struct span line = span_of(rest.ptr, end == NULL ? rest.len : (size_t)(end - rest.ptr));
    enum head_verdict verdict = check_line_bytes(parse, line);
    if (verdict != HEAD_OK)
        return verdict;
    if (end == NULL)
        return want_more(parse);
    if (line.len == 0 || line.ptr[line.len - 1] != '\r')
        return refuse(parse, 400, "A line ends without a carriage return (RFC 9112 2.2).");
    parse->at += line.len + 1;
    *ret_line = span_of(line.ptr, line.len - 1);
    return HEAD_OK;
}

/* The part of `text` before the first space; `text` becomes what follows it. */
static bool cut_word(struct span *text, struct span *ret_word)
{
    const uint8_t *space = text->len == 0 ? NULL : memchr(text->ptr, ' ', text->len);
    if (space == NULL)
        return false;
    *ret_word = span_of(text->ptr, (size_t)(space - text->ptr));
    *text = span_of(space + 1, text->len - ret_word->len - 1);
    return true;
}

static enum head_verdict check_version(struct parse *parse, struct span version)
{
    parse->head.http_1_1 = span_equal_text(version, "HTTP/1.1");
    if (parse->head.http_1_1 || span_equal_text(version, "HTTP/1.0"))
        return HEAD_OK;
    bool well_formed = version.len == 8 && memcmp(version.ptr, "HTTP/", 5) == 0 &&
                       version.ptr[5] >= '0' && version.ptr[5] <= '9' && version.ptr[6] == '.' &&
                       version.ptr[7] >= '0' && version.ptr[7] <= '9';
    if (well_formed)
        return refuse(parse, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here (RFC 9110 15.6.6).");
    return refuse(parse, 400, "The request line has no valid version (RFC 9112 2.3).");
}

/* RFC 3986 without fragment; brackets stand in no path or query of ours. A backslash is no byte of
 * a URI, but phones write DOMAIN\\user into the query of Exchange ActiveSync. */
static bool is_target_byte(uint8_t c, bool in_query)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    return letter || digit || (c == '\\' && in_query) ||
           (c != '\0' && strchr("-._~!$&'()*+,;=:@/?%", c) != NULL);
}

static bool is_target(struct span target)
{
    bool in_query = false;
    for (size_t i = 0; i < target.len; i++) {
        if (!is_target_byte(target.ptr[i], in_query))
            return false;
        in_query = in_query || target.ptr[i] == '?';
    }
    return true;
}

/* "http://host/path" becomes "/path", "http://host" the slash before its host; the host is compared
 * with Host later. RFC 9112 3.2.2. */
static bool cut_authority(struct parse *parse, struct span target)
{
    size_t scheme = 0;
    if (target.len >= 7 && strncasecmp((const char *)target.ptr, "http://", 7) == 0)
        scheme = 7;
    else if (target.len >= 8 && strncasecmp((const char *)target.ptr, "https://", 8) == 0)
        scheme = 8;
    if (scheme == 0)
        return false;
    struct span rest = span_of(target.ptr + scheme, target.len - scheme);
    const uint8_t *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    size_t len = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
    parse->host_of_target = span_of(rest.ptr, len);
    parse->head.target =
        slash == NULL ? span_of(rest.ptr - 1, 1) : span_of(rest.ptr + len, rest.len - len);
    return len > 0;
}

static enum head_verdict check_target(struct parse *parse, struct span target)
{
    if (target.len > LIMIT_REQUEST_TARGET)
        return refuse(parse, 414, "The request target is too long (RFC 9112 3).");
    if (!is_target(target))
        return refuse(parse, 400,
                      "The request target holds a byte that no URI may hold "
                      "(RFC 3986 2).");
    bool asterisk = span_equal_text(target, "*") && parse->head.method == METHOD_OPTIONS;
    bool origin = target.len > 0 && target.ptr[0] == '/';
    if (asterisk || origin)
        parse->head.target = target;
    else if (!cut_authority(parse, target))
        return refuse(parse, 400, "The request target is not a path (RFC 9112 3.2).");
    return HEAD_OK;
}

static enum head_verdict check_request_line(struct parse *parse, struct span line)
{
    struct span method;
    struct span target;
    if (!cut_word(&line, &method) || method.len > METHOD_MAX || !is_token(method))
        return refuse(parse, 400, "The request line does not start with a method (RFC 9112 3).");
    if (span_equal_text(method, "CONNECT"))
        return refuse(parse, 501, "This server is not a proxy (RFC 9110 9.3.6).");
    if (!cut_word(&line, &target))
        return refuse(parse, 505, "HTTP/0.9 is not spoken here (RFC 9110 15.6.6).");
    enum head_verdict verdict = check_version(parse, line);
    if (verdict != HEAD_OK)
        return verdict;
    parse->head.method = method_of(method);
    return check_target(parse, target);
}

/* Whether a comma-separated list holds the token. */
static bool list_holds(struct span list, const char *token)
{
    while (list.len > 0)
        if (is_same_name(field_cut(&list, ','), token))
            return true;
    return false;
}

/* RFC 9112 3.2: characters of a name, an address, brackets, and a port of digits. */
static bool is_host(struct span host)
{
    static const char others[] = {'.', '-', '_', ':', '[', ']'};
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && memchr(others, c, sizeof others) == NULL)
            return false;
    }
    return host.len > 0 && host.len <= LIMIT_HOST + sizeof ":65535";
}

/* RFC 9112 6.2: digits, and in no other form. */
static enum head_verdict read_length(struct parse *parse, struct span value)
{
    uint64_t length = 0;
    if (value.len == 0)
        return refuse(parse, 400, "Content-Length is empty (RFC 9112 6.2).");
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return refuse(parse, 400, "Content-Length is not a number (RFC 9112 6.2).");
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
        if (length > most_content)
            return refuse(parse, 413, "The request body is too large (RFC 9110 15.5.14).");
    }
    parse->head.content_length = length;
    return HEAD_OK;
}

static enum head_verdict note_meaning(struct parse *parse, const struct head_header *header)
{
    if (is_same_name(header->name, "Content-Length")) {
        parse->lengths++;
        return read_length(parse, header->value);
    }
    if (is_same_name(header->name, "Host")) {
        parse->hosts++;
        parse->head.host = header->value;
    } else if (is_same_name(header->name, "Transfer-Encoding")) {
        parse->transfer_encoding = true;
    } else if (is_same_name(header->name, "Connection")) {
        parse->close = parse->close || list_holds(header->value, "close");
    } else if (is_same_name(header->name, "Expect")) {
        parse->head.expects_continue = is_same_name(header->value, "100-continue");
        parse->bad_expectation = parse->bad_expectation || !parse->head.expects_continue;
    }
    return HEAD_OK;
}

static enum head_verdict check_header(struct parse *parse, struct span line)
{
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return refuse(parse, 400, "A header line is folded (RFC 9112 5.2).");
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || !is_token(span_of(line.ptr, (size_t)(colon - line.ptr))))
        return refuse(parse, 400,
                      "A header line has no valid name before its colon "
                      "(RFC 9112 5.1).");
    if (parse->head.header_count == LIMIT_REQUEST_HEADERS)
        return refuse(parse, 431, "The request has too many header lines (RFC 6585 5).");
    struct head_header *header = &parse->head.headers[parse->head.header_count++];
    header->name = span_of(line.ptr, (size_t)(colon - line.ptr));
    header->value = field_trim(span_of(colon + 1, line.len - header->name.len - 1));
    return note_meaning(parse, header);
}

static enum head_verdict check_framing(struct parse *parse)
{
    if (parse->lengths > 1)
        return refuse(parse, 400, "Content-Length is there twice (RFC 9112 6.3).");
    if (parse->transfer_encoding && (parse->lengths > 0 || !parse->head.http_1_1))
        return refuse(parse, 400,
                      "Transfer-Encoding stands beside Content-Length or in HTTP/1.0 "
                      "(RFC 9112 6.1).");
    if (parse->transfer_encoding)
        return refuse(parse, 501,
                      "Transfer-Encoding is not understood here: send "
                      "Content-Length (RFC 9112 6.1).");
    return HEAD_OK;
}

static bool is_same_host(struct span a, struct span b)
{
    return a.len == b.len && strncasecmp((const char *)a.ptr, (const char *)b.ptr, a.len) == 0;
}

static enum head_verdict check_host(struct parse *parse)
{
    if (parse->hosts != 1 || !is_host(parse->head.host))
        return refuse(parse, 400, "The request needs exactly one valid Host (RFC 9112 3.2).");
    if (parse->host_of_target.len > 0 && !is_same_host(parse->host_of_target, parse->head.host))
        return refuse(parse, 400,
                      "Host and request target name different hosts "
                      "(RFC 9112 3.2.2).");
    return HEAD_OK;
}

/* What the headers mean together, once all are read. */
static enum head_verdict check_whole(struct parse *parse)
{
    enum head_verdict verdict = check_framing(parse);
    if (verdict == HEAD_OK)
        verdict = check_host(parse);
    if (verdict != HEAD_OK)
        return verdict;
    if (parse->bad_expectation)
        return refuse(parse, 417, "Only Expect: 100-continue is understood (RFC 9110 10.1.1).");
    struct head *head = &parse->head;
    bool plain = head->method == METHOD_GET || head->method == METHOD_HEAD;
    head->len = parse->at;
    head->has_length = parse->lengths == 1;
    head->persistent = head->http_1_1 && !parse->close;
    head->keep_alive = plain && head->persistent && !head->has_length;
    head->expects_continue = head->expects_continue && head->http_1_1;
    return HEAD_OK;
}

static enum head_verdict parse_head(struct parse *parse)
{
    struct span line = SPAN_EMPTY;
    enum head_verdict verdict = next_line(parse, &line);
    if (verdict == HEAD_OK)
        verdict = check_request_line(parse, line);
    while (verdict == HEAD_OK) {
        verdict = next_line(parse, &line);
        if (verdict == HEAD_OK && line.len == 0)
            return check_whole(parse);
        if (verdict == HEAD_OK)
            verdict = check_header(parse, line);
    }
    return verdict;
}

enum head_verdict head_check(struct span bytes, struct head *ret_head,
                             struct head_refusal *ret_refusal)
{
    struct parse parse = {.bytes = bytes, .cut = bytes.len >= LIMIT_REQUEST_HEAD};
    if (parse.cut)
        parse.bytes.len = LIMIT_REQUEST_HEAD;
    enum head_verdict verdict = parse_head(&parse);
    if (verdict == HEAD_OK)
        *ret_head = parse.head;
    if (verdict == HEAD_REFUSED)
        *ret_refusal = parse.refusal;
    return verdict;
}

size_t head_count(const struct head *head, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++)
        count += is_same_name(head->headers[i].name, name);
    return count;
}

bool head_find(const struct head *head, const char *name, struct span *ret_value)
{
    struct span value = SPAN_EMPTY;
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        if (is_same_name(head->headers[i].name, name)) {
            value = head->headers[i].value;
            count++;
        }
    }
    if (count != 1)
        return false;
    *ret_value = value;
    return true;
}
