// weir: topics, produce and consume from the command line, over the project's own clients.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>

#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "sim/real/real_process.h"

namespace {

using namespace weir;  // NOLINT

struct Options {
  std::string bootstrap = "127.0.0.1:9092";
  std::string topic;
  int32_t partition = 0;
  int32_t partitions = 1;
  int64_t from = 0;
  int64_t max_records = -1;
  int acks = -1;
  bool follow = false;
  bool json = false;
};

int complain(std::string_view what, std::string_view why) {
  fmt::print(stderr, "weir: {}: {}\n", what, why);
  return 1;
}

class Commands {
 public:
  Commands(Env& env, const Options& options, Endpoint broker)
      : env_(env), options_(options), session_{.broker = std::move(broker), .client_id = "weir"} {}

  int await_create_topic() {
    Admin admin(env_, session_);
    const auto created = admin.await_create_topic(options_.topic, options_.partitions, deadline());
    if (!created) return complain("no answer from " + options_.bootstrap, created.error().message);
    if (*created != ErrorCode::none) return complain(options_.topic, name(*created));
    fmt::print("created topic {} with {} partitions\n", options_.topic, options_.partitions);
    return 0;
  }

  int await_list_topics() {
    Admin admin(env_, session_);
    const auto topics = admin.await_topics(deadline());
    if (!topics) return complain("no answer from " + options_.bootstrap, topics.error().message);
    for (const TopicDescription& topic : *topics) {
      if (options_.json) {
        fmt::print("{{\"topic\":\"{}\",\"partitions\":{},\"id\":\"{}\"}}\n", topic.name,
                   topic.partitions, to_string(topic.id));
      } else {
        fmt::print("{}  {} partitions  {}\n", topic.name, topic.partitions, to_string(topic.id));
      }
    }
    return 0;
  }

  // One record a line of standard input, up to 500 to a batch.
  int await_produce() {
    Producer producer(env_, session_,
                      {.acks = static_cast<int16_t>(options_.acks), .idempotent = options_.acks == -1});
    uint64_t sent = 0;
    std::vector<std::string> lines;
    std::string line;
    for (bool more = true; more;) {
      more = static_cast<bool>(std::getline(std::cin, line));
      if (more) lines.push_back(line);
      if (lines.empty() || (more && lines.size() < 500)) continue;
      std::vector<NewRecord> records;
      for (const std::string& value : lines) {
        records.push_back(
            {.timestamp = env_.clock.wall_now(), .key = std::nullopt, .value = as_bytes(value)});
      }
      const SendOutcome outcome = producer.await_send(partition(), records);
      if (outcome.kind != SendOutcome::Kind::acked) {
        return complain(fmt::format("after {} records", sent), name(outcome.error));
      }
      sent += lines.size();
      lines.clear();
    }
    fmt::print(stderr, "{} records sent to {}\n", sent, to_string(partition()));
    return 0;
  }

  int await_consume() {
    SimpleConsumer consumer(env_, session_);
    Offset next{options_.from};
    int64_t left = options_.max_records;
    while (left != 0) {
      const PollOutcome poll = consumer.await_poll(partition(), next, 1 << 20, milliseconds(500));
      if (!poll.answered) return complain(options_.bootstrap, "no answer");
      if (poll.error != ErrorCode::none) return complain(to_string(partition()), name(poll.error));
      for (const ConsumedRecord& record : poll.records) {
        if (left == 0) break;
        print(record);
        next = record.offset + 1;
        if (left > 0) --left;
      }
      if (poll.records.empty() && !options_.follow) break;
    }
    return 0;
  }

 private:
  [[nodiscard]] TopicPartition partition() const {
    return {options_.topic, PartitionIndex{options_.partition}};
  }
  [[nodiscard]] TimePoint deadline() const { return env_.clock.now() + seconds(10); }
  void print(const ConsumedRecord& record) const {
    if (options_.json) {
      fmt::print("{{\"offset\":{},\"value_bytes\":{}}}\n", record.offset.value(),
                 record.value.size());
    } else {
      fmt::print("{}\n", as_text(record.value));
    }
  }

  Env& env_;
  const Options& options_;
  const SessionOptions session_;
};

using Command = int (Commands::*)();

int run(const Options& options, Command command) {
  const size_t colon = options.bootstrap.rfind(':');
  uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* const end = options.bootstrap.data() + options.bootstrap.size();
    std::from_chars(options.bootstrap.data() + colon + 1, end, port);
  }
  if (port == 0) {
    complain("--bootstrap-server " + options.bootstrap, "must look like host:port");
    return 2;
  }
  int status = 1;
  run_process({.log_level = LogLevel::warn}, [&](Env& env, Event& /*stop*/) {
    Commands commands(env, options, {options.bootstrap.substr(0, colon), port});
    status = (commands.*command)();
  });
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  Command command = nullptr;
  CLI::App app{"Talks to a Kafka-compatible broker."};
  app.require_subcommand(1);
  app.footer("Examples:\n"
             "  weir topics create events --partitions 3\n"
             "  weir topics list\n"
             "  seq 10 | weir produce events\n"
             "  weir consume events --from 5\n\n"
             "Exit status: 0 done, 1 the broker refused or did not answer, 2 a wrong call.");
  app.add_option("--bootstrap-server,-b", options.bootstrap, "host:port")->capture_default_str();

  CLI::App* topics = app.add_subcommand("topics", "the topics of the cluster");
  topics->require_subcommand(1);
  CLI::App* create = topics->add_subcommand("create", "make a topic");
  create->add_option("topic", options.topic)->required();
  create->add_option("--partitions", options.partitions)->check(CLI::Range(1, 10'000));
  create->callback([&] { command = &Commands::await_create_topic; });
  CLI::App* list = topics->add_subcommand("list", "name, partitions and id of each topic");
  list->add_flag("--json", options.json, "JSON lines");
  list->callback([&] { command = &Commands::await_list_topics; });

  CLI::App* produce = app.add_subcommand("produce", "one record a line of standard input");
  produce->add_option("topic", options.topic)->required();
  produce->add_option("--partition", options.partition)->check(CLI::NonNegativeNumber);
  produce->add_option("--acks", options.acks, "0, 1 or -1 (all, and idempotent)")
      ->check(CLI::IsMember({-1, 0, 1}));
  produce->callback([&] { command = &Commands::await_produce; });

  CLI::App* consume = app.add_subcommand("consume", "the records of a partition, one a line");
  consume->add_option("topic", options.topic)->required();
  consume->add_option("--partition", options.partition)->check(CLI::NonNegativeNumber);
  consume->add_option("--from", options.from, "offset")->check(CLI::NonNegativeNumber);
  consume->add_option("--max", options.max_records, "stop after this many");
  consume->add_flag("--follow", options.follow, "wait for more at the end");
  consume->add_flag("--json", options.json, "JSON lines");
  consume->callback([&] { command = &Commands::await_consume; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(options, command);
}
