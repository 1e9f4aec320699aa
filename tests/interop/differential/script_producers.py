"""InitProducerId, idempotent producers, DescribeProducers; last the transactional ones."""
import batches
from asker import produce, small
from script_fetch import fetch
from script_produce import NOBODY


def ids(s):
    for version in s.versions["InitProducerId"]:
        s.ask("good", "InitProducerId", version, {"TransactionalId": None,
                                                  "TransactionTimeoutMs": 1000})
    for timeout in (0, -1):
        s.ask(f"timeout {timeout}", "InitProducerId", 3, {"TransactionalId": None,
                                                          "TransactionTimeoutMs": timeout})
    for producer, epoch in ((NOBODY, 3), (NOBODY, -1), (-1, 3), (-5, -5)):
        s.ask(f"producer {producer}, epoch {epoch}", "InitProducerId", 4, {
            "TransactionalId": None, "TransactionTimeoutMs": 1000, "ProducerId": producer,
            "ProducerEpoch": epoch})


def sequences(s):
    topic = s.topic("idempotent")
    producer, epoch = s.new_producer()

    def send(label, sequence, count=3, producer=producer, epoch=epoch, to=topic, version=9):
        s.ask(f"sequences: {label}", "Produce", version, produce(
            to, small(count, producer=producer, producer_epoch=epoch, sequence=sequence)))
    send("first", 0)
    send("second", 3)
    send("duplicate of the second", 3)
    send("duplicate of the first", 0)
    send("part of a duplicate", 3, 2)
    send("overlap", 5)
    send("gap", 7)
    send("gap", 7, version=3)
    send("third", 6, 1)
    for sequence in (7, 8, 9, 10, 11):
        send(f"one with {sequence}", sequence, 1)
    send("duplicate of long ago", 0)
    send("new epoch, not from 0", 12, epoch=epoch + 1)
    send("new epoch", 0, epoch=epoch + 1)
    send("fenced epoch", 12, epoch=epoch)
    send("fenced epoch", 12, epoch=epoch, version=3)
    send("unknown producer, not from 0", 5, producer=producer + 500)
    send("unknown producer, not from 0", 5, producer=producer + 501, version=3)
    send("unknown producer from 0", 0, producer=producer + 502)
    other = s.topic("idempotent-2")
    send("greatest sequence", 2**31 - 2, 2, to=other, producer=producer + 503)
    send("wrap around", 0, 2, to=other, producer=producer + 503)
    s.ask("the producers", "DescribeProducers", 0, {"Topics": [
        {"Name": topic, "PartitionIndexes": [0]}, {"Name": other, "PartitionIndexes": [0]}]})
    s.ask("what idempotent producers wrote", "Fetch", 11, fetch(s, topic, 0, 11))
    for label, topics in {
            "unknown topic": [{"Name": "nowhere", "PartitionIndexes": [0]}],
            "unknown partition": [{"Name": topic, "PartitionIndexes": [3, -1]}],
            "invalid name": [{"Name": "a b", "PartitionIndexes": [0]}],
            "a partition twice": [{"Name": topic, "PartitionIndexes": [0, 0]}],
            "no partitions": [{"Name": topic, "PartitionIndexes": []}], "no topics": []}.items():
        s.ask(label, "DescribeProducers", 0, {"Topics": topics})


def transactions(s):
    topic = s.topic("transactions")
    producer, epoch = s.new_producer()
    data = small(producer=producer, producer_epoch=epoch, sequence=0,
                 attributes=batches.TRANSACTIONAL)
    s.ask("transactional records without an id", "Produce", 9, produce(topic, data))
    s.ask("an id without transactional records", "Produce", 9,
          produce(topic, small(), transactional="nobody"))
    s.ask("transactional, never begun", "Produce", 9, produce(topic, data, transactional="nobody"))
    s.ask("empty transactional id", "InitProducerId", 4, {"TransactionalId": "",
                                                          "TransactionTimeoutMs": 1000})
    s.ask("transactional, timeout 0", "InitProducerId", 4, {"TransactionalId": "mine",
                                                            "TransactionTimeoutMs": 0})


def run(s):
    ids(s)
    sequences(s)
    transactions(s)
