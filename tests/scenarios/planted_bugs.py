"""Plants every bug that weir-sim knows and counts the seeds until an oracle finds it.

  planted_bugs.py WEIR_SIM [--sweeps N] [--limit SEEDS] [--jobs J] [--only BUG] [--markdown]

Each bug is swept N times, from another seed each time, until the first failing seed (at most LIMIT). A
bug whose median is above 200 seeds, or which one sweep did not find, fails. One line a bug: median and
worst number of seeds, CPU seconds for all its sweeps, and what found it.
"""
import argparse
import json
import resource
import statistics
import subprocess
import sys

MEDIAN_BOUND = 200


def planted(sim):
    out = subprocess.run([sim, "list", "--json"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.splitlines() if '"planted"' in line]


def seeds_until_found(sim, bug, first, limit, jobs):
    """The number of seeds up to the failing one, and what was found; None when nothing was."""
    process = subprocess.Popen(
        [sim, "sweep", bug["scenario"], "--seeds", f"{first}..{first + limit - 1}", "--plant",
         bug["planted"], "--stop-after", "1", "--jobs", str(jobs), "--json"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = None
    for line in process.stdout:
        if line.startswith("#"):
            continue
        record = json.loads(line)
        if record.get("code") and found is None:
            found = record["seed"] - first + 1, record["findings"][0]["what"]
    process.wait()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sim")
    parser.add_argument("--sweeps", type=int, default=1)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    failed = []
    for bug in planted(arguments.sim):
        if arguments.only and bug["planted"] != arguments.only:
            continue
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        results = [seeds_until_found(arguments.sim, bug, 1000 * (i + 1), arguments.limit,
                                     arguments.jobs) for i in range(arguments.sweeps)]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        counts = [result[0] if result else arguments.limit for result in results]
        median, worst = statistics.median(counts), max(counts)
        what = ", ".join(sorted({result[1] for result in results if result}))
        missed = sum(result is None for result in results)
        if missed or median > MEDIAN_BOUND:
            failed.append(bug["planted"])
        row = (bug["planted"], bug["scenario"], f"{median:g}", f"{worst}{'+' if missed else ''}",
               f"{cpu:.1f}", what or "nothing")
        print("| " + " | ".join(row) + " |" if arguments.markdown
              else "{:36} {:13} median {:>5}  worst {:>5}  {:>6} CPU s  {}".format(*row), flush=True)
    for name in failed:
        print(f"FAILED {name}: python3 tests/scenarios/planted_bugs.py {arguments.sim} --only {name} "
              f"--sweeps {arguments.sweeps}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
