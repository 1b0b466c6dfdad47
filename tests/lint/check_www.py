"""What stands in www/: words for people come from the catalogue, styles and scripts from files."""

import re
from html.parser import HTMLParser

NAMES = {
    "templates": "every word of a page comes from the catalogue",
    "inline": "no page holds a script, a handler or a style that the build did not put there",
}

_TAG = re.compile(r"\{\{.*?\}\}", re.S)
_SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "content"}
_WORD = re.compile(r"[^\W\d_]{2,}")


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words = []
        self.inline = []

    def handle_data(self, data):
        # A template tag has been blanked out: what is left in a style element was written there by hand.
        if self.cdata_elem == "style":
            if data.strip():
                self.inline.append((self.getpos()[0], "style"))
        elif self.cdata_elem is None:
            self._look(data)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if (tag == "script" and "src" not in attributes) or "style" in attributes:
            self.inline.append((self.getpos()[0], tag))
        for name, value in attributes.items():
            if name.startswith("on"):
                self.inline.append((self.getpos()[0], name))
            # Of <meta>, only what a person is shown.
            if name in _SPOKEN and value and (tag != "meta" or attributes.get("name") == "description"):
                self._look(value)

    def _look(self, text):
        for line, part in enumerate(text.split("\n")):
            match = _WORD.search(part)
            if match:
                self.words.append((self.getpos()[0] + line, match.group()))


def _read(tree, path):
    """The page with its template tags blanked out, so that lines stay where they are."""
    text = _TAG.sub(lambda match: "\n" * match.group().count("\n"), tree.text(path))
    text = re.sub(r"^@.*$", "", text, flags=re.M)
    page = _Page()
    page.feed(text)
    page.close()
    return page


def check_templates(tree):
    for path in tree.select(".html", under="www/"):
        for line, word in _read(tree, path).words:
            yield f"{path}:{line}: '{word}' is not from the catalogue"


    for path in tree.select(".txt", under="www/templates/"):
        for line, text in enumerate(_TAG.sub("", tree.text(path)).split("\n"), 1):
            match = None if text.startswith("@") else _WORD.search(text)
            if match:
                yield f"{path}:{line}: '{match.group()}' is not from the catalogue"


def check_inline(tree):
    for path in tree.select(".html", under="www/"):
        for line, what in _read(tree, path).inline:
            yield f"{path}:{line}: '{what}' in the page; the content security policy forbids it"
