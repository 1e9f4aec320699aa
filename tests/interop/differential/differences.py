"""Where Weir answers otherwise than Apache Kafka 3.9, and why: the whole of it.

    Listed(step, field, reason, kafka, weir)

All but the reason are patterns of fnmatch, in which [] stand for themselves and | is "or". A
difference that no entry covers fails the test, and so does an entry that covers none.
"""
import fnmatch
from typing import NamedTuple


class Listed(NamedTuple):
    step: str
    field: str
    reason: str
    kafka: str = "*"  # patterns of the values, as str() shows them
    weir: str = "*"

    def covers(self, step, field, kafka, weir):
        return (matches(step, self.step) and matches(field, self.field)
                and matches(str(kafka), self.kafka) and matches(str(weir), self.weir))


def matches(text, pattern):
    return any(fnmatch.fnmatchcase(text, one.replace("[", "[[]")) for one in pattern.split(" | "))


def alike(step, reason, *rows):
    """Entries of one step with one reason: (field, kafka, weir)."""
    return [Listed(step, field, reason, kafka, weir) for field, kafka, weir in rows]


ABSENT = "(not there)"
THERE = "there"
# What stands in the answer for a topic that was made and that one that was not.
MADE = [("*NumPartitions | *ReplicationFactor", "-1", "1"), ("*Configs[*]", ABSENT, THERE)]
NOT_MADE = [(field, weir, kafka) for field, kafka, weir in MADE]
TAKEN = [("*ErrorCode", "-1", "0"), ("*HighWatermark | *LastStableOffset", "-1", "9"),
         ("*LogStartOffset", "-1", "0"), ("*Records[*]", ABSENT, THERE)]
ONCE = [("*[1]", ABSENT, THERE), ("*artition*[1]", THERE, ABSENT)]

NOT_YET = ("Weir has no {} yet; the entry goes when it has.")
TAKEN_TOGETHER = ("Kafka takes what a request names twice together, or keeps the last; Weir "
                  "answers each as it stands there, so that no answer is missing.")
FIRST_WORDS = ("Kafka leaves the words out, or leaves them to the client; Weir says what is "
               "wrong.")
WHOLE = ("Kafka cuts at a size, within a record if need be; Weir gives whole batches and "
         "messages only, which is what clients take from it either way.")
NOT_LOOKED_AT = ("Kafka takes these records in without looking, or throws a part away in "
                 "silence; Weir refuses what it would have to change or what contradicts itself.")

LISTED = [
    # --- everywhere
    Listed("*", "*ErrorMessage", FIRST_WORDS, kafka="None", weir="words"),
    Listed("*", "*ErrorMessage", FIRST_WORDS, kafka="", weir="words"),
    Listed("*", "*ErrorMessage", "Where there is no error Kafka sends an empty message, Weir null.",
           kafka="", weir="None"),
    # --- topics
    Listed("CreateTopics v7: *", "Topics[*].TopicId",
           "Of a topic that was only validated Kafka gives an id that never comes to be; Weir "
           "gives none.", kafka="?" * 32, weir="0" * 32),
    *alike("CreateTopics v7: timeout below zero",
           "Kafka has no time left for it; Weir makes topics without a limit of time.",
           ("*ErrorCode", "7", "0"), *MADE),
    *alike("CreateTopics v7: settings: twice",
           "Kafka takes the last one; Weir says that it cannot know which was meant.",
           ("*ErrorCode", "0", "40"), *NOT_MADE),
    *alike("CreateTopics v7: settings: compaction", NOT_YET.format("compaction"),
           ("*ErrorCode", "0", "40"), *NOT_MADE),
    *alike("Metadata v10: by *id* | Metadata v11: by *id*",
           "Kafka refuses ids before version 12 and then hides the brokers too; Weir finds the "
           "topic by its id.",
           ("Brokers[1]", ABSENT, THERE), ("ClusterId", "None", "a cluster"),
           ("ControllerId", "-1", "1"), ("Topics[*].ErrorCode", "42", "0 | 100"),
           ("Topics[*]", ABSENT, THERE), ("Topics[*]", THERE, ABSENT)),
    *alike("Metadata v12: by id of zeros",
           "Kafka fails with an internal error; Weir says that there is no such topic, beside "
           "its brokers.",
           ("Brokers[1]", ABSENT, THERE), ("ClusterId", "None", "a cluster"),
           ("ControllerId", "-1", "1"), ("Topics[0].ErrorCode", "-1", "100"),
           ("Topics[0].Name", "", "None")),
    *alike("Metadata v*: created on demand",
           "Kafka lets the client ask again until the topic is there; Weir answers when it is.",
           ("Topics[on-demand-*].ErrorCode", "3", "0"),
           ("Topics[on-demand-*].Partitions[0]", ABSENT, THERE)),
    Listed("DeleteTopics v6: name and then its id", "Responses[deleted-id-twice].TopicId",
           "The answer repeats the name as it was asked; Kafka adds the id.",
           kafka="deleted-id-twice", weir="0" * 32),
    # --- produce
    Listed("Produce v*", "*LogStartOffset",
           "With an error Kafka may leave the log's start out; Weir tells it where it knows the "
           "log.", kafka="-1", weir="0"),
    Listed("Produce v9: magic *", "*ErrorCode",
           "Kafka calls an unknown format damage, which a producer would send again in vain; to "
           "Weir it is INVALID_RECORD.", kafka="2", weir="87"),
    Listed("Produce v9: a cut *", "*ErrorCode",
           "Kafka finds no batch in it; Weir finds damage (CORRUPT_MESSAGE), and the producer "
           "sends it again.", kafka="87", weir="2"),
    Listed("Produce v9: one byte", "*ErrorCode",
           "Kafka finds no batch in it; Weir finds damage (CORRUPT_MESSAGE), and the producer "
           "sends it again.", kafka="87", weir="2"),
    *alike("Produce v9: a batch and a scrap | Produce v9: offset deltas with a gap", NOT_LOOKED_AT,
           ("*ErrorCode", "0", "87"), ("*BaseOffset", "0", "-1")),
    *alike("Produce v*: says LogAppendTime", NOT_LOOKED_AT,
           ("*ErrorCode", "0", "32"), ("*BaseOffset", "0", "-1"),
           ("*RecordErrors[*]", ABSENT, THERE)),
    *alike("Produce v2: cut", NOT_LOOKED_AT, ("*ErrorCode", "0", "2"), ("*BaseOffset", "0", "-1")),
    Listed("Produce v2: empty", "*ErrorCode", "Kafka acknowledges records that were not there.",
           kafka="0", weir="87"),
    *alike("Fetch v11: what became of it: a batch and a scrap | Fetch v11: what became of it: "
           "offset deltas with a gap | Fetch v*: what became of it: says LogAppendTime | Fetch "
           "v4: what became of it: cut", "What follows from the answer to the produce before.",
           ("*HighWatermark | *LastStableOffset", "1 | 2 | 3", "0"),
           ("*Records[*]", THERE, ABSENT)),
    *alike("Fetch v4: what became of it: mixed magics",
           "What follows from the answer to the produce before.",
           ("*HighWatermark | *LastStableOffset", "0", "2"), ("*Records[*]", ABSENT, THERE)),
    *alike("Produce v2: mixed magics",
           "Kafka takes a set of messages of one format only; Weir converts each for itself.",
           ("*ErrorCode", "87", "0"), ("*BaseOffset", "-1", "0")),
    Listed("Produce v*: *gzip of garbage", "*ErrorCode",
           "Kafka fails with an internal error; Weir knows what is wrong.", kafka="-1", weir="87"),
    Listed("Produce v9: unknown codec *", "*ErrorCode",
           "Kafka fails with an internal error; Weir knows what is wrong.", kafka="-1", weir="76"),
    Listed("Produce v9: transactional*", "*ErrorCode", NOT_YET.format("transactions"),
           kafka="19 | 53", weir="48"),
    *alike("Produce v9: a * twice", TAKEN_TOGETHER, *ONCE),
    Listed("*: no partitions", "Responses[*]",
           "Kafka leaves a topic out of which nothing was asked.", kafka=ABSENT, weir=THERE),
    # --- fetch
    Listed("Fetch v*", "*AbortedTransactions",
           "Kafka gives an empty list for a partition that it does not have, or that has an "
           "error; Weir null, as for all who do not read committed records.", kafka="[]",
           weir="None"),
    Listed("Fetch v0: * | Fetch v1: * | Fetch v2: * | Fetch v3: *", "*Records[*]*", WHOLE,
           weir=ABSENT),  # a record that both give has to be the same
    Listed("Fetch v0: * | Fetch v1: * | Fetch v2: * | Fetch v3: *", "*Records[*]*", WHOLE,
           kafka=ABSENT),
    Listed("Fetch v11: *at most *", "*Records[1]", WHOLE, kafka=THERE, weir=ABSENT),
    Listed("Fetch v2: at most 1 of the partition", "*Records[?]",
           "Before version 3 a Kafka client that asks for too few bytes never goes on; Weir "
           "gives it one batch all the same.", kafka=ABSENT, weir=THERE),
    *alike("Fetch v11: at most -1 *",
           "Kafka fails with an internal error; to Weir a limit below zero is a limit of none, "
           "and one batch is given all the same.", *TAKEN),
    Listed("Fetch v*: * the end | Fetch v*: offset below zero | Fetch v*: before the start",
           "*HighWatermark | *LastStableOffset | *LogStartOffset",
           "With OFFSET_OUT_OF_RANGE Kafka leaves the log's bounds out; Weir tells them.",
           kafka="-1", weir="0 | 3 | 9"),
    *alike("Fetch v12: last fetched epoch 4 | Fetch v11: as broker 2",
           NOT_YET.format("replication"), ("*ErrorCode", "1 | 6", "0"), *TAKEN[1:]),
    *alike("Fetch v11: isolation level 5",
           "Kafka fails with an internal error; to Weir what is not read committed is read "
           "uncommitted.", *TAKEN[:3], ("*Records", "None", THERE)),
    *alike("Fetch v11: a * twice", TAKEN_TOGETHER, *ONCE,
           ("*Partitions[0].Records[0].base offset", "3", "0"),
           ("*Partitions[0].Records[*]", ABSENT, THERE)),
    Listed("Fetch v*: session: an unknown partition", "*Partitions[0]",
           "After an error Kafka tells a session once more what has not changed; Weir does not.",
           kafka=THERE, weir=ABSENT),
    Listed("Fetch v*: a session without topics", "SessionId",
           "Kafka keeps an empty session until its slot is wanted; Weir begins none.",
           kafka="a session", weir="0"),
    # --- offsets
    Listed("ListOffsets v0: time +*", "*OldStyleOffsets*",
           "Kafka's answer to the oldest clients is as coarse as its segments, here empty; "
           "Weir's is exact.", kafka=ABSENT, weir="1 | 3 | 9"),
    Listed("ListOffsets v0: latest, at most -1", "*ErrorCode",
           "Kafka fails with an internal error; to Weir it is none.", kafka="-1", weir="0"),
    *alike("ListOffsets v*: a partition twice",
           "Kafka refuses the partition; Weir answers each time.",
           ("*ErrorCode", "42", "0"), ("*Offset", "-1", "0 | 9"), ("*LeaderEpoch", "-1", "0")),
    # --- settings
    Listed("DescribeConfigs v0: *", "*IsDefault",
           "Kafka no longer fills the field that only version 0 has.", kafka="False", weir="True"),
    *alike("DescribeConfigs v4: a resource twice",
           "An answer is a thousand times its question: describing a resource once bounds it.",
           ("*ErrorCode", "0", "42"), ("*Configs[segment.bytes]", THERE, ABSENT)),
    *alike("AlterConfigs v2: null value",
           "Kafka refuses null; to Weir it is the default, as it is for a key that is not named.",
           ("*ErrorCode", "42", "0"), ("*ErrorMessage", "words", "None")),
    Listed("IncrementalAlterConfigs v1: append | IncrementalAlterConfigs v1: subtract | "
           "IncrementalAlterConfigs v1: empty list", "*ErrorCode",
           NOT_YET.format("compaction, nor logs without any clean-up by a setting"),
           kafka="0", weir="40"),
    Listed("IncrementalAlterConfigs v1: operation *", "*ErrorCode",
           "Kafka fails with an internal error; Weir knows what is wrong.", kafka="-1", weir="42"),
    Listed("IncrementalAlterConfigs v1: unknown key to delete | IncrementalAlterConfigs v1: an "
           "unknown one of the broker", "*ErrorCode",
           "Kafka takes keys that nobody knows; Weir says so, for most are misspelt.", kafka="0",
           weir="40"),
    # --- producers, the cluster
    Listed("Produce v9: sequences: duplicate of the *", "*LogAppendTimeMs",
           "Kafka gives the batch's own timestamp as the time of appending, on a topic where "
           "records keep theirs.", kafka="a time", weir="-1"),
    Listed("InitProducerId v4: empty transactional id | InitProducerId v4: transactional, "
           "timeout 0", "ErrorCode", NOT_YET.format("transactions"), kafka="42 | 50", weir="15"),
    Listed("ApiVersions v*", "ApiKeys[*]", "Weir does not have all of Kafka's APIs yet.",
           kafka=THERE, weir=ABSENT),
    *alike("ApiVersions v*",
           "Kafka's metadata log has versions of its features; Weir has no such log.",
           ("SupportedFeatures[*] | FinalizedFeatures[*]", THERE, ABSENT),
           ("FinalizedFeaturesEpoch", "*", "-1")),
    Listed("DescribeLogDirs v4: *", "*.TotalBytes | *.UsableBytes",
           "Weir does not ask its world how large the disk is; -1 is the protocol's word for "
           "that.", kafka="known", weir="-1"),
    *alike("DescribeLogDirs v4: all topics", "What follows from the answers to produces before.",
           ("*[wrong-*PartitionSize", "77 | 103", "0"),
           ("*[old-odd-*PartitionSize", "0 | 89 | 172", "0 | 94 | 103"),
           ("*[places].*PartitionSize", "501", "604")),
    Listed("DescribeLogDirs v4: a partition twice", "*Partitions[1]", TAKEN_TOGETHER,
           kafka=ABSENT, weir=THERE),
    *alike("FindCoordinator v*: of a group | FindCoordinator v4: empty key",
           NOT_YET.format("groups"), ("*ErrorCode", "0", "15"), ("*NodeId", "1", "-1"),
           ("*Host", "127.0.0.1", ""), ("*Port", "own port", "-1")),
    # --- malformed
    Listed("Metadata v1: array of -2 | client id of -2", "outcome",
           "To Kafka every length below zero is null; to Weir only -1 is, and the rest is no "
           "request.", kafka="answered", weir="closed"),
    Listed("Metadata v1: not UTF-8", "outcome",
           "Kafka puts other characters in place of what is not UTF-8; Weir gives the bytes back"
           " as they came, with the same error.", kafka="answered", weir="unreadable: *"),
]


def table():
    """LISTED for README.md."""
    def code(pattern):
        return "everything" if pattern == "*" else f"`{pattern}`".replace(" | ", "`, `")
    lines = ["| request | field | Kafka | Weir | reason |", "|---|---|---|---|---|"]
    for entry in LISTED:
        values = ("" if value == "*" else code(value) if value else "empty"
                  for value in (entry.kafka, entry.weir))
        lines.append(f"| {code(entry.step)} | {code(entry.field)} | {' | '.join(values)} | "
                     f"{entry.reason} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
