"""The forgetful layer itself: each life is a small python program that ends with kill -9."""
import os
import random
import subprocess
import sys
import textwrap

import harness
import powercut

PRELUDE = """
import os, signal, threading
os.chdir(os.environ["FORGETFUL_ROOT"])
root = os.environ["FORGETFUL_ROOT"]
def write(name, data, at=0, flags=0):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | flags, 0o644)
    os.pwrite(fd, data, at)
    return fd
def sync(name):
    fd = os.open(name, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
def put(name, data):
    os.close(write(root + "/" + name, data))
    sync(root + "/" + name)
"""


class ForgetfulTest(harness.InteropTest):
    client = "power cut"

    def setUp(self):
        super().setUp()
        self.machine = powercut.Machine(self.work)

    def life(self, program):
        """Runs it, cuts the power; gives what is left: {path: content, None for a directory}."""
        program = PRELUDE + textwrap.dedent(program) + "\nos.kill(os.getpid(), signal.SIGKILL)\n"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                              env={**os.environ, **self.machine.environment()}, check=False)
        self.assertEqual(done.returncode, -9, done.stderr)
        self.machine.rebuild()
        left = {}
        for folder, folders, files in os.walk(self.machine.data):
            for name in folders:
                left[os.path.relpath(os.path.join(folder, name), self.machine.data)] = None
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    left[os.path.relpath(path, self.machine.data)] = file.read()
        return left

    def test_what_is_synced_with_its_name_stays_and_the_rest_is_forgotten(self):
        self.assertEqual(self.life("""
            put("both", b"data")
            os.close(write(root + "/name-only", b"data"))
            sync(root)
            put("data-only", b"data")
            """), {"both": b"data", "name-only": b""})

    def test_writes_and_lengths_after_the_sync_are_forgotten(self):
        self.assertEqual(self.life("""
            put("a", b"0123456789"); put("b", b"0123456789"); put("c", b"0123456789")
            put("d", b"0123456789")
            sync(root)
            os.pwrite(os.open(root + "/a", os.O_RDWR), b"XY", 3)
            os.pwrite(os.open(root + "/b", os.O_RDWR), b"longer than before", 5)
            os.ftruncate(os.open(root + "/c", os.O_RDWR), 2)
            os.open(root + "/d", os.O_RDWR | os.O_TRUNC)
            """), dict.fromkeys("abcd", b"0123456789"))

    def test_each_way_of_writing_is_seen(self):
        self.assertEqual(self.life("""
            fd = os.open("ways", os.O_RDWR | os.O_CREAT | os.O_APPEND)
            os.write(fd, b"write "); os.writev(fd, [b"wri", b"tev "])
            os.fdatasync(fd)
            fd = os.open("ways", os.O_RDWR)
            os.lseek(fd, 13, os.SEEK_SET)
            os.pwritev(fd, [b"pwri", b"tev "], 20); os.write(fd, b"here"); os.pwrite(fd, b"p", 30)
            os.fdatasync(fd)
            with open("buffered", "w") as file:
                file.write("text"); file.flush(); os.fsync(file.fileno())
            sync(root)
            """), {"ways": b"write writev here\0\0\0pwritev \0\0p", "buffered": b"text"})

    def test_what_was_cut_off_comes_back_as_zeros_when_the_file_grows_again(self):
        self.assertEqual(self.life("""
            put("file", b"0123456789")
            sync(root)
            fd = os.open("file", os.O_RDWR)
            os.ftruncate(fd, 2); os.pwrite(fd, b"9", 9); os.fsync(fd)
            """), {"file": b"01\0\0\0\0\0\0\x009"})

    def test_renames_and_removals_count_when_their_directory_is_synced(self):
        self.assertEqual(self.life("""
            for name in ("a", "b", "c", "d", "target"): put(name, name.encode())
            sync(root)
            os.rename("a", "a2"); os.unlink("b"); os.rename("c", "target")
            """), {name: name.encode() for name in ("a", "b", "c", "d", "target")})
        self.assertEqual(self.life("""
            os.rename("a", "a2"); os.unlink("b"); os.rename("c", "target")
            sync(root)
            os.rename("d", "d2")
            """), {"a2": b"a", "target": b"c", "d": b"d"})

    def test_a_directory_needs_its_own_sync_and_that_of_its_parent(self):
        self.assertEqual(self.life("""
            os.mkdir("kept"); os.mkdir("kept/inner"); put("kept/file", b"x"); sync(root + "/kept")
            os.mkdir("empty"); put("empty/file", b"x")
            sync(root)
            put("kept/inner/file", b"x")
            os.mkdir("gone"); put("gone/file", b"x"); sync(root + "/gone")
            """), {"kept": None, "kept/inner": None, "kept/file": b"x", "empty": None})

    def test_directory_descriptors_and_reused_numbers_are_followed(self):
        self.assertEqual(self.life("""
            import socket
            at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            os.mkdir("d", dir_fd=at)
            fd = os.open("d/file", os.O_RDWR | os.O_CREAT, dir_fd=at)
            os.write(fd, b"1"); os.fsync(fd)
            os.rename("d/file", "d/renamed", src_dir_fd=at, dst_dir_fd=at)
            sync("d"); os.fsync(at)
            os.close(fd)
            here, there = socket.socketpair()
            assert fd in (here.fileno(), there.fileno())
            os.write(fd, b"to the socket"); os.listdir(at)
            """), {"d": None, "d/renamed": b"1"})

    def test_without_effect_of_syncs_everything_is_forgotten(self):
        self.machine.ignore_sync = True
        self.assertEqual(self.life("put('file', b'x'); sync(root)"), {})

    def test_threads_may_write_and_sync_at_once(self):
        self.machine.sync_us = 200
        left = self.life("""
            def work(number):
                fd = write(f"{number}", b"")
                for i in range(50):
                    os.pwrite(fd, bytes([i]) * 100, 100 * i); os.fdatasync(fd)
                    os.pwrite(shared, bytes([i]) * 10, 10 * (50 * number + i)); os.fdatasync(shared)
            shared = write("shared", b"")
            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            sync(root)
            """)
        blocks = [bytes([i]) for i in range(50)]
        self.assertEqual(left["shared"], b"".join(b * 10 for b in blocks) * 4)
        self.assertEqual(left["3"], b"".join(b * 100 for b in blocks))

    def test_random_programs_leave_what_a_model_says(self):
        seed = int(os.environ.get("WEIR_INTEROP_SEED", random.randrange(1 << 32)))
        draw = random.Random(seed)
        durable = {}  # name -> file number; the same files live on from life to life
        synced = {}   # file number -> content
        count = 0
        for _ in range(12):
            live = dict(durable)
            content = {number: bytearray(synced.get(number, b"")) for number in live.values()}
            program = []
            for _ in range(draw.randrange(1, 60)):
                name, other = draw.choice("abcd"), draw.choice("abcd")
                op = draw.choice(["write", "write", "sync", "sync", "cut", "rename", "unlink",
                                  "sync root"])
                if op == "write":
                    at, data = draw.randrange(50), draw.randbytes(draw.randrange(1, 20))
                    program.append(f"os.close(write({name!r}, {data!r}, {at}))")
                    if name not in live:
                        live[name] = count = count + 1
                        content[count] = bytearray()
                    old = content[live[name]]
                    old.extend(b"\0" * (at - len(old)))
                    old[at:at + len(data)] = data
                elif op == "sync root":
                    program.append("sync(root)")
                    durable = dict(live)
                elif name not in live:
                    continue
                elif op == "sync":
                    program.append(f"sync({name!r})")
                    synced[live[name]] = bytes(content[live[name]])
                elif op == "cut":
                    size = draw.randrange(60)
                    program.append(f"os.ftruncate(os.open({name!r}, os.O_RDWR), {size})")
                    old = content[live[name]]
                    old.extend(b"\0" * (size - len(old)))
                    del old[size:]
                elif op == "rename":
                    program.append(f"os.rename({name!r}, {other!r})")
                    live[other] = live[name]
                    if name != other:
                        del live[name]
                else:
                    program.append(f"os.unlink({name!r})")
                    del live[name]
            expected = {name: synced.get(number, b"") for name, number in durable.items()}
            self.assertEqual(self.life("\n".join(program)), expected,
                             f"seed {seed}, after\n" + "\n".join(program))


if __name__ == "__main__":
    harness.main()
