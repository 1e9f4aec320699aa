"""A real broker loses its power again and again: no record that it acked may be gone."""
import os
import random
import subprocess
import time

import driver
import harness
import powercut

try:
    from confluent_kafka.admin import AdminClient, NewTopic
except ImportError:
    pass  # harness.main says so

ROUNDS = int(os.environ.get("WEIR_POWERCUT_ROUNDS", "4"))
SEED = int(os.environ.get("WEIR_POWERCUT_SEED", random.randrange(1 << 32)))
PRODUCERS = 3
PARTITIONS = 3
SYNC_US = 1500  # as a disk would take, so that cuts fall into syncs
CLEAN, ANOMALIES = 0, 11
TOPIC = "cut"


class PowerCutTest(harness.InteropTest):
    client = "power cut"

    def setUp(self):
        super().setUp()
        self.draw = random.Random(SEED)
        print(f"WEIR_POWERCUT_SEED={SEED} WEIR_POWERCUT_ROUNDS={ROUNDS}", flush=True)

    def new_broker(self, settings, ignore_sync=False):
        directory = self.path("machine")
        os.mkdir(directory)
        self.machine = powercut.Machine(directory, SYNC_US, ignore_sync)
        broker = harness.Broker(directory, {"log.segment.bytes": 20_000, "num.network.threads": 2,
                                            "num.partitions": PARTITIONS, **settings},
                                environment=self.machine.environment())
        self.assertEqual(broker.directory, os.path.join(directory, "data"))
        self.brokers.append(broker)
        self.addCleanup(broker.close)
        return broker.start()

    def cut_power(self, broker):
        """At once, after the disk was looked at; the broker has to have been alive until then."""
        self.assertTrue(broker.running(), "the broker ended by itself")
        broker.kill()
        self.machine.rebuild()

    def create(self, broker, topic):
        admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(20)

    def go_through(self, broker, rounds):
        """Load and power cuts; gives the history, with everything read in the end."""
        history = driver.History(TOPIC)
        self.create(broker, TOPIC)
        topics = {TOPIC}
        actors = [driver.IdempotentProducer(broker.address, history, PARTITIONS)
                  for _ in range(PRODUCERS)]
        actors.append(driver.Reader(broker.address, history, PARTITIONS))
        for actor in actors:
            actor.start()
        for cut in range(rounds):
            already = history.acked()
            harness.wait_until(lambda n=already: history.acked() > n + 50, "records are acked", 15)
            self.assertEqual([actor.failure for actor in actors if actor.failure], [])
            if cut % 2 == 0:
                self.create(broker, f"made-before-{cut}")
                topics.add(f"made-before-{cut}")
            time.sleep(self.draw.uniform(0.0, 0.4))
            self.cut_power(broker)
            for _ in range(self.draw.randrange(3)):  # and again while it recovers
                broker.spawn()
                time.sleep(self.draw.uniform(0.0, 0.03))
                self.cut_power(broker)
            broker.start()
        for actor in actors:
            actor.end()
        self.cut_power(broker)
        broker.start()
        listed = AdminClient({"bootstrap.servers": broker.address}).list_topics(timeout=20).topics
        if TOPIC not in listed:  # so that the reader finds it, and nothing in it
            self.create(broker, TOPIC)
        final = driver.Reader(broker.address, history, PARTITIONS, to_the_end=True)
        final.start()
        final.done.wait(90 * harness.PATIENCE)
        final.end()
        print(f"{rounds} rounds: {history.acked()} acked, {actors[-1].read} read meanwhile, "
              f"{final.read} in the end, {len(history.processes)} clients", flush=True)
        return history, topics - set(listed)

    def judge(self, history):
        path = self.path("history.jsonl")
        history.write(path)
        done = subprocess.run([harness.WEIR_SIM, "check", path], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def test_no_acked_record_is_lost_when_every_ack_waits_for_its_flush(self):
        with self.feature("flush before ack: nothing acked is lost"):
            broker = self.new_broker({"log.flush.interval.messages": 1})
            history, lost_topics = self.go_through(broker, ROUNDS)
            self.assertEqual(lost_topics, set(), "topics whose creation was acked")
            status, said = self.judge(history)
            self.assertEqual(status, CLEAN, said)
            self.assertGreater(history.acked(), 50 * ROUNDS)
            self.assertEqual(len(history.processes), PRODUCERS + 2, "a producer had to be replaced")

    def test_control_with_kafkas_default_flush_acked_records_are_lost_and_found_missing(self):
        with self.feature("control: default flush loses acked records"):
            broker = self.new_broker({"log.flush.interval.messages": (1 << 63) - 1})
            history, lost_topics = self.go_through(broker, min(ROUNDS, 4))
            self.assertEqual(lost_topics, set(), "topics are made durable whatever the flush")
            status, said = self.judge(history)
            self.assertEqual(status, ANOMALIES, said)
            print("\n".join(said.splitlines()[:4]), flush=True)

    def test_control_on_a_disk_whose_syncs_do_nothing_acked_records_are_lost(self):
        with self.feature("control: a disk that lies about syncs"):
            broker = self.new_broker({"log.flush.interval.messages": 1}, ignore_sync=True)
            history, _ = self.go_through(broker, 1)
            status, said = self.judge(history)
            self.assertEqual(status, ANOMALIES, said)
            print("\n".join(said.splitlines()[:4]), flush=True)


if __name__ == "__main__":
    harness.main(modules=["confluent_kafka"])
