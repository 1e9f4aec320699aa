"""Every figure of `./dev bench`: one line each, name, value, unit, bound, ratio (value / bound).

The bound is what the design asks for, or what the same run measured as the limit. Ratios taken in
one run can be compared between machines; the values cannot.
"""
import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import versus
import versus_zookeeper
from process_figures import cpu_seconds  # versus.py makes it known


class Figures:
    def __init__(self, as_json):
        self.as_json = as_json
        self.values = {}

    def add(self, name, value, unit, bound):
        self.values[name] = value
        ratio = value / bound if bound else 0
        if self.as_json:
            print(json.dumps({"name": name, "value": value, "unit": unit, "bound": bound,
                              "ratio": round(ratio, 4)}), flush=True)
        else:
            print(f"{name:52} {value:12.4g} {unit:14} bound {bound:10.4g}  ratio {ratio:8.3f}",
                  flush=True)


SIMULATOR_FIGURES = ("sim_bare_loop", "fiber_switch", "sim_tcp_segments",
                     "sim_power_loss_virtual_per_real", "sim_mixed_single_virtual_per_real")
SINGLE_FIGURES = ("sim_five_coordinators_virtual_per_real", "sim_mixed_single_events", "sim_idle_node")
TURNS = 15


def simulator(figures, build):
    """The traced and the untraced build of the same bench, in turns.

    The cost of hash and ring is the median over turns of what one turn measured: both halves of a
    turn see much the same machine, and no single lucky or unlucky piece decides.
    """
    for figure in SIMULATOR_FIGURES:
        best, costs = None, []
        for turn in range(TURNS):
            variants = ["sim_bench", "sim_bench_untraced"]
            seen = {}
            for variant in variants if turn % 2 else reversed(variants):
                out = subprocess.run([f"{build}/tests/bench/{variant}", figure], check=True,
                                     text=True, stdout=subprocess.PIPE).stdout
                _, value, unit, bound = out.strip().split("\t")
                seen[variant] = float(value)
            better = min if unit == "ns" else max
            best = better(seen["sim_bench"], best or seen["sim_bench"])
            costs.append(100 * (seen["sim_bench_untraced"] / seen["sim_bench"] - 1))
        figures.add(figure, best, unit, float(bound))
        if figure != "fiber_switch":
            figures.add(f"{figure}_cost_of_hash_and_ring", statistics.median(costs), "%", 5)


def single(figures, build):
    for figure in SINGLE_FIGURES:
        out = subprocess.run([f"{build}/tests/bench/sim_bench", figure], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        name, value, unit, bound = out.strip().split("\t")
        figures.add(name, float(value), unit, float(bound))


def sweep(figures, build):
    """Five coordinators again, but as a sweep of seeds runs them: on all cores."""
    with tempfile.TemporaryDirectory() as directory:
        scenario = os.path.join(directory, "five.toml")
        with open(scenario, "w", encoding="ascii") as file:
            file.write('name = "five"\nbase = "raft-election"\n[keys]\nservers = 5\n')
        out = subprocess.run([f"{build}/weir-sim", "sweep", scenario, "--seeds", "1..1000"], check=True,
                             text=True, stdout=subprocess.PIPE).stdout
    speed = float(re.search(r"([\d.]+) virtual s per second", out).group(1))
    figures.add("sweep_five_coordinators_virtual_per_real", speed, "s/s", 1000)


def sessions(figures, build):
    out = subprocess.run([f"{build}/tests/bench/sessions_bench"], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    name, value, unit, bound = out.strip().split("\t")
    figures.add(name, float(value), unit, float(bound))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0


def broker(figures, build):
    with tempfile.TemporaryDirectory() as directory:
        address = f"127.0.0.1:{free_port()}"
        began = time.monotonic()
        process = subprocess.Popen(
            [f"{build}/weir-broker", "--override", f"log.dirs={directory}",
             "--override", "num.network.threads=1",
             "--override", f"listeners=PLAINTEXT://{address}"],
            stderr=subprocess.PIPE, text=True)
        while "started" not in process.stderr.readline():
            if process.poll() is not None:
                sys.exit("bench: the broker did not start")
        figures.add("broker_start", (time.monotonic() - began) * 1000, "ms", 100)
        try:
            load(figures, build, address, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def load(figures, build, address, pid):
    figures.add("broker_memory_idle", peak_mib(pid), "MiB", 100)
    for size, count in ((100, 1_000_000), (1024, 300_000)):
        for acks in ("1", "all"):
            before = cpu_seconds(pid)
            out = run_client(build, address, f"throughput-{size}-{acks}", "throughput", acks, size,
                             count)
            rate, client_cpu = float(out[0]), float(out[3])
            used = cpu_seconds(pid) - before
            figures.add(f"broker_produce_{size}B_acks_{acks}", rate, "records/s", 1_000_000)
            figures.add(f"broker_cpu_per_client_cpu_{size}B_acks_{acks}", used / client_cpu, "s/s",
                        0.5)
    for acks in ("1", "all"):
        out = run_client(build, address, f"latency-{acks}", "latency", acks, 100, 6_000)
        figures.add(f"broker_produce_p50_acks_{acks}", float(out[1]), "us", 500)
        figures.add(f"broker_produce_p99_acks_{acks}", float(out[2]), "us", 2_000)
    figures.add("broker_memory_after_load", peak_mib(pid), "MiB", 200)


def run_client(build, address, topic, mode, acks, size, count):
    return subprocess.run(
        [f"{build}/tests/bench/kafka_bench", address, topic, mode, acks, str(size), str(count), "1"],
        check=True, text=True, stdout=subprocess.PIPE).stdout.split()


PARTS_VERSUS = {"kafka": versus.PARTS, "zookeeper": versus_zookeeper.PARTS}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["simulator", "broker"])
    parser.add_argument("--versus", choices=PARTS_VERSUS,
                        help="the same loads against Weir and Apache Kafka 3.9 (some 20 minutes), "
                        "or its coordination service and Apache ZooKeeper (some ten)")
    parser.add_argument("--part", action="append",
                        choices=list(dict.fromkeys(sum(PARTS_VERSUS.values(), ()))),
                        help="of --versus: only this; may be repeated")
    parser.add_argument("--recovery-gib", type=int, default=10,
                        help="of --versus kafka: how much is recovered after a crash")
    parser.add_argument("--changes", type=int, default=40_000,
                        help="of --versus zookeeper: how many creates or sets a turn has")
    parser.add_argument("--znodes", type=int, default=100_000,
                        help="of --versus zookeeper: with how many memory is measured")
    arguments = parser.parse_args()
    figures = Figures(arguments.json)
    if arguments.versus:
        parts = arguments.part or PARTS_VERSUS[arguments.versus]
        if unknown := set(parts) - set(PARTS_VERSUS[arguments.versus]):
            parser.error(f"--versus {arguments.versus} has no part {', '.join(sorted(unknown))}")
        if arguments.versus == "kafka":
            versus.run(figures, arguments.build, parts, arguments.recovery_gib)
        else:
            versus_zookeeper.run(figures, arguments.build, parts, arguments.changes,
                                 arguments.znodes)
        return
    if arguments.only != "broker":
        simulator(figures, arguments.build)
        single(figures, arguments.build)
        sweep(figures, arguments.build)
        sessions(figures, arguments.build)
    if arguments.only != "simulator":
        broker(figures, arguments.build)


if __name__ == "__main__":
    main()
