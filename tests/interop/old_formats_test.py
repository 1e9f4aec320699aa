"""Clients from before record batches: message formats 0 and 1, between old and new clients."""
import struct
import time

import harness
import wire
from harness import kcat, kcat_consume, kcat_end_offset, kcat_produce

try:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
except ImportError:
    pass  # harness.main says so

RECORDS = 1000
# What a client of that Kafka version speaks: Produce, Fetch, and the format of its messages.
VERSIONS = {(0, 8, 2): 0, (0, 9): 0, (0, 10, 0): 1}
CODECS = [None, "gzip", "snappy", "lz4"]
UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD = 76, 87


def named(version):
    return ".".join(map(str, version))


class OldFormats(harness.InteropTest):
    client = "kafka-python, old"

    def opened(self, client):
        self.addCleanup(client.close)
        return client

    def produce(self, broker, topic, version, codec):
        producer = KafkaProducer(bootstrap_servers=broker.address, api_version=version, linger_ms=5,
                                 compression_type=codec, acks=1)
        self.opened(producer)
        futures = [producer.send(topic, b"value %d" % i, key=b"key %d" % i) for i in range(RECORDS)]
        producer.flush(30 * harness.PATIENCE)
        self.assertEqual([future.get(10).offset for future in futures], list(range(RECORDS)))

    def consume(self, broker, topic, version, count=RECORDS, first=0):
        """(offset, key, value, timestamp) of each, from `first` on."""
        consumer = KafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False,
                                 api_version=version, group_id=None)
        self.opened(consumer)
        tp = TopicPartition(topic, 0)
        consumer.assign([tp])
        if first == 0:
            consumer.seek_to_beginning()  # below 0.10.1 by ListOffsets version 0
        else:
            consumer.seek(tp, first)
        records = []
        deadline = time.monotonic() + 30 * harness.PATIENCE
        while len(records) < count - first:
            self.assertLess(time.monotonic(), deadline, f"{len(records)} of {count - first} came")
            for batch in consumer.poll(timeout_ms=200).values():
                records += [(r.offset, r.key, r.value, r.timestamp) for r in batch]
        return records

    def check(self, records, version, wrote_timestamps, first=0):
        self.assertEqual([r[:3] for r in records],
                         [(i, b"key %d" % i, b"value %d" % i) for i in range(first, RECORDS)])
        reads_timestamps = version is None or VERSIONS[version] > 0
        now = time.time() * 1000
        for record in records:
            if reads_timestamps and wrote_timestamps:
                self.assertLess(abs(now - record[3]), 600_000)
            elif reads_timestamps:
                self.assertEqual(record[3], -1)

    def test_old_producers_are_read_by_old_and_new_consumers(self):
        broker = self.start_broker({"num.network.threads": 2})
        for version, magic in VERSIONS.items():
            for codec in CODECS:
                topic = f"old-{named(version)}-{codec}"
                with self.feature(f"produce as {named(version)} with {codec}"):
                    self.produce(broker, topic, version, codec)
                    self.assertEqual(kcat_end_offset(broker, topic), RECORDS)
                for reader in (version, None):
                    with self.feature(f"consume {codec} as {named(reader or ('now',))}"):
                        records = self.consume(broker, topic, reader)
                        self.check(records, reader, magic > 0)
                with self.feature("kcat reads what old producers wrote"):
                    back = kcat(broker, "-C", "-q", "-e", "-t", topic, "-f", "%o %k %s\n")
                    self.assertEqual(back.splitlines(),
                                     [f"{i} key {i} value {i}" for i in range(RECORDS)])

    def test_old_consumers_read_what_new_producers_wrote(self):
        broker = self.start_broker({"num.network.threads": 2})
        lines = self.path("lines")
        with open(lines, "w", encoding="ascii") as file:
            file.writelines(f"key {i}:value {i}\n" for i in range(RECORDS))
        for codec in CODECS:
            topic = f"new-{codec}"
            kcat_produce(broker, topic, lines, "-K:", "-z", codec or "none", "-H", "h=dropped")
            for version in VERSIONS:
                with self.feature(f"what kcat wrote with {codec}, read as {named(version)}"):
                    self.check(self.consume(broker, topic, version), version, True)
                    # From inside a batch.
                    self.check(self.consume(broker, topic, version, first=RECORDS - 17), version,
                               True, RECORDS - 17)

    def test_an_old_consumer_is_told_that_it_cannot_read_zstd(self):
        broker = self.start_broker()
        lines = self.write_lines("lines", 100)
        kcat_produce(broker, "zstd", lines, "-z", "zstd")
        peer = wire.Peer(broker, seconds=15 * harness.PATIENCE)
        self.addCleanup(peer.close)
        with self.feature("zstd for an old consumer: error 76"):
            for version in range(3):
                partitions = wire.array([struct.pack(">iqi", 0, 0, 100_000)])
                body = struct.pack(">iii", -1, 100, 1)
                answer = peer.ask(wire.request(wire.FETCH, version, 1, body + wire.array(
                    [wire.string("zstd") + partitions])))
                at = (4 if version > 0 else 0) + 4 + 2 + len("zstd") + 4
                index, error = struct.unpack_from(">ih", answer, at)
                self.assertEqual((index, error), (0, UNSUPPORTED_COMPRESSION_TYPE), version)
        with self.feature("kcat reads it"):
            back = kcat_consume(broker, "zstd", self.path("back"), "-e")
            self.assert_same_bytes(lines, back)


class OldLibrdkafka(harness.InteropTest):
    client = "kcat, old"

    def test_kcat_speaks_old_formats_when_told_to(self):
        broker = self.start_broker({"num.network.threads": 2})
        lines = self.write_lines("lines", 20 * RECORDS)
        for version in ("0.8.2", "0.9.0", "0.10.0"):
            old = ["-X", "api.version.request=false", "-X", f"broker.version.fallback={version}"]
            for codec in CODECS:
                topic = f"kcat-{version}-{codec}"
                with self.feature(f"as {version} with {codec}"):
                    # An old Metadata request does not always create: a modern one does.
                    kcat(broker, "-L", "-t", topic)
                    kcat_produce(broker, topic, lines, "-z", codec or "none", *old)
                    for name, reader in (("old", old), ("new", [])):
                        back = kcat_consume(broker, topic, self.path(name), "-e", "-o", "beginning",
                                            *reader)
                        self.assert_same_bytes(lines, back)
                    # Magic 0 has no timestamps: so it was that, indeed.
                    first = kcat(broker, "-C", "-q", "-t", topic, "-o", "beginning", "-c", "1", "-f",
                                 "%T")
                    self.assertEqual(int(first) == -1, version != "0.10.0")


class Errors(harness.InteropTest):
    client = "raw socket"

    def test_a_refused_batch_is_explained_from_produce_8_on(self):
        broker = self.start_broker()
        peer = wire.Peer(broker, seconds=15 * harness.PATIENCE)
        self.addCleanup(peer.close)
        peer.ask(wire.create_topic(1, "t"))
        two_batches = wire.batch([b"x"]) * 2
        with self.feature("refused batches are explained"):
            partitions = wire.array([struct.pack(">ii", 0, len(two_batches)) + two_batches])
            body = struct.pack(">hhi", -1, -1, 10_000) + wire.array([wire.string("t") + partitions])
            answer = peer.ask(wire.request(wire.PRODUCE, 8, 2, body))
            index, error = struct.unpack_from(">ih", answer, 4 + 2 + len("t") + 4)
            self.assertEqual((index, error), (0, INVALID_RECORD))
            self.assertIn(b"more than one batch", answer)


if __name__ == "__main__":
    harness.main(programs=["kcat"], modules=["kafka", "lz4", "snappy", "xxhash"])
