"""weir.metrics.listener as Prometheus' own parser and a health probe see it."""
import http.client
import os
import re
import signal
import socket

import harness
import wire

try:
    from prometheus_client import parser
except ImportError:
    pass  # harness.main says so

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TABLE = os.path.join(ROOT, "broker", "metrics", "README.md")
RECORDS = 500


def documented():
    """{name: (kind, labels, meaning)}, in the order of the README."""
    with open(TABLE, encoding="utf-8") as file:
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) ?\| (.+) \|$", file.read(), re.M)
    return {name: (kind, labels, meaning) for name, kind, labels, meaning in rows}


class Metrics(harness.InteropTest):
    client = "prometheus"

    def start(self, settings=None):
        self.port = harness.free_port()
        return self.start_broker({"num.network.threads": 2,
                                  "weir.metrics.listener": f"127.0.0.1:{self.port}",
                                  **(settings or {})})

    def get(self, path, method="GET"):
        """Status, content type, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=20 * harness.PATIENCE)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read().decode()
        finally:
            connection.close()

    def scrape(self):
        status, kind, text = self.get("/metrics")
        self.assertEqual((status, kind.split(";")[0]), (200, "text/plain"))
        return text, list(parser.text_string_to_metric_families(text))

    @staticmethod
    def values(families, name):
        return {tuple(sorted(sample.labels.items())): sample.value
                for family in families for sample in family.samples if sample.name == name}

    def test_a_scrape_says_what_clients_did(self):
        broker = self.start()
        harness.kcat_produce(broker, "counted", self.write_lines("in", RECORDS))
        harness.kcat_consume(broker, "counted", self.path("out"), "-e", "-o", "beginning")
        text, families = self.scrape()
        with self.feature("a scrape is read"):
            self.assertEqual(len(families), text.count("# TYPE "))
        with self.feature("requests and times by API"):
            requests = self.values(families, "kafka_network_requestmetrics_requests_total")
            by_api = {}
            for labels, value in requests.items():
                by_api[dict(labels)["request"]] = by_api.get(dict(labels)["request"], 0) + value
            for api in ("Produce", "Fetch", "Metadata", "ApiVersions"):
                self.assertGreater(by_api[api], 0, api)
            counts = self.values(families, "weir_request_duration_seconds_count")
            self.assertEqual(counts[(("request", "Produce"),)], by_api["Produce"])
            buckets = [value for labels, value
                       in self.values(families, "weir_request_duration_seconds_bucket").items()
                       if ("request", "Produce") in labels]
            self.assertEqual(buckets, sorted(buckets))
            self.assertEqual(buckets[-1], by_api["Produce"])
        with self.feature("errors by API and code"):
            errors = self.values(families, "kafka_network_requestmetrics_errors_total")
            self.assertEqual(errors[(("error", "NONE"), ("request", "Produce"))],
                             by_api["Produce"])  # of one partition each
        with self.feature("traffic by topic, connections by listener"):
            topic = (("topic", "counted"),)
            size = len(broker.first_segment("counted"))
            of_topics = "kafka_server_brokertopicmetrics_{}_total".format
            self.assertEqual(self.values(families, of_topics("messagesin"))[topic], RECORDS)
            self.assertEqual(self.values(families, of_topics("bytesin"))[topic], size)
            self.assertGreaterEqual(self.values(families, of_topics("bytesout"))[topic], size)
            connections = self.values(families,
                                      "kafka_server_socket_server_metrics_connection_count")
            self.assertEqual(list(connections), [(("listener", "PLAINTEXT"),)])
        with self.feature("sizes and offsets of logs"):
            place = (("partition", "0"), ("topic", "counted"))
            self.assertEqual(self.values(families, "kafka_log_log_logendoffset")[place], RECORDS)
            self.assertEqual(self.values(families, "kafka_log_log_size")[place],
                             len(broker.first_segment("counted")))
        with self.feature("counters only grow"):
            _, later = self.scrape()
            for name in ("kafka_server_socket_server_metrics_incoming_byte_total",
                         "weir_request_handler_idle_seconds_total"):
                self.assertGreaterEqual(self.values(later, name)[()],
                                        self.values(families, name)[()])

    def test_the_table_of_metrics_is_what_is_offered(self):
        broker = self.start()
        harness.kcat_produce(broker, "t", self.write_lines("in", 1))
        text, families = self.scrape()
        table = documented()
        with self.feature("the README's table is the page"):
            helps = re.findall(r"^# HELP (\w+) (.*)$", text, re.M)
            kinds = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M)
            self.assertEqual([(name, row[2]) for name, row in table.items()], helps)
            self.assertEqual([(name, row[0]) for name, row in table.items()], kinds)
            for family in families:
                row = table.get(family.name) or table[family.name + "_total"]
                for sample in family.samples:
                    labels = ", ".join(label for label in sample.labels if label != "le")
                    self.assertEqual(labels, row[1], sample)

    def test_health_through_start_serving_and_stop(self):
        broker = self.start()
        with self.feature("health: live and ready"):
            self.assertEqual(self.get("/health/live")[0], 200)
            status, kind, body = self.get("/health/ready")
            self.assertEqual((status, kind, body.strip()),
                             (200, "application/json", '{"status":"ready"}'))
            self.assertEqual(self.get("/v1/status/ready")[0], 200)
        with self.feature("other paths and methods are refused"):
            self.assertEqual(self.get("/")[0], 404)
            self.assertEqual(self.get("/metrics", "POST")[0], 405)
            self.assertEqual(self.get("/metrics", "HEAD")[0::2], (200, ""))
        with self.feature("a client that is no HTTP hurts nobody"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as peer:
                peer.sendall(os.urandom(16 << 10))
                peer.shutdown(socket.SHUT_WR)
            self.assertEqual(self.get("/health/ready")[0], 200)
        with self.feature("health: not ready while it stops"):
            peer = self.hold_up_a_stop(broker)
            broker.process.send_signal(signal.SIGTERM)
            harness.wait_until(lambda: self.get("/health/ready")[0] == 503, "it is not ready")
            self.assertIn('"reason":"stopping', self.get("/health/ready")[2])
            self.assertEqual(self.get("/health/live")[0], 200)
            self.assertEqual(self.get("/metrics")[0], 200)
            peer.close()
            self.assertEqual(broker.process.wait(timeout=30 * harness.PATIENCE), 0)
            with self.assertRaises(OSError):
                self.get("/health/live")

    def hold_up_a_stop(self, broker):
        """A peer whose answer is under way and that does not read it."""
        peer = wire.Peer(broker, receive_buffer=4096, seconds=20 * harness.PATIENCE)
        self.addCleanup(peer.close)
        peer.ask(wire.create_topic(1, "much"))
        for number in range(16):
            peer.ask(wire.produce(2 + number, "much", wire.batch([bytes(900_000)])))
        peer.send(wire.fetch(99, "much", 0, 50_000_000))
        peer.receive_exactly(100)
        return peer


if __name__ == "__main__":
    harness.main(programs=["kcat"], modules=["prometheus_client"])
