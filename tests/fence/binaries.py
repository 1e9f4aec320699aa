"""What can be seen in the libraries: undefined symbols, static state, forbidden instructions."""
import json
import os
import re
import subprocess

ALLOW = os.path.join(os.path.dirname(os.path.abspath(__file__)), "allow")
COMMON = "common"
# Reaching past the symbols: the processor's clock, chance and model, and the kernel without a call.
INSTRUCTIONS = {
    "rdtsc": "a clock", "rdtscp": "a clock", "rdpmc": "a counter", "rdrand": "chance",
    "rdseed": "chance", "cpuid": "the processor's model", "rdpid": "the processor's number",
    "xgetbv": "the processor's model", "syscall": "the kernel", "sysenter": "the kernel",
    "int": "the kernel",
}


def run(*command):
    environment = dict(os.environ, LC_ALL="C")
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env=environment).stdout


class Symbols:
    """Of an archive or object: what it defines, what it lacks and which object lacks it."""

    def __init__(self, path):
        self.defined, self.lacks = set(), {}
        member = os.path.basename(path)
        for line in run("nm", "--no-sort", path).splitlines():
            if line.endswith(":"):
                member = os.path.basename(line[:-1])
                continue
            match = re.match(r"^[0-9a-f ]{16} (\w) (.+)$", line)
            if not match:
                continue
            kind, name = match.groups()
            if kind in "Uwv" and not line[:16].strip():
                self.lacks.setdefault(name, set()).add(member)
            elif kind.isupper() or kind in "uwv":
                self.defined.add(name)
        for name in self.defined:
            self.lacks.pop(name, None)


def demangle(names):
    names = list(names)
    if not names:
        return {}
    out = subprocess.run(["c++filt"], input="\n".join(names) + "\n", check=True,
                         capture_output=True, text=True).stdout.splitlines()
    return dict(zip(names, out))


def read_allow(name, folder=ALLOW):
    """Symbol -> line number. Blank lines and lines that begin with # are for people."""
    path = os.path.join(folder, name + ".txt")
    entries = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip("\n").strip()
                if line and not line.startswith("#"):
                    entries[line] = number
    return entries


def outside(symbols, used):
    """Mangled name -> objects, of what no used layer defines."""
    provided = set().union(*(u.defined for u in used)) if used else set()
    return {name: objects for name, objects in symbols.lacks.items() if name not in provided}


class Libraries:
    def __init__(self, data, build):
        self.layers = {layer["name"]: layer for layer in data["layer"]}
        self.build = build
        self.symbols = {name: Symbols(os.path.join(build, layer["library"]))
                        for name, layer in self.layers.items()}

    def guarded(self):
        return [layer for layer in self.layers.values() if "exempt" not in layer]

    def path(self, layer):
        return os.path.join(self.build, layer["library"])

    def outside(self, layer):
        return outside(self.symbols[layer["name"]], [self.symbols[u] for u in layer["uses"]])

    def owner(self, symbol):
        return next((name for name, symbols in self.symbols.items() if symbol in symbols.defined),
                    None)


def check_symbols(libraries, folder=ALLOW):
    problems, used_common = [], set()
    common = read_allow(COMMON, folder)
    for layer in libraries.guarded():
        name, needed = layer["name"], libraries.outside(layer)
        allow, readable, used = read_allow(name, folder), demangle(needed), set()
        for symbol in sorted(needed):
            forms = {symbol, readable[symbol]}
            if forms & common.keys():
                used_common |= forms
            elif forms & allow.keys():
                used |= forms
            else:
                owner = libraries.owner(symbol)
                objects = ", ".join(sorted(needed[symbol]))
                remedy = (f"{owner} lies above {name} or beside it: turn the dependency round"
                          if owner else "reach it through Env; what is harmless can be reviewed "
                          f"into allow/{name}.txt (see README.md)")
                problems.append(f"layer {name}: {objects} needs `{readable[symbol]}`\n"
                                f"    remedy: {remedy}")
        problems += stale(name, allow, used)
        problems += [f"allow/{name}.txt:{allow[s]}: `{s}` stands in common.txt too; remove one"
                     for s in allow.keys() & common.keys()]
    return problems + stale(COMMON, common, used_common)


def stale(name, allow, used):
    return [f"allow/{name}.txt:{line}: `{symbol}` is not needed any more: remove the line"
            for symbol, line in allow.items() if symbol not in used]


def unlisted(libraries, folder=ALLOW):
    """Layer -> readable symbols that stand on no list; for --propose."""
    common = read_allow(COMMON, folder)
    result = {}
    for layer in libraries.guarded():
        needed = libraries.outside(layer)
        allow = read_allow(layer["name"], folder)
        result[layer["name"]] = sorted(
            readable for symbol, readable in demangle(needed).items()
            if not ({symbol, readable} & (common.keys() | allow.keys()))
            and libraries.owner(symbol) is None)
    return result


def static_state(path):
    """(object, readable symbol) of everything that can be written and outlives a call."""
    member, found = os.path.basename(path), []
    for line in run("objdump", "-t", path).splitlines():
        match = re.match(r"^(.+):\s+file format ", line)
        if match:
            member = match.group(1)
        match = re.match(r"^[0-9a-f]{16} .{7} (\.t?(?:data|bss)\S*|\*COM\*)\t[0-9a-f]+\s+"
                         r"(?:\.\w+ )?(.+)$", line)
        if not match or match.group(1).startswith((".data.rel.ro", ".bss.rel.ro")):
            continue
        # Not a section's own name, nor the compiler's references to exception handling.
        if not match.group(2).startswith((".", "DW.ref.")):
            found.append((os.path.basename(member), match.group(2)))
    readable = demangle({symbol for _, symbol in found})
    return [(member, readable[symbol]) for member, symbol in found]


def check_state(libraries, data):
    problems = []
    allowed = {(entry["layer"], entry["symbol"]): False for entry in data.get("state", [])}
    for layer in libraries.guarded():
        for member, symbol in static_state(libraries.path(layer)):
            if (layer["name"], symbol) in allowed:
                allowed[layer["name"], symbol] = True
                continue
            problems.append(f"layer {layer['name']}: {member} keeps static state `{symbol}`\n"
                            f"    remedy: a node, a shard or a run owns it; what is the same in "
                            f"every run can be reviewed into layers.toml ([[state]])")
    return problems + [f"layers.toml: the [[state]] entry {layer} `{symbol}` is stale: remove it"
                       for (layer, symbol), used in allowed.items() if not used]


def forbidden_instructions(path):
    member, function, found = os.path.basename(path), "?", set()
    for line in run("objdump", "-d", "-C", "--no-show-raw-insn", path).splitlines():
        if line.endswith(">:"):
            function = line[line.index("<") + 1:-2]
            continue
        match = re.match(r"^(.+):\s+file format ", line)
        if match:
            member = os.path.basename(match.group(1))
            continue
        fields = line.split("\t")
        word = fields[1].split() if len(fields) > 1 else []
        if word and word[0] in INSTRUCTIONS and not (word[0] == "int" and word[1] != "$0x80"):
            found.add((member, function, word[0]))
    return sorted(found)


def check_instructions(libraries):
    return [f"layer {layer['name']}: {member}: `{function}` has the instruction {word} "
            f"({INSTRUCTIONS[word]})\n    remedy: reach it through Env"
            for layer in libraries.guarded()
            for member, function, word in forbidden_instructions(libraries.path(layer))]


def check_targets(libraries, rules, root):
    """Every product source is in the library of a layer, and every weir_ library is a layer."""
    path = os.path.join(libraries.build, "meson-info", "intro-targets.json")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        targets = json.load(file)
    known = {os.path.normpath(libraries.path(layer)): layer for layer in libraries.layers.values()}
    problems, built = [], set()
    by_name = {target["name"]: sorted(s for group in target["target_sources"]
                                      for s in group.get("sources", [])) for target in targets}
    for target in targets:
        sources = [os.path.relpath(s, root) for group in target["target_sources"]
                   for s in group.get("sources", []) if os.path.isabs(s)]
        built.update(sources)
        if target["type"] != "static library" or not target["name"].startswith("weir_"):
            continue
        # The same sources with the points of sim/env/buggify.h compiled in: fenced by their twin.
        if target["name"].endswith("_sim"):
            twin = target["name"].removesuffix("_sim")
            if by_name.get(twin) != by_name[target["name"]]:
                problems.append(f"{target['name']}: has other sources than {twin}\n"
                                "    remedy: build both from one list")
            continue
        archive = os.path.relpath(target["filename"][0], libraries.build)
        if os.path.normpath(os.path.join(libraries.build, archive)) not in known:
            problems.append(f"{archive}: no [[layer]] of layers.toml has it as its library\n"
                            f"    remedy: say what it may use")
    for source in rules.product_sources(root):
        if source.endswith(".cc") and source not in built and not rules.is_machine(source):
            problems.append(f"{source}: is in no library, so nothing fences it\n"
                            f"    remedy: add it to its layer's meson.build")
    return problems
