"""Runs a test program in a child, because its clients are native code that may crash.

librdkafka lives in the test's own process: an assertion of its own (it has several that fail now and
then while brokers come and go) takes the test with it, before anything has been judged. So that says
nothing about Weir: it is reported with the stack of every thread, and the test begins once more. A
second crash is a failure, as is whatever the test itself finds.
"""
import ctypes
import os
import signal
import subprocess
import sys

CHILD = "WEIR_INTEROP_CHILD"
ATTEMPTS = 2
PR_SET_CHILD_SUBREAPER = 36


def is_child():
    return CHILD in os.environ


def own_children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(number) for number in file.read().split()]


def kill_orphans():
    """Brokers of a crashed test are ours now."""
    for number in own_children():
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)


def run_in_child(command):
    """The status of `command`, which is run again if a signal of its own making has ended it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for attempt in range(1, ATTEMPTS + 1):
        status = subprocess.run(command, env={**os.environ, CHILD: "1"}, check=False).returncode
        kill_orphans()
        if status >= 0:
            return status
        print(f"the test program was ended by {signal.Signals(-status).name} (attempt {attempt} of "
              f"{ATTEMPTS}): a client library crashed; its last words and stacks are above",
              flush=True)
    return 1


def run(arguments):
    return run_in_child([sys.executable, "-X", "faulthandler", *arguments])
