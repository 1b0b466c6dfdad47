"""Sizes of functions and files."""

from c_source import functions

NAMES = {
    "functions": "no function is over 60 lines or over a complexity of 10",
    "distribution": "half of all functions have at most 15 lines, nine tenths at most 45",
    "files": "files stay near 500 lines, headers near 150",
}

LONGEST, MOST_COMPLEX = 60, 10
MEDIAN, NINE_TENTHS = 15, 45
# "About 500" and "about 150", with a tenth of tolerance.
FILE_LINES, HEADER_LINES = 550, 165


def check_functions(tree):
    for path in tree.select(".c", ".h"):
        for function in functions(tree.text(path)):
            where = f"{path}:{function.line}: {function.name}"
            if function.lines > LONGEST:
                yield f"{where} has {function.lines} lines"
            if function.complexity > MOST_COMPLEX:
                yield f"{where} has a complexity of {function.complexity}"


def quantiles(tree):
    """(count, median, 90th percentile, greatest) of the lines of the functions under src/; None without any."""
    lengths = sorted(
        function.lines for path in tree.select(".c", under="src/") for function in functions(tree.text(path))
    )
    if not lengths:
        return None
    return len(lengths), lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10], lengths[-1]


def check_distribution(tree):
    found = quantiles(tree)
    if found is None:
        return
    _, median, nine_tenths, _ = found
    if median > MEDIAN:
        yield f"src: the median function has {median} lines"
    if nine_tenths > NINE_TENTHS:
        yield f"src: a tenth of the functions has over {nine_tenths} lines"


def check_files(tree):
    for path in tree.select(".c", ".h", ".py", ".sh", ".mjs", ".js", ".css", ".sql"):
        limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
        lines = tree.text(path).count("\n")
        if lines > limit:
            yield f"{path}:1: {lines} lines"
