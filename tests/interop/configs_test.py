"""Settings of topics and brokers, as confluent-kafka and kafka-python see and change them."""
import json
import os
import signal
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


class ConfluentAdmin(harness.InteropTest):
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


class ConfluentConfigs(ConfluentAdmin):
    client = "confluent-kafka"

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
            self.assertEqual(list(configs["retention.ms"].synonyms), ["retention.ms"])
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
            self.assertIsNone(configs["log.retention.ms"].value)  # as in Kafka: it was not set
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


class Reload(ConfluentAdmin):
    """SIGHUP reads the file again."""
    client = "weir-broker"

    def write_settings(self, *lines):
        """Whole at once: a broker that reads meanwhile sees the old file or the new one."""
        with open(self.settings + ".new", "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        os.replace(self.settings + ".new", self.settings)

    def hang_up(self, broker, line):
        """Waits until the log says `line` once more."""
        before = broker.log().count(line)
        broker.process.send_signal(signal.SIGHUP)
        harness.wait_until(lambda: broker.log().count(line) > before, f"the log says {line!r}")

    def value(self, broker, key):
        return self.describe(broker, confluent.RESOURCE_BROKER, "1")[key].value

    def delivered(self, broker, size):
        """None, or the code of the error."""
        outcome = []
        producer = confluent_kafka.Producer({"bootstrap.servers": broker.address})
        producer.produce("sized", b"v" * size, on_delivery=lambda error, _: outcome.append(error))
        producer.flush(PATIENCE)
        return outcome[0] and outcome[0].code()

    def test_settings_are_read_again(self):
        self.settings = self.path("server.properties")
        self.write_settings("message.max.bytes=100000", "num.io.threads=4")
        broker = self.start_broker({"num.network.threads": 2}, ["--config", self.settings])
        self.create(broker, "sized", {})
        with self.feature("SIGHUP: a dynamic setting takes effect"):
            self.assertIsNone(self.delivered(broker, 5000))
            self.write_settings("message.max.bytes=1000", "num.io.threads=4")
            self.hang_up(broker, "settings reloaded: 1 in effect, 0 need a restart")
            entry = self.describe(broker, confluent.RESOURCE_BROKER, "1")["message.max.bytes"]
            self.assertEqual((entry.value, entry.source),
                             ("1000", confluent.ConfigSource.STATIC_BROKER_CONFIG.value))
            self.assertEqual(self.delivered(broker, 5000),
                             confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE)
        with self.feature("SIGHUP: the others are named for a restart"):
            self.write_settings("message.max.bytes=2000", "num.io.threads=9")
            self.hang_up(broker, "settings reloaded: 1 in effect, 1 need a restart")
            self.assertIn("num.io.threads changed in the settings, and needs a restart",
                          broker.log())
            self.assertEqual(self.value(broker, "num.io.threads"), "4")
        with self.feature("SIGHUP: a bad file is refused whole"):
            self.write_settings("message.max.bytes=3000", "log.retention.ms=soon")
            said = "; nothing was reloaded, the settings in effect stay"
            self.hang_up(broker, said)
            refused = subprocess.run([harness.BROKER, "--config", self.settings], text=True,
                                     capture_output=True, check=False)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(refused.stderr.strip().removeprefix("weir-broker: ") + said, broker.log())
            os.remove(self.settings)
            self.hang_up(broker, f"cannot read {self.settings}{said}")
            self.assertEqual(self.value(broker, "message.max.bytes"), "2000")
        with self.feature("SIGHUP: a pipe is not read twice"):
            os.mkfifo(self.settings)
            self.hang_up(broker, f"cannot read {self.settings} again: it is no regular file{said}")
            os.remove(self.settings)
        with self.feature("SIGHUP: what was altered outranks the file"):
            self.alter(broker, confluent.RESOURCE_BROKER, "1", {"message.max.bytes": "700"})
            self.write_settings("message.max.bytes=4000", "num.io.threads=4")
            self.hang_up(broker, "settings reloaded: 1 in effect, 0 need a restart")
            self.assertEqual(self.value(broker, "message.max.bytes"), "700")
        with self.feature("an empty file keeps the overrides"):
            done = subprocess.run([harness.BROKER, "--config", "/dev/null", "--override",
                                   "num.partitions=3", "--print-config"], capture_output=True,
                                  text=True, check=True)
            self.assertIn("\nnum.partitions=3\n", done.stdout)


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
