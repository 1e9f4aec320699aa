#!/usr/bin/env python3
"""The fence: proves that product code reaches the machine only through Env. See README.md.

    fence.py BUILD_DIR [--sources-only]     check; status 1 when something is wrong
    fence.py BUILD_DIR --propose            print, per layer, what stands on no allow-list yet
    fence.py --links                        print each layer and what it may use, for meson
"""
import argparse
import os
import sys
import tomllib

import binaries
import sources

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def load_rules(path=os.path.join(HERE, "layers.toml")):
    with open(path, "rb") as file:
        return sources.Rules(tomllib.load(file))


def propose(libraries):
    for layer, symbols in binaries.unlisted(libraries).items():
        print(f"# --- allow/{layer}.txt")
        print("\n".join(symbols))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", help="a plain gcc release build")
    parser.add_argument("--sources-only", action="store_true",
                        help="in builds whose symbols differ (sanitizers, debug, clang)")
    parser.add_argument("--propose", action="store_true")
    parser.add_argument("--links", action="store_true")
    options = parser.parse_args()

    rules = load_rules()
    if options.links:
        for layer in rules.data["layer"]:
            print(" ".join([layer["name"], *layer["uses"]]))
        return 0
    if options.build is None:
        parser.error("which build directory?")
    files, problems = sources.check_sources(rules, ROOT)
    summary = f"{files} files"
    if not options.sources_only:
        libraries = binaries.Libraries(rules.data, options.build)
        if options.propose:
            return propose(libraries)
        problems += binaries.check_symbols(libraries)
        problems += binaries.check_state(libraries, rules.data)
        problems += binaries.check_instructions(libraries)
        problems += binaries.check_targets(libraries, rules, ROOT)
        summary += f", {len(libraries.guarded())} guarded libraries"
    for problem in problems:
        print(problem)
    sources.print_sizes(ROOT)
    print(f"fence: {summary}: " + (f"{len(problems)} problems" if problems else "stands"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
