"""Fetch without sessions: positions, limits, wrong places."""
import batches
from asker import small
from batches import batch

BY_ID = 13


def fetch(s, topic, offset, version, *, partition=0, most=1_000_000, total=1_000_000, wait=0,
          least=0, **fields):
    """The body of a Fetch request for one partition."""
    asked = {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": most, **fields}
    return of_topics([topic_of(s, topic, version, [asked])], total=total, wait=wait, least=least)


def topic_of(s, topic, version, partitions, key="Topic"):
    """`topic` may be an id, which stands for itself."""
    if version < BY_ID:
        return {key: topic, "Partitions": partitions}
    if isinstance(topic, bytes):
        return {"TopicId": topic, "Partitions": partitions}
    return {"TopicId": s.topics_by_name[topic], "Partitions": partitions}


def of_topics(topics, total=1_000_000, wait=0, least=0):
    return {"ReplicaId": -1, "MaxWaitMs": wait, "MinBytes": least, "MaxBytes": total,
            "Topics": topics}


def wrong_places(s, topic):
    for version in (4, 11, 12):
        s.ask("unknown topic", "Fetch", version, fetch(s, "nowhere", 0, version))
        s.ask("empty name", "Fetch", version, fetch(s, "", 0, version))
    for version in (13, 17):
        s.ask("unknown topic id", "Fetch", version, fetch(s, b"\x01" * 16, 0, version))
        s.ask("topic id of zeros", "Fetch", version, fetch(s, bytes(16), 0, version))
    for version in (4, 9, 13):
        s.ask("unknown partition", "Fetch", version, fetch(s, topic, 0, version, partition=7))
        s.ask("partition below zero", "Fetch", version, fetch(s, topic, 0, version, partition=-1))
        s.ask("beyond the end", "Fetch", version, fetch(s, topic, 100, version))
        s.ask("offset below zero", "Fetch", version, fetch(s, topic, -1, version))
        s.ask("at the end", "Fetch", version, fetch(s, topic, 9, version))
    for version in (9, 12, 13, 17):
        s.ask("leader epoch 0", "Fetch", version, fetch(s, topic, 0, version, CurrentLeaderEpoch=0))
        s.ask("leader epoch 5", "Fetch", version, fetch(s, topic, 0, version, CurrentLeaderEpoch=5))
        s.ask("leader epoch -2", "Fetch", version,
              fetch(s, topic, 0, version, CurrentLeaderEpoch=-2))
    s.ask("last fetched epoch 0", "Fetch", 12, fetch(s, topic, 5, 12, LastFetchedEpoch=0))
    s.ask("last fetched epoch 4", "Fetch", 12, fetch(s, topic, 5, 12, LastFetchedEpoch=4))
    s.ask("as broker 2", "Fetch", 11, {**fetch(s, topic, 0, 11), "ReplicaId": 2})
    s.ask("as the debugging consumer", "Fetch", 11, {**fetch(s, topic, 0, 11), "ReplicaId": -2})
    s.ask("read committed", "Fetch", 11, {**fetch(s, topic, 0, 11), "IsolationLevel": 1})
    s.ask("read uncommitted", "Fetch", 4, {**fetch(s, topic, 0, 4), "IsolationLevel": 0})
    s.ask("isolation level 5", "Fetch", 11, {**fetch(s, topic, 0, 11), "IsolationLevel": 5})


def limits(s, topic):
    for most in (-1, 0, 1, 80, 100, 150, 200, 1000):
        s.ask(f"at most {most} of the partition", "Fetch", 11, fetch(s, topic, 0, 11, most=most))
        s.ask(f"at most {most} in all", "Fetch", 11, fetch(s, topic, 0, 11, total=most))
    s.ask("at most 1 of the partition", "Fetch", 3, fetch(s, topic, 0, 3, most=1))
    s.ask("at most 1 of the partition", "Fetch", 2, fetch(s, topic, 0, 2, most=1))
    s.ask("from within a batch, at most 1 byte", "Fetch", 11, fetch(s, topic, 4, 11, most=1))
    s.ask("more than there is", "Fetch", 11, fetch(s, topic, 0, 11, wait=20, least=100_000))
    s.ask("least and wait below zero", "Fetch", 11, fetch(s, topic, 0, 11, wait=-1, least=-1))
    both = s.topic("both", 2)
    for partition in (0, 1):
        s.produced(both, small(), small(), partition=partition)
    for total in (0, 1, 150, 250, 1000):
        partitions = [{"Partition": i, "FetchOffset": 0, "PartitionMaxBytes": 1000} for i in (0, 1)]
        s.ask(f"two partitions, at most {total}", "Fetch", 11,
              of_topics([topic_of(s, both, 11, partitions)], total=total))
    s.ask("a good and an unknown partition", "Fetch", 11, of_topics([topic_of(s, both, 11, [
        {"Partition": i, "FetchOffset": 0, "PartitionMaxBytes": 1000} for i in (1, 5)])]))
    s.ask("a partition twice", "Fetch", 11, of_topics([topic_of(s, both, 11, [
        {"Partition": 0, "FetchOffset": at, "PartitionMaxBytes": 1000} for at in (0, 3)])]))
    s.ask("a topic twice", "Fetch", 11, of_topics([topic_of(s, both, 11, [
        {"Partition": i, "FetchOffset": 0, "PartitionMaxBytes": 1000}]) for i in (0, 1)]))
    for version in (4, 12, 13):
        s.ask("no topics", "Fetch", version, of_topics([]))
        s.ask("no partitions", "Fetch", version, of_topics([topic_of(s, both, version, [])]))


def run(s):
    topic = s.topic("fetched")
    s.produced(topic, small(), small(attributes=batches.GZIP), small())
    for version in s.versions["Fetch"]:
        s.ask("from the start", "Fetch", version, fetch(s, topic, 0, version))
        s.ask("from within a batch", "Fetch", version, fetch(s, topic, 4, version))
    empty = s.topic("empty")
    s.ask("an empty partition", "Fetch", 11, fetch(s, empty, 0, 11, wait=10, least=1))
    s.ask("an empty partition", "Fetch", 13, fetch(s, empty, 0, 13, wait=10, least=1))
    wrong_places(s, topic)
    limits(s, topic)
    stamped = s.topic("stamped-fetch", message_timestamp_type="LogAppendTime")
    s.produced(stamped, small())
    s.ask("LogAppendTime", "Fetch", 11, fetch(s, stamped, 0, 11))
    packed = s.topic("packed-fetch", compression_type="gzip")
    s.produced(packed, small(), batch([b"x" * 50]))
    s.ask("packed by the broker", "Fetch", 11, fetch(s, packed, 0, 11))
