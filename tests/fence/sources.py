"""What can be seen in the sources: include directions, headers, words, sizes."""
import os
import re
from fnmatch import fnmatch

PRODUCT = ("sim", "model", "broker", "client", "scenarios", "reports")


def product_files(root):
    for top in PRODUCT:
        for folder, names, files in os.walk(os.path.join(root, top)):
            names.sort()
            for name in sorted(files):
                if name.endswith((".h", ".cc", ".hpp", ".cpp", ".inc")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def blank_comments(text, literals=True):
    """The text with comments (and the insides of literals) as blanks; lines stay where they are."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'
        r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        found = match.group()
        if not literals and not found.startswith("/"):
            return found
        return re.sub(r"[^\n]", " ", found)
    return pattern.sub(blank, text)


def covers(path, prefix):
    """Does `prefix`, a folder, a file or a file without its ending, cover `path`?"""
    return path == prefix or path.startswith(prefix + "/") or os.path.splitext(path)[0] == prefix


class Rules:
    def __init__(self, data):
        self.data = data
        self.folders = {entry["path"]: self.expand(entry["may_include"])
                        for entry in data["folder"]}

    def expand(self, names):
        """The names with each @group replaced by what stands in it."""
        return [inner for name in names
                for inner in (self.expand(self.data["groups"][name[1:]])
                              if name.startswith("@") else [name])]

    @staticmethod
    def product_sources(root):
        return list(product_files(root))

    def entry_of(self, path):
        fitting = [p for p in self.folders if covers(path, p)]
        return max(fitting, key=len) if fitting else None

    def is_machine(self, path):
        machine = self.data["machine"]
        return (any(covers(path, f) for f in machine["folders"])
                or path.endswith(tuple(machine["suffixes"])))


def check_include(rules, path, line, target):
    if path.endswith("_main.cc"):
        return []
    where = f"{path}:{line}"
    if not target.startswith(tuple(p + "/" for p in PRODUCT)):
        return [f"{where}: includes \"{target}\"\n"
                f"    remedy: write the path from the root, and include no tests"]
    entry = rules.entry_of(path)
    if entry is None:
        return []  # reported once for the file
    # Its own folder is free, its sub-folders are not; a rule of a single file frees nothing.
    own = os.path.dirname(path)
    target_entry = rules.entry_of(target)
    if os.path.dirname(target) == own and target_entry == entry:
        return []
    if os.path.splitext(target)[0] == os.path.splitext(path)[0]:
        return []
    if any(covers(target, allowed) for allowed in rules.folders[entry]):
        return []
    return [f"{where}: {entry} may not include {target}\n"
            f"    remedy: turn the dependency round (pass a value or a callback down), or move "
            f"what both need below both; what {entry} may include stands in layers.toml"]


def check_header(rules, path, line, target):
    if rules.is_machine(path):
        return []
    for entry in rules.data["header"]:
        if not any(fnmatch(target, name) for name in entry["names"]):
            continue
        if any(covers(path, only) for only in entry.get("only", {})):
            continue
        return [f"{path}:{line}: includes <{target}>\n    remedy: {entry['why']}"]
    return []


def check_words(rules, path, code, code_with_literals):
    problems = []
    for entry in rules.data["word"]:
        if rules.is_machine(path) and not entry.get("everywhere"):
            continue
        if any(covers(path, only) for only in entry.get("only", {})):
            continue
        text = code_with_literals if entry.get("literals") else code
        for match in re.finditer(entry["pattern"], text):
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: says `{match.group()}`\n    remedy: {entry['why']}")
    return problems


def check_text(rules, path, text):
    """The problems of one file."""
    problems = []
    if rules.entry_of(path) is None and not path.endswith("_main.cc"):
        problems.append(f"{path}: no entry of layers.toml covers it\n"
                        f"    remedy: add a [[folder]] with what it may include")
    code = blank_comments(text, literals=False)
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', code, re.M):
        line = code.count("\n", 0, match.start()) + 1
        quoted = match.group(1) == '"' or match.group(2).startswith(
            tuple(p + "/" for p in PRODUCT))
        check = check_include if quoted else check_header
        problems += check(rules, path, line, match.group(2))
    problems += check_words(rules, path, blank_comments(text), code)
    return problems


def check_stale(rules, root):
    """Exceptions for files that are gone."""
    problems = []
    for kind in ("header", "word"):
        for entry in rules.data[kind]:
            for path in entry.get("only", {}):
                top = os.path.join(root, path)
                # An exception for a folder is given ahead of it; one for a file is not.
                if "." in os.path.basename(path) and not os.path.exists(top):
                    problems.append(f"layers.toml: the exception for {path} is stale: no such file")
    return problems


def check_sources(rules, root):
    problems = check_stale(rules, root)
    count = 0
    for path in product_files(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            problems += check_text(rules, path, file.read())
    return count, problems


# --- sizes: information only ---------------------------------------------------------------------

def functions(code):
    """(first line, lines) of each function body, roughly: a brace after a parenthesis, outside of
    functions."""
    found, stack, since, line = [], [], 0, 1
    for i, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "{":
            head = code[since:i]
            while (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
                head = shorter  # template parameters say `class`, too
            outside = all(kind == "scope" for kind, _ in stack)
            is_scope = re.search(r"\b(namespace|class|struct|enum|union|extern)\b", head)
            kind = "scope" if is_scope else "function" if ")" in head else "block"
            stack.append((kind if outside else "block", line))
            since = i + 1
        elif c == "}":
            if stack:
                kind, first = stack.pop()
                if kind == "function":
                    found.append((first, line - first + 1))
            since = i + 1
        elif c == ";":
            since = i + 1
    return found


def print_sizes(root, file_lines=400, function_lines=70):
    for path in product_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.count("\n")
        if lines > file_lines:
            print(f"  size: {path} has {lines} lines (more than {file_lines})")
        code = re.sub(r"^[ \t]*#[^\n]*", "", blank_comments(text), flags=re.M)
        for first, count in functions(code):
            if count > function_lines:
                print(f"  size: {path}:{first}: a function of {count} lines "
                      f"(more than {function_lines})")
