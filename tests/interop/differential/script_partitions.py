"""CreatePartitions."""


def growth(name, count, assignments=None):
    return {"Name": name, "Count": count, "Assignments": None if assignments is None else [
        {"BrokerIds": list(brokers)} for brokers in assignments]}


def run(s):
    for version in s.versions["CreatePartitions"]:
        topic = s.topic(f"grown-v{version}", 2)

        def ask(label, *topics, validate=False):
            s.ask(label, "CreatePartitions", version, {
                "Topics": list(topics), "TimeoutMs": 5000, "ValidateOnly": validate})
        ask("validate only", growth(topic, 3), validate=True)
        ask("one more", growth(topic, 3))
        s.served(topic, 3)
        ask("as many", growth(topic, 3))
        ask("fewer", growth(topic, 2))
        ask("unknown topic", growth("nowhere", 3))

    def ask(label, *topics):
        s.ask(label, "CreatePartitions", 3, {"Topics": list(topics), "TimeoutMs": 5000,
                                             "ValidateOnly": True})
    for count in (0, -1):
        ask(f"{count} partitions", growth(topic, count))
    for label, assignments in {"right": [[1], [1]], "too few": [[1]], "too many": [[1]] * 3,
                               "none": [], "other broker": [[1], [2]], "nobody": [[1], []],
                               "twice": [[1], [1, 1]], "below zero": [[1], [-1]]}.items():
        ask(f"assigned: {label}", growth(topic, 5, assignments))
    ask("assigned, as many", growth(topic, 3, []))
    ask("a topic twice", growth(topic, 5), growth(topic, 6))
    ask("a topic twice and another", growth(topic, 5), growth(topic, 6), growth("grown-v0", 4))
    ask("a good and an unknown topic", growth(topic, 5), growth("nowhere", 6))
    ask("empty name", growth("", 5))
    ask("no topics")
    s.ask("after growing", "Metadata", 9, {"Topics": [{"Name": topic}],
                                           "AllowAutoTopicCreation": False})
