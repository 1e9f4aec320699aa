"""Settings of topics and brokers, as confluent-kafka and kafka-python see and change them."""
import json
import os
import subprocess

import harness

try:
    import confluent_kafka
    from confluent_kafka import admin as confluent
    import kafka
    from kafka import admin as python
except ImportError:
    pass  # harness.main says so

WEEK_MS = "604800000"
PATIENCE = 10 * harness.PATIENCE


class ConfluentConfigs(harness.InteropTest):
    client = "confluent-kafka"

    def admin(self, broker):
        return confluent.AdminClient({"bootstrap.servers": broker.address})

    def create(self, broker, topic, config):
        admin = self.admin(broker)  # kept: its futures end with it
        made = admin.create_topics([confluent.NewTopic(topic, 1, 1, config=config)],
                                   operation_timeout=10)
        made[topic].result(timeout=PATIENCE)

    def describe(self, broker, kind, name):
        admin = self.admin(broker)
        asked = admin.describe_configs([confluent.ConfigResource(kind, name)])
        return list(asked.values())[0].result(timeout=PATIENCE)

    def alter(self, broker, kind, name, config):
        admin = self.admin(broker)
        altered = admin.alter_configs([confluent.ConfigResource(kind, name, set_config=config)])
        list(altered.values())[0].result(timeout=PATIENCE)

    def test_topics(self):
        broker = self.start_broker({"num.network.threads": 3})
        with self.feature("create a topic with settings"):
            self.create(broker, "own", {"retention.ms": "5000", "segment.bytes": "100000"})
            configs = self.describe(broker, confluent.RESOURCE_TOPIC, "own")
            self.assertEqual(configs["retention.ms"].value, "5000")
            self.assertEqual(configs["retention.ms"].source,
                             confluent.ConfigSource.DYNAMIC_TOPIC_CONFIG.value)
            self.assertEqual(configs["segment.bytes"].value, "100000")
        with self.feature("describe a topic's settings"):
            self.assertEqual(configs["cleanup.policy"].value, "delete")
            self.assertEqual(configs["segment.ms"].value, WEEK_MS)
            self.assertEqual(configs["segment.ms"].source,
                             confluent.ConfigSource.DEFAULT_CONFIG.value)
            self.assertIn("log.retention.hours", configs["retention.ms"].synonyms)
        with self.feature("alter a topic's settings"):
            self.alter(broker, confluent.RESOURCE_TOPIC, "own", {"retention.ms": "7000"})
            configs = self.describe(broker, confluent.RESOURCE_TOPIC, "own")
            self.assertEqual(configs["retention.ms"].value, "7000")
            self.assertEqual(configs["segment.bytes"].value, str(1 << 30))  # all are replaced
        with self.feature("bad settings are refused"):
            for config in ({"retention.ms": "soon"}, {"cleanup.policy": "compact"}, {"no": "1"}):
                with self.assertRaises(confluent_kafka.KafkaException) as refused:
                    self.alter(broker, confluent.RESOURCE_TOPIC, "own", config)
                self.assertEqual(refused.exception.args[0].code(),
                                 confluent_kafka.KafkaError.INVALID_CONFIG)
                with self.assertRaises(confluent_kafka.KafkaException) as refused:
                    self.create(broker, "bad", config)
                self.assertEqual(refused.exception.args[0].code(),
                                 confluent_kafka.KafkaError.INVALID_CONFIG)
        with self.feature("settings are there after kill -9"):
            broker.kill()
            broker.start()
            configs = self.describe(broker, confluent.RESOURCE_TOPIC, "own")
            self.assertEqual(configs["retention.ms"].value, "7000")

    def test_brokers(self):
        broker = self.start_broker({"log.retention.hours": 5})
        with self.feature("describe a broker's settings"):
            configs = self.describe(broker, confluent.RESOURCE_BROKER, "1")
            self.assertEqual(configs["log.retention.ms"].value, str(5 * 3600 * 1000))
            self.assertEqual(configs["log.retention.hours"].value, "5")
            self.assertEqual(configs["log.retention.hours"].source,
                             confluent.ConfigSource.STATIC_BROKER_CONFIG.value)
            self.assertTrue(configs["listeners"].is_read_only)
        with self.feature("alter a broker's settings"):
            self.alter(broker, confluent.RESOURCE_BROKER, "1", {"message.max.bytes": "2000"})
            configs = self.describe(broker, confluent.RESOURCE_BROKER, "1")
            self.assertEqual(configs["message.max.bytes"].value, "2000")
            self.assertEqual(configs["message.max.bytes"].source,
                             confluent.ConfigSource.DYNAMIC_BROKER_CONFIG.value)
            with self.assertRaises(confluent_kafka.KafkaException) as refused:
                self.alter(broker, confluent.RESOURCE_BROKER, "1", {"listeners": "PLAINTEXT://:1"})
            self.assertEqual(refused.exception.args[0].code(),
                             confluent_kafka.KafkaError.INVALID_REQUEST)
            self.create(broker, "small", {})
            configs = self.describe(broker, confluent.RESOURCE_TOPIC, "small")
            self.assertEqual(configs["max.message.bytes"].value, "2000")


class KafkaPythonConfigs(harness.InteropTest):
    client = "kafka-python"

    def admin(self, broker):
        admin = python.KafkaAdminClient(bootstrap_servers=broker.address)
        self.addCleanup(admin.close)
        return admin

    def describe(self, admin, kind, name, keys=None):
        """{key: value} and {key: source}"""
        [response] = admin.describe_configs([python.ConfigResource(kind, name, keys)],
                                            include_synonyms=True)
        [(error, message, _, found, entries)] = response.resources
        self.assertEqual((error, found), (0, name), message)
        return ({entry[0]: entry[1] for entry in entries}, {entry[0]: entry[3] for entry in entries})

    def test_topics_and_brokers(self):
        broker = self.start_broker({"num.network.threads": 2})
        admin = self.admin(broker)
        topic = python.ConfigResourceType.TOPIC
        with self.feature("create a topic with settings"):
            admin.create_topics([python.NewTopic("own", 1, 1,
                                                 topic_configs={"retention.ms": "5000"})])
        with self.feature("describe a topic's settings"):
            values, sources = self.describe(admin, topic, "own")
            self.assertEqual((values["retention.ms"], sources["retention.ms"]), ("5000", 1))
            self.assertEqual((values["segment.ms"], sources["segment.ms"]), (WEEK_MS, 5))
            values, _ = self.describe(admin, topic, "own", {"segment.ms": None})
            self.assertEqual(values, {"segment.ms": WEEK_MS})
        with self.feature("alter a topic's settings"):
            response = admin.alter_configs(
                [python.ConfigResource(topic, "own", {"retention.ms": "7000"})])
            self.assertEqual(response.resources[0][0], 0)
            self.assertEqual(self.describe(admin, topic, "own")[0]["retention.ms"], "7000")
        with self.feature("bad settings are refused"):
            response = admin.alter_configs(
                [python.ConfigResource(topic, "own", {"retention.ms": "soon"})])
            self.assertEqual(response.resources[0][0], kafka.errors.InvalidConfigurationError.errno)
            with self.assertRaises(kafka.errors.InvalidConfigurationError):
                admin.create_topics([python.NewTopic("bad", 1, 1, topic_configs={"no": "1"})])
        with self.feature("describe a broker's settings"):
            values, sources = self.describe(admin, python.ConfigResourceType.BROKER, "1")
            self.assertEqual((values["num.network.threads"], sources["num.network.threads"]),
                             ("2", 4))


class PrintConfig(harness.InteropTest):
    client = "weir-broker"

    def print_config(self, *arguments):
        done = subprocess.run([harness.BROKER, "--print-config", *arguments], capture_output=True,
                              text=True, check=True)
        return done.stdout

    def test_what_is_printed_is_read_back(self):
        with self.feature("--print-config"):
            first = self.print_config("--override", "num.partitions=3", "--override",
                                      "log.retention.hours=5")
            self.assertIn("\nlog.retention.ms=18000000\n", first)
            path = os.path.join(self.work, "server.properties")
            with open(path, "w", encoding="utf-8") as file:
                file.write(first)
            self.assertEqual(self.print_config("--config", path), first)
            keys = {entry["name"]: entry for entry in json.loads(
                self.print_config("--json", "--config", path))}
            self.assertEqual(keys["num.partitions"]["value"], "3")
            self.assertFalse(keys["num.partitions"]["isDefault"])

    def test_a_wrong_setting_is_refused_before_anything_is_printed(self):
        with self.feature("wrong settings: status 2"):
            done = subprocess.run([harness.BROKER, "--print-config", "--override",
                                   "num.io.threads=0"], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("num.io.threads = 0: must be a whole number", done.stderr)


if __name__ == "__main__":
    harness.main(modules=["confluent_kafka", "kafka"])
