"""The command `weir` against a real broker: what it prints, what it refuses, its exit status."""
import json
import os
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
                                ("INVALID_PARTITIONS", ["add-partitions", "events", "--partitions", 2]),
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
        with self.feature("an offset that is not there: status 1"):
            self.assertIn("OFFSET_OUT_OF_RANGE",
                          self.weir(broker, "consume", "events", "--from", 99, status=1))


if __name__ == "__main__":
    harness.main()
