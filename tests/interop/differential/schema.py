"""Kafka's messages, encoded and decoded by Kafka's own descriptions of them: the JSON files
common/message/*.json inside the jar kafka-clients, read when a test runs. Nobody of this project
wrote the layouts down here, so a mistake in Weir's own tables shows.

A message is a dict of field names, spelled as in the descriptions; a struct is a dict, an array a
list, an uuid 16 bytes. `encode` takes the default for what is left out and does not judge: null
where none may be, numbers out of place. `decode` insists that a message ends where its description
ends.
"""
import glob
import json
import os
import re
import struct
import zipfile

FIXED = {"bool": "?", "int8": "b", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I",
         "int64": "q", "float64": "d"}


def _span(text):
    """The versions "none", "3", "3+" or "3-5" as a range."""
    if text is None or text == "none":
        return range(0)
    first, plus, last = re.fullmatch(r"(\d+)(\+|-(\d+))?", text).groups()
    end = int(first) if plus is None else 0x7FFE if last is None else int(last)
    return range(int(first), end + 1)


class Field:
    def __init__(self, description, structs):
        self.name = description["name"]
        self.array = description["type"].startswith("[]")
        self.type = description["type"].removeprefix("[]")
        self.versions = _span(description.get("versions"))
        self.nullable = _span(description.get("nullableVersions"))
        self.tagged = _span(description.get("taggedVersions"))
        self.tag = int(description.get("tag", -1))
        self.never_flexible = description.get("flexibleVersions") == "none"
        self.fields = None
        if "fields" in description:
            structs[self.type] = self.fields = [Field(f, structs) for f in description["fields"]]
        self.structs = structs
        self.given = description.get("default")

    def parts(self):
        return self.fields if self.fields is not None else self.structs.get(self.type)

    def default(self, version):
        if self.given == "null":
            return None
        if self.array:
            return []
        if self.type in FIXED:
            if self.type == "bool":
                return str(self.given).lower() == "true"
            number = str(self.given or 0)
            return float(number) if self.type == "float64" else int(number, 0)
        if self.type == "string":
            return self.given or ""
        if self.type == "uuid":
            return bytes(16)
        if self.type in ("bytes", "records"):
            return b""
        return {f.name: f.default(version) for f in self.parts() if version in f.versions}


class Message:
    """One description: of a request, a response or a header."""

    def __init__(self, description):
        self.name = description["name"]
        self.key = description.get("apiKey")
        self.versions = _span(description["validVersions"])
        self.flexible = _span(description["flexibleVersions"])
        structs = {}
        for common in description.get("commonStructs", ()):
            structs[common["name"]] = [Field(f, structs) for f in common["fields"]]
        self.fields = [Field(f, structs) for f in description["fields"]]

    def encode(self, values, version):
        out = bytearray()
        _write_struct(out, self.fields, values, version, version in self.flexible, self.name)
        return bytes(out)

    def decode(self, data, version):
        values, rest = self.decode_front(data, version)
        if rest:
            raise ValueError(f"{self.name} v{version}: {len(rest)} bytes beyond its end")
        return values

    def decode_front(self, data, version):
        """(the message, the bytes behind it)."""
        reader = Reader(data)
        values = _read_struct(reader, self.fields, version, version in self.flexible)
        return values, data[reader.at:]


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise ValueError(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7


def unsigned_varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


# --- writing -------------------------------------------------------------------------------------

def _length(out, count, flexible, form):
    """A length; -1 is null."""
    out += unsigned_varint(count + 1) if flexible else struct.pack(">" + form, count)


def _write_struct(out, fields, values, version, flexible, where):
    known = {f.name for f in fields}
    if not known.issuperset(values):
        raise ValueError(f"{where} has no {sorted(set(values) - known)}")
    tagged = []
    for field in fields:
        value = values.get(field.name, field.default(version))
        if version in field.tagged:
            if field.name in values and value != field.default(version):
                tagged.append((field.tag, field, value))
        elif version in field.versions:
            _write_field(out, field, value, version, flexible)
    if flexible:
        out += unsigned_varint(len(tagged))
        for tag, field, value in sorted(tagged, key=lambda entry: entry[0]):
            data = bytearray()
            _write_field(data, field, value, version, flexible)
            out += unsigned_varint(tag) + unsigned_varint(len(data)) + data


def _write_field(out, field, value, version, flexible):
    if not field.array:
        _write_value(out, field, value, version, flexible and not field.never_flexible)
        return
    _length(out, -1 if value is None else len(value), flexible, "i")
    for item in value or ():
        _write_value(out, field, item, version, flexible, in_array=True)


def _write_value(out, field, value, version, flexible, in_array=False):
    if field.type in FIXED:
        out += struct.pack(">" + FIXED[field.type], value)
    elif field.type == "uuid":
        out += value
    elif field.type == "string":
        data = None if value is None else value.encode()
        _length(out, -1 if data is None else len(data), flexible, "h")
        out += data or b""
    elif field.type in ("bytes", "records"):
        _length(out, -1 if value is None else len(value), flexible, "i")
        out += value or b""
    else:
        if version in field.nullable and not in_array:
            out += b"\xff" if value is None else b"\x01"
        if value is not None:
            _write_struct(out, field.parts(), value, version, flexible, field.type)


# --- reading -------------------------------------------------------------------------------------

def _read_struct(reader, fields, version, flexible):
    values = {}
    for field in fields:
        if version in field.tagged:
            values[field.name] = field.default(version)
        elif version in field.versions:
            values[field.name] = _read_field(reader, field, version, flexible)
    if flexible:
        by_tag = {f.tag: f for f in fields if version in f.tagged}
        for _ in range(reader.unsigned()):
            tag, data = reader.unsigned(), Reader(reader.take(reader.unsigned()))
            if tag in by_tag:
                values[by_tag[tag].name] = _read_field(data, by_tag[tag], version, flexible)
            else:
                values[f"tag {tag}"] = data.data
    return values


def _count(reader, flexible, form):
    return reader.unsigned() - 1 if flexible else reader.number(form)


def _read_field(reader, field, version, flexible):
    if not field.array:
        return _read_value(reader, field, version, flexible and not field.never_flexible)
    count = _count(reader, flexible, "i")
    if count < 0:
        return None
    return [_read_value(reader, field, version, flexible, in_array=True) for _ in range(count)]


def _read_value(reader, field, version, flexible, in_array=False):
    if field.type in FIXED:
        return reader.number(FIXED[field.type])
    if field.type == "uuid":
        return reader.take(16)
    if field.type in ("string", "bytes", "records"):
        count = _count(reader, flexible, "h" if field.type == "string" else "i")
        if count < 0:
            return None
        data = reader.take(count)
        return data.decode() if field.type == "string" else data
    if version in field.nullable and not in_array and reader.number("b") < 0:
        return None
    return _read_struct(reader, field.parts(), version, flexible)


# --- all of them ---------------------------------------------------------------------------------

class Schemas:
    """Every request and response of the jar, by the API's name without "Request" or "Response"."""

    def __init__(self, classpath):
        jars = [path for part in classpath.split(":") for path in glob.glob(part)
                if os.path.basename(path).startswith("kafka-clients-")]
        self.requests, self.responses, self.headers = {}, {}, {}
        with zipfile.ZipFile(jars[0]) as jar:
            for name in jar.namelist():
                if re.fullmatch(r"common/message/\w+\.json", name):
                    self._add(re.sub(r"(?m)^\s*//.*$", "", jar.read(name).decode()))

    def _add(self, text):
        description = json.loads(text)
        kind, name = description["type"], description["name"]
        if kind == "request":
            self.requests[name.removesuffix("Request")] = Message(description)
        elif kind == "response":
            self.responses[name.removesuffix("Response")] = Message(description)
        elif kind == "header":
            self.headers[name] = Message(description)

    def request_header(self, api, version, correlation, client="differential"):
        request = self.requests[api]
        return self.headers["RequestHeader"].encode(
            {"RequestApiKey": request.key, "RequestApiVersion": version,
             "CorrelationId": correlation, "ClientId": client},
            2 if version in request.flexible else 1)

    def request(self, api, version, correlation, values):
        """A request without the frame's length."""
        return (self.request_header(api, version, correlation)
                + self.requests[api].encode(values, version))

    def answer(self, api, version, data):
        """(correlation id, the message) of a response without the frame's length."""
        response = self.responses[api]
        newer = version in response.flexible and api != "ApiVersions"
        header, body = self.headers["ResponseHeader"].decode_front(data, 1 if newer else 0)
        return header["CorrelationId"], response.decode(body, version)
