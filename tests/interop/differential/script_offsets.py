"""ListOffsets, OffsetForLeaderEpoch, DeleteRecords."""
import batches
from asker import small

TIME = batches.TIME
EARLIEST, LATEST, MAX_TIMESTAMP = -2, -1, -3


def list_offsets(topic, *timestamps, partition=0, **fields):
    return {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [
        {"PartitionIndex": partition, "Timestamp": time, **fields} for time in timestamps]}]}


def listed(s):
    topic = s.topic("listed")
    s.produced(topic, small(), small(time=TIME + 100), small(time=TIME + 50, attributes=1))
    empty = s.topic("listed-empty")
    for version in s.versions["ListOffsets"]:
        for time in (EARLIEST, LATEST, MAX_TIMESTAMP, TIME + 1, TIME + 60, TIME + 5000):
            label = f"time {time - TIME:+} of the first record" if time > 0 else f"time {time}"
            s.ask(label, "ListOffsets", version, list_offsets(topic, time))
    for time in (EARLIEST, LATEST, MAX_TIMESTAMP, TIME, -4, -5, -6, 0):
        s.ask(f"empty partition, time {time}", "ListOffsets", 7, list_offsets(empty, time))
    for time in (-4, -5, -6, 0):
        for version in (1, 7, 8, 9):
            s.ask(f"time {time}", "ListOffsets", version, list_offsets(topic, time))
    for most in (-1, 0, 1, 5):
        s.ask(f"latest, at most {most}", "ListOffsets", 0,
              list_offsets(topic, LATEST, MaxNumOffsets=most))
    for version in (0, 1, 4, 9):
        s.ask("unknown topic", "ListOffsets", version, list_offsets("nowhere", LATEST))
        s.ask("unknown partition", "ListOffsets", version, list_offsets(topic, LATEST, partition=4))
        s.ask("partition below zero", "ListOffsets", version,
              list_offsets(topic, LATEST, partition=-1))
        s.ask("a partition twice", "ListOffsets", version, list_offsets(topic, LATEST, EARLIEST))
        s.ask("no topics", "ListOffsets", version, {"ReplicaId": -1})
        s.ask("no partitions", "ListOffsets", version, list_offsets(topic))
    for epoch in (0, 5, -2):
        for version in (4, 9):
            s.ask(f"leader epoch {epoch}", "ListOffsets", version,
                  list_offsets(topic, LATEST, CurrentLeaderEpoch=epoch))
    s.ask("read committed", "ListOffsets", 7, {**list_offsets(topic, LATEST), "IsolationLevel": 1})
    s.ask("as broker 2", "ListOffsets", 7, {**list_offsets(topic, LATEST), "ReplicaId": 2})
    s.ask("as the debugging consumer", "ListOffsets", 7,
          {**list_offsets(topic, LATEST), "ReplicaId": -2})
    s.ask("topic's name a dot", "ListOffsets", 7, list_offsets(".", LATEST))
    s.ask("topic's name empty", "ListOffsets", 7, list_offsets("", LATEST))


def epochs(s):
    topic = s.topic("epochs", 2)
    s.produced(topic, small())

    def asked(epoch, current=None, partition=0, name=topic):
        fields = {} if current is None else {"CurrentLeaderEpoch": current}
        return {"Topics": [{"Topic": name, "Partitions": [
            {"Partition": partition, "LeaderEpoch": epoch, **fields}]}]}
    for version in s.versions["OffsetForLeaderEpoch"]:
        for epoch in (0, 1, -1):
            s.ask(f"epoch {epoch}", "OffsetForLeaderEpoch", version, asked(epoch))
        s.ask("unknown topic", "OffsetForLeaderEpoch", version, asked(0, name="nowhere"))
        s.ask("unknown partition", "OffsetForLeaderEpoch", version, asked(0, partition=5))
    for version in (2, 4):
        s.ask("leader epoch 0", "OffsetForLeaderEpoch", version, asked(0, 0))
        s.ask("leader epoch 5", "OffsetForLeaderEpoch", version, asked(0, 5))
        s.ask("leader epoch -2", "OffsetForLeaderEpoch", version, asked(0, -2))
    s.ask("empty partition", "OffsetForLeaderEpoch", 4, asked(0, partition=1))
    s.ask("as a consumer", "OffsetForLeaderEpoch", 4, {**asked(0), "ReplicaId": -1})
    s.ask("as broker 2", "OffsetForLeaderEpoch", 4, {**asked(0), "ReplicaId": 2})
    s.ask("no topics", "OffsetForLeaderEpoch", 4, {})


def deleted(s):
    topic = s.topic("trimmed", 2)
    s.produced(topic, small(), small(), small())

    def asked(*offsets, name=topic, partition=0):
        return {"TimeoutMs": 5000, "Topics": [{"Name": name, "Partitions": [
            {"PartitionIndex": partition, "Offset": offset} for offset in offsets]}]}
    for version in s.versions["DeleteRecords"]:
        for offset in (version + 1, 0, 100, -2, -5):
            s.ask(f"to {offset}", "DeleteRecords", version, asked(offset))
        s.ask("unknown topic", "DeleteRecords", version, asked(0, name="nowhere"))
        s.ask("unknown partition", "DeleteRecords", version, asked(0, partition=5))
        s.ask("partition below zero", "DeleteRecords", version, asked(0, partition=-1))
    s.ask("the start after that", "ListOffsets", 7, list_offsets(topic, EARLIEST))
    s.ask("before the start", "Fetch", 11, {"ReplicaId": -1, "MaxWaitMs": 0, "Topics": [
        {"Topic": topic, "Partitions": [{"Partition": 0, "FetchOffset": 1,
                                         "PartitionMaxBytes": 1000}]}]})
    s.ask("at the start", "Fetch", 11, {"ReplicaId": -1, "MaxWaitMs": 0, "Topics": [
        {"Topic": topic, "Partitions": [{"Partition": 0, "FetchOffset": 3,
                                         "PartitionMaxBytes": 1000}]}]})
    s.ask("time of a deleted record", "ListOffsets", 7, list_offsets(topic, TIME))
    s.ask("epoch after deleting", "OffsetForLeaderEpoch", 4, {"Topics": [
        {"Topic": topic, "Partitions": [{"Partition": 0, "LeaderEpoch": 0}]}]})
    s.ask("all", "DeleteRecords", 2, asked(-1))
    s.ask("all again", "DeleteRecords", 2, asked(-1))
    s.ask("of an empty partition", "DeleteRecords", 2, asked(-1, partition=1))
    s.ask("no topics", "DeleteRecords", 2, {"TimeoutMs": 5000})
    s.ask("time of a record when all are deleted", "ListOffsets", 7, list_offsets(topic, TIME))
    s.ask("epoch when all is deleted", "OffsetForLeaderEpoch", 4, {"Topics": [
        {"Topic": topic, "Partitions": [{"Partition": 0, "LeaderEpoch": 0}]}]})
    s.ask("a produce after deleting", "Produce", 9, {"Acks": -1, "TimeoutMs": 5000, "TopicData": [
        {"Name": topic, "PartitionData": [{"Index": 0, "Records": small()}]}]})


def run(s):
    listed(s)
    epochs(s)
    deleted(s)
