"""Apache Kafka's own tools and broker, from its jars (peers.py)."""
import os
import struct
import subprocess

import harness
import peers
import wire

HERE = os.path.dirname(os.path.abspath(__file__))
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"]
LOG_SETTINGS = os.path.join(HERE, "java", "log4j.properties")


def compiled():
    """The classpath with our own programs of the folder java/, compiled into the build directory."""
    classpath = peers.kafka_classpath()
    if classpath is None:
        return None
    target = os.path.join(peers.PEERS, "classes")
    sources = sorted(os.path.join(HERE, "java", name)
                     for name in os.listdir(os.path.join(HERE, "java")) if name.endswith(".java"))
    built = os.path.join(target, "built")
    newest = max(map(os.path.getmtime, sources))
    if not os.path.exists(built) or os.path.getmtime(built) < newest:
        subprocess.run(["javac", "-nowarn", "-cp", classpath, "-d", target, *sources], check=True)
        with open(built, "w", encoding="utf-8"):
            pass
    return f"{target}:{classpath}"


class Tools:
    """One JVM that runs tools by their class names (java/ToolServer.java)."""

    def __init__(self, classpath):
        self.process = subprocess.Popen(
            [*JAVA, f"-Dlog4j.configuration=file:{LOG_SETTINGS}", "-cp", classpath, "ToolServer"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, name, *arguments, stdin="", expect=0):
        """What the tool printed; another status than `expect` is an error. None: any status."""
        call = [name, *map(str, arguments)]
        data = self._text(stdin) + struct.pack(">i", len(call)) + b"".join(map(self._text, call))
        self.process.stdin.write(data)
        self.process.stdin.flush()
        status, size = struct.unpack(">ii", self._exactly(8))
        output = self._exactly(size).decode(errors="replace")
        if expect is not None and status != expect:
            raise AssertionError(f"{' '.join(call)} ended with status {status}:\n{output[-4000:]}")
        return output

    @staticmethod
    def _text(text):
        data = text.encode()
        return struct.pack(">i", len(data)) + data

    def _exactly(self, count):
        data = self.process.stdout.read(count)
        if len(data) < count:
            raise AssertionError("the JVM with the tools ended")
        return data

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


class Kafka:
    """An Apache Kafka broker of one node in KRaft mode, on a directory of its own."""

    def __init__(self, classpath, directory, settings=None, java=tuple(JAVA)):
        self.java = java
        self.classpath = classpath
        self.directory = directory
        self.data = os.path.join(directory, "data")
        self.log_path = os.path.join(directory, "kafka.log")
        self.port, controller = harness.free_port(), harness.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.properties = os.path.join(directory, "server.properties")
        os.makedirs(directory, exist_ok=True)
        values = {"process.roles": "broker,controller", "node.id": 1,
                  "controller.quorum.voters": f"1@127.0.0.1:{controller}",
                  "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}",
                  "controller.listener.names": "CONTROLLER", "log.dirs": self.data,
                  "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                  "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 1,
                  "transaction.state.log.replication.factor": 1,
                  "transaction.state.log.num.partitions": 1, **(settings or {})}
        with open(self.properties, "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in values.items())
        self.process = None

    def format(self, tools, cluster_id="weirInteropCluster0000"):
        tools.run("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", self.properties)

    def spawn(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.java, f"-Dlog4j.configuration=file:{LOG_SETTINGS}", "-cp", self.classpath,
                 "kafka.Kafka", self.properties], stdout=log, stderr=log)

    def wait(self):
        def accepts():
            if self.process.poll() is not None:
                raise AssertionError(f"Kafka ended with status {self.process.returncode}:\n"
                                     + self.log()[-4000:])
            try:
                return wire.Peer(self).works()
            except OSError:
                return False
        harness.wait_until(accepts, "Kafka accepts connections", 90, 0.2)
        return self

    def start(self):
        self.spawn()
        return self.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def terminate(self):
        self.process.terminate()
        self.process.wait(timeout=60 * harness.PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
