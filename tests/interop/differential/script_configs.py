"""DescribeConfigs, AlterConfigs, IncrementalAlterConfigs."""
TOPIC, BROKER, LOGGER, CLIENT_METRICS = 2, 4, 8, 16
SET, DELETE, APPEND, SUBTRACT = 0, 1, 2, 3


def describe(*resources, **fields):
    return {"Resources": [{"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": keys}
                          for kind, name, keys in resources], **fields}


def described(s):
    topic = s.topic("configured", retention_ms=5000)
    keys = ["retention.ms", "cleanup.policy", "segment.bytes"]
    for version in s.versions["DescribeConfigs"]:
        s.ask("some of a topic", "DescribeConfigs", version, describe((TOPIC, topic, keys)))
        s.ask("some of the broker", "DescribeConfigs", version,
              describe((BROKER, "1", ["log.retention.ms", "message.max.bytes", "broker.id"])))
        if version >= 1:
            times = [f"log.{key}.{unit}" for key, unit in (
                ("retention", "ms"), ("retention", "minutes"), ("retention", "hours"),
                ("roll", "ms"), ("roll", "hours"), ("roll.jitter", "ms"), ("roll.jitter", "hours"))]
            s.ask("times of the broker", "DescribeConfigs", version,
                  describe((BROKER, "1", times), IncludeSynonyms=True))
        if version >= 1:
            s.ask("with synonyms", "DescribeConfigs", version,
                  describe((TOPIC, topic, keys), IncludeSynonyms=True))
    s.ask("all of a topic", "DescribeConfigs", 4,
          describe((TOPIC, topic, None), IncludeSynonyms=True))
    s.ask("documentation", "DescribeConfigs", 4,
          describe((TOPIC, topic, keys), IncludeDocumentation=True))
    s.ask("no keys", "DescribeConfigs", 4, describe((TOPIC, topic, [])))
    s.ask("unknown keys", "DescribeConfigs", 4, describe((TOPIC, topic, ["no.such.key", ""])))
    s.ask("a key twice", "DescribeConfigs", 4, describe((TOPIC, topic, ["retention.ms"] * 2)))
    places = {"unknown topic": (TOPIC, "nowhere"), "invalid topic": (TOPIC, "a b"),
              "empty topic": (TOPIC, ""), "another broker": (BROKER, "7"),
              "no broker": (BROKER, "x"), "all brokers": (BROKER, ""), "type 0": (0, "x"),
              "type 1": (1, "x"), "type 3": (3, "x"), "type 5": (5, ""), "type -1": (-1, "x")}
    for label, (kind, name) in places.items():
        s.ask(label, "DescribeConfigs", 4, describe((kind, name, ["retention.ms"])))
    s.ask("a resource twice", "DescribeConfigs", 4, describe((TOPIC, topic, ["retention.ms"]),
                                                             (TOPIC, topic, ["segment.bytes"])))
    s.ask("a good and an unknown one", "DescribeConfigs", 4, describe(
        (TOPIC, topic, ["retention.ms"]), (TOPIC, "nowhere", None)))
    s.ask("no resources", "DescribeConfigs", 4, describe())


def show(s, label, topic):
    s.settled()
    s.ask(label, "DescribeConfigs", 4, describe(
        (TOPIC, topic, ["retention.ms", "cleanup.policy", "segment.bytes", "max.message.bytes"])))


def altered(s):
    def alter(label, version, *configs, kind=TOPIC, name="altered", validate=False):
        s.ask(label, "AlterConfigs", version, {"ValidateOnly": validate, "Resources": [
            {"ResourceType": kind, "ResourceName": name,
             "Configs": [{"Name": key, "Value": value} for key, value in configs]}]})
    s.topic("altered", segment_bytes=2_000_000)
    for version in s.versions["AlterConfigs"]:
        alter("good", version, ("retention.ms", str(version + 1000)))
        show(s, f"after AlterConfigs {version}", "altered")
        alter("validate only", version, ("retention.ms", "7"), validate=True)
    show(s, "after validating", "altered")
    for label, configs in {"null value": [("retention.ms", None)], "unknown key": [("no.key", "1")],
                           "not a number": [("retention.ms", "x")], "empty key": [("", "1")],
                           "out of range": [("segment.bytes", "1")],
                           "a key twice": [("retention.ms", "1"), ("retention.ms", "2")]}.items():
        alter(label, 2, *configs, validate=True)
    wrong_places(s, "AlterConfigs", 2, {"Name": "retention.ms", "Value": "1"})
    alter("back to the defaults", 2)
    show(s, "after going back to the defaults", "altered")


def incremented(s):
    def alter(label, *configs, name="altered", kind=TOPIC, validate=False, version=1):
        s.ask(label, "IncrementalAlterConfigs", version, {"ValidateOnly": validate, "Resources": [
            {"ResourceType": kind, "ResourceName": name, "Configs": [
                {"Name": key, "ConfigOperation": operation, "Value": value}
                for key, operation, value in configs]}]})
    for version in s.versions["IncrementalAlterConfigs"]:
        alter("set", ("retention.ms", SET, str(version + 500)), version=version)
        show(s, f"after IncrementalAlterConfigs {version}", "altered")
    alter("validate only", ("retention.ms", SET, "9"), validate=True)
    alter("append", ("cleanup.policy", APPEND, "compact"), validate=True)
    alter("append what is there", ("cleanup.policy", APPEND, "delete"))
    show(s, "after appending what is there", "altered")
    alter("subtract what is not there", ("cleanup.policy", SUBTRACT, "compact"))
    show(s, "after subtracting what is not there", "altered")
    alter("subtract", ("cleanup.policy", SUBTRACT, "delete"), validate=True)
    alter("two keys", ("cleanup.policy", SET, "delete"), ("segment.bytes", SET, "3000000"))
    alter("delete", ("retention.ms", DELETE, None))
    alter("delete what is not set", ("retention.ms", DELETE, None))
    show(s, "after deleting", "altered")
    wrong = {"append to a number": ("retention.ms", APPEND, "1"),
             "unknown key": ("no.key", SET, "1"), "unknown key to delete": ("no.key", DELETE, None),
             "null": ("retention.ms", SET, None),
             "null to append": ("cleanup.policy", APPEND, None),
             "operation 9": ("retention.ms", 9, "1"), "operation -1": ("retention.ms", -1, "1"),
             "not a number": ("retention.ms", SET, "x"),
             "out of range": ("segment.bytes", SET, "1"),
             "bad word": ("cleanup.policy", SET, "burn"), "empty list": ("cleanup.policy", SET, ""),
             "too great": ("segment.bytes", SET, "9" * 12)}
    for label, config in wrong.items():
        alter(label, config, validate=True)
    alter("a key twice", ("retention.ms", SET, "1"), ("retention.ms", DELETE, None), validate=True)
    alter("no settings", validate=True)
    wrong_places(s, "IncrementalAlterConfigs", 1,
                 {"Name": "retention.ms", "ConfigOperation": SET, "Value": "1"})
    alter("a broker's setting", ("message.max.bytes", SET, "999999"), kind=BROKER, name="1")
    alter("all brokers' setting", ("message.max.bytes", SET, "888888"), kind=BROKER, name="")
    alter("a broker's time", ("log.retention.ms", SET, "99999999"), kind=BROKER, name="1")
    s.settled()
    s.ask("a broker's time after that", "DescribeConfigs", 4, describe(
        (BROKER, "1", ["log.retention.ms", "log.retention.minutes", "log.retention.hours"]),
        (TOPIC, "altered", ["retention.ms"]), IncludeSynonyms=True))
    alter("a broker's time is deleted", ("log.retention.ms", DELETE, None), kind=BROKER, name="1")
    alter("one that may not change", ("broker.id", SET, "5"), kind=BROKER, name="1", validate=True)
    alter("an unknown one of the broker", ("no.key", SET, "5"), kind=BROKER, name="1",
          validate=True)
    s.settled()
    s.ask("a broker's after that", "DescribeConfigs", 4, describe(
        (BROKER, "1", ["message.max.bytes"]), (BROKER, "", ["message.max.bytes"]),
        (TOPIC, "altered", ["max.message.bytes"]), IncludeSynonyms=True))
    for whose, name in (("a broker's", "1"), ("all brokers'", "")):
        alter(f"{whose} setting is deleted", ("message.max.bytes", DELETE, None), kind=BROKER,
              name=name)


def wrong_places(s, api, version, config):
    places = {"unknown topic": (TOPIC, "nowhere"), "invalid topic": (TOPIC, "a b"),
              "empty topic": (TOPIC, ""), "another broker": (BROKER, "7"),
              "no broker": (BROKER, "x"), "type 0": (0, "x"), "type 1": (1, "x"),
              "type 3": (3, "x"), "type 5": (5, "x"),
              "type -1": (-1, "x")}
    for label, (kind, name) in places.items():
        s.ask(label, api, version, {"ValidateOnly": True, "Resources": [
            {"ResourceType": kind, "ResourceName": name, "Configs": [config]}]})
    if api != "AlterConfigs":  # to which Kafka gives no answer
        twice = [{"ResourceType": TOPIC, "ResourceName": "altered", "Configs": [config]}] * 2
        s.ask("a resource twice", api, version, {"Resources": twice, "ValidateOnly": True})
    s.ask("no resources", api, version, {"Resources": [], "ValidateOnly": True})


def run(s):
    described(s)
    altered(s)
    incremented(s)
