#!/usr/bin/env python3
"""Is every planted leak caught, and by what README.md says? leaks_test.py BUILD LEAKY_SIM"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fence"))
import binaries  # noqa: E402
import fence  # noqa: E402
import sources  # noqa: E402

NONDETERMINISM = 14
HOST = "log"                # the layer whose list the leaks are held against
PRETEND = "broker/log/x.cc"  # and where their sources pretend to lie
OPTIONS = None


def expected():
    """README.md's table: leak -> (symbols, sources, verify), each caught, missed or either."""
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `([a-z-]+)` \|[^|]*\| (\w+) \| (\w+) \| (\w+) \|",
                          file.read(), re.M)
    return {leak: tuple(cells) for leak, *cells in rows}


def by_symbols(libraries, path):
    """What the fence says of the leak's library, as if it were a part of the log's."""
    uses = [libraries.symbols[name] for name in libraries.layers[HOST]["uses"]]
    needed = binaries.demangle(binaries.outside(binaries.Symbols(path), uses))
    allowed = binaries.read_allow(binaries.COMMON) | binaries.read_allow(HOST)
    return (sorted(name for name in needed.values() if name not in allowed)
            + [f"static state {symbol}" for _, symbol in binaries.static_state(path)]
            + [f"{word} in {name}" for _, name, word in binaries.forbidden_instructions(path)])


def by_sources(rules, path):
    with open(path, encoding="utf-8") as file:
        text = file.read().replace('#include "tests/leaks/leaks.h"', '#include "sim/env/env.h"')
    return [problem.split("\n")[0] for problem in sources.check_text(rules, PRETEND, text)]


def verify(plant, seeds="1..20"):
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [OPTIONS.leaky_sim, "verify", "power-loss", "--seeds", seeds, "--plant", plant],
            cwd=folder, capture_output=True, text=True, timeout=300)


class Leaks(unittest.TestCase):
    maxDiff = None

    def test_the_control_is_clean(self):
        result = verify("control")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_the_table_has_every_leak(self):
        files = {"leak-" + name[:-3].replace("_", "-") for name in os.listdir(HERE)
                 if name.endswith(".cc") and name not in ("control.cc", "leaky_sim_main.cc")}
        self.assertEqual(files, set(expected()))

    def test_each_leak_is_caught(self):
        rules = fence.load_rules()
        libraries = binaries.Libraries(rules.data, OPTIONS.build)
        print(f"{'leak':22} {'symbols':8} {'sources':8} {'verify':8} first evidence")
        for leak, wanted in expected().items():
            name = leak.removeprefix("leak-").replace("-", "_")
            archive = os.path.join(OPTIONS.build, "tests", "leaks", f"libleak_{name}.a")
            found = [by_symbols(libraries, archive),
                     by_sources(rules, os.path.join(HERE, name + ".cc"))]
            result = verify(leak)
            caught = result.returncode == NONDETERMINISM
            event = re.search(r"^first event that differs.*", result.stdout, re.M)
            got = tuple("caught" if x else "missed" for x in (found[0], found[1], caught))
            evidence = (found[0] or found[1] or [event.group() if event else ""])[0]
            print(f"{leak:22} {got[0]:8} {got[1]:8} {got[2]:8} {evidence[:90]}")
            with self.subTest(leak=leak):
                self.assertIn("caught", got)
                if caught and wanted[2] == "caught":
                    self.assertIsNotNone(event, result.stdout)
                else:
                    self.assertIn(result.returncode, (0, NONDETERMINISM), result.stdout)
                for guard, is_now, should in zip(("symbols", "sources", "verify"), got, wanted):
                    if should != "either":
                        self.assertEqual(is_now, should, f"{guard}: {result.stdout}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("leaky_sim")
    OPTIONS = parser.parse_args()
    OPTIONS.leaky_sim = os.path.abspath(OPTIONS.leaky_sim)
    unittest.main(argv=sys.argv[:1], verbosity=2)
