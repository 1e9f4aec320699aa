"""Record batches and old message sets as bytes, right ones and wrong ones.

Every timestamp is given, nothing comes from a clock: the same call gives the same bytes.
"""
import struct
import zlib

import wire

TIME = 1_700_000_000_000  # of the first record; each later one a millisecond more
NONE, GZIP = 0, 1
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20


def record(delta, value, key=None, headers=(), time_delta=None):
    def sized(data):
        return wire.varint(-1) if data is None else wire.varint(len(data)) + data
    body = (b"\0" + wire.varint(delta if time_delta is None else time_delta) + wire.varint(delta)
            + sized(key) + sized(value) + wire.varint(len(headers)))
    for name, text in headers:
        body += sized(name) + sized(text)
    return wire.varint(len(body)) + body


def gzipped(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def batch(values=(b"a",), *, records=None, base_offset=0, epoch=-1, magic=2, crc=None, attributes=0,
          last_delta=None, time=TIME, max_time=None, producer=-1, producer_epoch=-1, sequence=-1,
          count=None, packed=None, more_bytes=b""):
    """One batch. `records` are encoded records in place of `values`; None: as it should be."""
    if records is None:
        records = [record(i, value) for i, value in enumerate(values)]
    data = b"".join(records)
    if packed is not None:
        data = packed
    elif attributes & 7 == GZIP:
        data = gzipped(data)
    last = len(records) - 1
    body = struct.pack(">hiqqqhii", attributes, last if last_delta is None else last_delta, time,
                       time + max(last, 0) if max_time is None else max_time, producer,
                       producer_epoch, sequence, len(records) if count is None else count)
    body += data + more_bytes
    right = wire.crc32c(body)
    body = struct.pack(">ibI", epoch, magic, right if crc is None else crc) + body
    return struct.pack(">qi", base_offset, len(body)) + body


def message(value, key=None, *, magic=1, offset=0, attributes=0, time=TIME, crc=None):
    """An old message (magic 0 or 1) with its offset. Sets are these, one behind the other."""
    def sized(data):
        return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data
    body = struct.pack(">bb", magic, attributes)
    if magic > 0:
        body += struct.pack(">q", time)
    body += sized(key) + sized(value)
    body = struct.pack(">I", zlib.crc32(body) if crc is None else crc) + body
    return struct.pack(">qi", offset, len(body)) + body


def old_described(data):
    """An old message as fields; what is within gzip likewise."""
    offset, size, crc, magic, attributes = struct.unpack_from(">qiIbb", data)
    fields = {"offset": offset, "length": size, "magic": magic, "attributes": attributes,
              "crc": "right" if zlib.crc32(data[16:]) == crc else "wrong"}
    at = 18
    if magic > 0:
        fields["timestamp"], at = struct.unpack_from(">q", data, at)[0], at + 8
    for name in ("key", "value"):
        length = struct.unpack_from(">i", data, at)[0]
        value, at = data[at + 4:at + 4 + max(length, 0)], at + 4 + max(length, 0)
        fields[name] = None if length < 0 else value.hex()
    if attributes & 7 == GZIP:
        fields["value"], fields["length"] = described(zlib.decompress(value, 31)), "packed"
    return fields


HEADER = struct.Struct(">qiibIhiqqqhii")
NAMES = ("base offset", "length", "leader epoch", "magic", "crc", "attributes", "last offset delta",
         "base timestamp", "max timestamp", "producer id", "producer epoch", "base sequence",
         "count")


def described(data):
    """What a broker answered, taken apart: batches as fields, old messages and scraps as hex."""
    parts = []
    while data:
        if len(data) < 17 or struct.unpack_from(">i", data, 8)[0] + 12 > len(data):
            return [*parts, {"scrap": data.hex()}]
        end = struct.unpack_from(">i", data, 8)[0] + 12
        one, data = data[:end], data[end:]
        if one[16] != 2:
            parts.append(old_described(one))
            continue
        fields = dict(zip(NAMES, HEADER.unpack_from(one)))
        records = one[HEADER.size:]
        fields["crc"] = "right" if wire.crc32c(one[21:]) == fields["crc"] else "wrong"
        if fields["attributes"] & 7 == GZIP:  # two libraries need not pack alike
            records, fields["length"] = zlib.decompress(records, 31), "packed"
        fields["records"] = records.hex()
        parts.append(fields)
    return parts
