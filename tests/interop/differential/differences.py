"""Where Weir answers otherwise than Apache Kafka 3.9, and why: the whole of it.

    Listed(step, field, reason, kafka, weir)

All but the reason are patterns of fnmatch, in which [] stand for themselves; of the values, too. A difference that no entry
covers fails the test, and so does an entry that covers none.
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
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


NOT_YET = "Weir has no {} yet; the entry goes when it has."
TAKEN_TOGETHER = ("Kafka takes what a request names twice together, or keeps the last; Weir answers each "
                  "as it stands there, so that no answer is missing.")
FIRST_WORDS = "Kafka leaves the words out, or leaves them to the client; Weir says what is wrong."
WHOLE = ("Kafka cuts at a size, within a record if need be; Weir gives whole batches and messages only, "
         "which is what clients take from it either way.")
NOT_LOOKED_AT = ("Kafka takes these records in without looking, or throws a part away in silence; Weir "
                 "refuses what it would have to change or what contradicts itself.")

LISTED = [
    # --- everywhere
    Listed("*", "*ErrorMessage", FIRST_WORDS, kafka="None", weir="words"),
    Listed("*", "*ErrorMessage", FIRST_WORDS, kafka="", weir="words"),
    Listed("*", "*ErrorMessage", "Where there is no error Kafka sends an empty message, Weir null.",
           kafka="", weir="None"),
    # --- topics
    Listed("CreateTopics v7: *", "Topics[*].TopicId", "Of a topic that was only validated Kafka gives an "
           "id that never comes to be; Weir gives none.", weir="0" * 32),
    Listed("CreateTopics v7: timeout below zero", "*", "Kafka has no time left for it; Weir makes topics "
           "without a limit of time."),
    Listed("CreateTopics v7: settings: twice", "*", "Kafka takes the last one; Weir says that it cannot "
           "know which was meant."),
    Listed("CreateTopics v7: settings: compaction", "*", NOT_YET.format("compaction")),
    Listed("CreateTopics v7: settings: blank around", "*", "Kafka's numbers may have blanks around them; "
           "Weir says what is wrong, and nothing is guessed."),
    Listed("Metadata v1[01]: by *id*", "*", "Kafka refuses ids before version 12 and then hides the "
           "brokers too; Weir finds the topic by its id."),
    Listed("Metadata v12: by id of zeros", "*", "Kafka fails with an internal error; Weir says that "
           "there is no such topic, beside its brokers."),
    Listed("Metadata v*: created on demand", "Topics[on-demand-*", "Kafka lets the client ask again until "
           "the topic is there; Weir answers when it is."),
    Listed("DeleteTopics v6: name and then its id", "Responses[deleted-id-twice].TopicId",
           "The answer repeats the name as it was asked; Kafka adds the id."),
    # --- produce
    Listed("Produce v*", "*LogStartOffset", "With an error Kafka may leave the log's start out; Weir "
           "tells it where it knows the log.", kafka="-1"),
    Listed("Produce v9: magic *", "*ErrorCode", "Kafka calls an unknown format damage, which a producer "
           "would send again in vain; to Weir it is INVALID_RECORD."),
    Listed("Produce v9: a cut *", "*ErrorCode", "Kafka finds no batch in it; Weir finds damage "
           "(CORRUPT_MESSAGE), and the producer sends it again.", kafka="87", weir="2"),
    Listed("Produce v9: one byte", "*ErrorCode", "Kafka finds no batch in it; Weir finds damage "
           "(CORRUPT_MESSAGE), and the producer sends it again.", kafka="87", weir="2"),
    Listed("Produce v9: a batch and a scrap", "*", NOT_LOOKED_AT),
    Listed("Produce v9: offset deltas with a gap", "*", NOT_LOOKED_AT),
    Listed("Produce v*: says LogAppendTime", "*", NOT_LOOKED_AT),
    Listed("Produce v2: cut", "*", NOT_LOOKED_AT),
    Listed("Produce v2: empty", "*ErrorCode", "Kafka acknowledges records that were not there."),
    Listed("Fetch v*: what became of it: *", "*", "What follows from the answer to the produce before."),
    Listed("Produce v2: mixed magics", "*", "Kafka takes a set of messages of one format only; Weir "
           "converts each for itself."),
    Listed("Produce v*: *gzip of garbage", "*ErrorCode", "Kafka fails with an internal error; Weir knows "
           "what is wrong.", kafka="-1"),
    Listed("Produce v9: unknown codec *", "*ErrorCode", "Kafka fails with an internal error; Weir knows "
           "what is wrong.", kafka="-1"),
    Listed("Produce v9: transactional*", "*ErrorCode", NOT_YET.format("transactions")),
    Listed("Produce v9: a * twice", "Responses*", TAKEN_TOGETHER),
    Listed("*: no partitions", "Responses[*]", "Kafka leaves a topic out of which nothing was asked.",
           kafka="(not there)"),
    # --- fetch
    Listed("Fetch v*", "*AbortedTransactions", "Kafka gives an empty list for a partition that it does "
           "not have, or that has an error; Weir null, as for all who do not read committed records.",
           kafka="[[]]", weir="None"),
    Listed("Fetch v[0123]: *", "*Records*", WHOLE),
    Listed("Fetch v11: *at most *", "*Records*", WHOLE, weir="(not there)"),
    Listed("Fetch v2: at most 1 of the partition", "*Records*", "Before version 3 a Kafka client that "
           "asks for too few bytes never goes on; Weir gives it one batch all the same.",
           kafka="(not there)"),
    Listed("Fetch v11: at most -1 *", "*", "Kafka fails with an internal error; to Weir it is none.",
           kafka="-1"),
]
