"""One directory, two brokers: what Apache Kafka wrote is served, and what Weir wrote Kafka opens."""
import os
import re
import shutil

import harness
import kafka_tools
import peers

TOPICS = "org.apache.kafka.tools.TopicCommand"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
COUNT = 3000  # records of each codec; with segments of 40,000 bytes that makes several


class DiskTest(harness.InteropTest):
    client = "Kafka's directory"

    @classmethod
    def setUpClass(cls):
        cls.classpath = kafka_tools.compiled()
        cls.tools = kafka_tools.Tools(cls.classpath)
        cls.addClassCleanup(cls.tools.close)

    def new_kafka(self, name):
        kafka = kafka_tools.Kafka(self.classpath, self.path(name), {
            "log.segment.bytes": 40000, "log.index.interval.bytes": 1000,
            # A kill -9 is to find Kafka's newest segment as it is while Kafka runs.
            "log.flush.offset.checkpoint.interval.ms": 1000})
        self.addCleanup(kafka.close)
        kafka.format(self.tools)
        return kafka

    def create(self, broker, topic, *arguments):
        self.tools.run(TOPICS, "--bootstrap-server", broker.address, "--create", "--topic", topic,
                       *arguments)

    def produce(self, broker, topic, prefix, settings="acks=all"):
        text = self.tools.run("JavaClient", "produce", broker.address, topic, prefix, COUNT, settings)
        first, last = map(int, text.split()[-1].split(".."))
        self.assertEqual(last - first + 1, COUNT)
        return [f"{first + i} {prefix}-{i}" for i in range(COUNT)]

    def fill(self, broker):
        """Topics with every codec, the records of an idempotent producer, and a late log start."""
        self.create(broker, "codecs")
        self.create(broker, "empty", "--partitions", 3)
        sent = []
        for codec in CODECS:
            sent += self.produce(broker, "codecs", codec * 3, f"compression.type={codec}")
        return sent

    def read(self, broker, topic, count, start=0):
        return self.tools.run("JavaClient", "consume", broker.address, topic, start,
                              count).splitlines()

    def weir_on(self, directory, name, settings=None):
        """Weir on a copy of `directory`."""
        os.makedirs(self.path(name))
        broker = harness.Broker(self.path(name), {"log.segment.bytes": 40000, **(settings or {})})
        shutil.copytree(directory, broker.directory)
        self.brokers.append(broker)
        self.addCleanup(broker.close)
        return broker

    def check_serves(self, broker, sent):
        broker.start()
        self.assertEqual(self.read(broker, "codecs", len(sent)), sent)
        described = self.tools.run(TOPICS, "--bootstrap-server", broker.address, "--describe")
        self.assertIn("Topic: empty\t", described)
        self.assertIn("PartitionCount: 3", described)
        more = self.produce(broker, "codecs", "more")
        broker.restart()
        everything = sent + more
        self.assertEqual(self.read(broker, "codecs", len(everything)), everything)
        self.assertEqual(self.read(broker, "codecs", 5, start=4321), everything[4321:4326])
        self.assertIn("left alone: Kafka's internal topics", broker.log())

    def test_kafkas_directory_is_served(self):
        kafka = self.new_kafka("kafka").start()
        sent = self.fill(kafka)
        ids = self.topic_ids(kafka)
        self.assertEqual(self.read(kafka, "codecs", 3), sent[:3])
        kafka.kill()
        killed = self.weir_on(kafka.data, "killed")
        with self.feature("Kafka after kill -9"):
            self.check_serves(killed, sent)
        kafka.start()  # a leader epoch later
        sent += self.produce(kafka, "codecs", "later")
        kafka.terminate()
        stopped = self.weir_on(kafka.data, "stopped", {"num.network.threads": 2})
        with self.feature("Kafka after a stop in order"):
            self.check_serves(stopped, sent)
        with self.feature("topic and cluster ids are kept"):
            self.assertEqual(self.topic_ids(stopped), ids)
            self.assertIn("of cluster weirInteropCluster0000 on", stopped.log())
        with self.feature("another broker's directory is refused"):
            other = self.weir_on(kafka.data, "other", {"broker.id": 5})
            with self.assertRaises(AssertionError) as refused:
                other.start()
            self.assertIn("log.dirs belongs to broker 1", str(refused.exception))
        with self.feature("back to Kafka"):
            self.check_kafka_takes_it_back(kafka, stopped, sent)

    def check_kafka_takes_it_back(self, kafka, stopped, sent):
        """Kafka on its own directory after Weir has written to it for a while."""
        everything = sent + self.produce(stopped, "codecs", "from-weir", "compression.type=zstd")
        end = int(everything[-1].split()[0]) + 1
        all_weirs = []  # a log that held nothing before
        for codec in CODECS:
            all_weirs += self.produce(stopped, "empty", codec, f"compression.type={codec}")
        stopped.terminate()
        shutil.rmtree(kafka.data)
        shutil.copytree(stopped.directory, kafka.data)
        kafka.start()
        read = self.read(kafka, "codecs", end)
        self.assertEqual(len(read), end)
        self.assertEqual(read[:len(sent)], sent)
        self.assertEqual(read[-COUNT:], everything[-COUNT:])
        self.assertEqual(self.read(kafka, "empty", len(all_weirs)), all_weirs)
        all_weirs += self.produce(kafka, "empty", "kafka")
        self.assertEqual(self.read(kafka, "empty", len(all_weirs)), all_weirs)
        complaints = re.findall(r".*(?:ERROR|WARN).*(?:codecs|[Cc]orrupt|stray).*", kafka.log())
        self.assertEqual(complaints, [])

    def topic_ids(self, broker):
        text = self.tools.run(TOPICS, "--bootstrap-server", broker.address, "--describe")
        return dict(re.findall(r"Topic: (\S+)\tTopicId: (\S+)", text))


if __name__ == "__main__":
    peers.insist(peers.kafka_classpath(), "Apache Kafka's jars, java or mvn")
    harness.main(programs=["java", "javac"])
