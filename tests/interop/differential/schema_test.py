"""schema.py: every message in every version is read back as it was written; some by hand."""
import random
import unittest

import harness
import peers
import schema


def drawn(chance, field, version, in_array=False):
    if field.array and not in_array:
        if version in field.nullable and chance.random() < 0.3:
            return None
        return [drawn(chance, field, version, True) for _ in range(chance.randrange(3))]
    if version in field.nullable and not in_array and chance.random() < 0.3:
        return None
    bits = {"int8": 7, "int16": 15, "int32": 31, "int64": 63, "uint16": 16, "uint32": 32}
    if field.type in bits:
        number = chance.getrandbits(bits[field.type])
        return -number if field.type.startswith("int") and chance.random() < 0.3 else number
    if field.type == "bool":
        return chance.random() < 0.5
    if field.type == "float64":
        return chance.random()
    if field.type == "string":
        return "aé" * chance.choice([0, 1, 70])
    if field.type == "uuid":
        return chance.randbytes(16)
    if field.type in ("bytes", "records"):
        return chance.randbytes(chance.choice([0, 1, 200]))
    return drawn_struct(chance, field.parts(), version)


def drawn_struct(chance, fields, version):
    return {f.name: drawn(chance, f, version) for f in fields if version in f.versions}


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schemas = schema.Schemas(peers.kafka_classpath())

    def test_every_message_in_every_version_comes_back_as_it_was_written(self):
        chance, count = random.Random(1), 0
        for messages in (self.schemas.requests, self.schemas.responses, self.schemas.headers):
            for name, message in sorted(messages.items()):
                for version in message.versions:
                    for _ in range(5):
                        values = drawn_struct(chance, message.fields, version)
                        with self.subTest(f"{name} v{version}"):
                            self.assertEqual(
                                message.decode(message.encode(values, version), version), values)
                        count += 1
        self.assertGreater(count, 1000)

    def test_a_message_is_not_read_from_too_few_or_too_many_bytes(self):
        request = self.schemas.requests["CreateTopics"]
        for version in request.versions:
            data = request.encode({"Topics": [{"Name": "a"}]}, version)
            with self.assertRaises(ValueError):
                request.decode(data[:-1], version)
            with self.assertRaises(ValueError):
                request.decode(data + b"\0", version)

    def test_layouts_written_by_hand(self):
        produce = {"Acks": 1, "TimeoutMs": 2, "TopicData": [
            {"Name": "t", "PartitionData": [{"Index": 3, "Records": b"rr"}]}]}
        self.assertEqual(self.schemas.request("Produce", 3, 7, produce).hex(" "),
                         "00 00 00 03 00 00 00 07 00 0c " + b"differential".hex(" ")
                         + " ff ff 00 01 00 00 00 02 00 00 00 01 00 01 74"
                         " 00 00 00 01 00 00 00 03 00 00 00 02 72 72")
        self.assertEqual(self.schemas.request("Produce", 9, 7, produce).hex(" "),
                         "00 00 00 09 00 00 00 07 00 0c " + b"differential".hex(" ")
                         + " 00 00 00 01 00 00 00 02 02 02 74 02 00 00 00 03 03 72 72 00 00 00")

    def test_what_a_message_does_not_have_is_refused(self):
        with self.assertRaises(ValueError):
            self.schemas.request("Metadata", 1, 7, {"Topic": []})


if __name__ == "__main__":
    peers.insist(peers.kafka_classpath(), "Apache Kafka's jars, java or mvn")
    harness.main()
