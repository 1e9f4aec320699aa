"""Produce: good records of every kind, and bad ones. Old message sets: script_old_formats.py."""
import struct

import batches
from asker import produce, small
from batches import batch, record
from script_fetch import fetch

FIRST = 3  # with record batches
NOBODY = 7_000_000_000  # a producer id that no broker has given out
BAD_NAMES = {"empty": "", "a dot": ".", "two dots": "..", "too long": "x" * 250, "a slash": "a/b"}


def good(s):
    for version in s.versions["Produce"]:
        if version >= FIRST:
            topic = s.topic(f"produce-v{version}")
            s.ask("three records", "Produce", version, produce(topic, small()))
            s.ask("once more, acks 1", "Produce", version, produce(topic, small(), acks=1))
    topic = s.topic("kinds")
    kinds = {
        "zero-length value": batch([b""]),
        "null value and key": batch(records=[record(0, None)]),
        "key and headers": batch(records=[record(0, b"v", b"k", [(b"h", b"x"), (b"h", None)])]),
        "gzip": batch([b"a" * 100, b"b" * 100], attributes=batches.GZIP),
        "leader epoch 7": small(epoch=7),
        "max timestamp too low": small(max_time=batches.TIME - 5),
        "max timestamp too high": small(max_time=batches.TIME + 500),
        "no timestamps": batch(time=-1, max_time=-1),
        "deltas of time going back": batch(records=[record(0, b"a", time_delta=9),
                                                    record(1, b"b", time_delta=-3)]),
    }
    for label, data in kinds.items():
        s.ask(label, "Produce", 9, produce(topic, data))


def wrong_records(s):
    two = small(2) + small(2)
    wrong = {
        "bad crc": small(crc=12345),
        "magic 3": small(magic=3),
        "magic -1": small(magic=-1),
        "base offset 5": small(base_offset=5),
        "base offset -1": small(base_offset=-1),
        "two batches": two,
        "a batch and a scrap": small() + b"\0" * 7,
        "a cut batch": small()[:-3],
        "a cut header": small()[:40],
        "a length too small": small()[:8] + struct.pack(">i", 5) + small()[12:],
        "a length below zero": small()[:8] + struct.pack(">i", -1) + small()[12:],
        "count too small": small(3, count=2),
        "count too great": small(3, count=4),
        "count zero": small(3, count=0),
        "count below zero": small(3, count=-1),
        "no records": batch(records=[]),
        "last offset delta too small": small(3, last_delta=1),
        "last offset delta too great": small(3, last_delta=3),
        "last offset delta below zero": small(3, last_delta=-1),
        "offset deltas with a gap": batch(records=[record(0, b"a"), record(2, b"b")], last_delta=1),
        "bytes behind the records": small(more_bytes=b"xyz"),
        "gzip of garbage": small(attributes=batches.GZIP, packed=b"not gzip"),
        "gzip of too few records": batch([b"a"], attributes=batches.GZIP, count=2, last_delta=1),
        "gzip of too many records": batch([b"a", b"b"], attributes=batches.GZIP, count=1,
                                          last_delta=0),
        "gzip with garbage inside": small(attributes=batches.GZIP,
                                          packed=batches.gzipped(b"\x7f" * 9)),
        "unknown codec 5": small(attributes=5),
        "unknown codec 7": small(attributes=7),
        "unknown attribute bit": small(attributes=0x100),
        "control batch": small(1, attributes=batches.CONTROL),
        "says LogAppendTime": small(attributes=batches.LOG_APPEND_TIME),
        "transactional without a producer": small(attributes=batches.TRANSACTIONAL),
        "a sequence without a producer": small(sequence=3),
        "a producer without a sequence": small(producer=NOBODY, producer_epoch=0),
        "a producer epoch below zero": small(producer=NOBODY, producer_epoch=-1, sequence=0),
        "empty": b"",
        "one byte": b"x",
        "old message, magic 1": batches.message(b"a"),
        "old message, magic 0": batches.message(b"a", magic=0),
    }
    for number, (label, data) in enumerate(wrong.items()):
        topic = s.topic(f"wrong-{number}")
        s.ask(label, "Produce", 9, produce(topic, data))
        s.ask(f"what became of it: {label}", "Fetch", 11, fetch(s, topic, 0, 11))
    for label in ("bad crc", "two batches", "base offset 5", "old message, magic 1"):
        s.ask(label, "Produce", 3, produce(topic, wrong[label]))
    s.ask("zstd before version 7", "Produce", 5, produce(topic, small(attributes=4)))


def wrong_places(s):
    topic = s.topic("places", 2)
    for version in (3, 8, 11):
        s.ask("unknown topic", "Produce", version, produce("nowhere", small()))
        s.ask("unknown partition", "Produce", version, produce(topic, small(), partition=2))
        s.ask("partition below zero", "Produce", version, produce(topic, small(), partition=-1))
        s.ask("acks 2", "Produce", version, produce(topic, small(), acks=2))
        s.ask("acks -2", "Produce", version, produce(topic, small(), acks=-2))
    for label, name in BAD_NAMES.items():
        s.ask(f"topic's name: {label}", "Produce", 9, produce(name, small()))

    def body(*topics):
        return {"Acks": -1, "TimeoutMs": 10_000, "TopicData": [
            {"Name": name, "PartitionData": [{"Index": i, "Records": r} for i, r in partitions]}
            for name, partitions in topics]}
    s.ask("two partitions", "Produce", 9, body((topic, [(0, small()), (1, small())])))
    s.ask("a good and a bad partition", "Produce", 9, body((topic, [(0, small()), (9, small())])))
    s.ask("good and bad records", "Produce", 9, body((topic, [(0, small()), (1, small(crc=1))])))
    s.ask("timeout below zero", "Produce", 9, {**body((topic, [(0, small())])), "TimeoutMs": -1})
    s.ask("the ends after that", "ListOffsets", 7, {"ReplicaId": -1, "Topics": [
        {"Name": topic, "Partitions": [{"PartitionIndex": i, "Timestamp": -1} for i in (0, 1)]}]})
    s.ask("a partition twice", "Produce", 9, body((topic, [(0, small()), (0, small(2))])))
    topic = s.topic("places-2", 2)
    s.ask("a topic twice", "Produce", 9, body((topic, [(0, small())]), (topic, [(1, small())])))
    s.ask("no topics", "Produce", 9, body())
    s.ask("no partitions", "Produce", 9, body((topic, [])))


def without_acks(s):
    topic = s.topic("unacked")
    for version in (3, 11):
        s.ask("acks 0", "Produce", version, produce(topic, small(), acks=0), answered=False)
        s.ask("acks 0, bad crc", "Produce", version, produce(topic, small(crc=1), acks=0),
              answered=False)
        s.ask("acks 0, unknown topic", "Produce", version, produce("nowhere", small(), acks=0),
              answered=False)


def settings(s):
    strict = s.topic("strict", max_message_bytes=200)
    s.ask("as large as allowed", "Produce", 9, produce(strict, batch([b"x" * 133])))
    s.ask("a byte too large", "Produce", 9, produce(strict, batch([b"x" * 134])))
    s.ask("much too large", "Produce", 9, produce(strict, batch([b"x" * 5000])))
    stamped = s.topic("stamped", message_timestamp_type="LogAppendTime")
    s.ask("LogAppendTime", "Produce", 9, produce(stamped, small()))
    s.ask("LogAppendTime", "Produce", 3, produce(stamped, small()))
    s.ask("LogAppendTime claimed", "Produce", 9,
          produce(stamped, small(attributes=batches.LOG_APPEND_TIME)))
    packed = s.topic("packed", compression_type="gzip")
    plain = s.topic("plain", compression_type="uncompressed")
    for label, data in {"plain": small(), "gzip": small(attributes=batches.GZIP)}.items():
        s.ask(f"{label} to gzip", "Produce", 9, produce(packed, data))
        s.ask(f"{label} to uncompressed", "Produce", 9, produce(plain, data))
    changed = s.topic("changed")
    s.produced(changed, small())
    s.ask("compression.type", "IncrementalAlterConfigs", 1, {"Resources": [
        {"ResourceType": 2, "ResourceName": changed, "Configs": [
            {"Name": "compression.type", "ConfigOperation": 0, "Value": "gzip"}]}]})
    s.settled()
    s.ask("after compression.type was changed", "Produce", 9, produce(changed, small()))
    s.ask("before and after a change of compression.type", "Fetch", 11, fetch(s, changed, 0, 11))
    late = s.topic("late", message_timestamp_before_max_ms=1000)
    s.ask("too old", "Produce", 9, produce(late, small()))
    s.ask("too old, without errors by record", "Produce", 7, produce(late, small()))
    early = s.topic("early", message_timestamp_after_max_ms=1000)
    s.ask("too new", "Produce", 9, produce(early, small(time=4_000_000_000_000)))


def run(s):
    good(s)
    wrong_records(s)
    wrong_places(s)
    without_acks(s)
    settings(s)
