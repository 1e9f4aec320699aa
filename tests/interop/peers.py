"""Peers that no Debian package has: npm packages and Kafka's own jars, fetched once into the build
directory (`peers/`), never committed. Versions are pinned here.
As a program it fetches all of them.

What cannot be had (no network, no compiler) gives None and is said; the caller skips, and under
CI=true `insist` makes it a failure.
"""
import glob
import json
import os
import shutil
import subprocess
import sys

import harness

PEERS = os.path.abspath(os.path.join(harness.BUILD, "peers"))
KAFKA = "3.9.1"
NPM = {"kafkajs": "2.2.4", "@platformatic/kafka": "1.35.0",
       "@confluentinc/kafka-javascript": "1.10.1"}
# This one brings librdkafka's sources; where the binary that it would download cannot be had, they are
# built: about two minutes, once. Its static build would download zlib; linked dynamically it takes
# Debian's.
CONFLUENT = "@confluentinc/kafka-javascript"
BUILD_CONFLUENT = f"""set -e
npm install --no-audit --no-fund --ignore-scripts
cd node_modules/{CONFLUENT}
export CKJS_LINKING=dynamic
node util/configure.js
# Its makefile starts as many compilers as there are files.
MAKEFLAGS=-j2 make -C deps/librdkafka libs
npm rebuild
"""

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weir</groupId><artifactId>peers</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{KAFKA}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
      <version>{KAFKA}</version></dependency>
  </dependencies>
</project>
"""


def insist(peer, what):
    """`peer`, or the end of the test program: skipped, and failed under CI=true."""
    if peer is None:
        print(f"missing: {what}")
        if os.environ.get("CI") == "true":
            sys.exit("under CI every peer has to be there")
        print("SKIPPED: nothing was tested")
        sys.exit(harness.SKIPPED)
    return peer


def _install(directory, command, seconds, files, environment=None):
    """Runs `command` in `directory` once; a mark says that it has succeeded with these files."""
    mark = os.path.join(directory, "installed")
    wanted = json.dumps(files, sort_keys=True)
    if os.path.exists(mark):
        with open(mark, encoding="utf-8") as file:
            if file.read() == wanted:
                return directory
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    print("fetching:", *command, flush=True)
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False,
                              timeout=seconds, env={**os.environ, **(environment or {})})
    except subprocess.TimeoutExpired:
        print(f"not done within {seconds} s")
        return None
    if done.returncode != 0:
        print("\n".join((done.stdout + done.stderr).splitlines()[-15:]))
        return None
    with open(mark, "w", encoding="utf-8") as file:
        file.write(wanted)
    return directory


def npm(package):
    """The directory whose node_modules has the package."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("node or npm is not there")
        return None
    command, seconds = ["npm", "install", "--no-audit", "--no-fund"], 120
    if package == CONFLUENT:
        command, seconds = ["bash", "-c", BUILD_CONFLUENT], 900
    # Native parts are built against the headers that came with node, if they did.
    headers = {"npm_config_nodedir": "/usr"} if os.path.isdir("/usr/include/node") else {}
    manifest = json.dumps({"private": True, "dependencies": {package: NPM[package]}})
    return _install(os.path.join(PEERS, "npm", package.replace("/", "-")), command, seconds,
                    {"package.json": manifest}, headers)


def kafka_classpath():
    """What `java -cp` wants in order to run Kafka, its tools and its clients."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        print("java or mvn is not there")
        return None
    directory = _install(os.path.join(PEERS, "kafka"),
                         ["mvn", "-q", "-B", "dependency:copy-dependencies",
                          "-DoutputDirectory=lib"], 600, {"pom.xml": POM})
    if directory is None:
        return None
    jars = sorted(glob.glob(os.path.join(directory, "lib", "*.jar")))
    return ":".join(jars) if jars else None


if __name__ == "__main__":  # fetches all, so that no test waits for it
    for name in NPM:
        print(f"{name}:", "there" if npm(name) else "cannot be had")
    print("Apache Kafka:", "there" if kafka_classpath() else "cannot be had")
