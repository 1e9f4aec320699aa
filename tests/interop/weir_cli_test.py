"""The command `weir` against a real broker: what it prints, what it refuses, its exit status."""
import json
import os
import random
import subprocess

import harness

WEIR = os.path.join(harness.BUILD, "weir")
WEEK_MS = "604800000"


class WeirTest(harness.InteropTest):
    client = "weir"

    def weir(self, broker, *arguments, status=0, stdin=""):
        """What it printed; on stderr when it was to fail."""
        address = ["-b", broker.address] if broker else []
        done = subprocess.run([WEIR, *address, *map(str, arguments)], input=stdin, text=True,
                              capture_output=True, timeout=60 * harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout if status == 0 else done.stderr

    def json_lines(self, broker, *arguments, **options):
        text = self.weir(broker, *arguments, "--json", **options)
        return [json.loads(line) for line in text.splitlines()]


class Topics(WeirTest):
    def test_topics(self):
        broker = self.start_broker()
        with self.feature("create a topic"):
            self.weir(broker, "topics", "create", "events", "--partitions", 3, "--config",
                      "retention.ms=5000", "--config", "segment.bytes=100000")
        with self.feature("list topics"):
            [topic] = self.json_lines(broker, "topics", "list")
            self.assertEqual((topic["topic"], topic["partitions"]), ("events", 3))
            self.assertIn("events  3 partitions", self.weir(broker, "topics", "list"))
        with self.feature("describe a topic"):
            [described] = self.json_lines(broker, "topics", "describe", "events")
            self.assertEqual(described["id"], topic["id"])
            self.assertEqual(described["configs"],
                             {"retention.ms": "5000", "segment.bytes": "100000"})
        with self.feature("more partitions"):
            self.weir(broker, "topics", "add-partitions", "events", "--partitions", 5)
            [topic] = self.json_lines(broker, "topics", "list")
            self.assertEqual(topic["partitions"], 5)
        with self.feature("what is refused: status 1, and what to do"):
            for name, wrong in (("TOPIC_ALREADY_EXISTS", ["create", "events"]),
                                ("INVALID_CONFIG", ["create", "x", "--config", "no=1"]),
                                ("INVALID_TOPIC_EXCEPTION", ["create", "a/b"]),
                                ("INVALID_PARTITIONS",
                                 ["add-partitions", "events", "--partitions", 2]),
                                ("UNKNOWN_TOPIC_OR_PARTITION", ["delete", "nothing"]),
                                ("UNKNOWN_TOPIC_OR_PARTITION", ["describe", "nothing"])):
                said = self.weir(broker, "topics", *wrong, status=1)
                self.assertIn(name, said)
                self.assertEqual(len(said.splitlines()), 2, said)
        with self.feature("delete a topic"):
            self.weir(broker, "topics", "delete", "events")
            self.assertEqual(self.json_lines(broker, "topics", "list"), [])

    def test_wrong_calls_and_brokers_that_are_not_there(self):
        with self.feature("wrong calls: status 2"):
            for wrong in ([], ["topics"], ["topics", "make"], ["topics", "create"],
                          ["topics", "create", "x", "--partitions", 0],
                          ["topics", "create", "x", "--config", "retention.ms"],
                          ["configs", "describe"], ["-b", "nowhere", "topics", "list"],
                          ["consume", "x", "--from", "soon"],
                          ["configs", "set", "--topic", "x", "--broker", "1", "a=b"]):
                self.weir(None, *wrong, status=2)
        with self.feature("no broker: status 1"):
            said = self.weir(None, "-b", f"127.0.0.1:{harness.free_port()}", "--timeout-ms", 200,
                             "topics", "list", status=1)
            self.assertIn("--bootstrap-server", said)


class Configs(WeirTest):
    def configs(self, broker, *arguments):
        return {line["name"]: (line["value"], line["source"])
                for line in self.json_lines(broker, "configs", "describe", *arguments)}

    def test_topics_and_brokers(self):
        broker = self.start_broker({"num.network.threads": 3})
        self.weir(broker, "topics", "create", "own")
        with self.feature("change a topic's settings"):
            self.assertEqual(self.configs(broker, "--topic", "own"), {})
            self.weir(broker, "configs", "set", "--topic", "own", "retention.ms=7000",
                      "segment.bytes=200000")
            self.assertEqual(self.configs(broker, "--topic", "own"),
                             {"retention.ms": ("7000", "DYNAMIC_TOPIC_CONFIG"),
                              "segment.bytes": ("200000", "DYNAMIC_TOPIC_CONFIG")})
            self.weir(broker, "configs", "unset", "--topic", "own", "segment.bytes")
            self.assertEqual(list(self.configs(broker, "--topic", "own")), ["retention.ms"])
        with self.feature("defaults, too"):
            every = self.configs(broker, "--topic", "own", "--all")
            self.assertEqual(every["segment.ms"], (WEEK_MS, "DEFAULT_CONFIG"))
        with self.feature("change a broker's settings"):
            self.weir(broker, "configs", "set", "--broker", "1", "message.max.bytes=2000")
            found = self.configs(broker, "--broker", "1")
            self.assertEqual(found["message.max.bytes"], ("2000", "DYNAMIC_BROKER_CONFIG"))
            self.assertEqual(found["num.network.threads"], ("3", "STATIC_BROKER_CONFIG"))
            self.assertNotIn("log.segment.bytes", found)  # a default
        with self.feature("bad settings are refused"):
            self.assertIn("INVALID_CONFIG", self.weir(broker, "configs", "set", "--topic", "own",
                                                      "retention.ms=soon", status=1))
            self.assertIn("INVALID_REQUEST", self.weir(broker, "configs", "set", "--broker", "1",
                                                       "listeners=PLAINTEXT://:1", status=1))
            self.weir(broker, "configs", "set", "--topic", "own", "retention.ms", status=2)


class Records(WeirTest):
    def test_what_goes_in_comes_out(self):
        broker = self.start_broker()
        self.weir(broker, "topics", "create", "events", "--partitions", 2)
        with self.feature("produce and consume"):
            lines = "".join(f"line {i}\n" for i in range(1200))
            self.weir(broker, "produce", "events", "--partition", 1, stdin=lines)
            self.assertEqual(self.weir(broker, "consume", "events", "--partition", 1), lines)
            self.assertEqual(self.weir(broker, "consume", "events"), "")
            self.assertEqual(self.weir(broker, "consume", "events", "--partition", 1, "--from",
                                       "latest"), "")
        with self.feature("consume as JSON"):
            self.weir(broker, "produce", "events", stdin='say "hé"\\\t\n')
            self.assertEqual(self.json_lines(broker, "consume", "events"),
                             [{"offset": 0, "key": "", "value": 'say "hé"\\\t'}])
            [second] = self.json_lines(broker, "consume", "events", "--partition", 1, "--from", 7,
                                       "--max", 1)
            self.assertEqual((second["offset"], second["value"]), (7, "line 7"))
        with self.feature("a reader that leaves, a full disk: no crash"):
            reading, writing = os.pipe()
            os.close(reading)
            for out in (writing, os.open("/dev/full", os.O_WRONLY)):
                done = subprocess.run(
                    [WEIR, "-b", broker.address, "consume", "events", "--partition", "1"],
                    stdout=out, stderr=subprocess.PIPE, timeout=60 * harness.PATIENCE, check=False)
                os.close(out)
                self.assertEqual(done.returncode, 1, done.stderr)
        with self.feature("an offset that is not there: status 1"):
            self.assertIn("OFFSET_OUT_OF_RANGE",
                          self.weir(broker, "consume", "events", "--from", 99, status=1))


class Files(WeirTest):
    def dump(self, path, *options, status=0):
        done = subprocess.run([WEIR, "dump-log", "--json", *options, path], capture_output=True,
                              text=True, timeout=60 * harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()][1:]

    def test_dump_log(self):
        broker = self.start_broker({"log.index.interval.bytes": 1})
        self.weir(broker, "topics", "create", "events")
        self.weir(broker, "produce", "events", stdin="".join(f"line {i}\n" for i in range(1200)))
        broker.terminate()
        directory = os.path.join(broker.directory, "events-0")
        path = os.path.join(directory, "0" * 20 + ".log")
        with self.feature("dump-log: batches"):
            batches = self.dump(path)
            self.assertEqual([(b["base_offset"], b["last_offset"], b["crc"]) for b in batches],
                             [(0, 499, "ok"), (500, 999, "ok"), (1000, 1199, "ok")])
            self.assertEqual(sum(b["size_bytes"] for b in batches), os.path.getsize(path))
            self.assertEqual([b["base_sequence"] for b in batches], [0, 500, 1000])
        with self.feature("dump-log: records"):
            records = [line for line in self.dump(path, "--records") if "value" in line]
            self.assertEqual([r["value"] for r in records], [f"line {i}" for i in range(1200)])
            self.assertEqual({r["key"] for r in records}, {None})
        with self.feature("dump-log: indexes and snapshots"):
            for entry in self.dump(path[:-3] + "index"):
                self.assertIn((entry["offset"], entry["position"]),
                              [(b["last_offset"], b["position"]) for b in batches])
            times = {b["max_timestamp_ms"] for b in batches}
            self.assertLessEqual({e["timestamp_ms"] for e in self.dump(path[:-3] + "timeindex")},
                                 times)
            [snapshot] = [name for name in os.listdir(directory) if name.endswith(".snapshot")]
            producers = self.dump(os.path.join(directory, snapshot))
            self.assertEqual(producers[-1]["last_offset"], 1199)
            self.assertEqual(producers[-1]["producer_id"], batches[0]["producer_id"])
        self.damage(path, batches, os.path.join(directory, snapshot))

    def damage(self, path, batches, snapshot):
        with open(path, "rb") as file:
            sound = file.read()
        second = batches[1]["position"]
        with self.feature("dump-log: damage is told, with its place: status 1"):
            for broken, position, what in (
                    (sound[:second + 100] + b"\xff" + sound[second + 101:], second, "CRC"),
                    (sound[:-1], batches[2]["position"], "cut"),
                    (sound[:second + 16] + b"\x01" + sound[second + 17:], second, "magic 1"),
                    (sound[:second + 8] + b"\xff" * 4 + sound[second + 12:], second, "length -1"),
                    (sound + sound, len(sound), "offset 0 comes after 1199")):
                with open(path, "wb") as file:
                    file.write(broken)
                found = [line for line in self.dump(path, status=1) if "damage" in line]
                self.assertEqual(found[0]["position"], position)
                self.assertIn(what, found[0]["damage"])
            with open(snapshot, "r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"\xaa")
            self.assertIn("CRC", self.dump(snapshot, status=1)[0]["damage"])
        with self.feature("dump-log: garbage never crashes it"):
            chance = random.Random(1)
            for _ in range(30):
                broken = bytearray(sound)
                for _ in range(3):
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
                with open(path, "wb") as file:
                    file.write(broken)
                done = subprocess.run([WEIR, "dump-log", "--records", path], capture_output=True,
                                      check=False, timeout=60 * harness.PATIENCE)
                self.assertIn(done.returncode, (0, 1))
        with self.feature("dump-log: a file that is not there: status 1, of another kind: 2"):
            self.weir(None, "dump-log", self.path("nothing.log"), status=1)
            self.weir(None, "dump-log", self.path("nothing.txt"), status=2)


class Bench(WeirTest):
    def test_bench(self):
        broker = self.start_broker()
        self.weir(broker, "topics", "create", "events", "--partitions", 2)
        for codec in ("none", "lz4"):
            with self.feature(f"bench produce, {codec}"):
                [sent] = self.json_lines(broker, "bench", "produce", "events", "--records", 2001,
                                         "--clients", 3, "--compression", codec)
                self.assertEqual((sent["records"], sent["bytes"]), (2001, 200100))
                self.assertEqual(sent["requests"], 5)
                times = [sent[f"latency_{name}_ms"] for name in ("p50", "p95", "p99", "max")]
                self.assertEqual(times, sorted(times))
                self.assertGreater(times[0], 0)
        with self.feature("bench consume"):
            [read] = self.json_lines(broker, "bench", "consume", "events", "--clients", 2)
            self.assertEqual((read["records"], read["bytes"]), (4002, 400200))
            [read] = self.json_lines(broker, "bench", "consume", "events", "--records", 1)
            self.assertLess(read["records"], 4002)
        with self.feature("bench: one line as of Kafka's tool"):
            self.assertRegex(self.weir(broker, "bench", "consume", "events"),
                             r"^4002 records read, [0-9.]+ records/sec \([0-9.]+ MB/sec\), "
                             r"[0-9.]+ ms avg latency, .* ms 99\.9th\.\n$")
        with self.feature("bench: a topic that is not there: status 1"):
            self.weir(broker, "bench", "produce", "nothing", status=1)


if __name__ == "__main__":
    harness.main()
