"""The guard begins a crashed test once more, and forgives nothing else."""
import os
import sys
import tempfile
import unittest

import guard


class GuardTest(unittest.TestCase):
    def status_of(self, program):
        with tempfile.TemporaryDirectory() as directory:
            program = f"import os, sys; os.chdir({directory!r})\n" + program
            return guard.run_in_child([sys.executable, "-c", program])

    def test_a_failure_is_not_repeated(self):
        once = "os.mkdir('been')\nsys.exit(3)"  # a second run could not make it
        self.assertEqual(self.status_of(once), 3)

    def test_one_crash_is_forgiven(self):
        first_crashes = "try: os.mkdir('been')\nexcept FileExistsError: sys.exit(0)\nos.abort()"
        self.assertEqual(self.status_of(first_crashes), 0)

    def test_after_a_crash_a_failure_is_one(self):
        then_fails = "try: os.mkdir('been')\nexcept FileExistsError: sys.exit(1)\nos.abort()"
        self.assertEqual(self.status_of(then_fails), 1)

    def test_two_crashes_are_a_failure(self):
        self.assertEqual(self.status_of("os.abort()"), 1)

    def test_what_a_crashed_test_leaves_running_is_ended(self):
        leaves = ("import subprocess\n"
                  "child = subprocess.Popen(['sleep', '1000'])\n"
                  "open('pid', 'a').write(f'{child.pid}\\n')\nos.abort()")
        with tempfile.TemporaryDirectory() as directory:
            program = f"import os; os.chdir({directory!r})\n" + leaves
            guard.run_in_child([sys.executable, "-c", program])
            with open(os.path.join(directory, "pid"), encoding="ascii") as file:
                left = file.read().split()
        self.assertEqual(len(left), guard.ATTEMPTS)
        for number in left:
            self.assertFalse(os.path.exists(f"/proc/{number}"))

    def test_the_child_knows_what_it_is(self):
        self.assertFalse(guard.is_child())
        asks = f"import sys; sys.exit(7 if {guard.CHILD!r} in __import__('os').environ else 1)"
        self.assertEqual(guard.run_in_child([sys.executable, "-c", asks]), 7)


if __name__ == "__main__":
    unittest.main()
