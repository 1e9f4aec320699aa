"""Where two brokers' answers differ, after a few things have been given the same names.

What is not compared as it is (NORMALISED says it in words; README.md shows that list):
"""
import batches

NORMALISED = {
    "Port": "the broker's own port",
    "ClusterId": "whether there is one",
    "TopicId": "the topic that has the id",
    "ProducerId": "its number in the order of appearance, also within records",
    "SessionId": "whether it is none or a new one",
    "LogAppendTimeMs": "whether there is one, also within records of LogAppendTime",
    "LogDir": "whether it is the broker's own directory",
    "TotalBytes, UsableBytes": "whether they are known",
    "ErrorMessage, BatchIndexErrorMessage, Documentation": "whether there are words",
    "Records": "taken apart into the fields of their batches; gzip unpacked",
    "order": "of topics, brokers, settings and partitions, where each may stand once only",
}
WORDS = {"ErrorMessage", "BatchIndexErrorMessage", "Documentation"}
# Arrays that Kafka fills from hash maps, with what tells their entries apart.
UNORDERED = {"Topics": ("Name", "Topic", "TopicId"), "Responses": ("Name", "Topic", "TopicId",
             "ResourceName"), "Partitions": ("PartitionIndex", "Partition"), "Brokers": ("NodeId",),
             "PartitionResponses": ("Index",), "Configs": ("Name",), "ApiKeys": ("ApiKey",),
             "Results": ("Name", "ResourceName", "LogDir"), "ActiveProducers": ("ProducerId",)}


class Normaliser:
    """Of one broker's answers, in the order in which they came."""

    def __init__(self, asker):
        self.asker = asker
        self.producers = {}

    def normal(self, answer):
        return {key: self._value(key, value) for key, value in answer.items()}

    def _value(self, key, value):
        if key == "Records" and value is not None:
            return [self._batch(part) for part in batches.described(value)]
        if isinstance(value, dict):
            return self.normal(value)
        if isinstance(value, list):
            items = [self._value(key, item) for item in value]
            return self._ordered(key, items)
        if key in WORDS:
            return "words" if value else value
        if key in ("Port", "NodePort") and value == self.asker.broker.port:
            return "own port"
        if key == "ClusterId" and value:
            return "a cluster"
        if key == "TopicId":
            return self.asker.topic_ids.get(value, value.hex())
        if key == "ProducerId":
            return self._producer(value)
        if key == "SessionId" and value != 0:
            return "a session"
        if key == "LogAppendTimeMs" and value != -1:
            return "a time"
        if key == "LogDir" and value:
            return "own directory"
        if key in ("TotalBytes", "UsableBytes") and value >= 0:
            return "known"
        return value.hex() if isinstance(value, bytes) else value

    def _producer(self, number):
        if number < 0:
            return number
        return "producer " + str(self.producers.setdefault(number, len(self.producers)))

    def _batch(self, fields):
        if fields.get("producer id", -1) >= 0:
            fields["producer id"] = self._producer(fields["producer id"])
        if fields.get("attributes", 0) & batches.LOG_APPEND_TIME:
            fields["max timestamp"] = "a time"
        return fields

    @staticmethod
    def _ordered(key, items):
        for name in UNORDERED.get(key, ()):
            if items and all(isinstance(item, dict) and item.get(name) is not None
                             for item in items):
                labels = [str(item[name]).zfill(8) for item in items]
                if len(set(labels)) == len(labels):
                    return [item for _, item in sorted(zip(labels, items), key=lambda e: e[0])]
        return items


ABSENT = "(not there)"


def flat(value, path=""):
    """Every leaf as (path, value); entries of arrays by their position."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flat(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield f"{path}.count", len(value)
        for number, part in enumerate(value):
            yield from flat(part, f"{path}[{number}]")
    else:
        yield path, value


def differences(kafka, weir):
    """[(field, Kafka's value, Weir's value)] of two normalised answers."""
    left, right = dict(flat(kafka)), dict(flat(weir))
    return [(field, left.get(field, ABSENT), right.get(field, ABSENT))
            for field in [*left, *(f for f in right if f not in left)]
            if left.get(field, ABSENT) != right.get(field, ABSENT)]
