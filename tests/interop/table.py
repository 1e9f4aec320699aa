"""Prints what the interop tests of this build directory found: clients across, features down."""
import json
import os
import sys

import harness


def main(directory):
    features = {}
    names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    for name in names:
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            for client, rows in json.load(file).items():
                features.setdefault(client, {}).update(rows)
    harness.print_table(features)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
