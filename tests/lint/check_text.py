"""Spelling, formatting and what a public tree must not tell: checks that ask other programs or look at any text."""

import json
import os
import re
import subprocess

NAMES = {
    "format": "clang-format changes nothing",
    "spelling": "codespell knows no better word",
    "shell": "shellcheck finds nothing",
    "folders": "the top level holds what README.md names and nothing else",
    "places": "no path of a machine and no registry's address stands in a file",
    "whitespace": "lines end without blanks, files with one line end",
}

TOP_LEVEL = {"CMakeLists.txt", "README.md", "src", "www", "db", "tests", "deploy"}
HOME = re.compile(r"(?<![\w.~-])/(home|Users|root)/[\w.]+")
REGISTRY = re.compile(r"https?://[\w.-]*(registry|artifact|mirror|proxy)[\w.-]*/", re.I)


def _run(tree, command, paths):
    if not paths:
        return []
    done = subprocess.run(command + paths, cwd=tree.top, capture_output=True, text=True)
    said = (done.stdout + done.stderr).splitlines()
    return said if done.returncode != 0 else []


def check_format(tree):
    paths = [path for path in tree.select(".c", ".h")]
    if not paths:
        return
    here = os.path.dirname(os.path.abspath(__file__))
    style = "file:" + os.path.join(here, "../../.clang-format")
    for line in _run(tree, ["clang-format-14", f"--style={style}", "--dry-run", "-Werror"], paths):
        if "error:" in line:
            yield line


def _is_german(path):
    return re.search(r"(^|[/._-])(de|german)([/._-]|$)", path) is not None


def check_spelling(tree):
    paths = [
        path
        for path in tree.select(".c", ".h", ".md", ".html", ".txt", ".texts", ".py", ".sh", ".mjs", ".js", ".css", ".sql", ".cmake")
        if not _is_german(path)
    ]
    words = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spelling_accepted")
    command = ["codespell", "--builtin", "clear,rare", "--ignore-words", words]
    # Its exit code is the number of findings: a multiple of 256 would look like none.
    done = subprocess.run(command + paths, cwd=tree.top, capture_output=True, text=True) if paths else None
    if done is not None:
        yield from (line for line in done.stdout.splitlines() if "==>" in line)


def check_shell(tree):
    scripts = tree.select(".sh") + [path for path in (".ci/run",) if tree.has(path)]
    # 2015 and 2016 forbid idioms that are meant; 2317 does not follow a function that is called by name.
    yield from _run(tree, ["shellcheck", "--format=gcc", "--exclude=SC2015,SC2016,SC2317"], scripts)


def check_folders(tree):
    for name in sorted(os.listdir(tree.top)):
        if name not in TOP_LEVEL and not name.startswith(".") and name != "demo":
            yield f"{name}:1: is not one of {', '.join(sorted(TOP_LEVEL))}"


def check_places(tree):
    for path in tree.paths:
        if path.endswith("package-lock.json"):
            yield from _check_lock(tree, path)
        for line, text in enumerate(tree.lines(path), 1):
            for pattern in (HOME, REGISTRY):
                match = pattern.search(text)
                if match:
                    yield f"{path}:{line}: '{match.group()}'"
            if tree.top.count("/") > 1 and tree.top + "/" in text:
                yield f"{path}:{line}: the path of this checkout"


def _check_lock(tree, path):
    for name, package in json.loads(tree.text(path)).get("packages", {}).items():
        if "resolved" in package:
            yield f"{path}:1: '{name}' names the registry it came from; npm has --omit-lockfile-registry-resolved"


def check_whitespace(tree):
    for path in tree.paths:
        text = tree.text(path)
        if not text or path.startswith(("tests/data/", "tests/fuzz/corpus/")) or path.endswith((".svg", ".json")):
            continue
        if not text.endswith("\n") or text.endswith("\n\n"):
            yield f"{path}:{text.count(chr(10))}: the file does not end with one line end"
        for line, content in enumerate(tree.lines(path), 1):
            if content.rstrip() != content:
                yield f"{path}:{line}: blanks at the end of the line"
