"""Clients of ZooKeeper on an ensemble of Weir's coordination service: kazoo, and Apache Kafka, as its leader dies."""
import os
import threading

import harness
import kafka_nodes
import zookeeper

ENGINES = ("raft", "zab")
QUICK = {"coordinator.min.session.timeout.ms": 1000, "coordinator.tick.time.ms": 200}


class Ensemble(harness.InteropTest):
    def start(self, consensus, count=3, settings=None):
        directory = self.path(f"ensemble-{consensus}")
        os.makedirs(directory)
        servers = zookeeper.ensemble(directory, count, consensus, settings)
        for server in servers:
            self.addCleanup(server.close)
            server.start()
        zookeeper.wait_until_all_serve(servers)
        return servers


class Kazoo(Ensemble):
    client = "kazoo"

    def connect(self, servers, timeout=4.0):
        try:
            from kazoo.client import KazooClient
        except ImportError:
            if os.environ.get("CI") == "true":
                self.fail("python3-kazoo is missing")
            self.skipTest("python3-kazoo is missing")
        client = KazooClient(",".join(s.address for s in servers), timeout=timeout, randomize_hosts=False)
        client.start(timeout=30)
        self.addCleanup(client.close)
        self.addCleanup(client.stop)
        return client

    def test_kazoo(self):
        for consensus in ENGINES:
            self.on(consensus, self.start(consensus, settings=QUICK))

    def on(self, consensus, servers):
        each = [self.connect([server]) for server in servers]
        with self.feature(f"{consensus}: written through any server, read through any other after a sync"):
            each[0].create("/all")
            for number, client in enumerate(each):
                client.create(f"/all/{number}", str(number).encode())
                for other in each:
                    other.sync("/all")
                    self.assertEqual(other.get(f"/all/{number}")[0], str(number).encode())
        with self.feature(f"{consensus}: sequential names of all servers' clients never meet"):
            names, lock = [], threading.Lock()

            def create(client):
                for _ in range(50):
                    name = client.create("/all/n-", sequence=True)
                    with lock:
                        names.append(name)
            threads = [threading.Thread(target=create, args=(client,)) for client in each]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(set(names)), 150)
        with self.feature(f"{consensus}: a watch at one server sees a change at another"):
            fired = threading.Event()
            each[2].get("/all", watch=lambda event: fired.set())
            each[1].set("/all", b"changed")
            self.assertTrue(fired.wait(30 * harness.PATIENCE))
        with self.feature(f"{consensus}: the leader is killed; session, ephemeral and watch live on"):
            leader = zookeeper.leader_of(servers)
            others = [server for server in servers if server is not leader]
            client = self.connect([leader, *others], timeout=6.0)
            client.create("/mine", ephemeral=True)
            session = client.client_id
            seen = threading.Event()
            client.exists("/later", watch=lambda event: seen.set())
            leader.kill()
            client.retry(client.create, "/later")
            self.assertEqual(client.client_id, session)
            self.assertTrue(seen.wait(30 * harness.PATIENCE))
            witness = self.connect(others)
            witness.sync("/")
            self.assertIsNotNone(witness.exists("/mine"))
        with self.feature(f"{consensus}: a session that is closed takes its nodes along"):
            client.stop()
            harness.wait_until(lambda: witness.exists("/mine") is None, "the ephemeral node is gone")
        with self.feature(f"{consensus}: the killed server comes back and has everything"):
            leader.start()
            zookeeper.wait_until_all_serve(servers)
            back = self.connect([leader])
            back.sync("/")
            self.assertEqual(len(back.get_children("/all")), 153)
        with self.feature(f"{consensus}: one server of three promises nothing"):
            for server in servers[1:]:
                server.kill()
            harness.wait_until(
                lambda: "not currently serving" in zookeeper.word(servers[0].port, "srvr"), "it looks")
            self.assertEqual(zookeeper.word(servers[0].port, "ruok"), "imok")
            for server in servers[1:]:
                server.start()
            zookeeper.wait_until_all_serve(servers)
        with self.feature(f"{consensus}: a data directory belongs to its engine"):
            directory = self.path(f"stray-{consensus}")
            os.makedirs(directory)
            stray = zookeeper.Coordinator(directory)
            self.addCleanup(stray.close)
            servers[0].kill()
            stray.directory = servers[0].directory
            stray.spawn()
            self.assertNotEqual(stray.process.wait(timeout=30 * harness.PATIENCE), 0)
            self.assertIn(consensus, stray.log())


class Links(Ensemble):
    client = "kernel"

    def test_connections_between_servers_are_watched_for_silence(self):
        servers = self.start("raft")
        with self.feature("a connection to another server has a keep-alive timer"):
            ports = {int(member.rsplit(":", 1)[1])
                     for member in servers[0].settings["coordinator.servers"].split(",")}
            harness.wait_until(lambda: len(watched(ports)) == 3, "a watched connection to each server")


def watched(ports):
    """Those of `ports` that somebody is connected to with a timer for silence: /proc/net/tcp has the
    timer's kind behind the queues, and 2 is keep-alive."""
    found = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in list(table)[1:]:
            columns = row.split()
            port, state, timer = int(columns[2].split(":")[1], 16), columns[3], columns[5][:2]
            if port in ports and state == "01" and timer == "02":
                found.add(port)
    return found


class Kafka(Ensemble):
    client = "Kafka 3.9"

    def test_kafka_on_an_ensemble(self):
        servers = self.start(ENGINES[0])
        connect = ",".join(server.address for server in servers)
        brokers = kafka_nodes.start(self, connect, 2)
        with self.feature("two brokers boot and elect a controller"):
            for broker in brokers:
                harness.wait_until(lambda b=broker: kafka_nodes.brokers_seen(b) == 2, "both registered", 90)
        with self.feature("topics are created after the coordination service's leader has died"):
            zookeeper.leader_of(servers).kill()
            kafka_nodes.produce(brokers[0], "t")
            self.assertIn('topic "t"', kafka_nodes.listing(brokers[0], "-t", "t"))
        with self.feature("leaders move when a broker is killed"):
            victim = kafka_nodes.leader(brokers[0], "t")
            survivor = brokers[1 if victim == 1 else 0]
            brokers[victim - 1]["process"].kill()
            brokers[victim - 1]["process"].wait()
            harness.wait_until(lambda: kafka_nodes.leader(survivor, "t") == survivor["number"],
                               "the other leads", 60)


if __name__ == "__main__":
    harness.main()
