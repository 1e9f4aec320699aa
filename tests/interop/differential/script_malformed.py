"""Frames that no proper client sends."""
import struct

from asker import produce, small


def cut_and_padded(s):
    """Every API: its body cut short, and with bytes behind it."""
    topic = s.topic("malformed")
    bodies = {
        "Produce": (9, produce(topic, small())),
        "Fetch": (12, {"Topics": [{"Topic": topic, "Partitions": [{"PartitionMaxBytes": 10}]}]}),
        "ListOffsets": (7, {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [
            {"Timestamp": -1}]}]}),
        "Metadata": (9, {"Topics": [{"Name": topic}], "AllowAutoTopicCreation": False}),
        "FindCoordinator": (4, {"CoordinatorKeys": []}),
        "ApiVersions": (3, {"ClientSoftwareName": "a", "ClientSoftwareVersion": "1"}),
        "CreateTopics": (7, {"Topics": [{"Name": "odd", "NumPartitions": 1,
                                         "ReplicationFactor": 1}], "validateOnly": True}),
        "DeleteTopics": (5, {"TopicNames": ["nowhere"], "TimeoutMs": 5000}),
        "DeleteRecords": (2, {"Topics": [{"Name": topic, "Partitions": [{}]}]}),
        "InitProducerId": (2, {"TransactionalId": None}),
        "OffsetForLeaderEpoch": (4, {"Topics": [{"Topic": topic, "Partitions": [{}]}]}),
        "DescribeConfigs": (4, {"Resources": [{"ResourceType": 2, "ResourceName": topic,
                                               "ConfigurationKeys": ["retention.ms"]}]}),
        "AlterConfigs": (2, {"Resources": [{"ResourceType": 2, "ResourceName": topic}],
                             "ValidateOnly": True}),
        "DescribeLogDirs": (2, {"Topics": [{"Topic": topic, "Partitions": [0]}]}),
        "CreatePartitions": (3, {"Topics": [{"Name": topic, "Count": 2}], "TimeoutMs": 5000,
                                 "ValidateOnly": True}),
        "IncrementalAlterConfigs": (1, {"Resources": [{"ResourceType": 2, "ResourceName": topic}],
                                        "ValidateOnly": True}),
        "DescribeCluster": (0, {}),
        "DescribeProducers": (0, {"Topics": [{"Name": topic, "PartitionIndexes": [0]}]}),
    }
    assert set(bodies) == set(s.versions), "an API without malformed requests"
    for api, (version, values) in bodies.items():
        body = s.schemas.requests[api].encode(values, version)
        s.ask("cut", api, version, body=body[:-1])
        s.ask("three bytes too many", api, version, body=body + b"xyz")
        s.ask("empty body", api, version, body=b"")
        # The tagged fields at the very end: one that nobody knows.
        s.ask("an unknown tagged field", api, version, body=body[:-1] + b"\x01\x64\x02ab")


def lengths(s):
    body = s.schemas.requests["Metadata"].encode({"Topics": [{"Name": "malformed"}]}, 1)
    s.ask("array longer than the frame", "Metadata", 1, body=struct.pack(">i", 1000) + body[4:])
    s.ask("array of 2^31-1", "Metadata", 1, body=struct.pack(">i", 2**31 - 1) + body[4:])
    s.ask("array of -2", "Metadata", 1, body=struct.pack(">i", -2) + body[4:])
    s.ask("string longer than the frame", "Metadata", 1, body=body[:4] + b"\x7f\xff" + body[6:])
    s.ask("string of -1", "Metadata", 1, body=body[:4] + b"\xff\xff")
    s.ask("string of -2", "Metadata", 1, body=body[:4] + b"\xff\xfe")
    s.ask("not UTF-8", "Metadata", 1, body=body[:6] + b"\xff" + body[7:])
    s.ask("a compact length without end", "Metadata", 9, body=b"\xff" * 12)
    s.ask("a bool of 7", "Metadata", 4, body=s.schemas.requests["Metadata"].encode(
        {"Topics": []}, 4)[:-1] + b"\x07")


def headers(s):
    s.ask_bytes("API key 999", struct.pack(">hhih", 999, 0, 1, -1))
    s.ask_bytes("API key -1", struct.pack(">hhih", -1, 0, 1, -1))
    s.ask_bytes("API key of another broker's, StopReplica", struct.pack(">hhih", 5, 0, 1, -1))
    for api, versions in s.versions.items():
        key = s.schemas.requests[api].key
        for version in (-1, versions[-1] + 20):
            s.ask_bytes(f"{api} version {version}", struct.pack(">hhih", key, version, 1, -1))
    s.ask_bytes("header without a client id", struct.pack(">hhi", 18, 0, 1))
    s.ask_bytes("header cut", struct.pack(">hhh", 18, 0, 1))
    s.ask_bytes("empty frame", b"")
    s.ask_bytes("null client id", struct.pack(">hhih", 22, 0, 1, -1) + b"\0")  # and a cut body
    s.ask_bytes("client id of -2", struct.pack(">hhih", 22, 0, 1, -2))
    s.ask_bytes("client id too long", struct.pack(">hhih", 18, 0, 1, 500) + b"abc")
    s.ask_bytes("frame of -1", struct.pack(">i", -1), framed=False)
    s.ask_bytes("frame of 2^31-1", struct.pack(">i", 2**31 - 1) + b"x" * 100, framed=False)


def run(s):
    s.new_producer()
    cut_and_padded(s)
    lengths(s)
    headers(s)
