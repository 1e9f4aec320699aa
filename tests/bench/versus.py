"""The same loads against Weir and Apache Kafka 3.9.1, side by side in one run: `./dev bench --versus kafka`.

Both get the same topics from the same librdkafka program, turn by turn; a figure is Weir's value, its
bound what the aim makes of Kafka's value (twice its rate, half its p99, a tenth of its memory, ...).
Rates are medians of turns in changing order. So a ratio of 1 is the aim met, for what should be small a ratio below 1. Kafka runs
with the options of its own start script (G1, 1 GiB of heap) and has been warmed up.
"""
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))
import process_figures  # noqa: E402  (of the folder beside this one)

PARTS = ("produce", "latency", "consume", "start", "recovery", "partitions")
SIZES = (100, 1024, 10240)
PARTITIONS = (1, 16, 256)
FLUSHES = {"off": (), "each": ("flush.messages=1",)}
MIB_A_TURN = {"off": 200, "each": 40}  # what a turn of throughput sends
TURNS = 3  # of each broker and shape of load
SHARDS = (1, 2)
# As kafka-run-class.sh and kafka-server-start.sh have it.
JVM = ("java", "-server", "-Xmx1G", "-Xms1G", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
       "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
       "-Djava.awt.headless=true")


class Weir:
    def __init__(self, build, directory, shards=1):
        self.name = f"weir_{shards}_shard{'s' if shards > 1 else ''}"
        self.command = [os.path.join(build, "weir-broker"),
                        "--override", f"log.dirs={os.path.join(directory, 'data')}",
                        "--override", f"num.network.threads={shards}",
                        "--override", "log.retention.ms=-1"]
        self.data = os.path.join(directory, "data")
        self.log_path = os.path.join(directory, "log")
        os.makedirs(directory, exist_ok=True)
        self.process = None

    def start(self):
        """Gives the seconds until it answers."""
        import harness
        import wire
        self.port = harness.free_port()
        self.address = f"127.0.0.1:{self.port}"
        began = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command + ["--override", f"listeners=PLAINTEXT://{self.address}"],
                stdout=log, stderr=log)
        return wait_until_it_answers(self, wire, began)


class KafkaBroker:
    name = "kafka"

    def __init__(self, directory):
        import kafka_tools
        classpath = kafka_tools.compiled()
        if classpath is None:
            sys.exit("bench: Kafka's jars could not be had; see what is said above")
        self.kafka = kafka_tools.Kafka(classpath, directory, {"log.retention.ms": -1}, java=JVM)
        tools = kafka_tools.Tools(classpath)
        self.kafka.format(tools)
        tools.close()
        self.data, self.port, self.address = self.kafka.data, self.kafka.port, self.kafka.address

    @property
    def process(self):
        return self.kafka.process

    def start(self):
        import wire
        began = time.monotonic()
        self.kafka.spawn()
        return wait_until_it_answers(self, wire, began)


def wait_until_it_answers(broker, wire, began):
    while True:
        try:
            if wire.Peer(broker).works():
                return time.monotonic() - began
        except OSError:
            pass
        if broker.process.poll() is not None:
            sys.exit(f"bench: {broker.name} ended before it answered")
        time.sleep(0.002)


def stop(broker, how=signal.SIGTERM):
    broker.process.send_signal(how)
    broker.process.wait()


def memory_mib(broker):
    return process_figures.memory_mib(broker.process.pid)


def cpu_seconds(broker):
    return process_figures.cpu_seconds(broker.process.pid)


def compare(figures, name, unit, servers, measure, aim):
    """`measure(server)` gives a number; the last one is the peer, and the bound is aim(its value)."""
    values = {server.name: measure(server) for server in servers}
    *own, peer = (server.name for server in servers)
    for server in own:
        figures.add(f"{server}_{name}", values[server], unit, aim(values[peer]))
    return values


class Bench:
    def __init__(self, figures, build):
        self.figures = figures
        self.build = build
        self.topics = 0

    def client(self, *arguments):
        return subprocess.run([f"{self.build}/tests/bench/kafka_bench", *map(str, arguments)],
                              check=True, text=True, stdout=subprocess.PIPE).stdout.split()

    def with_topic(self, broker, partitions, settings, load):
        self.topics += 1
        topic = f"bench-{self.topics}"
        self.client(broker.address, topic, "create", partitions, *settings)
        try:
            return load(topic)
        finally:
            self.client(broker.address, topic, "delete")

    def compare(self, name, unit, brokers, measure, aim):
        return compare(self.figures, name, unit, brokers, measure, aim)


def touch_memory(broker, mib):
    """Writes a file and takes it away. A machine that is itself a guest has some of its memory only
    once it is touched: without this whoever has the first turn pays for the page cache of all."""
    path = os.path.join(broker.data, "..", "touched")
    with open(path, "wb", buffering=0) as file:
        for _ in range(mib):
            file.write(bytes(1 << 20))
    os.remove(path)


def in_turns(brokers, turn):
    """By the brokers' names, the medians of what `turn(broker)` gives, each in another order."""
    seen = {broker.name: [] for broker in brokers}
    for number in range(TURNS):
        for i in range(len(brokers)):
            broker = brokers[(i + number) % len(brokers)]
            seen[broker.name].append(turn(broker))
    return {name: list(map(statistics.median, zip(*turns))) for name, turns in seen.items()}


def produce(bench, brokers):
    for flush, settings in FLUSHES.items():
        for size in SIZES:
            for partitions in PARTITIONS:
                for acks in ("1", "all"):
                    produce_one_shape(bench, brokers, flush, settings, size, partitions, acks)


def produce_one_shape(bench, brokers, flush, settings, size, partitions, acks):
    records = MIB_A_TURN[flush] * (1 << 20) // max(size, 256)

    def turn(broker):
        def load(topic):
            before = cpu_seconds(broker)
            out = bench.client(broker.address, topic, "throughput", acks, size, records, partitions)
            used = cpu_seconds(broker) - before
            rate, client = float(out[0]), float(out[3])
            return rate, used / client, client * rate / records, used * rate / records
        touch_memory(broker, 2 * MIB_A_TURN[flush])
        return bench.with_topic(broker, partitions, settings, load)
    medians = in_turns(brokers, turn)
    name = f"produce_{size}B_{partitions}p_acks_{acks}_flush_{flush}"
    bench.compare(name, "records/s", brokers, lambda broker: medians[broker.name][0],
                  lambda kafka: 2 * kafka)
    for broker in brokers:
        _, cpu, client_cores, cores = medians[broker.name]
        bench.figures.add(f"{broker.name}_{name}_cpu", cpu, "s/client s", 0.5)
        # Where both together keep the machine busy, nothing that a broker does makes it faster.
        bench.figures.add(f"{broker.name}_{name}_busy", cores + client_cores, "cores", os.cpu_count())


def latency(bench, brokers):
    for flush, settings in FLUSHES.items():
        for acks in ("1", "all"):
            def turn(broker):
                def load(topic):
                    out = bench.client(broker.address, topic, "latency", acks, 100, 6_000, 1)
                    return float(out[1]), float(out[2])
                touch_memory(broker, MIB_A_TURN[flush])
                return bench.with_topic(broker, 1, settings, load)
            medians = in_turns(brokers, turn)
            for place, name in ((1, "p99"), (0, "p50")):
                bench.compare(f"{name}_acks_{acks}_flush_{flush}", "us", brokers,
                              lambda broker: medians[broker.name][place], lambda kafka: kafka / 2)


def consume(bench, brokers):
    import bare_fetch
    loopback_mib = statistics.median(float(bench.client("loopback", 4096)[0]) for _ in range(TURNS))
    mib = 1024
    for size in SIZES:
        records = mib * (1 << 20) // max(size, 512)

        def turn(broker):
            def load(topic):
                bench.client(broker.address, topic, "throughput", "1", size, records, 1)
                before = cpu_seconds(broker)
                out = bench.client(broker.address, topic, "consume", records, 1)
                used = cpu_seconds(broker) - before
                rate, client = float(out[0]), float(out[3])
                bare = bare_fetch.mib_per_second(broker, topic)
                return rate, used / client, client * rate / records, bare
            touch_memory(broker, mib)
            return bench.with_topic(broker, 1, (), load)
        medians = in_turns(brokers, turn)
        bench.compare(f"consume_{size}B", "records/s", brokers,
                      lambda broker: medians[broker.name][0], lambda kafka: 2 * kafka)
        for broker in brokers:
            rate, cpu, client_cores, bare = medians[broker.name]
            name = f"{broker.name}_consume_{size}B"
            bench.figures.add(f"{name}_cpu", cpu, "s/client s", 0.5)
            # librdkafka takes a connection's bytes in one thread: at one core it is what limits.
            bench.figures.add(f"{name}_client_busy", client_cores, "cores", os.cpu_count())
            bench.figures.add(f"{name}_of_loopback", rate * size / (1 << 20), "MiB/s",
                              0.8 * loopback_mib)
            bench.figures.add(f"{name}_bare_of_loopback", bare, "MiB/s", 0.8 * loopback_mib)


def start(bench, brokers):
    """Memory after all that was before, then a stop and a start."""
    bench.compare("memory", "MiB", brokers, memory_mib, lambda kafka: kafka / 10)

    def again(broker):
        stop(broker)
        return broker.start() * 1000
    bench.compare("start", "ms", brokers, again, lambda kafka: 100)


def recovery(bench, brokers, gib):
    """Ten logs, nothing of them flushed, and kill -9."""
    def recover(broker):
        def load(topic):
            bench.client(broker.address, topic, "throughput", "1", 10240,
                         gib * (1 << 30) // 10240, 10)
            stop(broker, signal.SIGKILL)
            return broker.start()
        return bench.with_topic(broker, 10, (), load)
    bench.compare(f"recovery_{gib}_gib", "s", brokers, recover, lambda kafka: kafka / 5)


def partitions_of_one_node(bench, brokers, topics=10, partitions=1000):
    """In several topics: Kafka's controller refuses so many in one request. Until all logs are there,
    for it answers before they are."""
    count = topics * partitions

    def make(broker):
        began = time.monotonic()
        for i in range(topics):
            bench.client(broker.address, f"many-{i}", "create", partitions)
        while sum(name.startswith("many-") for name in os.listdir(broker.data)) < count:
            time.sleep(0.05)
        return time.monotonic() - began
    bench.compare(f"create_{count}_partitions", "s", brokers, make, lambda kafka: kafka)
    bench.compare(f"memory_{count}_partitions", "MiB", brokers, memory_mib,
                  lambda kafka: kafka / 10)

    def again(broker):
        stop(broker)
        return broker.start()
    bench.compare(f"restart_{count}_partitions", "s", brokers, again, lambda kafka: kafka)
    bench.compare(f"memory_{count}_partitions_restarted", "MiB", brokers, memory_mib,
                  lambda kafka: kafka / 10)


def warm_up(bench, brokers):
    for broker in brokers:
        for _ in range(3 if broker.name == "kafka" else 1):
            bench.with_topic(broker, 16, (), lambda topic, broker=broker: bench.client(
                broker.address, topic, "throughput", "all", 1024, 200_000, 16))


def run(figures, build, parts, recovery_gib):
    os.environ.setdefault("WEIR_BUILD", build)
    directory = tempfile.mkdtemp(prefix="weir-versus-")
    brokers = [Weir(build, os.path.join(directory, f"weir-{shards}"), shards) for shards in SHARDS]
    brokers.append(KafkaBroker(os.path.join(directory, "kafka")))
    try:
        for broker in brokers:
            broker.start()
        bench = Bench(figures, build)
        warm_up(bench, brokers)
        one = [brokers[0], brokers[-1]]
        steps = {"produce": lambda: produce(bench, brokers), "latency": lambda: latency(bench, one),
                 "consume": lambda: consume(bench, one), "start": lambda: start(bench, one),
                 "recovery": lambda: recovery(bench, one, recovery_gib),
                 "partitions": lambda: partitions_of_one_node(bench, one)}
        for part in PARTS:
            if part in parts:
                steps[part]()
    finally:
        for broker in brokers:
            if broker.process is not None and broker.process.poll() is None:
                stop(broker, signal.SIGKILL)
        shutil.rmtree(directory, ignore_errors=True)
