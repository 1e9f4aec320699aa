"""Just enough of ZooKeeper's wire format to speak to a server over a bare socket, well or badly."""
import socket
import struct

OPEN_ACL = [(31, "world", "anyone")]
CREATE, DELETE, EXISTS, GET, SET, GET_ACL, SET_ACL, CHILDREN, SYNC = 1, 2, 3, 4, 5, 6, 7, 8, 9
PING, CHILDREN2, CHECK, MULTI, CREATE2, CREATE_CONTAINER = 11, 12, 13, 14, 15, 19
CHECK_WATCHES, REMOVE_WATCHES, MULTI_READ, AUTH, SET_WATCHES = 17, 18, 22, 100, 101
EPHEMERALS, COUNT, SET_WATCHES2, ADD_WATCH, WHO_AM_I, CLOSE = 103, 104, 105, 106, 107, -11
EVENT_XID, PING_XID, AUTH_XID, SET_WATCHES_XID = -1, -2, -4, -8
STAT = ("czxid", "mzxid", "ctime", "mtime", "version", "cversion", "aversion", "owner", "length",
        "children", "pzxid")


def buffer(data):
    if data is None:
        return struct.pack(">i", -1)
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">i", len(data)) + data


def vector(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def acl_list(acl):
    return vector([struct.pack(">i", perms) + buffer(scheme) + buffer(who)
                   for perms, scheme, who in acl])


def path_watch(path, watch=False):
    return buffer(path) + (b"\1" if watch else b"\0")


def create(path, data=b"", acl=None, flags=0):
    return (buffer(path) + buffer(data) + acl_list(OPEN_ACL if acl is None else acl)
            + struct.pack(">i", flags))


def path_version(path, version=-1):
    return buffer(path) + struct.pack(">i", version)


def set_data(path, data, version=-1):
    return buffer(path) + buffer(data) + struct.pack(">i", version)


def set_acl(path, acl, version=-1):
    return buffer(path) + acl_list(acl) + struct.pack(">i", version)


def multi(operations):
    parts = [struct.pack(">ibi", op, 0, -1) + body for op, body in operations]
    return b"".join(parts) + struct.pack(">ibi", -1, 1, -1)


def connect_request(timeout_ms=10000, session=0, password=b"\0" * 16, last_zxid=0, read_only=b"\0"):
    return struct.pack(">iqiq", 0, last_zxid, timeout_ms, session) + buffer(password) + read_only


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def buffer(self):
        size = self.take("i")
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size:self.at]

    def text(self):
        data = self.buffer()
        return None if data is None else data.decode(errors="replace")

    def vector(self, item):
        return [item() for _ in range(self.take("i"))]

    def stat(self):
        return dict(zip(STAT, self.take("qqqqiiiqiiq")))

    def acl(self):
        return self.take("i"), self.text(), self.text()

    def result(self):
        """One part of a multi's answer."""
        op, done, error = self.take("ibi")
        if done:
            return None
        return {"op": op, "header_error": error, **self.of(op)}

    def of(self, op):
        """The body of an answer without an error."""
        if op in (CREATE, SYNC):
            return {"path": self.text()}
        if op in (CREATE2, CREATE_CONTAINER):
            return {"path": self.text(), "stat": self.stat()}
        if op in (SET, SET_ACL, EXISTS):
            return {"stat": self.stat()}
        if op == GET:
            return {"data": self.buffer(), "stat": self.stat()}
        if op in (CHILDREN, EPHEMERALS):
            return {"names": sorted(self.vector(self.text))}
        if op == CHILDREN2:
            return {"names": sorted(self.vector(self.text)), "stat": self.stat()}
        if op == GET_ACL:
            return {"acl": self.vector(self.acl), "stat": self.stat()}
        if op == COUNT:
            return {"number": self.take("i")}
        if op == WHO_AM_I:
            return {"who": sorted(self.vector(lambda: (self.text(), self.text())))}
        if op == -1:
            return {"error": self.take("i")}
        if op in (MULTI, MULTI_READ):
            parts = []
            while (part := self.result()) is not None:
                parts.append(part)
            return {"parts": parts}
        return {"rest": self.data[self.at:].hex()} if self.at < len(self.data) and op != MULTI else {}


class Session:
    """One connection with its session; requests one by one, events in the order of their coming."""

    def __init__(self, port, seconds=20, **connect):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.send(connect_request(**connect))
        answer = Reader(self.receive())
        answer.take("i")
        self.timeout_ms, self.id = answer.take("iq")
        self.password = answer.buffer()
        self.xid = 0
        self.events = []

    def send(self, body):
        self.socket.sendall(struct.pack(">i", len(body)) + body)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("the server has closed the connection")
            data += more
        return data

    def receive(self):
        return self.exactly(struct.unpack(">i", self.exactly(4))[0])

    def ask(self, op, body=b"", xid=None):
        """The answer with its header, and the events that came before it."""
        if xid is None:
            self.xid += 1
            xid = self.xid
        self.send(struct.pack(">ii", xid, op) + body)
        return self.answer(op)

    def answer(self, op):
        events = []
        while True:
            reader = Reader(self.receive())
            xid, zxid, error = reader.take("iqi")
            if xid != EVENT_XID:
                break
            events.append((*reader.take("ii"), reader.text()))
        self.events += events
        answer = {"xid": xid, "zxid": zxid, "err": error, "events": events}
        if error == 0:
            answer.update(reader.of(op))
        if reader.at < len(reader.data):
            answer["more"] = reader.data[reader.at:].hex()
        return answer

    def close(self):
        self.socket.close()
