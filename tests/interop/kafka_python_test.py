"""kafka-python, which shares no code with librdkafka, against a real broker."""
import time

import harness

try:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.admin import KafkaAdminClient, NewTopic
    from kafka.errors import (MessageSizeTooLargeError, TopicAlreadyExistsError)
except ImportError:
    pass  # harness.main says so

RECORDS = 3000


class KafkaPythonTest(harness.InteropTest):
    client = "kafka-python"

    def opened(self, client):
        self.addCleanup(client.close)
        return client

    def producer(self, broker, **settings):
        return self.opened(KafkaProducer(bootstrap_servers=broker.address, linger_ms=5, **settings))

    def consumer(self, broker, **settings):
        return self.opened(KafkaConsumer(bootstrap_servers=broker.address,
                                         enable_auto_commit=False, **settings))

    def create(self, broker, topic, partitions=1):
        admin = self.opened(KafkaAdminClient(bootstrap_servers=broker.address))
        admin.create_topics([NewTopic(topic, partitions, 1)])
        return admin

    def read(self, consumer, count):
        """{partition: [(offset, value)]}: `count` records and nothing after them."""
        records, got = {}, 0
        deadline = time.monotonic() + 30 * harness.PATIENCE
        while got < count:
            self.assertLess(time.monotonic(), deadline, f"{got} of {count} came")
            for tp, batch in consumer.poll(timeout_ms=200).items():
                got += len(batch)
                records.setdefault(tp.partition, []).extend((r.offset, r.value) for r in batch)
        self.assertEqual(consumer.poll(timeout_ms=50), {})
        return records


class RoundTrip(KafkaPythonTest):
    def test_what_is_sent_is_read_with_every_acks(self):
        broker = self.start_broker({"num.network.threads": 2})
        for acks in (0, 1, "all"):
            with self.feature(f"produce acks={acks}"):
                topic = f"acks-{acks}"
                self.create(broker, topic, 3)
                producer = self.producer(broker, acks=acks)
                values = [b"%d" % i for i in range(RECORDS)]
                futures = [producer.send(topic, value, partition=i % 3)
                           for i, value in enumerate(values)]
                producer.flush(30 * harness.PATIENCE)
                if acks != 0:
                    self.assertEqual([f.get(10).offset for f in futures],
                                     [i // 3 for i in range(RECORDS)])
                consumer = self.consumer(broker)
                consumer.assign([TopicPartition(topic, p) for p in range(3)])
                consumer.seek_to_beginning()
                records = self.read(consumer, RECORDS)
                for p in range(3):
                    self.assertEqual(records[p], list(enumerate(values[p::3])))

    def test_gzip_keys_and_headers_come_back(self):
        broker = self.start_broker()
        with self.feature("compression gzip"):
            producer = self.producer(broker, compression_type="gzip")
            for i in range(RECORDS):
                producer.send("zipped", b"value %d" % i, key=b"key %d" % i,
                              headers=[("h", b"%d" % i)])
            producer.flush(30 * harness.PATIENCE)
            consumer = self.consumer(broker)
            consumer.assign([TopicPartition("zipped", 0)])
            consumer.seek_to_beginning()
            i = 0
            deadline = time.monotonic() + 30 * harness.PATIENCE
            while i < RECORDS and time.monotonic() < deadline:
                for batch in consumer.poll(timeout_ms=200).values():
                    for record in batch:
                        self.assertEqual((record.value, record.key, record.headers),
                                         (b"value %d" % i, b"key %d" % i, [("h", b"%d" % i)]))
                        i += 1
            self.assertEqual(i, RECORDS)


class Questions(KafkaPythonTest):
    def test_topics_are_created_and_listed(self):
        broker = self.start_broker()
        with self.feature("create topics"):
            admin = self.create(broker, "made", 5)
        with self.feature("list topics"):
            self.assertEqual(admin.list_topics(), ["made"])
            self.assertEqual(self.consumer(broker).partitions_for_topic("made"), set(range(5)))
        with self.feature("creating a topic twice is refused"):
            with self.assertRaises(TopicAlreadyExistsError):
                self.create(broker, "made", 5)

    def test_a_consumer_seeks_and_finds_offsets(self):
        broker = self.start_broker({"log.segment.bytes": 20_000})
        producer = self.producer(broker)
        began = []
        for part in range(3):
            began.append(int(time.time() * 1000))
            for i in range(1000):
                producer.send("timed", b"%d" % (part * 1000 + i))
            producer.flush()
            time.sleep(0.02)
        tp = TopicPartition("timed", 0)
        consumer = self.consumer(broker)
        with self.feature("beginning and end offsets"):
            self.assertEqual(consumer.beginning_offsets([tp]), {tp: 0})
            self.assertEqual(consumer.end_offsets([tp]), {tp: 3000})
        with self.feature("offsets by time"):
            for part, when in enumerate(began):
                self.assertEqual(consumer.offsets_for_times({tp: when})[tp].offset, part * 1000)
            self.assertIsNone(consumer.offsets_for_times({tp: began[-1] + 3_600_000})[tp])
        with self.feature("consume from offset, from end"):
            consumer.assign([tp])
            for offset in (2990, 17, 1500):
                consumer.seek(tp, offset)
                first = None
                while first is None:
                    for batch in consumer.poll(timeout_ms=200, max_records=5).values():
                        first = batch[0]
                self.assertEqual((first.offset, first.value), (offset, b"%d" % offset))
            consumer.seek_to_end(tp)
            self.assertEqual(consumer.position(tp), 3000)


class Errors(KafkaPythonTest):
    def test_a_message_that_is_too_large_is_refused(self):
        broker = self.start_broker({"message.max.bytes": 50_000})
        with self.feature("too large a message: error"):
            producer = self.producer(broker, max_request_size=10_000_000)
            with self.assertRaises(MessageSizeTooLargeError):
                producer.send("sizes", b"x" * 60_000).get(10 * harness.PATIENCE)
            self.assertEqual(producer.send("sizes", b"x" * 40_000).get(10).offset, 0)

    def test_data_is_there_after_kill_9(self):
        broker = self.start_broker()
        with self.feature("restart after kill -9"):
            producer = self.producer(broker, acks="all")
            for i in range(100):
                producer.send("kept", b"%d" % i)
            producer.flush()
            broker.kill()
            broker.start()
            consumer = self.consumer(broker)
            consumer.assign([TopicPartition("kept", 0)])
            consumer.seek_to_beginning()
            self.assertEqual(self.read(consumer, 100)[0], [(i, b"%d" % i) for i in range(100)])


if __name__ == "__main__":
    harness.main(modules=["kafka"])
