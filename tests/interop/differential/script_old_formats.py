"""Message sets of before Kafka 0.11: Produce 0 to 2, Fetch 0 to 3."""
import batches
from asker import produce, small
from batches import message
from script_fetch import fetch

GZIP = batches.GZIP


def old_set(magic, count=3):
    return b"".join(message(b"old-%d" % i, b"k%d" % i, magic=magic, offset=i,
                            time=batches.TIME + i) for i in range(count))


def wrapped(inner, magic, **fields):
    return message(batches.gzipped(inner), magic=magic, attributes=GZIP, **fields)


def run(s):
    for version in range(3):
        for magic in (0, 1):
            topic = s.topic(f"old-v{version}-m{magic}")
            s.ask(f"magic {magic}", "Produce", version, produce(topic, old_set(magic)))
            s.ask(f"magic {magic}, gzip", "Produce", version,
                  produce(topic, wrapped(old_set(magic), magic, offset=2)))
            s.ask(f"magic {magic}, bad crc", "Produce", version,
                  produce(topic, message(b"a", magic=magic, crc=1)))
            s.ask(f"magic {magic}, gzip of garbage", "Produce", version,
                  produce(topic, message(b"garbage", magic=magic, attributes=GZIP)))
            for fetch_version in (1, 2, 4):
                s.ask(f"of magic {magic} by Produce {version}", "Fetch", fetch_version,
                      fetch(s, topic, 0, fetch_version))
    odd = {
        "a batch": small(), "two batches": small() + small(), "empty": b"",
        "mixed magics": old_set(0, 1) + old_set(1, 1), "cut": old_set(1)[:-3],
        "null value": message(None, b"key"),
        "gzip in gzip": wrapped(wrapped(old_set(1), 1, offset=2), 1, offset=2),
        "gzip of nothing": wrapped(b"", 1),
        "gzip of another magic": wrapped(old_set(0), 1, offset=2),
        "says LogAppendTime": message(b"a", attributes=batches.LOG_APPEND_TIME),
    }
    for number, (label, data) in enumerate(odd.items()):
        topic = s.topic(f"old-odd-{number}")
        s.ask(label, "Produce", 2, produce(topic, data))
        s.ask(f"what became of it: {label}", "Fetch", 4, fetch(s, topic, 0, 4))
    s.ask("unknown topic", "Produce", 0, produce("nowhere", old_set(0)))
    s.ask("acks 0", "Produce", 0, produce(topic, old_set(0), acks=0), answered=False)
    s.ask("acks 2", "Produce", 1, produce(topic, old_set(0), acks=2))

    down = s.topic("down")
    s.produced(down, small(), small(attributes=GZIP), small(2))
    for version in range(4):
        s.ask("new records for old clients", "Fetch", version, fetch(s, down, 0, version))
        s.ask("new records for old clients, from within a batch", "Fetch", version,
                  fetch(s, down, 4, version))
