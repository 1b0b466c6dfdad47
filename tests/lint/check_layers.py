"""Who may include whom: the table of src/README.md, and one folder for each library."""

import re

from c_source import includes

NAMES = {
    "layers": "a layer includes and links only what the map in src/README.md allows",
    "libraries": "a library's header is included in its own folder only",
}

# Header, and the files (as patterns of their paths) that may include it.
LIBRARIES = [
    (r"sqlite3\.h", r"src/store/"),
    (r"civetweb\.h", r"src/http/"),
    (r"openssl/", r"src/(pki|signer)/|src/base/(digest|key_decoders|random|secret|text)\.[ch]|src/http/(tls|seam)\w*\.[ch]"),
    (r"confuse\.h", r"src/config/"),
    (r"sodium\.h", r"src/service/(password|sealed_stream|trust_cache)\.c"),
    (r"liboath/", r"src/service/totp_code\.c"),
    (r"qrencode\.h", r"src/view/qr\.c"),
    (r"(linux/)?seccomp\.h|linux/filter\.h", r"src/signer/"),
    (r"curl/", r"src/mail/smtp\.c|src/fetch/http_(attempt|fetch)\.c"),
    (r"zlib\.h", r"src/generate/"),
    (r"zip\.h", r"src/service/zip_file\.c"),
]


def read_map(tree):
    """{folder: folders it may use}, from the rows '| folder | holds | may use |', lowest first."""
    allowed = {}
    for line in tree.lines("src/README.md"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3 or not re.fullmatch(r"`?[a-z]+/?`?", cells[0]) or cells[0] == "folder":
            continue
        folder = cells[0].strip("`/")
        words = set(re.findall(r"[a-z]+", cells[2]))
        above = "all of the above" in cells[2]
        allowed[folder] = {name for name in allowed if above or name in words} | {folder}
    return allowed


def _folder(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else None


def _check_includes(tree, allowed):
    for path in tree.select(".c", ".h", ".S", under="src/"):
        folder = _folder(path)
        if folder is None:
            continue
        if folder not in allowed:
            yield f"{path}:1: the folder {folder} is not in the map of src/README.md"
            continue
        for name, quoted, line in includes(tree.text(path)):
            if not quoted:
                continue
            if "/" not in name:
                yield f'{path}:{line}: "{name}" does not name its layer'
            elif name.split("/")[0] not in allowed[folder]:
                yield f'{path}:{line}: {folder} may not use "{name}"'


def _check_links(tree, allowed):
    for path in tree.select("CMakeLists.txt", under="src/"):
        folder = _folder(path)
        for line, text in enumerate(tree.lines(path), 1):
            for name in re.findall(r"\bcertferry_(\w+)", text):
                if folder in allowed and name in allowed and name not in allowed[folder]:
                    yield f"{path}:{line}: {folder} may not link certferry_{name}"


def check_layers(tree):
    allowed = read_map(tree)
    if not allowed:
        yield "src/README.md:1: the map of the layers is missing"
        return
    yield from _check_includes(tree, allowed)
    yield from _check_links(tree, allowed)


def check_libraries(tree):
    for path in tree.select(".c", ".h", under="src/"):
        for name, quoted, line in includes(tree.text(path)):
            for header, places in LIBRARIES:
                if not quoted and re.match(header, name) and not re.match(places, path):
                    yield f"{path}:{line}: <{name}> belongs to {places}"
