"""compare.py and differences.py by example, and README.md against the list."""
import os
import unittest

import batches
import compare
import differences
import harness

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")


def found(kafka, weir):
    return list(compare.differences(kafka, weir))


class Asked:
    """What a Normaliser wants of an Asker."""

    def __init__(self, port):
        self.broker = self
        self.port = port
        self.topic_ids = {b"1" * 16: "t"}
        self.producers = [7, 1000]


class CompareTest(unittest.TestCase):
    def test_a_difference_has_the_path_of_its_field(self):
        self.assertEqual(found({"A": {"B": [1, 2]}}, {"A": {"B": [1, 3]}}), [("A.B[1]", "2", "3")])

    def test_entries_with_names_may_come_in_any_order(self):
        one, two = {"Name": "a", "X": 1}, {"Name": "b", "X": 2}
        self.assertEqual(found({"Topics": [one, two]}, {"Topics": [two, one]}), [])
        self.assertEqual(found({"Topics": [one, two]}, {"Topics": [{"Name": "b", "X": 3}, one]}),
                         [("Topics[b].X", "2", "3")])

    def test_a_name_that_stands_twice_is_compared_by_position(self):
        one = {"Name": "a", "X": 1}
        self.assertEqual(found({"Topics": [one]}, {"Topics": [one, one]}),
                         [("Topics[1]", compare.ABSENT, "there")])

    def test_null_is_not_empty(self):
        self.assertEqual(found({"A": None}, {"A": []}), [("A", "None", "[]")])
        self.assertEqual(found({"A": None}, {"A": ""}), [("A", "None", "")])

    def test_an_outcome_is_one_difference(self):
        self.assertEqual(found({"outcome": "closed"}, {"A": 1, "B": 2}),
                         [("outcome", "closed", "answered")])

    def test_what_is_each_brokers_own_is_given_the_same_name(self):
        normal = compare.Normaliser(Asked(4711)).normal(
            {"Port": 4711, "TopicId": b"1" * 16, "ProducerId": 1000, "ErrorMessage": "no"})
        self.assertEqual(normal, {"Port": "own port", "TopicId": "t", "ProducerId": "producer 1",
                                  "ErrorMessage": "words"})
        other = compare.Normaliser(Asked(1)).normal(
            {"Port": 4711, "TopicId": bytes(16), "ProducerId": 1500, "ErrorMessage": None})
        self.assertEqual(other, {"Port": 4711, "TopicId": "00" * 16,
                                 "ProducerId": "last producer + 500", "ErrorMessage": None})

    def test_a_changed_bit_of_a_record_is_a_difference(self):
        data = batches.batch([b"a", b"b"])
        changed = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
        fields = [field for field, _, _ in found({"R": batches.described(data)},
                                                 {"R": batches.described(changed)})]
        self.assertEqual(fields, ["R[0].crc", "R[0].records"])

    def test_patterns_take_brackets_as_they_are(self):
        entry = differences.Listed("Fetch v1: * | Fetch v2: *", "T[*].X", "", kafka="-1")
        self.assertTrue(entry.covers("Fetch v2: good", "T[a].X", "-1", "0"))
        self.assertFalse(entry.covers("Fetch v12: good", "T[a].X", "-1", "0"))
        self.assertFalse(entry.covers("Fetch v1: good", "T[a].Y", "-1", "0"))
        self.assertFalse(entry.covers("Fetch v1: good", "T[a].X", "0", "-1"))

    def test_the_readme_shows_the_lists(self):
        with open(README, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("\n" + differences.table() + "\n", text, "differences.py prints the table")
        for field, meaning in compare.NORMALISED.items():
            self.assertIn(f"| {field} | {meaning} |\n", text)


if __name__ == "__main__":
    harness.main()
