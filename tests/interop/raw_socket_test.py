"""Bare sockets: what no proper client does must hurt nobody but the one who does it."""
import os
import random
import socket
import struct
import threading
import time

import harness
import wire

API_COUNT_AT_LEAST = 7


class RawTest(harness.InteropTest):
    client = "raw socket"

    def connect(self, broker, **options):
        peer = wire.Peer(broker, seconds=15 * harness.PATIENCE, **options)
        self.addCleanup(peer.close)
        return peer

    def new_topic(self, broker, topic, partitions=1):
        peer = self.connect(broker)
        answer = peer.ask(wire.create_topic(1, topic, partitions))
        self.assertEqual(struct.unpack(">h", answer[-2:])[0], 0)
        return peer


class ApiVersions(RawTest):
    def test_an_unknown_version_of_api_versions_is_answered_in_the_shape_of_version_0(self):
        broker = self.start_broker()
        peer = self.connect(broker)
        with self.feature("ApiVersions too new: error 35, stays open"):
            # A flexible header (a classic client id, then tags) and a body from the future.
            future = (struct.pack(">hhi", wire.API_VERSIONS, 9, 77) + wire.string("new") + b"\0"
                      + b"\x05what\x04is1\x00\xff\xff")
            peer.send(wire.frame(future))
            correlation, body = peer.receive()
            self.assertEqual(correlation, 77)
            self.assertEqual(body, struct.pack(">hi", 35, 1) + struct.pack(">hhh", 18, 0, 4))
            self.assertTrue(peer.works())

    def test_every_known_version_of_api_versions_lists_the_same_apis(self):
        broker = self.start_broker()
        peer = self.connect(broker)
        with self.feature("ApiVersions 0 to 4"):
            answer = peer.ask(wire.api_versions(1))
            error, count = struct.unpack_from(">hi", answer)
            self.assertEqual(error, 0)
            self.assertGreaterEqual(count, API_COUNT_AT_LEAST)
            classic = sorted(struct.unpack_from(">hhh", answer, 6 + 6 * i) for i in range(count))
            for version in (3, 4):
                header = struct.pack(">hhi", wire.API_VERSIONS, version, 1)
                names = b"\x04raw\x041.0\0"
                answer = peer.ask(wire.frame(header + wire.string("raw") + b"\0" + names))
                self.assertEqual(answer[:3], struct.pack(">hB", 0, count + 1))
                flexible = sorted(struct.unpack_from(">hhh", answer, 3 + 7 * i)
                                  for i in range(count))
                self.assertEqual(flexible, classic)


class BadRequests(RawTest):
    def check_only_its_own_connection_closes(self, name, data, settings=None):
        broker = self.start_broker(settings)
        with self.feature(name):
            other, bad = self.connect(broker), self.connect(broker)
            self.assertTrue(other.works())
            bad.send(data)
            self.assertTrue(bad.closed_by_broker(), "the broker kept the connection")
            self.assertTrue(other.works())
            self.assertTrue(self.connect(broker).works())

    def test_an_unknown_api_closes_its_connection(self):
        self.check_only_its_own_connection_closes(
            "unknown API closes only its connection", wire.request(999, 0, 1))

    def test_an_unknown_version_of_another_api_closes_its_connection(self):
        self.check_only_its_own_connection_closes(
            "unknown version closes only its connection", wire.request(wire.METADATA, 99, 1))

    def test_a_body_that_makes_no_sense_closes_its_connection(self):
        body = struct.pack(">i", 2_000_000_000) + b"no such array"
        self.check_only_its_own_connection_closes(
            "nonsense body closes only its connection", wire.request(wire.METADATA, 4, 1, body))

    def test_an_empty_frame_closes_its_connection(self):
        self.check_only_its_own_connection_closes("empty frame", wire.frame(b""))

    def test_a_size_above_the_limit_closes_its_connection_at_once(self):
        self.check_only_its_own_connection_closes(
            "frame above socket.request.max.bytes", struct.pack(">i", 100_001),
            {"socket.request.max.bytes": 100_000})

    def test_a_negative_size_closes_its_connection(self):
        self.check_only_its_own_connection_closes("negative frame size", struct.pack(">i", -1))

    def test_garbage_of_every_kind_leaves_the_broker_alive(self):
        broker = self.start_broker({"num.network.threads": 2})
        seed = int(os.environ.get("WEIR_INTEROP_SEED", random.randrange(1 << 32)))
        with self.feature("garbage"):
            draw = random.Random(seed)
            other = self.connect(broker)
            good = [wire.api_versions(1), wire.create_topic(2, "made"),
                    wire.list_offsets(3, "made"),
                    wire.produce(4, "made", wire.batch([b"x"] * 3)),
                    wire.fetch(5, "made", 0, 1000, max_wait_ms=1)]
            for _ in range(300):
                data = bytearray(draw.choice(good) if draw.random() < 0.8
                                 else draw.randbytes(draw.randrange(1, 200)))
                for _ in range(draw.randrange(4)):
                    # After the size, so that most of it is looked at.
                    data[draw.randrange(min(4, len(data) - 1), len(data))] = draw.randrange(256)
                peer, half_close = wire.Peer(broker), draw.random() < 0.3
                peer.socket.settimeout(0.01)
                try:
                    peer.send(data)
                    if half_close:
                        peer.socket.shutdown(socket.SHUT_WR)
                    peer.socket.recv(4096)
                except OSError:
                    pass  # closed by the broker, or no answer
                peer.close()
            self.assertTrue(broker.running(), f"seed {seed}")
            self.assertTrue(other.works(), f"seed {seed}")


class Streams(RawTest):
    def test_half_a_frame_and_then_the_end_leaves_nothing_behind(self):
        broker = self.start_broker()
        peer = self.new_topic(broker, "half")
        with self.feature("connection closed in the middle of a frame"):
            data = wire.produce(2, "half", wire.batch([b"x" * 1000]))
            for cut in (1, 3, 4, 5, len(data) // 2, len(data) - 1):
                half = self.connect(broker)
                half.send(data[:cut])
                half.close()
            self.assertTrue(peer.works())
            self.assertEqual(wire.end_offset(peer.ask(wire.list_offsets(3, "half"))), 0)

    def test_a_peer_that_goes_before_its_answer_disturbs_nobody(self):
        broker = self.start_broker({"num.network.threads": 2})
        peer = self.new_topic(broker, "gone", 1)
        with self.feature("connection closed after a whole produce"):
            for i in range(200):
                leaver = self.connect(broker)
                if i % 2:  # closing with a reset instead of an end
                    leaver.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             struct.pack("ii", 1, 0))
                leaver.send(wire.produce(i, "gone", wire.batch([b"%d" % i])))
                leaver.close()
            self.assertTrue(peer.works())
            # Whole requests whose sender ended in order are carried out.
            harness.wait_until(
                lambda: wire.end_offset(peer.ask(wire.list_offsets(1, "gone"))) >= 100,
                "the produced records are there")

    def test_a_writer_of_single_bytes_is_served_and_delays_nobody(self):
        broker = self.start_broker()
        other = self.new_topic(broker, "slow")
        with self.feature("slow writer"):
            slow = self.connect(broker)
            data = wire.produce(2, "slow", wire.batch([b"slow"]))
            longest = 0.0
            for i in range(len(data)):
                slow.send(data[i:i + 1])
                began = time.monotonic()
                self.assertTrue(other.works())
                longest = max(longest, time.monotonic() - began)
            self.assertEqual(wire.produce_answer(b"\0\0\0\2" + slow.receive()[1], "slow"), (0, 0))
            self.assertLess(longest, 2.0 * harness.PATIENCE)

    def test_a_reader_that_does_not_read_delays_nobody_and_gets_all_in_the_end(self):
        broker = self.start_broker()
        other = self.new_topic(broker, "much")
        value = bytes(range(256)) * 3000
        for i in range(8):
            self.assertEqual(wire.produce_answer(b"\0\0\0\2" + other.ask(
                wire.produce(2, "much", wire.batch([value]))), "much"), (0, i))
        with self.feature("slow reader"):
            slow = self.connect(broker, receive_buffer=4096)
            slow.send(wire.fetch(9, "much", 0, 50_000_000))
            for _ in range(200):
                self.assertTrue(other.works())
            first = slow.receive_exactly(200)
            # Byte by byte for a while, then all of it.
            first += b"".join(slow.receive_exactly(1) for _ in range(2000))
            size = struct.unpack(">i", first[:4])[0]
            rest = slow.receive_exactly(4 + size - len(first))
            self.assertEqual((first + rest).count(value), 8)

    def test_pipelined_requests_are_answered_in_their_order(self):
        broker = self.start_broker({"num.network.threads": 3})
        peer = self.new_topic(broker, "piped", 6)
        with self.feature("pipelining keeps the order"):
            requests = []
            for i in range(0, 600, 3):
                # The fetch waits at an empty partition; what follows it must not overtake it.
                requests += [wire.produce(i, "piped", wire.batch([b"x"]), partition=1 + i % 5),
                             wire.fetch(i + 1, "piped", 0, 1000, max_wait_ms=2),
                             wire.api_versions(i + 2)]
            sender = threading.Thread(target=peer.send, args=(b"".join(requests),))
            sender.start()
            answered = [peer.receive()[0] for _ in range(600)]
            sender.join()
            self.assertEqual(answered, list(range(600)))

    def test_a_request_without_acks_is_not_answered(self):
        broker = self.start_broker()
        peer = self.new_topic(broker, "silent")
        with self.feature("acks=0 is not answered"):
            for i in range(10):
                peer.send(wire.produce(100 + i, "silent", wire.batch([b"x"]), acks=0))
            peer.send(wire.api_versions(7))
            self.assertEqual(peer.receive()[0], 7)
            harness.wait_until(
                lambda: wire.end_offset(peer.ask(wire.list_offsets(1, "silent"))) == 10,
                "all is appended")
        with self.feature("acks=0 shows an error by closing"):
            peer.send(wire.produce(1, "no-such-topic", wire.batch([b"x"]), acks=0))
            self.assertTrue(peer.closed_by_broker())


class Limits(RawTest):
    def test_connections_above_the_limit_are_closed_until_others_end(self):
        broker = self.start_broker({"max.connections": 5})
        with self.feature("max.connections"):
            # What ended (the harness's probe, an attempt before) may still be counted for a moment.
            served = []
            harness.wait_until(lambda: self.all_served(broker, 5, served), "five are served")
            self.assertTrue(self.connect(broker).closed_by_broker())
            self.assertTrue(all(peer.works() for peer in served))
            served.pop().close()
            harness.wait_until(lambda: self.all_served(broker, 1, []), "there is room again")

    @staticmethod
    def all_served(broker, count, peers):
        """Fills `peers` with connections that are all served, or closes them again."""
        peers[:] = [wire.Peer(broker) for _ in range(count)]
        try:
            return all(peer.works() for peer in peers)
        except OSError:
            for peer in peers:
                peer.close()
            return False


if __name__ == "__main__":
    harness.main()
