"""Brokers of Apache Kafka in its ZooKeeper mode, and what kcat says of them."""
import os
import subprocess

import harness
import kafka_tools
import peers


def start(test, connect, count):
    """Brokers 1 to `count` on the coordination service `connect`; the test ends them."""
    classpath = peers.kafka_classpath()
    if not classpath:
        if os.environ.get("CI") == "true":
            test.fail("Apache Kafka is missing")
        test.skipTest("Apache Kafka is missing")
    return [start_one(test, classpath, connect, number) for number in range(1, count + 1)]


def start_one(test, classpath, connect, number):
    directory = test.path(f"kafka-{number}")
    os.makedirs(directory)
    port = harness.free_port()
    settings = {"broker.id": number, "listeners": f"PLAINTEXT://127.0.0.1:{port}",
                "log.dirs": os.path.join(directory, "data"), "default.replication.factor": 2,
                "zookeeper.connect": connect + "/kafka",
                "zookeeper.session.timeout.ms": 6000, "offsets.topic.replication.factor": 1}
    path = os.path.join(directory, "server.properties")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{key}={value}\n" for key, value in settings.items())
    with open(os.path.join(directory, "log"), "wb") as log:
        process = subprocess.Popen(
            [*kafka_tools.JAVA, f"-Dlog4j.configuration=file:{kafka_tools.LOG_SETTINGS}", "-cp", classpath,
             "kafka.Kafka", path], stdout=log, stderr=log)
    test.addCleanup(process.wait)
    test.addCleanup(process.kill)
    return {"number": number, "address": f"127.0.0.1:{port}", "process": process}


def listing(broker, *arguments):
    return subprocess.run(["kcat", "-b", broker["address"], "-L", *arguments], capture_output=True,
                          text=True, check=False).stdout


def brokers_seen(broker):
    return listing(broker).count("  broker ")


def leader(broker, topic):
    for line in listing(broker, "-t", topic).splitlines():
        if "leader " in line:
            return int(line.split("leader ")[1].split(",")[0])
    return -1


def produce(broker, topic):
    subprocess.run(["kcat", "-b", broker["address"], "-P", "-t", topic], input="hello\n", text=True,
                   check=True, timeout=60 * harness.PATIENCE)
