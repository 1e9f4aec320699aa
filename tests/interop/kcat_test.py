"""kcat (librdkafka) against a real broker: what goes in comes out, byte for byte."""
import json
import os
import subprocess
import time

import harness
from harness import kcat, kcat_consume, kcat_end_offset, kcat_produce

MILLION = int(os.environ.get("WEIR_INTEROP_LINES", "1000000"))
MANY = max(1, MILLION // 10)
PRODUCERS = {
    "acks=0": ["-X", "acks=0"],
    "acks=1": ["-X", "acks=1"],
    "acks=all": ["-X", "acks=all"],
    "idempotent": ["-X", "enable.idempotence=true"],
}
CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def codecs_on_disk(broker, topic):
    """The codecs of the batches: the low three bits of their attributes. A batch that would not
    become smaller (the first may be of one record) is sent as it is, with 0."""
    segment = broker.first_segment(topic)
    codecs, position = set(), 0
    while position < len(segment):
        codecs.add(segment[position + 22] & 7)
        position += 12 + int.from_bytes(segment[position + 8:position + 12], "big")
    return codecs - {0}


class ManyLines(harness.InteropTest):
    client = "kcat"

    def produce_and_compare(self, broker, lines, topic, arguments):
        kcat_produce(broker, topic, lines, *arguments)
        # With acks=0 kcat is gone before the broker has appended the last of it.
        harness.wait_until(lambda: kcat_end_offset(broker, topic) >= MILLION, "all is appended",
                           poll_seconds=0.1)
        self.assertEqual(kcat_end_offset(broker, topic), MILLION)
        back = kcat_consume(broker, topic, self.path("back"), "-e", "-o", "beginning")
        self.assert_same_bytes(lines, back)

    def go_through(self, shards, arguments=()):
        broker = self.start_broker({"num.network.threads": shards}, arguments)
        lines = self.write_lines("lines", MILLION)
        for name, producer in PRODUCERS.items():
            with self.feature(f"a million lines, {name}, {shards} shard{'s'[:shards - 1]}"):
                self.produce_and_compare(broker, lines, "t-" + name.replace("=", "-"), producer)

    def test_a_million_lines_come_back_from_one_shard(self):
        self.go_through(1)

    def test_a_million_lines_come_back_from_three_shards(self):
        self.go_through(3)

    def test_a_million_lines_come_back_when_epoll_is_edge_triggered(self):
        broker = self.start_broker({"num.network.threads": 3}, ["--edge-triggered"])
        lines = self.write_lines("lines", MILLION)
        with self.feature("a million lines, edge-triggered"):
            self.produce_and_compare(broker, lines, "edge", PRODUCERS["acks=all"])


class Formats(harness.InteropTest):
    client = "kcat"

    def test_every_codec_is_stored_as_it_came_and_comes_back(self):
        broker = self.start_broker({"num.network.threads": 2})
        lines = self.write_lines("lines", MANY)
        for codec, number in CODECS.items():
            with self.feature(f"compression {codec}"):
                kcat_produce(broker, codec, lines, "-z", codec, "-X", "acks=all")
                self.assertEqual(codecs_on_disk(broker, codec), {number}, "codecs on disk")
                back = kcat_consume(broker, codec, self.path("back"), "-e")
                self.assert_same_bytes(lines, back)

    def test_keys_and_headers_come_back(self):
        broker = self.start_broker()
        with self.feature("keys and headers"):
            kcat(broker, "-P", "-t", "headed", "-K:", "-H", "colour=blue", "-H", "empty=",
                 input=b"a:one\nb:\n:three\n")
            back = kcat(broker, "-C", "-q", "-e", "-t", "headed", "-f", "%o %k=%s %h\n")
            self.assertEqual(back, "0 a=one colour=blue,empty=\n1 b= colour=blue,empty=\n"
                                   "2 =three colour=blue,empty=\n")

    def test_a_large_record_comes_back(self):
        broker = self.start_broker()
        blob = self.path("blob")
        with open(blob, "wb") as file:
            file.write(os.urandom(900_000))
        with self.feature("a record of 900,000 bytes"):
            kcat(broker, "-P", "-t", "large", blob)
            with open(self.path("back"), "wb") as out:
                kcat(broker, "-C", "-q", "-e", "-t", "large", "-f", "%s", stdout=out)
            self.assert_same_bytes(blob, self.path("back"))


class Partitions(harness.InteropTest):
    client = "kcat"

    def test_several_partitions_over_several_shards_lose_nothing(self):
        broker = self.start_broker({"num.partitions": 5, "num.network.threads": 3})
        with self.feature("several partitions"):
            for partition in range(5):
                lines = self.write_lines(f"in-{partition}", MANY // 10, f"p{partition} ")
                kcat_produce(broker, "five", lines, "-p", partition, "-X", "acks=all")
            for partition in range(5):
                back = kcat_consume(broker, "five", self.path("back"), "-e", "-p", partition)
                self.assert_same_bytes(self.path(f"in-{partition}"), back)
            everything = kcat(broker, "-C", "-q", "-e", "-t", "five")
            self.assertEqual(everything.count("\n"), 5 * (MANY // 10))

    def test_the_listing_names_broker_topics_and_partitions(self):
        broker = self.start_broker({"num.partitions": 3})
        with self.feature("metadata listing"):
            kcat(broker, "-P", "-t", "listed", input=b"x\n")
            listing = json.loads(kcat(broker, "-L", "-J"))
            self.assertEqual(listing["brokers"], [{"id": 1, "name": broker.address}])
            self.assertEqual(listing["controllerid"], 1)
            topics = {t["topic"]: t["partitions"] for t in listing["topics"]}
            self.assertEqual(sorted(p["partition"] for p in topics["listed"]), [0, 1, 2])
            self.assertEqual({p["leader"] for p in topics["listed"]}, {1})


class Positions(harness.InteropTest):
    client = "kcat"

    def setUp(self):
        super().setUp()
        self.broker = self.start_broker({"log.segment.bytes": 20_000})
        self.times = []
        for part in range(5):
            self.times.append(int(time.time() * 1000))
            lines = self.write_lines(f"part-{part}", 1000, f"part {part} ")
            kcat_produce(self.broker, "timed", lines)
            time.sleep(0.02)

    def parts(self, first, last=5):
        text = ""
        for part in range(first, last):
            with open(self.path(f"part-{part}"), encoding="ascii") as file:
                text += file.read()
        return text

    def consume(self, *arguments):
        return kcat(self.broker, "-C", "-q", "-e", "-t", "timed", "-p", "0", *arguments)

    def test_reading_begins_where_the_offset_says(self):
        with self.feature("consume from offset, from end"):
            self.assertEqual(self.consume("-o", "2000"), self.parts(2))
            self.assertEqual(self.consume("-o", "-1000"), self.parts(4))
            self.assertEqual(self.consume("-o", "0", "-c", "1000"), self.parts(0, 1))

    def test_reading_begins_at_a_timestamp(self):
        with self.feature("offsets by time"):
            for part, when in enumerate(self.times):
                self.assertEqual(self.consume("-o", f"s@{when}"), self.parts(part))
            self.assertEqual(self.consume("-o", f"s@{self.times[1]}", "-o", f"e@{self.times[3]}"),
                             self.parts(1, 3))

    def test_a_waiting_reader_gets_what_is_produced_later(self):
        with self.feature("a reader waits at the end"):
            reader = subprocess.Popen(
                ["kcat", "-b", self.broker.address, "-C", "-q", "-t", "timed", "-o", "end", "-c",
                 "3", "-u"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.addCleanup(reader.stdout.close)
            time.sleep(1)
            kcat(self.broker, "-P", "-t", "timed", input=b"one\ntwo\nthree\n")
            out, _ = reader.communicate(timeout=20 * harness.PATIENCE)
            self.assertEqual(out, b"one\ntwo\nthree\n")


class Restarts(harness.InteropTest):
    client = "kcat"

    def check(self, end_the_broker):
        broker = self.start_broker({"num.network.threads": 2, "log.segment.bytes": 500_000})
        lines = self.write_lines("lines", MANY)
        kcat_produce(broker, "kept", lines, "-X", "acks=all")
        for _ in range(2):
            end_the_broker(broker)
            broker.start()
            back = kcat_consume(broker, "kept", self.path("back"), "-e")
            self.assert_same_bytes(lines, back)
        kcat_produce(broker, "kept", lines)
        self.assertEqual(kcat_end_offset(broker, "kept"), 2 * MANY)

    def test_data_is_there_after_an_orderly_stop(self):
        with self.feature("restart after SIGTERM"):
            self.check(harness.Broker.terminate)

    def test_data_is_there_after_kill_9(self):
        with self.feature("restart after kill -9"):
            self.check(harness.Broker.kill)


if __name__ == "__main__":
    harness.main(programs=["kcat"])
