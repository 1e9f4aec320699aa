"""Apache ZooKeeper from Debian, and Weir's coordination service: both as child processes."""
import os
import shutil
import socket
import subprocess

import harness

SERVER = "/usr/share/zookeeper/bin/zkServer.sh"
CLI = "/usr/share/zookeeper/bin/zkCli.sh"
# Short runs: little memory, no second compiler.
JAVA = ("java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
WORDS = "ruok,srvr,stat,mntr,cons,dump,wchs,conf"


def word(port, text):
    """The answer to a four-letter word; nothing when nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(text.encode())
            answer = b""
            while more := connection.recv(4096):
                answer += more
            return answer.decode(errors="replace")
    except OSError:
        return ""


class ApacheZooKeeper:
    """One server of a standalone service or an ensemble."""

    def __init__(self, directory, settings=None, ensemble=None, number=1, java=JAVA):
        self.directory, self.number, self.java = directory, number, java
        self.port = harness.free_port()
        self.log_path = os.path.join(directory, "zookeeper.log")
        os.makedirs(os.path.join(directory, "data"), exist_ok=True)
        lines = {"tickTime": 2000, "dataDir": os.path.join(directory, "data"), "admin.enableServer":
                 "false", "clientPort": self.port, "clientPortAddress": "127.0.0.1",
                 "4lw.commands.whitelist": WORDS, "extendedTypesEnabled": "false",
                 **(settings or {}), **(ensemble or {})}
        self.configuration = os.path.join(directory, "zoo.cfg")
        with open(self.configuration, "w", encoding="ascii") as file:
            file.writelines(f"{key}={value}\n" for key, value in lines.items())
        if ensemble:
            with open(os.path.join(directory, "data", "myid"), "w", encoding="ascii") as file:
                file.write(str(number))
        self.process = None

    def spawn(self):
        # Not by its script, whose settings would log into a directory of the system's.
        classpath = "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.java, "-Dzookeeper.log.dir=" + self.directory, "-cp", classpath,
                 "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.configuration],
                stdout=log, stderr=log)

    def start(self):
        self.spawn()
        harness.wait_until(lambda: word(self.port, "ruok") == "imok" and "Mode" in word(self.port, "srvr"),
                           "Apache ZooKeeper serves", seconds=60)
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Coordinator(harness.Broker):
    """weir-broker --role coordinator."""

    def __init__(self, directory, settings=None):
        super().__init__(directory, settings, ["--role", "coordinator"])
        self.settings["coordinator.listeners"] = self.address


def ensemble(work_directory, count, consensus="raft", settings=None):
    """Servers of one ensemble, not started."""
    peers = {n: harness.free_port() for n in range(1, count + 1)}
    servers = []
    for n in peers:
        directory = os.path.join(work_directory, f"{consensus}-{n}")
        os.makedirs(directory)
        servers.append(Coordinator(directory, {
            "coordinator.id": n, "coordinator.consensus": consensus,
            "coordinator.servers": ",".join(f"{i}@127.0.0.1:{port}" for i, port in peers.items()),
            **(settings or {})}))
    return servers


def apache_ensemble(work_directory, count, java=JAVA):
    """The same of Apache ZooKeeper."""
    ports = {n: (harness.free_port(), harness.free_port()) for n in range(1, count + 1)}
    settings = {f"server.{n}": f"127.0.0.1:{a}:{b}" for n, (a, b) in ports.items()}
    settings.update({"initLimit": 10, "syncLimit": 5})
    return [ApacheZooKeeper(os.path.join(work_directory, f"server-{n}"), ensemble=settings, number=n,
                            java=java) for n in ports]


def wait_until_all_serve(servers):
    for server in servers:
        harness.wait_until(lambda s=server: "Mode" in word(s.port, "srvr"), "the ensemble serves", 60)


def leader_of(servers):
    """The one that says so."""
    leaders = [s for s in servers if "Mode: leader" in word(s.port, "srvr")]
    if len(leaders) != 1:
        raise AssertionError(f"{len(leaders)} servers say that they lead")
    return leaders[0]


def installed():
    """Whether Debian's ZooKeeper is there."""
    return os.path.exists(CLI) and shutil.which("java") is not None
