// A small librdkafka program that loads a broker: throughput, latency, and its own CPU time.
//
//   kafka_bench BROKERS TOPIC throughput|latency ACKS RECORD_BYTES RECORDS
//
// throughput sends as fast as librdkafka takes records; latency sends 2,000 a second, unbatched, and
// times each delivery report. Prints: records_per_s p50_us p99_us client_cpu_s
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Tally {
  int64_t delivered = 0;
  int64_t failed = 0;
  std::vector<int64_t> latencies_ns;
};

// The time of sending travels as the message's opaque.
void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& tally = *static_cast<Tally*>(opaque);
  ++(message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? tally.delivered : tally.failed);
  const auto sent_ns = reinterpret_cast<intptr_t>(message->_private);
  if (sent_ns != 0) tally.latencies_ns.push_back(now_ns() - sent_ns);
}

void set(rd_kafka_conf_t* conf, const char* key, const std::string& value) {
  char error[256];
  if (rd_kafka_conf_set(conf, key, value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK) return;
  std::fprintf(stderr, "kafka_bench: %s=%s: %s\n", key, value.c_str(), error);
  std::exit(2);
}

double percentile_us(std::vector<int64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return static_cast<double>(sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))]) / 1'000;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "kafka_bench BROKERS TOPIC throughput|latency ACKS BYTES RECORDS\n");
    return 2;
  }
  const std::string topic = argv[2];
  const bool latency = std::strcmp(argv[3], "latency") == 0;
  const int64_t records = std::atoll(argv[6]);
  Tally tally;
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "acks", argv[4]);
  set(conf, "linger.ms", latency ? "0" : "5");
  set(conf, "queue.buffering.max.messages", "500000");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, &tally);
  char error[256];
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (producer == nullptr) {
    std::fprintf(stderr, "kafka_bench: %s\n", error);
    return 1;
  }
  const std::string value(static_cast<size_t>(std::atoll(argv[5])), 'x');
  // The first record finds the topic, or makes it: not what is measured.
  rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                    RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  rd_kafka_flush(producer, 60'000);
  tally = {};
  const int64_t began = now_ns();
  for (int64_t i = 0; i < records; ++i) {
    if (latency) {
      const int64_t due = began + i * 500'000;
      while (now_ns() < due) rd_kafka_poll(producer, 0);
    }
    const intptr_t sent_ns = latency ? now_ns() : 0;
    while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(sent_ns)),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer, 1);
    }
    if (i % 256 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 60'000);
  const double seconds = static_cast<double>(now_ns() - began) / 1e9;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  std::sort(tally.latencies_ns.begin(), tally.latencies_ns.end());
  std::printf("%.0f %.1f %.1f %.3f\n", static_cast<double>(tally.delivered) / seconds,
              percentile_us(tally.latencies_ns, 0.50), percentile_us(tally.latencies_ns, 0.99), cpu);
  const bool complete = tally.delivered == records && tally.failed == 0;
  rd_kafka_destroy(producer);
  return complete ? 0 : 1;
}
