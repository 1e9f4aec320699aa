"""Sets from bare sockets: frames made beforehand, answers only counted.

libzookeeper takes more CPU for a change than a server should, so on a small machine a rate measured
with it is its own. This takes next to none, and shows what the servers can do.
"""
import select
import socket
import struct
import time

import zk_wire

ANSWER_BYTES = 88  # length, ReplyHeader, Stat
SESSION_TIMEOUT_MS = 30_000


def framed(body):
    return struct.pack(">i", len(body)) + body


class Stream:
    """One session, and the sets of one znode that it sends."""

    def __init__(self, port, path, size, sets):
        session = zk_wire.Session(port, timeout_ms=SESSION_TIMEOUT_MS)
        self.connection = session.socket
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if session.ask(zk_wire.CREATE, zk_wire.create(path, b"x" * size))["err"] != 0:
            raise AssertionError(f"{path} cannot be created")
        data = zk_wire.set_data(path, b"x" * size)
        self.frames = [framed(struct.pack(">ii", session.xid + 1 + i, zk_wire.SET) + data)
                       for i in range(sets)]
        self.sent = 0
        self.partial = b""
        self.sent_at = []  # of what is under way, the oldest first
        self.latencies_s = []

    def send(self, count):
        frames = self.frames[self.sent:self.sent + count]
        self.sent += len(frames)
        self.sent_at += [time.monotonic()] * len(frames)
        self.connection.sendall(b"".join(frames))

    def receive(self):
        """Counts answers, and sends as many sets again. Gives the count."""
        data = self.connection.recv(1 << 20)
        if not data:
            raise ConnectionError("the server closed the connection")
        now = time.monotonic()
        data = self.partial + data
        count = len(data) // ANSWER_BYTES
        whole = count * ANSWER_BYTES
        self.partial = data[whole:]
        lengths, errors = data[3:whole:ANSWER_BYTES], data[19:whole:ANSWER_BYTES]
        if lengths.strip(bytes([ANSWER_BYTES - 4])) or errors.strip(b"\0"):
            raise AssertionError("a set was refused")
        self.latencies_s += [now - sent for sent in self.sent_at[:count]]
        del self.sent_at[:count]
        self.send(count)
        return count


def run(port, parent, size, sets, connections, outstanding):
    """Gives sets per second, p50 and p99 in us, and the seconds of CPU that this client used."""
    streams = [Stream(port, f"{parent}-{i}", size, sets // connections) for i in range(connections)]
    by_number = {stream.connection.fileno(): stream for stream in streams}
    left = sets // connections * connections
    cpu_began, began = time.process_time(), time.monotonic()
    with select.epoll() as ready:
        for number in by_number:
            ready.register(number, select.EPOLLIN)
        for stream in streams:
            stream.send(outstanding)
        while left > 0:
            for number, _ in ready.poll():
                left -= by_number[number].receive()
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu_began
    for stream in streams:
        stream.connection.close()
    taken = sorted(latency for stream in streams for latency in stream.latencies_s)
    return (len(taken) / seconds, taken[len(taken) // 2] * 1e6, taken[len(taken) * 99 // 100] * 1e6,
            cpu)
