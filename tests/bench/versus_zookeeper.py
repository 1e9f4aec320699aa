"""Weir's coordination service beside Apache ZooKeeper: `./dev bench --versus zookeeper`.

Both serve alone, sync before they answer (ZooKeeper's forceSync stays on) and keep their data on
one file system. The same libzookeeper program (zookeeper_bench.cc) loads them in turns; a figure is
the median of Weir's turns, its bound what the aim makes of ZooKeeper's: twice its rate, half its
latency, a tenth of its memory, a fifth of its time to recover. ZooKeeper runs with the heap and log
level of its own start script, all else as a JVM chooses, and has been warmed up. How long the disk
takes to append and sync is measured in between: no server that syncs answers one change at a time
any sooner. libzookeeper itself takes much CPU, so on a small machine its rates are the client's and
not the server's: bare_sets.py is beside it.
"""
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import three_servers
import versus

PARTS = ("load", "bare", "latency", "memory", "start", "three")
SIZES = (100, 1024)
SHAPES = ((1, 500), (16, 50))  # connections, and changes under way on each
TURNS = 3
LONGEST_LATENCY_TURN = 2_000  # changes, one at a time
WARM_UPS = {"zookeeper": 3, "weir": 1, "zookeeper_3_servers": 3, "weir_3_servers": 1}
SYNCS = 500
# As zkServer.sh and zkEnv.sh of Apache's own release have it.
JVM = ("java", "-Xmx1000m", "-Dzookeeper.root.logger=INFO,CONSOLE")


class Server:
    """One of the two, as a child process; `fresh()` takes its data away."""

    def __init__(self, name, make, directory):
        self.name, self.make, self.directory = name, make, directory
        self.child = None

    @property
    def process(self):
        return self.child.process if self.child is not None else None

    @property
    def address(self):
        return f"127.0.0.1:{self.child.port}"

    def cpu_seconds(self):
        return versus.cpu_seconds(self)

    def memory_mib(self):
        return versus.memory_mib(self)

    def fresh(self):
        if self.process is not None:
            versus.stop(self)
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        self.child = self.make(self.directory)
        return self.start()

    def start(self):
        """Gives the seconds until it serves."""
        import zookeeper
        began = time.monotonic()
        self.child.spawn()
        while "Mode" not in zookeeper.word(self.child.port, "srvr"):
            if self.process.poll() is not None:
                sys.exit(f"bench: {self.name} ended before it answered")
            time.sleep(0.002)
        return time.monotonic() - began


def memory_mib(server):
    return server.memory_mib()


class Bench:
    def __init__(self, figures, build, changes, znodes):
        self.figures, self.build, self.changes, self.znodes = figures, build, changes, znodes
        self.parents = 0

    def client(self, server, kind, size, changes, connections, outstanding):
        self.parents += 1
        arguments = [f"/bench-{self.parents}", kind, size, changes, connections, outstanding]
        out = subprocess.run([f"{self.build}/tests/bench/zookeeper_bench", server.address,
                              *map(str, arguments)], check=True, text=True, stdout=subprocess.PIPE)
        return [float(word) for word in out.stdout.split()]

    def bare(self, server, size, changes, connections, outstanding):
        import bare_sets
        self.parents += 1
        return bare_sets.run(server.child.port, f"/bench-{self.parents}", size, changes,
                             connections, outstanding)

    def turns(self, servers, changes, client):
        """By the servers' names, medians: rate, p50, p99, the server's CPU time of a change, and
        the cores that the client kept busy."""
        seen = {server.name: [] for server in servers}
        for turn in range(TURNS):
            for server in servers if turn % 2 else reversed(servers):
                before = server.cpu_seconds()
                rate, p50, p99, client_cpu = client(server)
                used = server.cpu_seconds() - before
                seen[server.name].append((rate, p50, p99, used * 1e6 / changes,
                                          client_cpu * rate / changes))
        return {name: list(map(statistics.median, zip(*turns))) for name, turns in seen.items()}

    def compare(self, name, unit, servers, measure, aim):
        return versus.compare(self.figures, name, unit, servers, measure, aim)

    def latencies(self, name, servers, out):
        for place, percentile in ((1, "p50"), (2, "p99")):
            self.compare(f"{name}_{percentile}", "us", servers,
                         lambda server, place=place: out[server.name][place],
                         lambda peer: peer / 2)


def under_load(bench, servers, name, changes, client):
    out = bench.turns(servers, changes, client)
    bench.compare(name, "changes/s", servers, lambda server: out[server.name][0],
                  lambda peer: 2 * peer)
    bench.latencies(name, servers, out)
    bench.compare(f"{name}_server_cpu", "us/change", servers, lambda server: out[server.name][3],
                  lambda peer: peer / 2)
    for server in servers:
        bench.figures.add(f"{server.name}_{name}_client_cpu", out[server.name][4], "cores",
                          os.cpu_count())


def load(bench, servers):
    """Leaves nothing behind: what was created is deleted, untimed but part of the server's CPU."""
    for kind in ("create", "set"):
        for size in SIZES:
            for shape in SHAPES:
                load = (kind, size, bench.changes, *shape)
                under_load(bench, servers, f"{kind}_{size}B_{shape[0]}x{shape[1]}", bench.changes,
                           lambda server, load=load: bench.client(server, *load))
    bench.compare("memory_after_load", "MiB", servers, memory_mib, lambda peer: peer / 10)


def bare(bench, servers):
    """Twice as many, for they are soon done."""
    changes = 2 * bench.changes
    for size in SIZES:
        for shape in SHAPES:
            load = (size, changes, *shape)
            under_load(bench, servers, f"bare_set_{size}B_{shape[0]}x{shape[1]}", changes,
                       lambda server, load=load: bench.bare(server, *load))


def disk_us(directory):
    """What one append and its sync take, sorted."""
    took = []
    with open(os.path.join(directory, "probe"), "wb", buffering=0) as file:
        for _ in range(SYNCS):
            began = time.monotonic()
            file.write(bytes(200))
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - began) * 1e6)
    return sorted(took)


def latency(bench, servers):
    disk = disk_us(os.path.dirname(servers[0].directory))
    bench.figures.add("disk_append_and_sync_p50", disk[len(disk) // 2], "us", 0)
    bench.figures.add("disk_append_and_sync_p99", disk[len(disk) * 99 // 100], "us", 0)
    for size in SIZES:
        changes = min(bench.changes, LONGEST_LATENCY_TURN)
        load = ("set", size, changes, 1, 1)
        out = bench.turns(servers, changes, lambda server, load=load: bench.client(server, *load))
        bench.latencies(f"set_{size}B_one_at_a_time", servers, out)


def memory(bench, servers):
    """Of new servers that were given so many znodes, and of the same ones started again."""
    for server in servers:
        server.fresh()
        bench.client(server, "fill", 100, bench.znodes, *SHAPES[0])
    name = f"{bench.znodes}_znodes"
    bench.compare(f"memory_{name}", "MiB", servers, memory_mib, lambda peer: peer / 10)

    def again(server):
        versus.stop(server)
        return server.start() * 1000
    bench.compare(f"start_{name}", "ms", servers, again, lambda peer: peer / 5)
    bench.compare(f"memory_{name}_restarted", "MiB", servers, memory_mib,
                  lambda peer: peer / 10)


def start(bench, servers):
    """With nothing on the disk."""
    bench.compare("start", "ms", servers,
                  lambda server: statistics.median(server.fresh() * 1000 for _ in range(TURNS)),
                  lambda peer: 100)
    bench.compare("memory_idle", "MiB", servers, memory_mib, lambda peer: peer / 10)


def three(bench, directory):
    """Ensembles of three, each server with a log of its own that it syncs; on one machine."""
    trios = three_servers.trios(directory, JVM)
    try:
        for trio in trios:
            trio.fresh()
        warm_up(bench, trios)
        load(bench, trios)
        latency(bench, trios)
    finally:
        for trio in trios:
            trio.stop()


def warm_up(bench, servers):
    for server in servers:
        for _ in range(WARM_UPS[server.name]):
            for kind in ("create", "set"):
                bench.client(server, kind, 100, bench.changes, *SHAPES[0])


def stop_all(servers):
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            versus.stop(server, signal.SIGKILL)


def run(figures, build, parts, changes, znodes):
    os.environ.setdefault("WEIR_BUILD", build)
    import zookeeper
    if not zookeeper.installed():
        sys.exit("bench: Apache ZooKeeper is not installed; apt-get install zookeeper")
    if not os.path.exists(f"{build}/tests/bench/zookeeper_bench"):
        sys.exit("bench: zookeeper_bench was not built; apt-get install libzookeeper-mt-dev, and "
                 "meson setup --reconfigure")
    directory = tempfile.mkdtemp(prefix="weir-versus-")
    servers = [
        Server("weir", zookeeper.Coordinator, os.path.join(directory, "weir")),
        Server("zookeeper", lambda at: zookeeper.ApacheZooKeeper(at, java=JVM),
               os.path.join(directory, "zookeeper"))]
    steps = {"load": load, "bare": bare, "latency": latency, "memory": memory, "start": start}
    bench = Bench(figures, build, changes, znodes)
    try:
        for server in servers if set(parts) != {"three"} else []:
            server.fresh()
        if {"load", "bare", "latency"} & set(parts):
            warm_up(bench, servers)
        for part in PARTS:
            if part in parts and part in steps:
                steps[part](bench, servers)
        stop_all(servers)
        if "three" in parts:
            three(bench, directory)
    finally:
        stop_all(servers)
        shutil.rmtree(directory, ignore_errors=True)
