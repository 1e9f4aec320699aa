"""Where Weir answers otherwise than Apache Kafka 3.9, and why: the whole of it.

    Listed(step, field, reason)

`step` and `field` are patterns of fnmatch, in which [] stand for themselves. A difference that no entry
covers fails the test, and so does an entry that covers none.
"""
import fnmatch
from typing import NamedTuple


class Listed(NamedTuple):
    step: str
    field: str
    reason: str

    def covers(self, step, field):
        return matches(step, self.step) and matches(field, self.field)


def matches(text, pattern):
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


LISTED = []
