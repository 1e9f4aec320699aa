"""Kafka's own tools and its Java client against the broker, and its log reader on the broker's files."""
import glob
import json
import os
import re
import time

import harness
import kafka_tools
import peers

TOPICS = "org.apache.kafka.tools.TopicCommand"
CONFIGS = "kafka.admin.ConfigCommand"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


class JavaTest(harness.InteropTest):
    @classmethod
    def setUpClass(cls):
        cls.tools = kafka_tools.Tools(kafka_tools.compiled())
        cls.addClassCleanup(cls.tools.close)

    def tool(self, broker, name, *arguments, **options):
        return self.tools.run(name, "--bootstrap-server", broker.address, *arguments, **options)

    def create(self, broker, topic, partitions=1, *configs):
        arguments = [word for config in configs for word in ("--config", config)]
        self.tool(broker, TOPICS, "--create", "--topic", topic, "--partitions", partitions,
                  *arguments)


class AdminTools(JavaTest):
    client = "kafka-*.sh"

    def test_topics_and_configs(self):
        broker = self.start_broker({"num.network.threads": 2})
        with self.feature("create a topic with settings"):
            self.create(broker, "own", 2, "retention.ms=5000000")
        with self.feature("list topics"):
            self.assertEqual(self.tool(broker, TOPICS, "--list").strip(), "own")
        with self.feature("create partitions"):
            self.tool(broker, TOPICS, "--alter", "--topic", "own", "--partitions", 3)
            refused = self.tool(broker, TOPICS, "--alter", "--topic", "own", "--partitions", 2,
                                expect=1)
            self.assertIn("3 partitions", refused)
        with self.feature("describe a topic"):
            text = self.tool(broker, TOPICS, "--describe", "--topic", "own")
            self.assertIn("PartitionCount: 3\tReplicationFactor: 1\tConfigs: retention.ms=5000000",
                          text)
            self.assertEqual(text.count("Leader: 1\tReplicas: 1\tIsr: 1"), 3)
        own = ("--entity-type", "topics", "--entity-name", "own")
        with self.feature("alter a topic's settings"):
            self.tool(broker, CONFIGS, "--alter", *own, "--add-config",
                      "segment.bytes=65536,retention.ms=7000000")
            self.tool(broker, CONFIGS, "--alter", *own, "--delete-config", "segment.bytes")
            refused = self.tool(broker, CONFIGS, "--alter", *own, "--add-config",
                                "retention.ms=soon", expect=1)
            self.assertIn("InvalidConfigurationException", refused)
        with self.feature("describe a topic's settings"):
            text = self.tool(broker, CONFIGS, "--describe", *own)
            self.assertIn("retention.ms=7000000 sensitive=false "
                          "synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=7000000", text)
            self.assertNotIn("segment.bytes", text)
        with self.feature("alter a broker's settings"):
            one = ("--entity-type", "brokers", "--entity-name", "1")
            self.tool(broker, CONFIGS, "--alter", *one, "--add-config", "message.max.bytes=50000")
            self.assertIn("message.max.bytes=50000", self.tool(broker, CONFIGS, "--describe", *one))
        with self.feature("delete a topic"):
            self.tool(broker, TOPICS, "--delete", "--topic", "own")
            self.assertEqual(self.tool(broker, TOPICS, "--list").strip(), "")
            self.tool(broker, TOPICS, "--delete", "--topic", "own", expect=1)

    def test_records(self):
        broker = self.start_broker({"num.network.threads": 2})
        with self.feature("console producer and consumer"):
            self.tool(broker, "kafka.tools.ConsoleProducer", "--topic", "lines",
                      stdin="one\ntwo\nthree\n")
            consumer = "org.apache.kafka.tools.consumer.ConsoleConsumer"
            read = ("--topic", "lines", "--partition", 0, "--timeout-ms", 15000)
            self.assertTrue(self.tool(broker, consumer, *read, "--offset", "earliest",
                                      "--max-messages", 3).startswith("one\ntwo\nthree\n"))
            self.assertTrue(self.tool(broker, consumer, *read, "--offset", 1,
                                      "--max-messages", 1).startswith("two\n"))
        with self.feature("producer-perf-test"):
            self.create(broker, "perf")
            text = self.tools.run(
                "org.apache.kafka.tools.ProducerPerformance", "--topic", "perf", "--num-records",
                20000, "--record-size", 100, "--throughput", -1, "--producer-props",
                f"bootstrap.servers={broker.address}", "acks=all", "compression.type=lz4")
            self.assertIn("20000 records sent", text)
        with self.feature("get-offsets"):
            offsets = ("org.apache.kafka.tools.GetOffsetShell", "--topic-partitions", "perf:0")
            self.assertEqual(self.tool(broker, *offsets).strip(), "perf:0:20000")
            self.assertEqual(self.tool(broker, *offsets, "--time", "earliest").strip(), "perf:0:0")
            self.assertEqual(self.tool(broker, *offsets, "--time", "max-timestamp").split(":")[0],
                             "perf")
        with self.feature("delete records"):
            path = self.path("delete.json")
            with open(path, "w", encoding="ascii") as file:
                json.dump({"version": 1, "partitions": [
                    {"topic": "perf", "partition": 0, "offset": 500}]}, file)
            text = self.tool(broker, "org.apache.kafka.tools.DeleteRecordsCommand",
                             "--offset-json-file", path)
            self.assertIn("partition: perf-0\tlow_watermark: 500", text)
            self.assertEqual(self.tool(broker, *offsets, "--time", "earliest").strip(),
                             "perf:0:500")
        with self.feature("describe log directories"):
            text = self.tool(broker, "org.apache.kafka.tools.LogDirsCommand", "--describe")
            [directory] = json.loads(text.splitlines()[-1])["brokers"][0]["logDirs"]
            self.assertEqual({p["partition"] for p in directory["partitions"]},
                             {"lines-0", "perf-0"})
        with self.feature("broker-api-versions"):
            text = self.tool(broker, "kafka.admin.BrokerApiVersionsCommand")
            self.assertIn("Produce(0): 0 to 11 [usable: 11]", text)


class Client(JavaTest):
    client = "kafka-clients"

    def produce(self, broker, prefix, **settings):
        words = ",".join(f"{key.replace('_', '.')}={value}" for key, value in settings.items())
        text = self.tools.run("JavaClient", "produce", broker.address, "java", prefix, 1000, words)
        first, last = map(int, text.split()[-1].split(".."))
        self.assertEqual(last - first, 999)
        return [f"{first + i} {prefix}-{i}" for i in range(1000)]

    def test_producer_and_consumer(self):
        broker = self.start_broker()
        self.create(broker, "java")
        sent = []
        with self.feature("acks=0"):
            text = self.tools.run("JavaClient", "produce", broker.address, "java", "zero", 1,
                                  "acks=0,enable.idempotence=false")
            self.assertIn("-1", text)
            sent.append("0 zero-0")
            harness.wait_until(lambda: "java:0:1" in self.tool(
                broker, "org.apache.kafka.tools.GetOffsetShell", "--topic", "java"),
                "the record is there")
        before = int(time.time() * 1000)
        for acks in ("1", "all"):
            with self.feature(f"acks={acks}"):
                sent += self.produce(broker, acks, acks=acks, enable_idempotence="false")
        with self.feature("idempotence"):
            sent += self.produce(broker, "once", batch_size=200)
        for codec in CODECS[1:]:
            with self.feature(codec):
                sent += self.produce(broker, codec, compression_type=codec)
        with self.feature("consume by assignment"):
            text = self.tools.run("JavaClient", "consume", broker.address, "java", 0, len(sent))
            self.assertEqual(text.splitlines(), sent)
            text = self.tools.run("JavaClient", "consume", broker.address, "java", 3456, 10)
            self.assertEqual(text.splitlines(), sent[3456:3466])
        with self.feature("offsets by timestamp"):
            def at(when):
                return self.tools.run("JavaClient", "time", broker.address, "java", when).strip()
            self.assertEqual(at(0), "0")
            self.assertEqual(at(before), "1")
            self.assertEqual(at(before + 3_600_000), "-1")
        harness.FEATURES[self.client]["groups"] = "not yet"


class Files(JavaTest):
    """DumpLogSegments reads every file that the broker writes."""
    client = "DumpLogSegments"
    COMPLAINTS = re.compile(r"mismatch|Index position|Found|corrupt|Exception|isvalid: false|Could not",
                            re.IGNORECASE)

    def dump(self, files, *options):
        text = self.tools.run("kafka.tools.DumpLogSegments", "--files", ",".join(files), *options)
        self.assertIsNone(self.COMPLAINTS.search(text), text[-3000:])
        return text

    def test_every_file_is_read_without_a_complaint(self):
        broker = self.start_broker({"log.segment.bytes": 40000, "log.index.interval.bytes": 1000})
        self.create(broker, "java")
        for codec in CODECS:
            self.tools.run("JavaClient", "produce", broker.address, "java", codec * 4, 2000,
                           f"compression.type={codec},batch.size=2000")
        broker.kill()  # what is written while it runs
        with self.feature("after kill -9: records"):
            self.check_records(broker, count=10000)
        broker.start()
        broker.terminate()
        with self.feature("after a stop in order: records"):
            self.check_records(broker, count=10000)
        files = self.files(broker)
        with self.feature("offset index"):
            self.check_index(files[".index"], "position:")
        with self.feature("time index"):
            self.check_index(files[".timeindex"], "timestamp:")
        with self.feature("producer snapshots"):
            self.assertGreater(len(files[".snapshot"]), 1)
            self.assertIn("producerId:", self.dump(files[".snapshot"]))

    def files(self, broker):
        return {kind: sorted(glob.glob(f"{broker.directory}/java-0/*{kind}"))
                for kind in (".log", ".index", ".timeindex", ".snapshot")}

    def check_index(self, files, word):
        self.assertIn(word, self.dump(files))  # compared with the batches of the segment
        sane = self.dump(files, "--index-sanity-check")
        self.assertEqual(sane.count("passed sanity check"), len(files))
        self.dump(files, "--verify-index-only")  # prints only what is wrong

    def check_records(self, broker, count):
        logs = self.files(broker)[".log"]
        self.assertGreater(len(logs), 2)
        text = self.dump(logs, "--deep-iteration", "--print-data-log")
        offsets = [int(found) for found in re.findall(r"^\| offset: (\d+)", text, re.MULTILINE)]
        self.assertEqual(offsets, list(range(count)))


if __name__ == "__main__":
    peers.insist(peers.kafka_classpath(), "Apache Kafka's jars, java or mvn")
    harness.main(programs=["java", "javac"])
