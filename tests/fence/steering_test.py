"""The points of sim/env/buggify.h: none in a production binary, every one known by name.

  steering_test.py SOURCE_ROOT PRODUCTION_BINARY... -- SIMULATION_BINARY

Sites whose names begin with "buggify.", "sometimes." and "bug." are rare events, probes and planted
bugs. The binaries that are shipped hold no such name; the simulation holds them all. Each probe in the
code stands in scenarios/probes.cc and each planted bug in scenarios/plan.cc, and the other way round;
a bug that only a crash at a certain boundary can show, or what no scenario does, is planted by a test
instead.
"""
import pathlib
import re
import sys

SITE = re.compile(r'Site\s+k\w+\{"((?:buggify|sometimes|bug)\.[^"]+)"\}')
FOLDERS = ("sim", "model", "broker", "client")
WORLD_OWN = {"buggify.switch"}  # the world's own choice of what to switch on


def sites_in_code(root):
    found = set()
    for folder in FOLDERS:
        for path in (root / folder).rglob("*.[ch]*"):
            found.update(SITE.findall(path.read_text(encoding="utf-8")))
    return found - WORLD_OWN


def bugs_of_tests(root):
    """Those that tests plant by their constants: a sweep does not get there, or too seldom."""
    planted = set()
    for header, tests, use in (
            ("broker/log/log_bugs.h", "tests/broker/crash_points/crash_points_test.cc", "log_bug::{}"),
            ("broker/coordination/storage/storage_bugs.h", "tests/coordination/txn_store*_test.cc", "{}")):
        text = "".join(path.read_text(encoding="utf-8") for path in sorted(root.glob(tests)))
        bugs = (root / header).read_text(encoding="utf-8")
        planted |= {name for constant, name in re.findall(r'Site (k\w+)\{"bug\.([^"]+)"\}', bugs)
                    if re.search(rf"\b{use.format(constant)}\b", text)}
    return planted


def names_in(path, pattern):
    return set(re.findall(pattern, path.read_text(encoding="utf-8")))


def main():
    root = pathlib.Path(sys.argv[1])
    split = sys.argv.index("--")
    production, simulation = sys.argv[2:split], sys.argv[split + 1]
    sites = sites_in_code(root)
    problems = []
    if len(sites) < 20:
        problems.append(f"only {len(sites)} points were found in the code: has the pattern rotted?")
    for binary in production:
        content = pathlib.Path(binary).read_bytes()
        problems += [f"{binary} holds {site}" for site in sites if site.encode() in content]
    content = pathlib.Path(simulation).read_bytes()
    # A planted bug may be known by its id alone.
    problems += [f"{simulation} lacks {site}" for site in sites
                 if site.encode() not in content and not site.startswith("bug.")]

    probes = names_in(root / "scenarios/probes.cc", r'\{"(sometimes\.[^"]+)"')
    planted = names_in(root / "scenarios/plan.cc", r'\{"([a-z-]+)", "[a-z-]+",')
    in_code = {"probe": {s for s in sites if s.startswith("sometimes.")},
               "bug": {s.removeprefix("bug.") for s in sites if s.startswith("bug.")}}
    planted |= bugs_of_tests(root)
    for kind, code, table in (("probe", in_code["probe"], probes), ("bug", in_code["bug"], planted)):
        problems += [f"{kind} {name} is in the code and in no table" for name in code - table]
        problems += [f"{kind} {name} is in the table and nowhere in the code" for name in table - code]
    for problem in problems:
        print(problem)
    print(f"{len(sites)} points, {len(probes)} probes, {len(planted)} planted bugs")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
