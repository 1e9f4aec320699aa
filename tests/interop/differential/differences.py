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


LISTED = [
    Listed("*", "*ErrorMessage", "Kafka leaves the words to the client, which then has only the "
           "error's name; Weir says what is wrong.", kafka="None", weir="words"),
]
