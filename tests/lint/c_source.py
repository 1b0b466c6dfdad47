"""Just enough of C for the checks: tokens with their lines, and the functions they form.

A token is (kind, text, line); the kinds are word, number, string, character, punctuator, comment and directive (one
whole preprocessor line with its continuations). Tokens never overlap, so what stands in a comment or a string is
never mistaken for code.
"""

import re
from collections import namedtuple

Token = namedtuple("Token", "kind text line")
Function = namedtuple("Function", "name line lines complexity")

_TOKEN = re.compile(
    r"""
      (?P<comment>/\*.*?\*/|//[^\n]*)
    | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
    | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    | (?P<character>[uUL]?'(?:\\.|[^'\\\n])*')
    | (?P<word>[A-Za-z_]\w*)
    | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    | (?P<space>\s+)
    | (?P<punctuator>->|\+\+|--|<<=?|>>=?|[<>=!+*/%&|^-]=|&&|\|\||\.\.\.|.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def tokens(text):
    result = []
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            result.append(Token(match.lastgroup, match.group(), line))
        line += match.group().count("\n")
    return result


def code(text):
    return [token for token in tokens(text) if token.kind not in ("comment", "directive")]


def strings(text):
    """String literals with their lines; literals that follow each other are one."""
    result = []
    previous = None
    for token in code(text):
        if token.kind == "string":
            content = token.text[token.text.index('"') + 1 : -1]
            if previous == "string":
                result[-1] = (result[-1][0] + content, result[-1][1])
            else:
                result.append((content, token.line))
        previous = token.kind
    return result


def includes(text):
    """(what stands between the quotes or brackets, True for quotes, line) of each #include."""
    result = []
    for token in tokens(text):
        if token.kind != "directive":
            continue
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)', token.text)
        if match:
            result.append((match.group(2), match.group(1) == '"', token.line))
    return result


_BRANCHES = {"if", "for", "while", "&&", "||", "?"}


def _complexity(body):
    count = 1
    for at, token in enumerate(body):
        count += token.text in _BRANCHES
        if token.text == "case" and not _follows_a_label(body, at):
            count += 1
    return count


def _follows_a_label(body, at):
    """Labels of one statement (case A: case B:) are one way through the function."""
    if at == 0 or body[at - 1].text != ":":
        return False
    back = at - 1
    while back > 0 and body[back].text not in (";", "{", "}", "case", "?"):
        back -= 1
    return body[back].text == "case"


def _is_function(head):
    """Whether the tokens before a top-level brace are a function's head: ends in ')' and assigns nothing."""
    if not head or head[-1].text != ")":
        return False
    depth = 0
    for token in head:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text == "=":
            return False
    return True


def _name_of(head):
    """The word before the first parenthesis; for Test(suite, name) both."""
    at = next(index for index, token in enumerate(head) if token.text == "(")
    name = head[at - 1].text
    if name in ("Test", "ParameterizedTest", "ParameterizedTestParameters", "Theory"):
        inside = [token.text for token in head[at:] if token.kind == "word"]
        name = "::".join(inside[-2:] if name == "ParameterizedTest" else inside[:2])
    return name


def _without_macros(head):
    """Drops calls such as CLEANUP_POINTER(type, free) that stand without a semicolon before a declaration."""
    while len(head) > 2 and re.fullmatch(r"[A-Z][A-Z0-9_]+", head[0].text) and head[1].text == "(":
        depth, end = 0, 1
        while end < len(head):
            depth += {"(": 1, ")": -1}.get(head[end].text, 0)
            end += 1
            if depth == 0:
                break
        if end >= len(head):
            break
        head = head[end:]
    return head


def top_level(text):
    """Yields (head, body): the tokens of each declaration or definition, and of its outermost braces if it has any."""
    head, body, depth = [], [], 0
    for token in code(text):
        if depth == 0 and token.text == ";":
            yield _without_macros(head), body
            head, body = [], []
            continue
        if token.text == "{":
            depth += 1
        (body if depth > 0 else head).append(token)
        if token.text == "}":
            depth -= 1
            if depth == 0 and _is_function(head):
                yield _without_macros(head), body
                head, body = [], []


def functions(text):
    result = []
    for head, body in top_level(text):
        if body and _is_function(head):
            lines = body[-1].line - head[0].line + 1
            result.append(Function(_name_of(head), head[0].line, lines, _complexity(body)))
    return result


def variables(text):
    """File-scope objects defined here: (name, words before '=', line)."""
    result = []
    for head, body in top_level(text):
        words = [token.text for token in head]
        if not words or words[0] in ("typedef", "extern", "_Static_assert", "static_assert"):
            continue
        if body and _is_function(head):
            continue
        assigned = "=" in words
        before = words[: words.index("=")] if assigned else words
        if assigned or _declares_object(before, bool(body)):
            plain = before[: before.index("[")] if "[" in before else before
            names = [word for word in plain if re.match(r"[A-Za-z_]", word)]
            result.append((names[-1] if names else "?", before, head[0].line))
    return result


def _declares_object(words, has_braces):
    """Not a prototype, not a bare type (struct x {...};) and not a forward declaration (struct x;)."""
    if "(" in words:
        return False
    plain = [word for word in words if re.match(r"[A-Za-z_]", word) and word not in ("static", "const")]
    if plain and plain[0] in ("struct", "union", "enum"):
        return not has_braces and len(plain) > 2
    return len(plain) > 1
