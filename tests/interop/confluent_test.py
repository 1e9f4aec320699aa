"""confluent-kafka for Python (librdkafka) against a real broker."""
import time

import harness

try:
    from confluent_kafka import (Consumer, KafkaError, KafkaException, Producer, TopicPartition,
                                 OFFSET_BEGINNING)
    from confluent_kafka.admin import AdminClient, NewTopic
except ImportError:
    pass  # harness.main says so

RECORDS = 20_000


class ConfluentTest(harness.InteropTest):
    client = "confluent-kafka"

    def create(self, broker, topic, partitions=1):
        admin = AdminClient({"bootstrap.servers": broker.address})
        created = admin.create_topics([NewTopic(topic, partitions, 1)], operation_timeout=10)
        created[topic].result(timeout=10 * harness.PATIENCE)

    def produce(self, broker, topic, values, partitions=1, **settings):
        """Produces; gives [(partition, offset, value)] in the order of the delivery reports."""
        delivered, failed = [], []

        def report(error, message):
            if error is not None:
                failed.append(error)
            else:
                delivered.append((message.partition(), message.offset(), message.value()))

        producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 5, "log_level": 0,
                             "topic.metadata.propagation.max.ms": 1000,
                             **{key.replace("_", "."): value for key, value in settings.items()}})
        for i, value in enumerate(values):
            while True:
                try:
                    producer.produce(topic, value, partition=i % partitions, on_delivery=report)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        self.assertEqual(producer.flush(30 * harness.PATIENCE), 0, "messages without a report")
        return delivered, failed

    def consumer(self, broker, **settings):
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "unused",
                             "log_level": 0, "enable.auto.commit": False,
                             "enable.partition.eof": True,
                             **{key.replace("_", "."): value for key, value in settings.items()}})
        self.addCleanup(consumer.close)
        return consumer

    def read_all(self, consumer, assignment):
        """{partition: [(offset, value)]} up to the end of every partition of the assignment."""
        consumer.assign(assignment)
        records = {tp.partition: [] for tp in assignment}
        at_end = set()
        deadline = time.monotonic() + 30 * harness.PATIENCE
        while len(at_end) < len(assignment):
            self.assertLess(time.monotonic(), deadline, f"ends reached: {at_end}")
            for message in consumer.consume(1000, timeout=0.2):
                if message.error() is None:
                    records[message.partition()].append((message.offset(), message.value()))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    at_end.add(message.partition())
                else:
                    self.fail(f"the consumer says {message.error()}")
        return records


class RoundTrip(ConfluentTest):
    def test_every_record_is_reported_and_read_at_the_reported_offset(self):
        broker = self.start_broker({"num.network.threads": 3})
        consumer = self.consumer(broker)
        for name, settings in (("acks=0", {"acks": 0}), ("acks=1", {"acks": 1}),
                               ("acks=all", {"acks": "all"}),
                               ("idempotent", {"enable_idempotence": True})):
            with self.feature(f"produce {name}"):
                topic = "round-" + name.replace("=", "-")
                self.create(broker, topic, 4)
                values = [f"{name} {i}".encode() for i in range(RECORDS)]
                delivered, failed = self.produce(broker, topic, values, 4, **settings)
                self.assertEqual(failed, [])
                if name == "acks=0":  # reported as soon as sent
                    harness.wait_until(
                        lambda t=topic: all(
                            consumer.get_watermark_offsets(TopicPartition(t, p))[1] >= RECORDS // 4
                            for p in range(4)), "all is appended", poll_seconds=0.1)
                records = self.read_all(consumer, [TopicPartition(topic, p, OFFSET_BEGINNING)
                                                   for p in range(4)])
                for p in range(4):
                    expected = list(enumerate(values[p::4]))
                    self.assertEqual(records[p], expected)
                    if name != "acks=0":
                        self.assertEqual([(o, v) for q, o, v in delivered if q == p], expected)

    def test_codecs_are_read_back_by_python_too(self):
        broker = self.start_broker()
        values = [b"the same again and again %d" % (i // 100) for i in range(RECORDS)]
        for codec in ("gzip", "snappy", "lz4", "zstd"):
            with self.feature(f"compression {codec}"):
                _, failed = self.produce(broker, codec, values, compression_type=codec)
                self.assertEqual(failed, [])
                records = self.read_all(self.consumer(broker), [TopicPartition(codec, 0, 0)])
                self.assertEqual([v for _, v in records[0]], values)

    def test_a_producer_outlives_restarts_and_kills_of_its_broker(self):
        broker = self.start_broker({"log.segment.bytes": 50_000})
        with self.feature("a producer outlives restarts"):
            self.create(broker, "through")

            def values():
                for i in range(2000):
                    if i in (500, 1500):
                        broker.restart()
                    if i == 1000:
                        broker.kill()
                        broker.start()
                    time.sleep(0.0003)
                    yield b"%d" % i

            delivered, failed = self.produce(broker, "through", values(), enable_idempotence=True,
                                             reconnect_backoff_max_ms=200)
            self.assertEqual(failed, [])
            expected = [(i, b"%d" % i) for i in range(2000)]
            self.assertEqual([(o, v) for _, o, v in delivered], expected)
            records = self.read_all(self.consumer(broker), [TopicPartition("through", 0, 0)])
            self.assertEqual(records[0], expected)


class Questions(ConfluentTest):
    def test_topics_are_created_and_listed(self):
        broker = self.start_broker()
        admin = AdminClient({"bootstrap.servers": broker.address})
        with self.feature("create topics"):
            self.create(broker, "seven", 7)
        with self.feature("list topics"):
            listing = admin.list_topics(timeout=10)
            self.assertEqual(list(listing.brokers), [1])
            self.assertEqual(sorted(listing.topics["seven"].partitions), list(range(7)))
        with self.feature("creating a topic twice is refused"):
            with self.assertRaises(KafkaException) as refused:
                self.create(broker, "seven", 7)
            self.assertEqual(refused.exception.args[0].code(), KafkaError.TOPIC_ALREADY_EXISTS)
        with self.feature("bad topic names are refused"):
            with self.assertRaises(KafkaException) as refused:
                self.create(broker, "no/such name")
            self.assertEqual(refused.exception.args[0].code(), KafkaError.TOPIC_EXCEPTION)

    def test_watermarks_and_times_lead_to_offsets(self):
        broker = self.start_broker({"log.segment.bytes": 20_000})
        began = []
        for part in range(4):
            began.append(int(time.time() * 1000))
            self.produce(broker, "timed", [b"%d %d" % (part, i) for i in range(1000)])
            time.sleep(0.02)
        consumer = self.consumer(broker)
        with self.feature("beginning and end offsets"):
            self.assertEqual(consumer.get_watermark_offsets(TopicPartition("timed", 0)), (0, 4000))
        with self.feature("offsets by time"):
            for part, when in enumerate(began):
                found = consumer.offsets_for_times([TopicPartition("timed", 0, when)], timeout=10)
                self.assertEqual([tp.offset for tp in found], [part * 1000])
            later = int(time.time() * 1000) + 60_000
            found = consumer.offsets_for_times([TopicPartition("timed", 0, later)], timeout=10)
            self.assertEqual([tp.offset for tp in found], [-1])


class Errors(ConfluentTest):
    def test_an_unknown_topic_is_an_error(self):
        broker = self.start_broker({"auto.create.topics.enable": "false"})
        with self.feature("unknown topic: error"):
            delivered, failed = self.produce(broker, "nowhere", [b"x"])
            self.assertEqual(delivered, [])
            self.assertIn(failed[0].code(),
                          (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC))
            listing = AdminClient({"bootstrap.servers": broker.address}).list_topics("nowhere", 10)
            self.assertEqual(listing.topics["nowhere"].error.code(),
                             KafkaError.UNKNOWN_TOPIC_OR_PART)

    def test_a_message_that_is_too_large_is_refused_and_the_next_one_is_not(self):
        broker = self.start_broker({"message.max.bytes": 100_000})
        with self.feature("too large a message: error"):
            _, failed = self.produce(broker, "sizes", [b"x" * 200_000],
                                     message_max_bytes=10_000_000)
            self.assertEqual([error.code() for error in failed], [KafkaError.MSG_SIZE_TOO_LARGE])
            delivered, failed = self.produce(broker, "sizes", [b"x" * 90_000])
            self.assertEqual((len(delivered), failed), (1, []))

    def test_reading_outside_of_the_log_is_an_error_or_a_reset(self):
        broker = self.start_broker()
        self.produce(broker, "short", [b"0", b"1", b"2"])
        with self.feature("offset out of range"):
            consumer = self.consumer(broker, auto_offset_reset="earliest")
            records = self.read_all(consumer, [TopicPartition("short", 0, 99)])
            self.assertEqual([v for _, v in records[0]], [b"0", b"1", b"2"])
            consumer = self.consumer(broker, auto_offset_reset="error")
            consumer.assign([TopicPartition("short", 0, 99)])
            message = consumer.poll(10 * harness.PATIENCE)
            self.assertIn(message.error().code(),
                          (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE))


if __name__ == "__main__":
    harness.main(modules=["confluent_kafka"])
