"""The same requests to Weir and to Apache Kafka 3.9, and their answers compared field by field.

What differs has to stand in differences.py, and what stands there has to differ. The requests are
in script_*.py, one file a group of APIs.
"""
import concurrent.futures

import asker
import compare
import differences
import harness
import kafka_tools
import peers
import schema
import script_cluster
import script_configs
import script_fetch
import script_malformed
import script_offsets
import script_old_formats
import script_partitions
import script_produce
import script_producers
import script_sessions
import script_topics

# Last what makes Kafka create its internal topics.
SCRIPTS = [script_topics, script_partitions, script_produce, script_old_formats, script_fetch,
           script_sessions, script_offsets, script_configs, script_malformed, script_producers,
           script_cluster]
# Kafka's default, which the harness changes for Weir: named on both sides, for it shows in answers.
FLUSH = {"log.flush.interval.messages": 2**63 - 1}


class DifferentialTest(harness.InteropTest):
    client = "Kafka's answers"

    @classmethod
    def setUpClass(cls):
        cls.classpath = kafka_tools.compiled()
        cls.schemas = schema.Schemas(cls.classpath)

    def start_kafka(self):
        tools = kafka_tools.Tools(self.classpath)
        self.addCleanup(tools.close)
        kafka = kafka_tools.Kafka(self.classpath, self.path("kafka"), FLUSH)
        self.addCleanup(kafka.close)
        kafka.format(tools)
        return kafka.start()

    def answers(self, broker, versions):
        """step > the normalised answer."""
        one = asker.Asker(broker, self.schemas, versions)
        for script in SCRIPTS:
            script.run(one)
        one.reconnect()
        normaliser = compare.Normaliser(one)
        return {step: normaliser.normal(answer) for step, answer in one.steps.items()}

    def test_answers_are_alike(self):
        brokers = [self.start_kafka(), self.start_broker({"broker.id": 1, **FLUSH})]
        versions = asker.announced(brokers[1], self.schemas)
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            kafka, weir = threads.map(self.answers, brokers, [versions] * 2)
        self.assertEqual(list(kafka), list(weir), "the script took two ways")
        with self.feature("every version is asked"):
            asked = {step.split(":")[0] for step in kafka}
            self.assertEqual([f"{api} v{version}" for api, span in versions.items()
                              for version in span if f"{api} v{version}" not in asked], [])
        used, unlisted, alike = set(), [], 0
        for step in kafka:
            found = list(compare.differences(kafka[step], weir[step]))
            alike += not found
            for field, left, right in found:
                entries = [e for e in differences.LISTED if e.covers(step, field, left, right)]
                used.update(entries)
                if not entries:
                    unlisted.append(f"{step}\n    {field}: Kafka {left}, Weir {right}")
        print(f"{len(kafka)} requests, {alike} answered alike, {len(kafka) - alike} with a "
              f"difference; {len(differences.LISTED)} differences are listed")
        with self.feature("no unlisted difference"):
            self.assertEqual(unlisted, [], "\n" + "\n".join(unlisted))
        with self.feature("no difference listed in vain"):
            self.assertEqual([e for e in differences.LISTED if e not in used], [])


if __name__ == "__main__":
    peers.insist(peers.kafka_classpath(), "Apache Kafka's jars, java or mvn")
    harness.main(programs=["java", "javac"])
