"""Puts the script's requests to one broker and writes down the answers.

    asker.ask("good", "Produce", 9, {...})     one step "Produce v9: good"; gives the decoded answer

What a step has seen is a dict: the decoded answer, or {"outcome": "closed"}, "no answer" (right for
acks=0) or "unreadable: ...". `quiet` steps prepare something and are not compared.
"""
import struct
import time

import batches
import harness
import wire

CLOSED, NO_ANSWER = {"outcome": "closed"}, {"outcome": "no answer"}
PROBE = 99_999


def announced(broker, schemas):
    """API > the versions that the broker announces."""
    one = Asker(broker, schemas, {})
    answer = one.ask("", "ApiVersions", 0, quiet=True)
    one.reconnect()
    names = {request.key: name for name, request in schemas.requests.items()}
    return {names[api["ApiKey"]]: range(api["MinVersion"], api["MaxVersion"] + 1)
            for api in answer["ApiKeys"]}


class Asker:
    def __init__(self, broker, schemas, versions):
        self.broker = broker
        self.schemas = schemas
        self.versions = versions  # API > versions that are asked for
        self.settles = 0
        self.peer = None
        self.correlation = 0
        self.steps = {}      # name > what was seen, in order
        self.topic_ids = {}  # bytes > topic
        self.topics_by_name = {}
        self.producers = []  # ids in the order in which they were given

    # --- asking ----------------------------------------------------------------------------------

    def ask(self, label, api, version, values=None, *, quiet=False, body=None, answered=True):
        """`body`: these bytes in place of the encoded values."""
        self.correlation += 1
        if body is None:
            body = self.schemas.requests[api].encode(values or {}, version)
        frame = self.schemas.request_header(api, version, self.correlation) + body
        answer = self.exchange(frame, answered)
        if isinstance(answer, bytes):
            answer = self._read(api, version, answer)
        if api == "InitProducerId" and answer.get("ErrorCode") == 0:
            self.producers.append(answer["ProducerId"])
        if not quiet:
            self.note(f"{api} v{version}: {label}", answer)
        return answer

    def ask_bytes(self, name, payload, *, answered=True, framed=True):
        """A step with a frame made by hand; the answer is shown as hex, less the correlation id."""
        answer = self.exchange(payload, answered, framed)
        self.note(name, {"bytes": answer[4:].hex()} if isinstance(answer, bytes) else answer)

    def note(self, name, answer):
        if name in self.steps:
            raise AssertionError(f"the script has two steps named {name}")
        self.steps[name] = answer

    def exchange(self, payload, answered=True, framed=True):
        """The answer's bytes, or what came in place of it."""
        try:
            if self.peer is None:
                self.peer = wire.Peer(self.broker, seconds=15 * harness.PATIENCE)
            self.peer.send(wire.frame(payload) if framed else payload)
            if not answered:
                # One request of a connection is under way at a time: whichever comes first tells.
                self.peer.send(wire.api_versions(PROBE))
            answer = self._receive()
            if not answered and struct.unpack(">i", answer[:4])[0] == PROBE:
                return NO_ANSWER
            return answer
        except ConnectionError:
            self.reconnect()
            return CLOSED
        except TimeoutError:
            self.reconnect()
            return {"outcome": "nothing within the time"}

    def _receive(self):
        size = struct.unpack(">i", self.peer.receive_exactly(4))[0]
        return self.peer.receive_exactly(size)

    def _read(self, api, version, data):
        try:
            correlation, answer = self.schemas.answer(api, version, data)
        except (ValueError, struct.error, UnicodeDecodeError) as error:
            return {"outcome": f"unreadable: {error}", "bytes": data[4:].hex()}
        if correlation != self.correlation:
            return {"outcome": f"correlation id {correlation - self.correlation:+} off"}
        return answer

    def reconnect(self):
        if self.peer is not None:
            self.peer.close()
        self.peer = None

    # --- preparing -------------------------------------------------------------------------------

    def until(self, condition, what):
        harness.wait_until(condition, what, seconds=30, poll_seconds=0.005)

    def topic(self, name, partitions=1, **configs):
        """A new topic that is served: Kafka tells its broker of it only after the answer."""
        answer = self.ask("", "CreateTopics", 7, {"Topics": [
            {"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1,
             "Configs": [{"Name": key.replace("_", "."), "Value": str(value)}
                         for key, value in configs.items()]}]}, quiet=True)
        if answer["Topics"][0]["ErrorCode"] != 0:
            raise AssertionError(f"{name} could not be made: {answer}")
        return self.served(name, partitions)

    def served(self, name, partitions=1):
        def is_served():
            answer = self.ask("", "ListOffsets", 1, {"ReplicaId": -1, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": i, "Timestamp": -1}
                                              for i in range(partitions)]}]}, quiet=True)
            return all(p["ErrorCode"] == 0 for t in answer["Topics"] for p in t["Partitions"])
        self.until(is_served, f"{name} is served")
        answer = self.metadata(name)
        self.topic_ids[answer["TopicId"]] = name
        self.topics_by_name[name] = answer["TopicId"]
        return name

    def metadata(self, name):
        return self.ask("", "Metadata", 12, {"Topics": [{"Name": name}],
                                             "AllowAutoTopicCreation": False},
                        quiet=True)["Topics"][0]

    def gone(self, name):
        self.until(lambda: self.metadata(name)["ErrorCode"] == 3, f"{name} is gone")

    def settled(self):
        """All changes are in effect: Kafka's broker learns of them in their order."""
        self.settles += 1
        self.topic(f"settled-{self.settles}")

    def produced(self, topic, *all_batches, partition=0):
        for data in all_batches:
            answer = self.ask("", "Produce", 9, produce(topic, data, partition=partition),
                              quiet=True)
            error = answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"]
            if error != 0:
                raise AssertionError(f"{topic} could not be given records: error {error}")

    def new_producer(self):
        """(id, epoch). Kafka has to fetch its first ids, and says that it is loading."""
        answers = []

        def is_given():
            answers.append(self.ask("", "InitProducerId", 3, {
                "TransactionalId": None, "TransactionTimeoutMs": 1000}, quiet=True))
            return answers[-1]["ErrorCode"] == 0
        self.until(is_given, "a producer id is given")
        return answers[-1]["ProducerId"], answers[-1]["ProducerEpoch"]

    def coordinators_ready(self):
        """Where there are groups, their topic is made when the first one is asked for."""
        if "JoinGroup" in announced(self.broker, self.schemas):
            self.until(lambda: self.ask("", "FindCoordinator", 0, {"Key": "group"}, quiet=True)[
                "ErrorCode"] == 0, "coordinators are there")


def produce(topic, records, *, partition=0, acks=-1, transactional=None):
    """The body of a Produce request for one partition."""
    values = {"Acks": acks, "TimeoutMs": 10_000, "TopicData": [
        {"Name": topic, "PartitionData": [{"Index": partition, "Records": records}]}]}
    return values if transactional is None else {**values, "TransactionalId": transactional}


def small(many=3, /, **fields):
    """A batch of so many records."""
    return batches.batch([b"value-%d" % i for i in range(many)], **fields)
