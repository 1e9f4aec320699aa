"""Clients for JavaScript: kafkajs, @platformatic/kafka, @confluentinc/kafka-javascript.

Each runs one program of the folder npm/ against a broker of its own; a line of its output is a
feature. What needs groups is not there yet.
"""
import json
import os
import subprocess

import harness
import peers

HERE = os.path.dirname(os.path.abspath(__file__))


class JavaScript(harness.InteropTest):
    def run_program(self, package, program, features_at_least):
        directory = peers.npm(package)
        if directory is None:
            if os.environ.get("CI") == "true":
                self.fail(f"under CI {package} has to be there")
            self.skipTest(f"{package} cannot be installed here")
        self.client = package
        broker = self.start_broker({"num.network.threads": 2})
        environment = {**os.environ, "NODE_PATH": os.path.join(directory, "node_modules"),
                       "WEIR_STEPS": os.path.join(HERE, "npm", "steps.js"), "NODE_NO_WARNINGS": "1"}
        done = subprocess.run(["node", os.path.join(HERE, "npm", program), broker.address],
                              capture_output=True, text=True, check=False, env=environment,
                              timeout=150 * harness.PATIENCE)
        seen = 0
        for line in done.stdout.splitlines():
            if not line.startswith('{"feature"'):
                continue
            seen += 1
            step = json.loads(line)
            with self.feature(step["feature"]):
                self.assertIsNone(step["error"], step["error"])
        harness.FEATURES.setdefault(package, {})["groups"] = "not yet"
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertGreaterEqual(seen, features_at_least)

    def test_kafkajs(self):
        self.run_program("kafkajs", "kafkajs.js", 13)

    def test_platformatic(self):
        self.run_program("@platformatic/kafka", "platformatic.js", 15)

    def test_confluent(self):
        self.run_program("@confluentinc/kafka-javascript", "confluent.js", 13)


if __name__ == "__main__":
    harness.main(programs=["node", "npm"])
