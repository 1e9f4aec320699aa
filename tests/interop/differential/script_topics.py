"""CreateTopics, Metadata, DeleteTopics."""
BAD_NAMES = {"empty": "", "a dot": ".", "two dots": "..", "250 long": "x" * 250, "a slash": "a/b",
             "a blank": "a b", "not ASCII": "é", "internal": "__consumer_offsets_2"}


def creation(name, partitions=1, replicas=1, assignments=(), configs=()):
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": replicas,
            "Assignments": [{"PartitionIndex": i, "BrokerIds": list(brokers)}
                            for i, brokers in assignments],
            "Configs": [{"Name": key, "Value": value} for key, value in configs]}


def created(s):
    for version in s.versions["CreateTopics"]:
        s.ask("good", "CreateTopics", version, {"Topics": [creation(f"created-v{version}", 2)]})
        s.served(f"created-v{version}", 2)
        s.ask("exists already", "CreateTopics", version,
              {"Topics": [creation(f"created-v{version}", 2)]})
        if version >= 1:
            s.ask("validate only", "CreateTopics", version,
                  {"Topics": [creation("never")], "validateOnly": True})
            s.ask("validate only, exists", "CreateTopics", version,
                  {"Topics": [creation("created-v0")], "validateOnly": True})
    version = 7

    def ask(label, *topics, **fields):
        s.ask(label, "CreateTopics", version, {"Topics": list(topics), **fields})
    for label, name in BAD_NAMES.items():
        ask(f"name: {label}", creation(name), validateOnly=True)
    ask("249 long", creation("x" * 249), validateOnly=True)
    for partitions in (0, -1, -2):
        ask(f"{partitions} partitions", creation("odd", partitions), validateOnly=True)
    for replicas in (0, -1, -2, 2):
        ask(f"{replicas} replicas", creation("odd", 1, replicas), validateOnly=True)
    ask("defaults", creation("odd", -1, -1), validateOnly=True)
    placed = {"right": [(0, [1]), (1, [1])], "other broker": [(0, [2])], "twice": [(0, [1, 1])],
              "nobody": [(0, [])], "a gap": [(0, [1]), (2, [1])], "not from zero": [(1, [1])],
              "a partition twice": [(0, [1]), (0, [1])], "unequal": [(0, [1]), (1, [1, 2])],
              "broker below zero": [(0, [-1])], "partition below zero": [(-1, [1])],
              "a partition twice, of three": [(0, [1]), (1, [1]), (1, [1])]}
    for label, assignments in placed.items():
        ask(f"assigned: {label}", creation("odd", -1, -1, assignments), validateOnly=True)
    ask("assigned, with 1 partition too", creation("odd", 1, -1, [(0, [1])]), validateOnly=True)
    ask("assigned, with 1 replica too", creation("odd", -1, 1, [(0, [1])]), validateOnly=True)
    settings = {"good": [("retention.ms", "1000")], "unknown": [("no.such.key", "1")],
                "not a number": [("retention.ms", "soon")], "null": [("retention.ms", None)],
                "out of range": [("segment.bytes", "1")], "twice": [("retention.ms", "1000"),
                                                                    ("retention.ms", "2000")],
                "a broker's": [("log.retention.ms", "1000")], "empty name": [("", "1")],
                "bad word": [("cleanup.policy", "burn")],
                "compaction": [("cleanup.policy", "compact")],
                "blank around": [("retention.ms", " 7 ")]}
    for label, configs in settings.items():
        ask(f"settings: {label}", creation("odd", 1, 1, (), configs), validateOnly=True)
    ask("a name twice", creation("double"), creation("double"))
    ask("a name twice and another", creation("double"), creation("double"), creation("odd"),
        validateOnly=True)
    ask("a good and a bad one", creation("half-good"), creation("half bad"))
    ask("a name that collides", creation("half_good"), validateOnly=True)
    ask("names that collide within", creation("in.side"), creation("in_side"), validateOnly=True)
    ask("no topics")
    ask("timeout below zero", creation("odd"), timeoutMs=-1, validateOnly=True)
    ask("manual", creation("manual", -1, -1, [(1, [1]), (0, [1])]))
    s.served("half-good")
    s.ask("a name twice, after that", "Metadata", 9, {"Topics": [{"Name": "double"}],
                                                      "AllowAutoTopicCreation": False})
    s.served("manual", 2)
    s.ask("null topics", "CreateTopics", 7, {"Topics": None})


def described(s):
    def names(*topics):
        return [{"Name": topic} for topic in topics]
    for version in s.versions["Metadata"]:
        created_by = {} if version < 4 else {"AllowAutoTopicCreation": False}
        s.ask("one", "Metadata", version, {"Topics": names("created-v0"), **created_by})
        if version == 0:
            s.ask("empty: all topics", "Metadata", 0, {"Topics": []})
            continue
        s.ask("none", "Metadata", version, {"Topics": [], **created_by})
        s.ask("all", "Metadata", version, {"Topics": None, **created_by})
        if version >= 4:
            s.ask("unknown", "Metadata", version, {"Topics": names("nowhere"), **created_by})
            s.ask("invalid", "Metadata", version, {"Topics": names("a b"), **created_by})
        if version >= 8:
            s.ask("what one may do", "Metadata", version, {
                "Topics": names("created-v0"), "IncludeTopicAuthorizedOperations": True,
                **created_by})
        if 8 <= version <= 10:
            s.ask("what one may do to the cluster", "Metadata", version, {
                "Topics": [], "IncludeClusterAuthorizedOperations": True, **created_by})
    quiet = {"AllowAutoTopicCreation": False}
    for label, name in BAD_NAMES.items():
        s.ask(f"name: {label}", "Metadata", 9, {"Topics": names(name), **quiet})
    s.ask("a name twice", "Metadata", 9, {"Topics": names("created-v0", "created-v0"), **quiet})
    s.ask("several", "Metadata", 9, {"Topics": names("manual", "nowhere", "created-v1"), **quiet})
    known = s.topics_by_name["created-v0"]
    for version in (10, 11, 12):
        for label, topic in {
                "by id": {"TopicId": known, "Name": None},
                "by unknown id": {"TopicId": b"\x01" * 16, "Name": None},
                "by id of zeros": {"TopicId": bytes(16), "Name": None},
                "by id and name": {"TopicId": known, "Name": "created-v0"},
                "by unknown id and name": {"TopicId": b"\x01" * 16, "Name": "created-v0"}}.items():
            s.ask(label, "Metadata", version, {"Topics": [topic], **quiet})
    s.ask("null name", "Metadata", 9, {"Topics": [{"Name": None}], **quiet})
    s.ask("invalid, may be created", "Metadata", 9, {"Topics": names("a b")})
    for version in (1, 9):
        name = f"on-demand-v{version}"
        s.ask("created on demand", "Metadata", version, {"Topics": names(name)})
        s.served(name)
        s.ask("after that", "Metadata", version, {"Topics": names(name)})


def deleted(s):
    for version in s.versions["DeleteTopics"]:
        topic = s.topic(f"deleted-v{version}")

        def body(*topics):
            if version < 6:
                return {"TopicNames": list(topics), "TimeoutMs": 5000}
            return {"Topics": [{"Name": name} for name in topics], "TimeoutMs": 5000}
        s.ask("good", "DeleteTopics", version, body(topic))
        s.gone(topic)
        s.ask("gone already", "DeleteTopics", version, body(topic))
        s.ask("no topics", "DeleteTopics", version, body())
    s.ask("deleted", "Metadata", 9, {"Topics": [{"Name": "deleted-v0"}],
                                     "AllowAutoTopicCreation": False})
    one, two = s.topic("deleted-1"), s.topic("deleted-2")
    s.ask("a name twice", "DeleteTopics", 5, {"TopicNames": [one, one], "TimeoutMs": 5000})
    s.ask("a good and an unknown one", "DeleteTopics", 5,
          {"TopicNames": [two, "nowhere"], "TimeoutMs": 5000})
    s.gone(two)
    for label, name in BAD_NAMES.items():
        s.ask(f"name: {label}", "DeleteTopics", 5, {"TopicNames": [name], "TimeoutMs": 5000})
    by_id, id_twice = s.topic("deleted-by-id"), s.topic("deleted-id-twice")

    def ask(label, *topics):
        s.ask(label, "DeleteTopics", 6, {"Topics": [{"Name": n, "TopicId": i} for n, i in topics],
                                         "TimeoutMs": 5000})
    known = s.topics_by_name
    ask("name and id", (by_id, known[by_id]))
    ask("neither name nor id", (None, bytes(16)))
    ask("unknown id", (None, b"\x01" * 16))
    ask("unknown id twice", (None, b"\x01" * 16), (None, b"\x01" * 16))
    ask("id", (None, known[by_id]))
    s.gone(by_id)
    ask("id of a deleted topic", (None, known[by_id]))
    ask("id twice", (None, known[id_twice]), (None, known[id_twice]))
    ask("name and then its id", (id_twice, bytes(16)), (None, known[id_twice]))
    again = s.topic("deleted-2")
    s.ask("made again", "ListOffsets", 7, {"ReplicaId": -1, "Topics": [
        {"Name": again, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]})
    s.ask("made again", "Metadata", 9, {"Topics": [{"Name": again}],
                                        "AllowAutoTopicCreation": False})


def run(s):
    created(s)
    described(s)
    deleted(s)
