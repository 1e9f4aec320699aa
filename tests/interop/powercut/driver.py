"""Producers and readers that outlive power cuts of their broker and write down all that they see.

The record is a history as `weir-sim check` reads it (scenarios/host/history_file.h). Each client
instance is one process of the history, so a producer that had to be replaced counts as another one.
"""
import itertools
import json
import threading
import time

import harness

try:
    from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
except ImportError:
    pass  # harness.main says so

POLL_SECONDS = 0.05
QUEUE_LIMIT = 500  # records of one producer that wait for their acks


class History:
    """The operations of each process in its own order; processes are joined in the end."""

    def __init__(self, topic):
        self.topic = topic
        self.processes = []
        self.values = itertools.count(1)
        self.lock = threading.Lock()

    def process(self):
        with self.lock:
            self.processes.append([])
            return len(self.processes) - 1

    def add(self, process, op, partition, **fields):
        operation = {"process": process, "op": op, "topic": self.topic, "partition": partition,
                     **fields}
        self.processes[process].append(operation)
        return operation

    def next_value(self):
        with self.lock:
            return next(self.values)

    def acked(self):
        return sum(op.get("outcome") == "ok" for ops in self.processes for op in ops)

    def write(self, path):
        with open(path, "w", encoding="ascii") as file:
            for operations in self.processes:
                file.writelines(json.dumps(op) + "\n" for op in operations)


class Actor(threading.Thread):
    """A client on a thread of its own; what it dies of is raised by `end`."""

    def __init__(self, address, history, partitions):
        super().__init__(daemon=True)
        self.address = address
        self.history = history
        self.partitions = partitions
        self.stopping = threading.Event()
        self.done = threading.Event()
        self.failure = None

    def run(self):
        try:
            self.work()
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error
        self.done.set()
        self.close()

    def close(self):
        """Nobody waits for it: librdkafka 2.0 may never close a consumer whose topic has gone."""

    def end(self, seconds=60):
        self.stopping.set()
        if not self.done.wait(seconds * harness.PATIENCE):
            raise AssertionError(f"{type(self).__name__} does not end")
        if self.failure is not None:
            raise self.failure


class IdempotentProducer(Actor):
    def work(self):
        while not self.stopping.is_set():
            process = self.history.process()
            producer = Producer({
                "bootstrap.servers": self.address, "enable.idempotence": True, "acks": "all",
                "linger.ms": 1, "log_level": 0, "message.timeout.ms": 300_000,
                "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 10,
                "socket.timeout.ms": 5_000, "topic.metadata.refresh.interval.ms": 1_000})
            try:
                self.send_until_stopped(producer, process)
                producer.flush(30 * harness.PATIENCE)
            except KafkaException as error:
                if not error.args[0].fatal() and error.args[0].code() != KafkaError._FATAL:
                    raise
                # This instance can never go on: another one takes over. What it has not been told
                # stays "unknown".

    def send_until_stopped(self, producer, process):
        turn, last = 0, time.monotonic()
        while not self.stopping.is_set():
            # Also now and then into a full queue: only a call shows that an instance has given up.
            if len(producer) < QUEUE_LIMIT or time.monotonic() > last + 0.5:
                turn, last = turn + 1, time.monotonic()
                self.send(producer, process, turn % self.partitions)
            producer.poll(0.0003)

    def send(self, producer, process, partition):
        value = self.history.next_value()
        operation = self.history.add(process, "produce", partition, value=value, outcome="unknown")

        def report(error, message):
            # An error says "maybe": the request may have been carried out and its answer lost.
            if error is None:
                operation["outcome"], operation["offset"] = "ok", message.offset()

        producer.produce(self.history.topic, b"%d" % value, partition=partition, on_delivery=report)


class Reader(Actor):
    """Reads every partition from the start, over and over the restarts."""

    def __init__(self, address, history, partitions, to_the_end=False):
        super().__init__(address, history, partitions)
        self.to_the_end = to_the_end
        self.consumer = None
        self.read = 0
        self.lost = set()  # partitions whose log ends before the reader's position

    def work(self):
        self.consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "unused", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "error", "log_level": 0,
            "check.crcs": True, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50,
            "fetch.wait.max.ms": 50, "fetch.error.backoff.ms": 10, "socket.timeout.ms": 5_000,
            "topic.metadata.refresh.interval.ms": 1_000})
        self.read_with(self.consumer)

    def close(self):
        self.consumer.close()

    def read_with(self, consumer):
        process = self.history.process()
        assigned = dict.fromkeys(range(self.partitions), 0)
        self.assign(consumer, process, assigned, range(self.partitions))
        at_end = set()
        deadline = time.monotonic() + 60 * harness.PATIENCE
        while not self.stopping.is_set() and len(at_end) < self.partitions:
            if self.to_the_end and time.monotonic() > deadline:
                raise AssertionError(f"the final reader reached the ends of {sorted(at_end)} only")
            self.take(process, consumer.consume(500, timeout=POLL_SECONDS), at_end)
            if self.lost:
                self.assign(consumer, process, assigned, self.lost)

    def assign(self, consumer, process, assigned, again):
        """`again` from the start; the others go on where they are."""
        for tp in consumer.position([TopicPartition(self.history.topic, p) for p in assigned]):
            assigned[tp.partition] = max(tp.offset, 0)
        for partition in again:
            assigned[partition] = 0
            self.history.add(process, "assign", partition, offset=0)
        consumer.assign([TopicPartition(self.history.topic, p, o) for p, o in assigned.items()])
        self.lost = set()

    def take(self, process, messages, at_end):
        records = {}
        for message in messages:
            error = message.error()
            if error is None:
                records.setdefault(message.partition(), []).append(
                    [message.offset(), int(message.value())])
            elif error.code() == KafkaError._PARTITION_EOF:
                if self.to_the_end:
                    at_end.add(message.partition())
                    records.setdefault(message.partition(), [])
            elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
                self.lost.add(message.partition())
        for partition, batch in records.items():
            self.read += len(batch)
            final = {"final": True} if partition in at_end else {}
            self.history.add(process, "poll", partition, records=batch, **final)
