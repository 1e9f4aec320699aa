"""One name, one type: no two headers define a type of the same name in the same namespace.

  names_test.py SOURCE_ROOT

Two such types in two libraries compile and link: the linker keeps one of each inline function, and a build
without optimisation then uses it for both (a RecordView once was two things, and the debug build read
garbage). What is defined inside another type, or in a .cc file's unnamed namespace, does not meet anybody.
"""
import pathlib
import re
import sys

TYPE = re.compile(r"^(?:class|struct|enum class) ([A-Z]\w+)(?: final)?(?: : [^;{]*)? \{", re.MULTILINE)
NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
FOLDERS = ("sim", "model", "broker", "client", "scenarios", "reports")


def definitions(text):
    """(namespace, name) of each type at the outermost level of a header."""
    spaces = [(match.start(), match.group(1)) for match in NAMESPACE.finditer(text)]
    for match in TYPE.finditer(text):
        inside = [name for start, name in spaces if start < match.start()]
        yield (inside[-1] if inside else ""), match.group(1)


def doubles(headers):
    places = {}
    for name, text in headers.items():
        for defined in definitions(text):
            places.setdefault(defined, []).append(name)
    return {what: where for what, where in places.items() if len(where) > 1}


def self_test():
    one = "namespace weir {\nstruct Record final : Base {\n};\n}\n"
    assert doubles({"a.h": one, "b.h": one}) == {("weir", "Record"): ["a.h", "b.h"]}
    assert not doubles({"a.h": one, "b.h": one.replace("weir", "weir::reports")})
    assert not doubles({"a.h": one, "b.h": "namespace weir {\nstruct Record;\n  struct Record {\n  };\n}\n"})


def main():
    self_test()
    root = pathlib.Path(sys.argv[1])
    headers = {str(path.relative_to(root)): path.read_text(encoding="utf-8")
               for folder in FOLDERS for path in sorted((root / folder).rglob("*.h"))}
    found = doubles(headers)
    for (space, name), where in sorted(found.items()):
        print(f"{space}::{name} is defined in {' and in '.join(where)}: rename one")
    print(f"{len(headers)} headers, {len(found)} names that are defined twice")
    sys.exit(1 if found or len(headers) < 100 else 0)


if __name__ == "__main__":
    main()
