"""Clients of ZooKeeper on Weir's coordination service: kazoo, zkCli, the C library, Apache Kafka."""
import os
import socket
import struct
import subprocess
import threading

import harness
import kafka_nodes
import zk_wire as zk
import zookeeper

C_CLIENT = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>
static volatile int connected, fired;
static void session(zhandle_t* z, int type, int state, const char* path, void* context) {
  (void)z; (void)path; (void)context;
  if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE) connected = 1;
}
static void watch(zhandle_t* z, int type, int state, const char* path, void* context) {
  (void)z; (void)state; (void)path; (void)context;
  if (type == ZOO_CHANGED_EVENT) fired = 1;
}
#define MUST(x) do { int r = (x); if (r != ZOK) { printf("%s: %d\n", #x, r); return 1; } } while (0)
#define WAIT(x) for (int i = 0; !(x) && i < 2000; ++i) usleep(5000); if (!(x)) { puts("waited: " #x); return 1; }
int main(int argc, char** argv) {
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zhandle_t* z = zookeeper_init(argv[argc - 1], session, 8000, 0, 0, 0);
  WAIT(connected);
  char path[100], data[100];
  int size = sizeof data;
  struct Stat stat;
  MUST(zoo_create(z, "/c", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path));
  MUST(zoo_create(z, "/c/s-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE | ZOO_EPHEMERAL, path, sizeof path));
  if (strcmp(path, "/c/s-0000000000")) { puts(path); return 1; }
  MUST(zoo_wget(z, "/c", watch, 0, data, &size, &stat));
  MUST(zoo_set(z, "/c", "two", 3, 0));
  WAIT(fired);
  zoo_op_t ops[2];
  zoo_op_result_t results[2];
  zoo_create_op_init(&ops[0], "/c/m", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
  zoo_check_op_init(&ops[1], "/c", 1);
  MUST(zoo_multi(z, 2, ops, results));
  zoo_check_op_init(&ops[1], "/c", 7);
  if (zoo_multi(z, 2, ops, results) == ZOK) { puts("a multi that must fail"); return 1; }
  MUST(zoo_delete(z, "/c/m", -1));
  zookeeper_close(z);
  puts("ok");
  return 0;
}
"""


class OnWeir(harness.InteropTest):
    def start(self, settings=None):
        directory = self.path("coordinator")
        os.makedirs(directory)
        coordinator = zookeeper.Coordinator(directory, settings)
        self.addCleanup(coordinator.close)
        return coordinator.start()

    def need(self, there, what):
        if there:
            return
        if os.environ.get("CI") == "true":
            self.fail(f"{what} is missing")
        self.skipTest(f"{what} is missing")


class Kazoo(OnWeir):
    client = "kazoo"

    def test_kazoo(self):
        try:
            from kazoo import exceptions
            from kazoo.client import KazooClient
            from kazoo.recipe.lock import Lock
        except ImportError:
            self.need(False, "python3-kazoo")
        coordinator = self.start({"coordinator.min.session.timeout.ms": 1000,
                                  "coordinator.tick.time.ms": 200})

        def connect(**options):
            client = KazooClient(coordinator.address, timeout=2.0, **options)
            client.start(timeout=20)
            self.addCleanup(client.close)
            self.addCleanup(client.stop)
            return client
        one, two = connect(), connect()
        with self.feature("create, get, set, delete"):
            self.assertEqual(one.create("/a", b"x"), "/a")
            self.assertEqual(one.get("/a")[0], b"x")
            self.assertEqual(one.set("/a", b"y").version, 1)
            with self.assertRaises(exceptions.BadVersionError):
                one.set("/a", b"z", version=0)
            with self.assertRaises(exceptions.NodeExistsError):
                two.create("/a")
            one.delete("/a")
            self.assertIsNone(two.exists("/a"))
        with self.feature("sequential"):
            one.create("/s")
            self.assertEqual([one.create("/s/n-", sequence=True) for _ in range(3)],
                             [f"/s/n-{i:010}" for i in range(3)])
        with self.feature("ephemeral, gone with its session"):
            three = connect()
            three.create("/e", ephemeral=True)
            self.assertIsNotNone(one.exists("/e"))
            three.stop()
            self.assertIsNone(one.exists("/e"))
        with self.feature("watches"):
            seen = []
            one.exists("/w", watch=seen.append)
            two.create("/w")
            one.get("/w", watch=seen.append)
            one.get_children("/w", watch=seen.append)
            two.create("/w/child")
            two.set("/w", b"1")
            harness.wait_until(lambda: len(seen) == 3, "three watches have fired")
            self.assertEqual([event.type for event in seen], ["CREATED", "CHILD", "CHANGED"])
        with self.feature("multi"):
            transaction = one.transaction()
            transaction.create("/m", b"")
            transaction.check("/m", 0)
            transaction.set_data("/m", b"1")
            transaction.delete("/m")
            self.assertEqual(len(transaction.commit()), 4)
            transaction = one.transaction()
            transaction.create("/m", b"")
            transaction.delete("/none")
            self.assertIsInstance(transaction.commit()[1], exceptions.NoNodeError)
            self.assertIsNone(one.exists("/m"))
        with self.feature("ACL with digest"):
            from kazoo.security import make_digest_acl
            one.create("/acl", acl=[make_digest_acl("ann", "secret", all=True)])
            with self.assertRaises(exceptions.NoAuthError):
                two.get("/acl")
            two.add_auth("digest", "ann:secret")
            two.get("/acl")
        with self.feature("lock recipe"):
            order = []

            def work(client, name):
                with Lock(client, "/lock", name):
                    order.append(name)
            threads = [threading.Thread(target=work, args=(client, name))
                       for client, name in ((one, "one"), (two, "two"))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            self.assertEqual(sorted(order), ["one", "two"])
        with self.feature("reconnect after kill -9, session and watch kept"):
            fired = threading.Event()
            session = one.client_id[0]
            one.create("/kept", ephemeral=True)
            one.get("/kept", watch=lambda event: fired.set())
            coordinator.kill()
            coordinator.start()
            self.assertIsNotNone(two.retry(two.exists, "/kept"))
            two.retry(two.set, "/kept", b"1")
            self.assertTrue(fired.wait(20))
            self.assertIsNotNone(one.retry(one.exists, "/kept"))
            self.assertEqual(one.client_id[0], session)
        with self.feature("expiry"):
            raw = zk.Session(coordinator.port, timeout_ms=1000)
            raw.ask(zk.CREATE, zk.create("/expires", flags=1))
            raw.close()
            harness.wait_until(lambda: two.exists("/expires") is None, "the session has expired")
            again = zk.Session(coordinator.port, session=raw.id, password=raw.password)
            self.assertEqual(again.timeout_ms, 0)
            again.close()


class ZkCli(OnWeir):
    client = "zkCli"

    def test_zk_cli(self):
        self.need(zookeeper.installed(), "Debian's zookeeper")
        coordinator = self.start()
        script = "\n".join(["create /a one", "create -s /a/s- x", "create -e /a/e y", "get /a", "set /a two",
                            "get -s /a", "ls -s /a", "stat /a", "getAcl /a", "ls -R /", "delete /a/e",
                            "deleteall /a", "ls /", "quit"]) + "\n"
        done = subprocess.run(["java", "-Dzookeeper.root.logger=ERROR,CONSOLE", "-cp",
                               "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar",
                               "org.apache.zookeeper.ZooKeeperMain", "-server", coordinator.address],
                              input=script, capture_output=True, text=True, check=False,
                              timeout=60 * harness.PATIENCE)
        with self.feature("create, get, set, ls, stat, getAcl, deleteall"):
            for expected in ("Created /a", "Created /a/s-0000000000", "Created /a/e", "two", "[e, s-0000000000]",
                             "dataVersion = 1", "numChildren = 2", "'world,'anyone", "/zookeeper/quota",
                             "[zookeeper]"):
                self.assertIn(expected, done.stdout + done.stderr)


class CLibrary(OnWeir):
    client = "libzookeeper"

    def test_c_library(self):
        source, program = self.path("client.c"), self.path("client")
        with open(source, "w", encoding="ascii") as file:
            file.write(C_CLIENT)
        built = subprocess.run(["gcc", "-DTHREADED", source, "-o", program, "-lzookeeper_mt"],
                               capture_output=True, text=True, check=False)
        self.need(built.returncode == 0, "libzookeeper-mt-dev: " + built.stderr[-300:])
        coordinator = self.start()
        with self.feature("create, sequential, watch, multi"):
            done = subprocess.run([program, coordinator.address], capture_output=True, text=True,
                                  check=False, timeout=60 * harness.PATIENCE)
            self.assertEqual(done.stdout, "ok\n", done.stderr)


class Kafka(OnWeir):
    client = "Kafka 3.9"

    def test_kafka_in_zookeeper_mode(self):
        brokers = kafka_nodes.start(self, self.start().address, 2)
        with self.feature("two brokers boot and elect a controller"):
            for broker in brokers:
                harness.wait_until(lambda b=broker: kafka_nodes.brokers_seen(b) == 2, "both are registered", 90)
        with self.feature("topics are created"):
            kafka_nodes.produce(brokers[0], "t")
            self.assertIn('topic "t"', kafka_nodes.listing(brokers[0], "-t", "t"))
        with self.feature("leaders move when a broker is killed"):
            victim = kafka_nodes.leader(brokers[0], "t")
            survivor = brokers[1 if victim == 1 else 0]
            brokers[victim - 1]["process"].kill()
            brokers[victim - 1]["process"].wait()
            harness.wait_until(lambda: kafka_nodes.leader(survivor, "t") == survivor["number"],
                               "the other leads", 60)


class BothRoles(OnWeir):
    client = "kcat, ZooKeeper's words"

    def test_broker_and_coordinator_in_one_process(self):
        directory = self.path("both")
        os.makedirs(directory)
        port = harness.free_port()
        both = harness.Broker(directory, {"coordinator.listeners": f"127.0.0.1:{port}"},
                              ["--role", "broker,coordinator"])
        self.addCleanup(both.close)
        both.start()
        with self.feature("a broker and a coordination service in one process"):
            kafka_nodes.produce({"address": both.address}, "t")
            harness.wait_until(lambda: "Mode: standalone" in zookeeper.word(port, "srvr"), "it serves")
        with self.feature("they stop in order, and start again with what they had"):
            both.process.terminate()
            self.assertEqual(both.process.wait(timeout=30 * harness.PATIENCE), 0)
            both.start()
            self.assertIn('topic "t"', kafka_nodes.listing({"address": both.address}, "-t", "t"))
            harness.wait_until(lambda: "Mode: standalone" in zookeeper.word(port, "srvr"), "it serves")
        with self.feature("one that cannot go on ends the other, and says why"):
            taken = harness.Broker(directory + "-2", {"coordinator.listeners": f"127.0.0.1:{port}"},
                                   ["--role", "broker,coordinator"])
            os.makedirs(directory + "-2")
            self.addCleanup(taken.close)
            taken.spawn()
            self.assertNotEqual(taken.process.wait(timeout=30 * harness.PATIENCE), 0)
            self.assertIn("coordinator.listeners", taken.log())


class Hostile(OnWeir):
    client = "wire"

    def test_bad_input_ends_its_own_connection_only(self):
        coordinator = self.start()
        good = zk.Session(coordinator.port)
        frames = {
            "a negative length": struct.pack(">i", -1), "2 GiB": struct.pack(">i", 2**31 - 1),
            "no ConnectRequest": struct.pack(">i", 4) + b"abcd",
            "a password's length beyond the frame": struct.pack(">i", 28) + bytes(24) + struct.pack(">i", 1 << 30),
        }
        for name, data in frames.items():
            with self.feature(name), socket.create_connection(("127.0.0.1", coordinator.port), 20) as bad:
                bad.settimeout(20)
                bad.sendall(data)
                self.assertEqual(bad.recv(100), b"")
        with self.feature("a session with a wrong password"):
            stranger = zk.Session(coordinator.port, session=good.id, password=b"x" * 16)
            self.assertEqual(stranger.timeout_ms, 0)
            stranger.close()
        with self.feature("a malformed request is refused, the session goes on"):
            self.assertEqual(good.ask(zk.CREATE, b"\xff\xff\xff\xf0")["err"], -5)
            self.assertEqual(good.ask(zk.GET, struct.pack(">i", 1 << 30))["err"], -5)
            for path, error in (("/a/../b", -101), ("/..", -8), ("/a\0", -8), ("a", -8), ("//", -8)):
                self.assertEqual(good.ask(zk.CREATE, zk.create(path))["err"], error, path)
            self.assertEqual(good.ask(zk.CREATE, zk.create("/fine"))["err"], 0)
        with self.feature("an operation that there is not"):
            other = zk.Session(coordinator.port)
            self.assertEqual(other.ask(77)["err"], -6)
            with self.assertRaises(EOFError):
                other.exactly(1)
            other.close()
        self.assertEqual(good.ask(zk.EXISTS, zk.path_watch("/fine"))["err"], 0)
        good.close()

    def test_the_four_letter_words(self):
        coordinator = self.start()
        with self.feature("ruok, srvr, stat, mntr, cons, dump, wchs, conf"):
            self.assertEqual(zookeeper.word(coordinator.port, "ruok"), "imok")
            for word, expected in (("srvr", "Mode: standalone"), ("stat", "Clients:"), ("mntr", "zk_znode_count\t4"),
                                   ("cons", "queued="), ("dump", "SessionTracker dump:"),
                                   ("wchs", "Total watches:0"), ("conf", "tickTime=2000")):
                self.assertIn(expected, zookeeper.word(coordinator.port, word))


if __name__ == "__main__":
    harness.main()
