"""What C code of this project does not do: forbidden calls, mutable globals, pages and queries in strings."""

import re

from c_source import code, includes, strings, tokens, variables

NAMES = {
    "calls": "no forbidden function, goto or assembly is used",
    "globals": "no mutable variable has file scope, but for thread-local and explained ones",
    "heads": "a file opens with its reason, a header has its guard, a source includes its own header first",
    "strings": "no page and no query is written in C",
    "words": "nothing is left for another day",
}

BANNED = {
    "strcpy", "strncpy", "strcat", "stpcpy", "sprintf", "vsprintf", "strtok", "strtok_r",
    "atoi", "atol", "atoll", "atof", "gets", "scanf", "sscanf", "fscanf",
    "localtime", "gmtime", "ctime", "asctime", "rand", "srand", "random", "srandom", "drand48",
    "system", "popen", "alloca", "mktemp", "tmpnam", "tempnam", "setjmp", "longjmp", "strerror",
}  # fmt: skip
BANNED_WORDS = {"goto", "asm", "__asm__"}

HTML = re.compile(
    r"</?(html|head|body|title|meta|link|main|header|footer|section|div|p|a|b|i|em|strong|span|form|label|input|"
    r"button|select|option|h[1-6]|ul|ol|li|table|tr|td|th|br|img|code|pre|dict|plist|array|key)\b[^<>]*>"
)
SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|WITH)\s+\S")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\b(stub|stubbed|placeholder)s?\b|\b(is|are|was|were) not (yet )?implemented|not yet implemented", re.I)


# A source this short needs no more reason than its header gives.
PLAIN_LINES = 80


def check_calls(tree):
    for path in tree.select(".c", ".h"):
        found = code(tree.text(path))
        for at, token in enumerate(found):
            if token.kind != "word":
                continue
            called = at + 1 < len(found) and found[at + 1].text == "("
            member = at > 0 and found[at - 1].text in (".", "->")
            if token.text in BANNED_WORDS or (called and not member and token.text in BANNED):
                yield f"{path}:{token.line}: {token.text} is forbidden"


def check_globals(tree):
    for path in tree.select(".c", ".h", under="src/"):
        comment_ends = {
            token.line + token.text.count("\n")
            for token in tokens(tree.text(path))
            if token.kind == "comment"
        }
        for name, words, line in variables(tree.text(path)):
            # In a header, what assigns nothing declares a function by the name of its type.
            if path.endswith(".h") and "static" not in words:
                continue
            constant = "const" in words and ("*" not in words or _last_star_is_const(words))
            if constant or "_Thread_local" in words:
                continue
            if line - 1 not in comment_ends:
                yield f"{path}:{line}: {name} is mutable, and no comment above it says why it may be"


def _last_star_is_const(words):
    """const char *const x: the pointer itself cannot change."""
    last = len(words) - 1 - words[::-1].index("*")
    return "const" in words[last:]


def check_heads(tree):
    for path in tree.select(".c", ".h", under="src/"):
        text = tree.text(path)
        if not text.startswith("/*") and (path.endswith(".h") or text.count("\n") > PLAIN_LINES):
            yield f"{path}:1: the file does not open with the reason why it exists"
        if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.M):
            yield f"{path}:1: the header has no #pragma once"
        own = path[len("src/") : -1] + "h"
        found = includes(text)
        if path.endswith(".c") and tree.has("src/" + own) and (not found or found[0][0] != own):
            yield f'{path}:1: the first include is not its own header, "{own}"'


def check_strings(tree):
    for path in tree.select(".c", ".h", under="src/"):
        if path.startswith(("src/generate/", "src/view/")):
            continue
        for content, line in strings(tree.text(path)):
            if HTML.search(content):
                yield f"{path}:{line}: markup belongs into a template under www/"
            if SQL.search(content):
                yield f"{path}:{line}: a query belongs into db/queries/"


def check_words(tree):
    paths = tree.select(".c", ".h", ".S", ".py", ".sh", ".mjs", ".js", ".css", ".sql", ".cmake", ".md", "CMakeLists.txt")
    for path in paths:
        if path.startswith("tests/lint/"):
            continue
        for line, text in enumerate(tree.lines(path), 1):
            match = UNFINISHED.search(text)
            if match:
                yield f"{path}:{line}: '{match.group()}'"
