"""A partition read from a bare socket: fetches asked ahead, records taken and dropped.

librdkafka asks again when it has looked at what came, and copies it; on a small machine its rate is its
own. This asks two fetches ahead, as a client with two brokers' worth of partitions would keep a broker
busy, and does nothing with the bytes.
"""
import socket
import struct
import time

import wire

FETCH_BYTES = 4 << 20
AHEAD = 2
BEFORE_RECORDS = 4 + 4 + 4  # length, correlation id, throttle time
LENGTH_AND_EPOCH = 12       # of a batch, before what its length counts


class Partition:
    """Partition 0 of a topic, over one connection."""

    def __init__(self, broker, topic):
        self.topic = topic
        self.connection = socket.create_connection(("127.0.0.1", broker.port))
        self.buffer = memoryview(bytearray(FETCH_BYTES * 2))

    def ask(self, offset):
        self.connection.sendall(wire.fetch(1, self.topic, offset, FETCH_BYTES))

    def receive(self, into):
        while into:
            got = self.connection.recv_into(into)
            if got == 0:
                raise ConnectionError("the broker closed the connection")
            into = into[got:]

    def take(self):
        """One answer, whole, in the buffer."""
        self.receive(self.buffer[:4])
        length = struct.unpack_from(">i", self.buffer)[0]
        whole = self.buffer[:4 + length]
        self.receive(whole[4:])
        return whole

    def plan(self):
        """The offsets at which the fetches of the whole partition begin, and all bytes of records."""
        offsets, total = [0], 0
        before = BEFORE_RECORDS + 4 + 2 + len(self.topic) + 4
        while True:
            self.ask(offsets[-1])
            answer = self.take()
            error, = struct.unpack_from(">h", answer, before + 4)
            if error != 0:
                raise AssertionError(f"a fetch was refused: {error}")
            aborted, = struct.unpack_from(">i", answer, before + 22)
            if aborted > 0:
                raise AssertionError("no transactions were expected")
            records = answer[before + 30:]
            following = end_of(records)
            if following is None:
                return offsets[:-1], total
            total += len(records)
            offsets.append(following)


def end_of(records):
    """The offset behind the last whole batch."""
    at, offset = 0, None
    while at + 61 <= len(records):
        base, length = struct.unpack_from(">qi", records, at)
        if at + LENGTH_AND_EPOCH + length > len(records):
            break
        offset = base + struct.unpack_from(">i", records, at + 23)[0] + 1
        at += LENGTH_AND_EPOCH + length
    return offset


def mib_per_second(broker, topic):
    partition = Partition(broker, topic)
    offsets, total = partition.plan()
    began = time.monotonic()
    for i, offset in enumerate(offsets):
        partition.ask(offset)
        if i >= AHEAD:
            partition.take()
    for _ in range(min(AHEAD, len(offsets))):
        partition.take()
    took = time.monotonic() - began
    partition.connection.close()
    return total / (1 << 20) / took
