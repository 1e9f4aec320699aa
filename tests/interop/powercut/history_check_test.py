"""weir-sim check: right verdicts for small histories, and no line that makes it fall over."""
import json
import os
import random
import subprocess

import harness

CLEAN, ANOMALIES, MALFORMED = 0, 11, 2


def produce(process, value, **more):
    return {"process": process, "op": "produce", "topic": "t", "partition": 0, "value": value,
            **more}


def assign(process, **more):
    return {"process": process, "op": "assign", "topic": "t", "partition": 0, **more}


def poll(process, records, **more):
    return {"process": process, "op": "poll", "topic": "t", "partition": 0, "records": records,
            **more}


GOOD = [produce(1, 10, outcome="ok", offset=0), produce(1, 11, outcome="unknown"),
        produce(1, 12, outcome="failed"), produce(1, 13, outcome="ok", offset=1),
        produce(3, 14, outcome="ok"), assign(2, offset=0), poll(2, [[0, 10], [1, 13]]),
        assign(4), poll(4, [[2, 14]]), poll(2, [[2, 14]], final=True)]


class CheckTest(harness.InteropTest):
    client = "weir-sim check"

    def check(self, content):
        path = self.path("history.jsonl")
        with open(path, "wb") as file:
            file.write(content)
        done = subprocess.run([harness.WEIR_SIM, "check", path], capture_output=True, timeout=60,
                              check=False)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def check_operations(self, operations):
        return self.check("".join(json.dumps(op) + "\n" for op in operations).encode())


class Verdicts(CheckTest):
    def test_a_good_history_is_clean(self):
        status, said = self.check_operations(GOOD)
        self.assertEqual(status, CLEAN, said)
        self.assertIn("3 acked, 1 unknown, 1 refused, 4 read", said)

    def test_each_kind_of_harm_is_found_and_said(self):
        harm = {
            "unseen": [produce(1, 10, outcome="ok", offset=0),
                       produce(1, 11, outcome="ok", offset=1), assign(2, offset=0),
                       poll(2, [[0, 10]], final=True)],
            "lost_write": GOOD[:6] + [poll(2, [[0, 10], [2, 14]], final=True)],
            "inconsistent_offsets": GOOD + [assign(5, offset=0), poll(5, [[0, 11]])],
            "phantom": GOOD + [poll(2, [[3, 99]])],
            "aborted_read": GOOD + [poll(2, [[3, 12]])],
            "duplicate": GOOD + [poll(2, [[3, 10]])],
            "nonmonotonic_poll": GOOD + [poll(2, [[0, 10]])],
        }
        for kind, operations in harm.items():
            with self.subTest(kind):
                status, said = self.check_operations(operations)
                self.assertEqual(status, ANOMALIES, said)
                self.assertIn(f"FOUND     {kind} (line ", said)


class Malformed(CheckTest):
    def test_a_line_that_is_no_operation_is_named(self):
        good = json.dumps(GOOD[0]).encode()
        for line, reason in (
                (b"", "JSON"), (b"{", "JSON"), (b"[]", "JSON"), (b"null", "JSON"),
                (b"\xff", "JSON"), (b"{}", "process"), (b"\0", "JSON"), (good + good, "JSON"),
                (good.replace(b'"t"', b'""'), "topic"), (good.replace(b'"t"', b"7"), "topic"),
                (good.replace(b"produce", b"consume"), "op"),
                (good.replace(b'"ok"', b'"fine"'), "outcome"),
                (good.replace(b'"offset": 0', b'"offset": -1'), "offset"),
                (good.replace(b'"offset": 0', b'"offset": 9223372036854775808'), "offset"),
                (good.replace(b'"value": 10', b'"value": 1.5'), "value"),
                (good.replace(b'"value": 10', b'"value": 18446744073709551616'), "value"),
                (good.replace(b'"partition": 0', b'"partition": 2147483648'), "partition"),
                (good.replace(b'"ok"', b'"failed"'), "offset"),
                (good.replace(b"value", b"valve"), "value"),
                (json.dumps(assign(1, records=[])).encode(), "records"),
                (json.dumps(poll(1, [[1]])).encode(), "records"),
                (json.dumps(poll(1, [[1, 2, 3]])).encode(), "records"),
                (json.dumps(poll(1, [[-1, 2]])).encode(), "records"),
                (json.dumps(poll(1, {"1": 2})).encode(), "records"),
                (json.dumps(poll(1, [], final=1)).encode(), "final"),
                (b"[" * 500_000, "JSON"), (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "process")):
            with self.subTest(line[:80]):
                status, said = self.check(good + b"\n" + line + b"\n" + good + b"\n")
                self.assertEqual(status, MALFORMED, said)
                self.assertIn("line 2: ", said)
                self.assertIn(reason, said)

    def test_a_file_that_is_not_there_is_a_wrong_call(self):
        done = subprocess.run([harness.WEIR_SIM, "check", self.path("nothing")],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, MALFORMED)

    def test_damaged_histories_are_judged_or_refused_but_never_crash(self):
        seed = int(os.environ.get("WEIR_INTEROP_SEED", random.randrange(1 << 32)))
        draw = random.Random(seed)
        good = "".join(json.dumps(op) + "\n" for op in GOOD).encode()
        statuses = set()
        for _ in range(300):
            damaged = bytearray(good)
            for _ in range(draw.randrange(1, 4)):
                at = draw.randrange(len(damaged))
                kind = draw.randrange(4)
                if kind == 0:
                    damaged[at] = draw.randrange(256)
                elif kind == 1:
                    damaged[at] = draw.choice(b'0123456789{}[]",:-.e')
                elif kind == 2:
                    del damaged[at:at + draw.randrange(1, 40)]
                else:
                    other = draw.randrange(len(damaged))
                    damaged[at:at] = damaged[other:other + draw.randrange(1, 200)]
            status, said = self.check(bytes(damaged))
            self.assertIn(status, (CLEAN, ANOMALIES, MALFORMED),
                          f"seed {seed}: {bytes(damaged)!r}\n{said}")
            statuses.add(status)
        self.assertIn(MALFORMED, statuses)


if __name__ == "__main__":
    harness.main()
