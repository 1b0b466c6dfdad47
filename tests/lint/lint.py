"""Usage: tests/lint/lint.py [CHECK]...

The checks that need no build, each one test. Before a check is believed it must find its own bad samples: every file
under selftest/CHECK/bad must be named by it, and nothing under selftest/CHECK/good may be. So is the counting of tests.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]

import check_code
import check_layers
import check_size
import check_text
import check_www
import counting
from tap import case, note, run
from tree import Tree

MODULES = (check_layers, check_code, check_size, check_text, check_www)
TOP = os.path.join(HERE, "../..")


def require_none(check, tree):
    found = list(check(tree))
    assert not found, "\n" + "\n".join(found)


def names(line, path):
    """Whether a finding names the file or a folder that holds it."""
    named = line.split(":")[0]
    return path == named or path.startswith(named + "/")


def require_samples(name, check):
    bad = os.path.join(HERE, "selftest", name, "bad")
    good = os.path.join(HERE, "selftest", name, "good")
    assert os.path.isdir(bad), f"selftest/{name}/bad is missing"
    samples = Tree(bad)
    found = list(check(samples))
    wanted = [path for path in samples.paths if not os.path.basename(path).startswith(("README", "."))]
    for path in wanted:
        assert any(names(line, path) for line in found), f"bad/{path} was not found: {found}"
    if os.path.isdir(good):
        require_none(check, Tree(good))


def main():
    tree = Tree(TOP)
    for module in MODULES:
        for name, sentence in module.NAMES.items():
            check = getattr(module, "check_" + name)
            case(name, require_none, check, tree)
            case(f"{name}_finds_its_samples", require_samples, name, check)
    for name, printed, code, wanted in counting.TABLE:
        case(f"counting_{name}", counting.require_counts, printed, code, wanted)
    found = check_size.quantiles(tree)
    if found:
        note("%d functions: median %d lines, 90th percentile %d, longest %d" % found)
    run()


main()
