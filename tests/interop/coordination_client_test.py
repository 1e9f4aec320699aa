"""Weir's ZooKeeper client against Apache ZooKeeper, one server and an ensemble, and against Weir's service."""
import os
import subprocess

import harness
import zookeeper

CLIENT = os.path.join(harness.BUILD, "tests/interop/zookeeper_client")
COUNTS = 60
ENGINES = ("raft", "zab")


class Client(harness.InteropTest):
    client = "Weir's client"

    def setUp(self):
        super().setUp()
        if not zookeeper.installed():
            if os.environ.get("CI") == "true":
                self.fail("Debian's zookeeper is missing")
            self.skipTest("Debian's zookeeper is missing")

    def count(self, servers, kill):
        """Runs the suite, and kills somebody while it counts."""
        connect = ",".join(f"127.0.0.1:{server.port}" for server in servers)
        process = subprocess.Popen([CLIENT, connect, str(COUNTS)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line == "counting\n":
                kill()
        self.assertEqual(process.wait(), 0, "\n".join(lines))
        self.assertEqual(lines[0], "suite ok")
        found = dict(line.split() for line in lines[2:])
        self.assertEqual((found["counted"], found["seen"]), (str(COUNTS), str(COUNTS)))
        return found

    def test_weirs_own_service_killed_and_started_again(self):
        with self.feature("on Weir, through kill -9"):
            os.makedirs(self.path("weir"))
            service = zookeeper.Coordinator(self.path("weir"))
            self.addCleanup(service.close)
            service.start()

            def kill():
                service.kill()
                service.start()
            found = self.count([service], kill)
            self.assertEqual(found["same_session"], "1")
            self.assertGreater(int(found["connections"]), 1)

    def test_one_apache_server_killed_and_started_again(self):
        with self.feature("on Apache ZooKeeper, through kill -9"):
            server = zookeeper.ApacheZooKeeper(self.path("apache"))
            self.addCleanup(server.kill)
            server.start()

            def kill():
                server.kill()
                server.start()
            found = self.count([server], kill)
            self.assertEqual(found["same_session"], "1")
            self.assertGreater(int(found["connections"]), 1)

    def test_an_apache_ensemble_whose_leader_is_killed(self):
        with self.feature("on an ensemble of three, through kill -9 of the leader"):
            servers = zookeeper.apache_ensemble(self.path("apache"), 3)
            for server in servers:
                self.addCleanup(server.kill)
                server.spawn()
            zookeeper.wait_until_all_serve(servers)
            found = self.count(servers, lambda: zookeeper.leader_of(servers).kill())
            self.assertEqual(found["same_session"], "1")

    def test_weirs_ensemble_whose_leader_is_killed(self):
        for consensus in ENGINES:
            with self.feature(f"on Weir's ensemble of three, by {consensus}, through kill -9 of the leader"):
                servers = zookeeper.ensemble(self.path(""), 3, consensus)
                for server in servers:
                    self.addCleanup(server.close)
                    server.start()
                zookeeper.wait_until_all_serve(servers)
                found = self.count(servers, lambda: zookeeper.leader_of(servers).kill())
                self.assertEqual(found["same_session"], "1")


if __name__ == "__main__":
    harness.main()
