import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's producer and its consumer by assignment.
 *
 *   JavaClient produce ADDRESS TOPIC PREFIX COUNT SETTINGS   ; prints "BASE..LAST"
 *   JavaClient consume ADDRESS TOPIC FROM COUNT              ; prints one value a line
 *   JavaClient time ADDRESS TOPIC TIMESTAMP                  ; prints the offset, -1 for none
 *   SETTINGS = key=value *( "," key=value )
 */
public class JavaClient {
  static String produce(String address, String topic, String prefix, int count, String settings)
      throws Exception {
    Map<String, Object> config = new java.util.HashMap<>(Map.of("bootstrap.servers", address,
        "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class,
        "linger.ms", 5));
    for (String setting : settings.split(",")) config.put(setting.split("=")[0], setting.split("=")[1]);
    long first = Long.MAX_VALUE;
    long last = -1;
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
      List<java.util.concurrent.Future<org.apache.kafka.clients.producer.RecordMetadata>> sent =
          new ArrayList<>();
      for (int i = 0; i < count; ++i) {
        sent.add(producer.send(new ProducerRecord<>(topic, 0, "k" + i, prefix + "-" + i)));
      }
      producer.flush();
      for (var each : sent) {
        first = Math.min(first, each.get().offset());
        last = Math.max(last, each.get().offset());
      }
    }
    return first + ".." + last;
  }

  static KafkaConsumer<String, String> consumer(String address) {
    return new KafkaConsumer<>(Map.of("bootstrap.servers", address, "fetch.max.wait.ms", 100,
        "key.deserializer", StringDeserializer.class,
        "value.deserializer", StringDeserializer.class));
  }

  static void consume(String address, String topic, long from, int count) {
    try (KafkaConsumer<String, String> consumer = consumer(address)) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seek(partition, from);
      long deadline = System.currentTimeMillis() + 20_000;
      for (int seen = 0; seen < count && System.currentTimeMillis() < deadline;) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          if (seen++ < count) System.out.println(record.offset() + " " + record.value());
        }
      }
    }
  }

  public static void main(String[] a) throws Exception {
    switch (a[0]) {
      case "produce" -> System.out.println(produce(a[1], a[2], a[3], Integer.parseInt(a[4]), a[5]));
      case "consume" -> consume(a[1], a[2], Long.parseLong(a[3]), Integer.parseInt(a[4]));
      case "time" -> {
        try (KafkaConsumer<String, String> consumer = consumer(a[1])) {
          TopicPartition partition = new TopicPartition(a[2], 0);
          var found = consumer.offsetsForTimes(Map.of(partition, Long.parseLong(a[3]))).get(partition);
          System.out.println(found == null ? -1 : found.offset());
        }
      }
      default -> throw new IllegalArgumentException(a[0]);
    }
  }
}
