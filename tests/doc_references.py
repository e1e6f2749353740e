#!/usr/bin/env python3
"""Checks that what the documents name exists: unit tests (`SuiteTest.Name`), process tests
(`30_observe`) and linked files. Prints each name that does not, with its file and line."""

import pathlib
import re
import sys

DEFINITION = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)")
UNIT_TEST = re.compile(r"`(\w+Test)(?:\.(\w+))?`")
PROCESS_TEST = re.compile(r"`(\d\d_\w+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")


def missing_names(document, root, suites, tests):
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        for suite, name in UNIT_TEST.findall(line):
            if (f"{suite}.{name}" not in tests) if name else (suite not in suites):
                yield number, f"{suite}.{name}" if name else suite
        for name in PROCESS_TEST.findall(line):
            if not (root / "tests/integration" / f"{name}.py").exists():
                yield number, name
        for target in LINK.findall(line):
            if not (document.parent / target).exists():
                yield number, target


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    tests = set()
    for source in sorted((root / "tests").rglob("*.cc")):
        tests |= {f"{s}.{n}" for s, n in DEFINITION.findall(source.read_text(encoding="utf-8"))}
    suites = {test.partition(".")[0] for test in tests}
    documents = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    failures = 0
    for document in documents:
        for number, name in missing_names(document, root, suites, tests):
            print(f"{document.relative_to(root)}:{number}: there is no {name}")
            failures += 1
    print(f"{len(documents)} documents, {len(tests)} unit tests known, {failures} names missing")
    return 1 if failures or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
