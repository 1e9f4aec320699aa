"""Fetch sessions (KIP-227)."""
from asker import small
from script_fetch import of_topics, topic_of


def run(s):
    for version in (7, 12, 13, 17):
        one_session(s, version)
    for version in (7, 13):
        asked = [topic_of(s, "session-v7", version, [
            {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}])]
        s.ask("unknown session", "Fetch", version,
              {**of_topics(asked), "SessionId": 4711, "SessionEpoch": 1})
        s.ask("no session, epoch 1", "Fetch", version,
              {**of_topics(asked), "SessionId": 0, "SessionEpoch": 1})
        s.ask("unknown session to begin with", "Fetch", version,
              {**of_topics(asked), "SessionId": 4711, "SessionEpoch": 0})
        s.ask("unknown session to end", "Fetch", version,
              {**of_topics(asked), "SessionId": 4711, "SessionEpoch": -1})
        s.ask("epoch -2", "Fetch", version,
              {**of_topics(asked), "SessionId": 0, "SessionEpoch": -2})
        s.ask("a session without topics", "Fetch", version,
              {**of_topics([]), "SessionId": 0, "SessionEpoch": 0})


def one_session(s, version):
    topic = s.topic(f"session-v{version}", 3)
    for partition in range(3):
        s.produced(topic, small(), partition=partition)

    def part(index, offset):
        return {"Partition": index, "FetchOffset": offset, "PartitionMaxBytes": 1000}

    def asked(*parts):
        return of_topics([topic_of(s, topic, version, list(parts))] if parts else [])

    def ask(label, body, epoch, session, forgotten=()):
        body = {**body, "SessionId": session, "SessionEpoch": epoch}
        if forgotten:
            body["ForgottenTopicsData"] = [topic_of(s, topic, version, list(forgotten))]
        return s.ask(f"session: {label}", "Fetch", version, body)

    session = ask("new", asked(part(0, 0), part(1, 0)), 0, 0).get("SessionId", 0)
    ask("the same again", asked(), 1, session)
    ask("both at the end", asked(part(0, 3), part(1, 3)), 2, session)
    ask("nothing new", asked(), 3, session)
    s.produced(topic, small(1), partition=1)
    ask("one has more", asked(), 4, session)
    ask("a third one", asked(part(2, 1), part(1, 4)), 5, session)
    ask("one is forgotten", asked(part(2, 3)), 6, session, [1])
    s.produced(topic, small(1), partition=1)
    ask("the forgotten one has more", asked(), 7, session)
    ask("an unknown one is forgotten", asked(), 8, session, [9])
    ask("one beyond the end", asked(part(0, 50)), 9, session)
    ask("still beyond the end", asked(), 10, session)
    ask("an unknown partition", asked(part(7, 0), part(0, 3)), 11, session)
    ask("still unknown", asked(), 12, session)
    ask("wrong epoch", asked(), 20, session)
    ask("epoch of before", asked(), 12, session)
    ask("the right epoch after that", asked(), 13, session)
    ask("all are forgotten", asked(), 14, session, [0, 1, 2, 7])
    ask("empty", asked(), 15, session)
    ask("ended", asked(part(0, 0)), -1, session)
    ask("after its end", asked(), 16, session)
