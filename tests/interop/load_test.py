"""A broker under load: thousands of idle connections, and a stop while everybody writes."""
import threading
import time

import harness
import wire
from harness import kcat_consume, kcat_end_offset, kcat_produce

try:
    from confluent_kafka import Producer
except ImportError:
    pass  # harness.main says so

CONNECTIONS = 2000
LINES = 200_000


class IdleConnections(harness.InteropTest):
    client = "kcat"

    def test_two_thousand_idle_connections_cost_the_others_nothing(self):
        broker = self.start_broker({"num.network.threads": 2}, ["--edge-triggered"])
        lines = self.write_lines("lines", LINES)
        with self.feature("2,000 idle connections beside it"):
            idle = []
            try:
                for _ in range(CONNECTIONS):
                    idle.append(wire.Peer(broker))
                kcat_produce(broker, "busy", lines, "-X", "acks=all")
                back = kcat_consume(broker, "busy", self.path("back"), "-e")
                self.assert_same_bytes(lines, back)
                self.assertTrue(all(peer.works() for peer in idle))
            finally:
                for peer in idle:
                    peer.close()


class StopUnderLoad(harness.InteropTest):
    client = "confluent-kafka"

    def produce_until(self, stop, broker, partition, acked):
        def report(error, message):
            if error is None:
                acked.append((message.offset(), message.value()))

        producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True,
                             "linger.ms": 1, "log_level": 0, "message.timeout.ms": 120_000})
        i = 0
        while not stop.is_set():
            try:
                producer.produce("loaded", b"%d/%d" % (partition, i), partition=partition,
                                 on_delivery=report)
                i += 1
            except BufferError:
                pass
            producer.poll(0 if i % 100 else 0.005)
        producer.poll(0.5)
        producer.purge(in_flight=True)
        producer.flush(5)

    def test_sigterm_under_load_loses_no_acked_record(self):
        settings = {"num.network.threads": 3, "num.partitions": 3, "log.segment.bytes": 100_000}
        broker = self.start_broker(settings)
        with self.feature("SIGTERM under load, thrice"):
            wire.Peer(broker).ask(wire.create_topic(1, "loaded", 3))
            stop, acked = threading.Event(), [[], [], []]
            producers = [threading.Thread(target=self.produce_until,
                                          args=(stop, broker, p, acked[p])) for p in range(3)]
            for producer in producers:
                producer.start()
            try:
                for _ in range(3):
                    already = [len(partition) for partition in acked]
                    harness.wait_until(lambda n=already: all(
                        len(partition) > before + 200
                        for partition, before in zip(acked, n)), "acks come")
                    broker.restart()  # asserts status 0 and that it stopped in order
                time.sleep(0.3)
                broker.terminate()
            finally:
                stop.set()
                for producer in producers:
                    producer.join()
            broker.start()
            for partition in range(3):
                back = kcat_consume(broker, "loaded", self.path("back"), "-e", "-p", partition)
                with open(back, "rb") as file:
                    records = file.read().splitlines()
                self.assertEqual(len(records), kcat_end_offset(broker, "loaded", partition))
                self.assertGreater(len(acked[partition]), 600)
                lost = [(o, v) for o, v in acked[partition]
                        if o >= len(records) or records[o] != v]
                self.assertEqual(lost[:5], [], f"{len(lost)} acked records are lost")
                self.assertEqual(len(set(records)), len(records), "records twice")


if __name__ == "__main__":
    harness.main(programs=["kcat"], modules=["confluent_kafka"])
