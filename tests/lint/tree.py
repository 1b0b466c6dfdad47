"""The files of a source tree, as the checks see them: text by path, without build results."""

import os

SKIPPED_FOLDERS = {".git", ".build", "demo", "node_modules", "__pycache__"}
SKIPPED_PATHS = {"tests/lint/selftest"}


class Tree:
    def __init__(self, top):
        self.top = os.path.abspath(top)
        self.paths = sorted(self._walk())
        self._texts = {}

    def _walk(self):
        for folder, folders, files in os.walk(self.top):
            here = os.path.relpath(folder, self.top)
            here = "" if here == "." else here + "/"
            folders[:] = [
                name
                for name in folders
                if name not in SKIPPED_FOLDERS and here + name not in SKIPPED_PATHS
            ]
            for name in files:
                yield here + name

    def select(self, *ends, under=""):
        return [path for path in self.paths if path.startswith(under) and path.endswith(ends)]

    def full(self, path):
        return os.path.join(self.top, path)

    def has(self, path):
        return os.path.exists(self.full(path))

    def text(self, path):
        """The file as text; "" for what is not UTF-8 (pictures, DER samples)."""
        if path not in self._texts:
            with open(self.full(path), "rb") as file:
                data = file.read()
            try:
                self._texts[path] = "" if b"\0" in data else data.decode("utf-8")
            except UnicodeDecodeError:
                self._texts[path] = ""
        return self._texts[path]

    def lines(self, path):
        return self.text(path).split("\n")
