"""Just enough of Kafka's wire format to speak to a broker over a bare socket, well or badly."""
import socket
import struct
import time

PRODUCE, FETCH, LIST_OFFSETS, METADATA, API_VERSIONS, CREATE_TOPICS = 0, 1, 2, 3, 18, 19


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def frame(payload):
    return struct.pack(">i", len(payload)) + payload


def request(key, version, correlation, body=b"", client="raw"):
    """With the header of the versions that are not flexible."""
    return frame(struct.pack(">hhi", key, version, correlation) + string(client) + body)


def api_versions(correlation):
    return request(API_VERSIONS, 0, correlation)


def create_topic(correlation, topic, partitions=1):
    body = array([string(topic) + struct.pack(">ih", partitions, 1) + array([]) + array([])])
    return request(CREATE_TOPICS, 0, correlation, body + struct.pack(">i", 10_000))


def produce(correlation, topic, records, acks=-1, partition=0):
    partitions = array([struct.pack(">ii", partition, len(records)) + records])
    body = struct.pack(">hhi", -1, acks, 10_000) + array([string(topic) + partitions])
    return request(PRODUCE, 7, correlation, body)


def fetch(correlation, topic, offset, max_bytes, max_wait_ms=100, min_bytes=1):
    partitions = array([struct.pack(">iqi", 0, offset, max_bytes)])
    body = struct.pack(">iiiib", -1, max_wait_ms, min_bytes, max_bytes, 0)
    return request(FETCH, 4, correlation, body + array([string(topic) + partitions]))


def list_offsets(correlation, topic, timestamp=-1):
    partitions = array([struct.pack(">iq", 0, timestamp)])
    return request(LIST_OFFSETS, 1, correlation,
                   struct.pack(">i", -1) + array([string(topic) + partitions]))


def end_offset(answer):
    return struct.unpack(">q", answer[-8:])[0]


def produce_answer(answer, topic):
    """(error, base offset) of the one partition."""
    return struct.unpack_from(">hq", answer, 4 + 4 + 2 + len(topic) + 4 + 4)


# --- record batches ------------------------------------------------------------------------------

def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(number):
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number & ~0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def batch(values):
    """A record batch (magic 2) without keys, headers, compression or a producer id."""
    records = b""
    for i, value in enumerate(values):
        record = b"\0" + varint(0) + varint(i) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(record)) + record
    now = int(time.time() * 1000)
    body = struct.pack(">hiqqqhii", 0, len(values) - 1, now, now, -1, -1, -1, len(values)) + records
    body = struct.pack(">ibI", -1, 2, crc32c(body)) + body
    return struct.pack(">qi", 0, len(body)) + body


# --- connections ---------------------------------------------------------------------------------

class Peer:
    """One connection."""

    def __init__(self, broker, receive_buffer=None, seconds=15.0):
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(seconds)
        self.socket.connect(("127.0.0.1", broker.port))

    def send(self, data):
        self.socket.sendall(data)

    def receive_exactly(self, count):
        data = bytearray()
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError(f"closed after {len(data)} of {count} bytes")
            data += part
        return bytes(data)

    def receive(self):
        """(correlation id, the rest) of the next answer."""
        size = struct.unpack(">i", self.receive_exactly(4))[0]
        answer = self.receive_exactly(size)
        return struct.unpack(">i", answer[:4])[0], answer[4:]

    def ask(self, data):
        self.send(data)
        return self.receive()[1]

    def closed_by_broker(self, seconds=10.0):
        """Waits for the end of the stream; an answer instead of it is False."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False

    def works(self):
        correlation = 4711
        self.send(api_versions(correlation))
        answered, body = self.receive()
        return answered == correlation and struct.unpack(">h", body[:2])[0] == 0

    def close(self):
        self.socket.close()
