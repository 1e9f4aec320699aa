// A small librdkafka program that loads a broker and measures: throughput, latency, its own CPU time.
//
//   kafka_bench BROKERS TOPIC create PARTITIONS [KEY=VALUE...]
//   kafka_bench BROKERS TOPIC delete
//   kafka_bench BROKERS TOPIC throughput|latency ACKS BYTES RECORDS PARTITIONS
//   kafka_bench BROKERS TOPIC consume RECORDS PARTITIONS
//   kafka_bench loopback MEBIBYTES
//
// throughput sends as fast as librdkafka takes records; latency sends 2,000 a second, unbatched, and
// times each delivery report; consume reads all partitions from their start, and is timed from the
// first record on. These print "records_per_s p50_us p99_us client_cpu_s"; loopback prints the MiB/s of
// a bare TCP connection.
// Status 1: something was not delivered, or refused.
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/measure.h"

namespace {

using measure::now_ns;

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

rd_kafka_t* make(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  char error[256];
  rd_kafka_t* const client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) {
    std::fprintf(stderr, "kafka_bench: %s\n", error);
    std::exit(1);
  }
  return client;
}

rd_kafka_conf_t* common(const char* brokers) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", brokers);
  return conf;
}

void print(int64_t records, double seconds, Tally& tally) {
  measure::print(records, seconds, tally.latencies_ns);
}

int produce(int argc, char** argv) {
  if (argc != 8) return 2;
  const char* const topic = argv[2];
  const bool latency = std::strcmp(argv[3], "latency") == 0;
  const std::string value(static_cast<size_t>(std::atoll(argv[5])), 'x');
  const int64_t records = std::atoll(argv[6]);
  // Several partitions are chosen as clients do by default: one for as long as a batch takes.
  const int32_t partition = std::atoi(argv[7]) == 1 ? 0 : RD_KAFKA_PARTITION_UA;
  Tally tally;
  rd_kafka_conf_t* const conf = common(argv[1]);
  set(conf, "acks", argv[4]);
  set(conf, "linger.ms", latency ? "0" : "5");
  set(conf, "queue.buffering.max.messages", "500000");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, &tally);
  rd_kafka_t* const producer = make(RD_KAFKA_PRODUCER, conf);
  const auto send = [&](intptr_t sent_ns) {
    return rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(sent_ns)), RD_KAFKA_V_END);
  };
  send(0);  // finds the topic, or makes it: not what is measured
  rd_kafka_flush(producer, 60'000);
  tally = {};
  const int64_t began = now_ns();
  for (int64_t i = 0; i < records; ++i) {
    const int64_t due = began + i * 500'000;
    while (latency && now_ns() < due) rd_kafka_poll(producer, 0);
    const intptr_t sent_ns = latency ? now_ns() : 0;
    while (send(sent_ns) == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(producer, 1);
    if (i % 256 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 120'000);
  print(tally.delivered, static_cast<double>(now_ns() - began) / 1e9, tally);
  const bool complete = tally.delivered == records && tally.failed == 0;
  rd_kafka_destroy(producer);
  return complete ? 0 : 1;
}

int consume(int argc, char** argv) {
  if (argc != 6) return 2;
  const int64_t records = std::atoll(argv[4]);
  rd_kafka_conf_t* const conf = common(argv[1]);
  set(conf, "group.id", "kafka_bench");
  set(conf, "enable.auto.commit", "false");
  set(conf, "fetch.wait.max.ms", "10");
  // With its own limits it stops asking, for a second at a time, whenever the reader is behind.
  set(conf, "queued.min.messages", "10000000");
  set(conf, "queued.max.messages.kbytes", "2097151");
  set(conf, "fetch.message.max.bytes", "4194304");
  rd_kafka_t* const consumer = make(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* const all = rd_kafka_topic_partition_list_new(1);
  for (int32_t partition = 0; partition < std::atoi(argv[5]); ++partition) {
    rd_kafka_topic_partition_list_add(all, argv[2], partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer, all);
  rd_kafka_queue_t* const queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> batch(10'000);
  int64_t read = 0;
  // From the first record on: what comes before is librdkafka asking who leads what.
  int64_t began = now_ns();
  const int64_t give_up = began + int64_t{120} * 1'000'000'000;
  while (read < records && now_ns() < give_up) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    if (read == 0) began = now_ns();
    for (ssize_t i = 0; i < count; ++i) {
      if (batch[static_cast<size_t>(i)]->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++read;
      rd_kafka_message_destroy(batch[static_cast<size_t>(i)]);
    }
  }
  Tally none;
  print(read, static_cast<double>(now_ns() - began) / 1e9, none);
  std::fflush(stdout);
  // Closing a consumer talks to a group coordinator, which is not what is measured.
  _exit(read >= records ? 0 : 1);
}

// Waits for the one result of an admin request; 0 when it says that all went well.
int outcome(rd_kafka_queue_t* queue) {
  rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, 120'000);
  if (event == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return 1;
  size_t count = 0;
  const rd_kafka_topic_result_t** results = nullptr;
  if (const auto* const made = rd_kafka_event_CreateTopics_result(event)) {
    results = rd_kafka_CreateTopics_result_topics(made, &count);
  } else if (const auto* const gone = rd_kafka_event_DeleteTopics_result(event)) {
    results = rd_kafka_DeleteTopics_result_topics(gone, &count);
  }
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::fprintf(stderr, "kafka_bench: %s\n", rd_kafka_topic_result_error_string(results[i]));
    return 1;
  }
  return 0;
}

int create(int argc, char** argv) {
  if (argc < 5) return 2;
  rd_kafka_t* const client = make(RD_KAFKA_PRODUCER, common(argv[1]));
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client);
  char error[256];
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new(argv[2], std::atoi(argv[4]), 1, error, sizeof error);
  for (int i = 5; i < argc; ++i) {
    const std::string setting = argv[i];
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) return 2;
    rd_kafka_NewTopic_set_config(topic, setting.substr(0, equals).c_str(),
                                 setting.substr(equals + 1).c_str());
  }
  rd_kafka_AdminOptions_t* const options =
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_request_timeout(options, 120'000, error, sizeof error);
  rd_kafka_AdminOptions_set_operation_timeout(options, 100'000, error, sizeof error);
  const int64_t began = now_ns();
  rd_kafka_CreateTopics(client, &topic, 1, options, queue);
  const int status = outcome(queue);
  std::printf("%.3f\n", static_cast<double>(now_ns() - began) / 1e9);
  return status;
}

int remove(int argc, char** argv) {
  if (argc != 4) return 2;
  rd_kafka_t* const client = make(RD_KAFKA_PRODUCER, common(argv[1]));
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client);
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(argv[2]);
  rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
  return outcome(queue);
}

int loopback(int argc, char** argv) {
  if (argc != 3) return 2;
  const int64_t bytes = std::atoll(argv[2]) << 20;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    return 1;
  }
  std::thread sender([&] {
    const int out = socket(AF_INET, SOCK_STREAM, 0);
    const std::vector<char> chunk(1 << 20, 'x');
    if (connect(out, reinterpret_cast<sockaddr*>(&at), size) == 0) {
      for (int64_t sent = 0; sent < bytes;) {
        const ssize_t taken = send(out, chunk.data(), chunk.size(), MSG_NOSIGNAL);
        if (taken <= 0) break;
        sent += taken;
      }
    }
    close(out);
  });
  const int in = accept(listener, nullptr, nullptr);
  std::vector<char> chunk(1 << 20);
  const int64_t began = now_ns();
  int64_t got = 0;
  for (ssize_t read = 0; (read = recv(in, chunk.data(), chunk.size(), 0)) > 0;) got += read;
  std::printf("%.0f\n", static_cast<double>(got) / (1 << 20) / (static_cast<double>(now_ns() - began) / 1e9));
  sender.join();
  return got >= bytes ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[1] : argc > 3 ? argv[3] : "";
  int status = 2;
  if (mode == "loopback") status = loopback(argc, argv);
  if (mode == "create") status = create(argc, argv);
  if (mode == "delete") status = remove(argc, argv);
  if (mode == "consume") status = consume(argc, argv);
  if (mode == "throughput" || mode == "latency") status = produce(argc, argv);
  if (status == 2) {
    std::fprintf(stderr, "kafka_bench BROKERS TOPIC create PARTITIONS [KEY=VALUE...] | delete |\n"
                         "  throughput|latency ACKS BYTES RECORDS PARTITIONS | consume RECORDS PARTITIONS\n"
                         "kafka_bench loopback MEBIBYTES\n");
  }
  return status;
}
