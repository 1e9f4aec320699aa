"""What the interop tests share: brokers as child processes, kcat, and a table of what works.

A test file ends with `harness.main()`. It gives 0, 1, or 77 (meson's "skipped") when a peer is
missing; with CI=true in the environment a missing peer is a failure.

    class Reading(harness.InteropTest):
        client = "kcat"

        def test_something(self):
            broker = self.start_broker({"num.network.threads": 3})
            with self.feature("acks=all"):        # a row of the table, and a sub-test
                ...

Every broker that is still running at the end of its test is stopped by SIGTERM and has to stop in
order. When a test fails, its brokers' logs are printed.
"""
import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import guard

BUILD = os.environ.get("WEIR_BUILD", "build")
BROKER = os.path.join(BUILD, "weir-broker")
WEIR_SIM = os.path.join(BUILD, "weir-sim")
SKIPPED = 77
LOG_TAIL_LINES = 60
# Slow builds (sanitizers, a loaded machine) may stretch every limit.
PATIENCE = float(os.environ.get("WEIR_PATIENCE", "1"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=20.0, poll_seconds=0.01):
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds * PATIENCE:.0f} s in vain until {what}")
        time.sleep(poll_seconds)


class Broker:
    """One weir-broker and its data directory, which outlives the process."""

    def __init__(self, work_directory, settings=None, arguments=(), environment=None):
        self.directory = os.path.join(work_directory, "data")
        self.log_path = os.path.join(work_directory, "broker.log")
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.settings = {"log.flush.interval.messages": 1, **(settings or {})}
        self.arguments = list(arguments)
        self.environment = dict(environment or {})
        self.process = None
        self.kept_log = None

    def start(self):
        self.spawn()
        wait_until(self._accepts, "the broker accepts connections")
        return self

    def spawn(self):
        settings = {"listeners": f"PLAINTEXT://{self.address}", "log.dirs": self.directory,
                    **self.settings}
        command = [BROKER, *self.arguments]
        for key, value in settings.items():
            command += ["--override", f"{key}={value}"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            env={**os.environ, **self.environment})

    def _accepts(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the broker ended with status {self.process.returncode} before "
                                 f"it accepted a connection\n{self.log()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self):
        """SIGTERM; it has to stop in order."""
        stops_before = self.log().count("stopped in order")
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=30 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the broker did not stop after SIGTERM")
        if status != 0:
            raise AssertionError(f"after SIGTERM the broker ended with status {status}, not 0")
        if self.log().count("stopped in order") <= stops_before:
            raise AssertionError("the broker did not say that it stopped in order")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.terminate()
        self.start()

    def log(self):
        if self.kept_log is not None:
            return self.kept_log
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def first_segment(self, topic, partition=0):
        path = os.path.join(self.directory, f"{topic}-{partition}", "0" * 20 + ".log")
        with open(path, "rb") as file:
            return file.read()

    def close(self):
        """Whatever happened, the process is gone and the log is kept."""
        try:
            if self.running():
                self.terminate()
        finally:
            if self.running():
                self.kill()
            self.kept_log = self.log()


class InteropTest(unittest.TestCase):
    client = "?"       # column of the table
    maxDiff = 2000

    def setUp(self):
        self.brokers = []
        self.work = tempfile.mkdtemp(prefix="weir-interop-")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def start_broker(self, settings=None, arguments=(), environment=None):
        directory = os.path.join(self.work, f"broker-{len(self.brokers)}")
        os.makedirs(directory)
        broker = Broker(directory, settings, arguments, environment)
        self.brokers.append(broker)
        self.addCleanup(broker.close)
        return broker.start()

    @contextlib.contextmanager
    def feature(self, name):
        table = FEATURES.setdefault(self.client, {})
        with self.subTest(name):
            table[name] = "FAILED"
            yield
            table[name] = "ok"

    def path(self, name):
        return os.path.join(self.work, name)

    def write_lines(self, name, count, prefix=""):
        path = self.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{prefix}line {i} of {count}\n" for i in range(count))
        return path

    def assert_same_bytes(self, path, other):
        same = subprocess.run(["cmp", path, other], capture_output=True, text=True, check=False)
        self.assertEqual(same.returncode, 0, same.stdout + same.stderr)


# --- kcat ----------------------------------------------------------------------------------------

def kcat(broker, *arguments, seconds=60, **options):
    """Runs kcat; a status other than 0 fails the test with what kcat said."""
    command = ["kcat", "-b", broker.address, *map(str, arguments)]
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=seconds * PATIENCE, check=False,
                          **{"stdout": subprocess.PIPE, **options})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with status {done.returncode}:\n"
                             + done.stderr.decode(errors="replace"))
    return done.stdout.decode() if done.stdout is not None else ""


def kcat_produce(broker, topic, path, *arguments):
    kcat(broker, "-P", "-t", topic, "-l", *arguments, path)


def kcat_consume(broker, topic, path, *arguments):
    with open(path, "wb") as out:
        kcat(broker, "-C", "-q", "-t", topic, *arguments, stdout=out)
    return path


def kcat_end_offset(broker, topic, partition=0):
    answer = kcat(broker, "-Q", "-t", f"{topic}:{partition}:-1")
    return int(answer.rsplit(maxsplit=1)[-1])


# --- peers, the table, main ----------------------------------------------------------------------

FEATURES = {}


def missing_peers(programs, modules):
    missing = [program for program in programs if shutil.which(program) is None]
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            missing.append(f"python module {module} ({error})")
    return missing


class Result(unittest.TextTestResult):
    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.show_logs(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.show_logs(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.stream.writeln(f"\n{subtest}")
            self.show_logs(test)

    def show_logs(self, test):
        for number, broker in enumerate(getattr(test, "brokers", [])):
            lines = broker.log().splitlines()
            self.stream.writeln(f"--- log of broker {number} on {broker.address}, "
                                f"the last of {len(lines)} lines")
            for line in lines[-LOG_TAIL_LINES:]:
                self.stream.writeln("    " + line)


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def print_table(features):
    """Clients across, features down."""
    clients = sorted(features)
    rows = []
    for client in clients:
        rows += [name for name in features[client] if name not in rows]
    if not rows:
        return
    width = max(map(len, rows))
    columns = [max(len(client), 6) for client in clients]
    print(" " * width, *(c.rjust(w) for c, w in zip(clients, columns)), sep="  ")
    for row in rows:
        cells = (features[c].get(row, "-").rjust(w) for c, w in zip(clients, columns))
        print(row.ljust(width), *cells, sep="  ")


def save_features():
    directory = os.environ.get("WEIR_INTEROP_RESULTS")
    if not directory:
        return
    os.makedirs(directory, exist_ok=True)
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    with open(os.path.join(directory, name + ".json"), "w", encoding="utf-8") as file:
        json.dump(FEATURES, file)


def main(programs=(), modules=()):
    if not guard.is_child():
        sys.exit(guard.run(sys.argv))
    missing = missing_peers(programs, modules)
    if missing:
        print("missing:", ", ".join(missing))
        if os.environ.get("CI") == "true":
            sys.exit("under CI every peer has to be there: ./dev install --test")
        print("SKIPPED: nothing was tested; ./dev install --test gets what is missing")
        sys.exit(SKIPPED)
    raise_descriptor_limit()
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Result)
    program = unittest.main(testRunner=runner, exit=False)
    print_table(FEATURES)
    save_features()
    sys.exit(0 if program.result.wasSuccessful() else 1)
