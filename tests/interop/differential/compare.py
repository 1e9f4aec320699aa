"""Where two brokers' answers differ, once a few things have the same names (NORMALISED)."""
import batches

NORMALISED = {
    "Port": "the broker's own port",
    "ClusterId": "whether there is one",
    "TopicId": "the topic that has the id",
    "ProducerId": "its number in the order in which ids were given out, also within records",
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

    def normal(self, answer):
        return {key: self._value(key, value) for key, value in answer.items()}

    def _value(self, key, value):
        if key == "Records" and value is not None:
            return [self._batch(part) for part in batches.described(value)]
        if isinstance(value, dict):
            return self.normal(value)
        if isinstance(value, list):
            return [self._value(key, item) for item in value]
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
        if number in self.asker.producers:
            return f"producer {self.asker.producers.index(number)}"
        last = max((p for p in self.asker.producers if p <= number), default=number)
        # The script makes up ids that lie a little above one that was given.
        return f"last producer + {number - last}" if 0 < number - last < 1000 else number

    def _batch(self, fields):
        if fields.get("producer id", -1) >= 0:
            fields["producer id"] = self._producer(fields["producer id"])
        if fields.get("attributes", 0) & batches.LOG_APPEND_TIME:
            fields["max timestamp"] = "a time"
        return fields


ABSENT = "(not there)"


def labels(key, items):
    """What tells an array's entries apart: names where they can, or else their position."""
    for name in UNORDERED.get(key, ()):
        if all(isinstance(item, dict) and item.get(name) is not None for item in items):
            names = [str(item[name]) for item in items]
            if len(set(names)) == len(names):
                return names
    return [str(number) for number in range(len(items))]


def shown(value):
    """A value in one word, as entries of the list know it."""
    return "there" if isinstance(value, (dict, list)) and value else str(value)


def differences(kafka, weir, path="", key=""):
    """Yields (field, Kafka's value, Weir's value) of two normalised answers; what is there on one
    side only is one difference, however large it is."""
    if isinstance(kafka, list) and isinstance(weir, list):
        names = [labels(key, items) for items in (kafka, weir)]
        if kafka and weir and names[0][0].isdigit() != names[1][0].isdigit():
            names = [[str(i) for i in range(len(items))] for items in (kafka, weir)]
        kafka, weir = (dict(zip(*pair)) for pair in zip(names, (kafka, weir)))
        form = "[{}]".format
    elif isinstance(kafka, dict) and isinstance(weir, dict):
        if "outcome" in kafka or "outcome" in weir:
            yield from ([] if kafka == weir else [("outcome", kafka.get("outcome", "answered"),
                                                   weir.get("outcome", "answered"))])
            return
        form = ".{}".format
    else:
        if kafka != weir:
            yield path, shown(kafka), shown(weir)
        return
    for name in [*kafka, *(name for name in weir if name not in kafka)]:
        yield from differences(kafka.get(name, ABSENT), weir.get(name, ABSENT),
                               (path + form(name)).removeprefix("."), name)
