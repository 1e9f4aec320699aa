"""Thousands of mutated requests over a socket: each is answered or closes its own connection.

The frames begin as valid ones of every kind that wire.py has. WEIR_INTEROP_SEED repeats a run,
WEIR_HOSTILE_FRAMES makes it longer.
"""
import os
import random
import struct

import harness
import wire
from process_figures import memory_mib

FRAMES = int(os.environ.get("WEIR_HOSTILE_FRAMES", "4000"))
SEED = int(os.environ.get("WEIR_INTEROP_SEED", random.randrange(1 << 32)))
GROWN_MIB_AT_MOST = 64
FETCH = b"\0\1"  # its API key


class HostileFrames(harness.InteropTest):
    client = "raw"

    def setUp(self):
        super().setUp()
        self.draw = random.Random(SEED)
        print(f"WEIR_INTEROP_SEED={SEED} WEIR_HOSTILE_FRAMES={FRAMES}", flush=True)

    def valid(self):
        topic = self.draw.choice(["there", "there", "not-there", "", "a" * 300])
        records = wire.batch([b"value"] * self.draw.randrange(1, 4))
        kinds = [lambda: wire.api_versions(7), lambda: wire.create_topic(7, topic),
                 lambda: wire.produce(7, topic, records), lambda: wire.list_offsets(7, topic),
                 lambda: wire.produce(7, topic, records, acks=0),
                 lambda: wire.fetch(7, topic, 0, 1000, max_wait_ms=1),
                 # Whatever this is: any API and version, over bytes of another.
                 lambda: wire.request(self.draw.randrange(-1, 75), self.draw.randrange(-1, 20), 7,
                                      wire.fetch(7, topic, 0, 1000, max_wait_ms=1)[14:])]
        return bytearray(self.draw.choice(kinds)())

    def mutated(self):
        """The frame, and whether its size field is still its own."""
        frame = self.valid()
        for _ in range(self.draw.randrange(4)):
            at = self.draw.randrange(4, len(frame))
            how = self.draw.randrange(5)
            if how == 0:
                frame[at] ^= 1 << self.draw.randrange(8)
            elif how == 1:
                frame[at] = self.draw.choice([0, 1, 0x7f, 0x80, 0xff])
            elif how == 2:
                number = struct.pack(">i", self.draw.choice([-1, 0, 0x7fffffff, -0x80000000]))
                frame[at:at + 4] = number
            elif how == 3 and len(frame) > 12:
                del frame[max(at, 8):at + self.draw.randrange(1, 8)]
            else:
                frame[at:at] = self.draw.randbytes(self.draw.randrange(1, 8))
        if self.draw.randrange(20) == 0:  # a size that lies
            size = self.draw.choice([-1, 0, 1, 0x7fffffff, len(frame) - 5, len(frame) + 100])
            frame[:4] = struct.pack(">i", size)
            return frame, False
        frame[:4] = struct.pack(">i", len(frame) - 4)
        return frame, True

    def test_a_hostile_frame_hurts_its_own_connection_only(self):
        # No topics of mutated names without end: they would be work, and not what is asked here.
        broker = self.start_broker({"auto.create.topics.enable": "false"})
        witness = wire.Peer(broker)
        self.addCleanup(witness.close)
        witness.ask(wire.create_topic(1, "there"))
        with self.feature(f"{FRAMES:,} mutated frames"):
            before = memory_mib(broker.process.pid)
            answered = closed = waiting = 0
            for i in range(FRAMES):
                frame, own_size = self.mutated()
                with_rest = wire.Peer(broker)
                if frame[4:6] == FETCH:
                    with_rest.socket.settimeout(2.0)
                try:
                    with_rest.send(frame)
                    with_rest.socket.shutdown(1)  # so that a frame that never ends does
                    if with_rest.socket.recv(1 << 16):
                        answered += 1
                    else:
                        closed += 1
                except TimeoutError:
                    # Neither answered nor closed: only a fetch may wait, for as long as it says.
                    self.assertEqual(frame[4:6], FETCH, f"frame {i}: {frame.hex()} {own_size}")
                    waiting += 1
                except OSError:
                    closed += 1
                finally:
                    with_rest.close()
                if i % 50 == 0:
                    self.assertTrue(witness.works(), f"after frame {i}: {frame.hex()}")
                self.assertTrue(broker.running(), f"frame {i}: {frame.hex()} {own_size}")
            grown = memory_mib(broker.process.pid) - before
            print(f"{answered} answered, {closed} closed, {waiting} waiting, {grown:.1f} MiB more", flush=True)
            self.assertGreater(answered, FRAMES // 10)
            self.assertGreater(closed, FRAMES // 10)
            self.assertLess(grown, GROWN_MIB_AT_MOST)
            self.assertTrue(witness.works())


if __name__ == "__main__":
    harness.main()
