// weir produce: one record a line of the input.
#include <fmt/core.h>

#include <memory>

#include "client/cli/command.h"
#include "client/cli/json_line.h"
#include "client/producer/producer.h"

namespace weir {
namespace {

constexpr size_t kBatchRecords = 500;
constexpr size_t kBatchBytes =
    512 << 10;  // below the default of max.message.bytes; a line may be longer

struct Options {
  std::string topic;
  int32_t partition = 0;
  int acks = -1;
};

// Up to a batch of lines; fewer at the end of the input, none when that was before.
std::vector<std::string> read_batch(const Terminal& terminal) {
  std::vector<std::string> lines;
  std::string line;
  for (size_t bytes = 0; lines.size() < kBatchRecords && bytes < kBatchBytes;) {
    if (!terminal.read_line(line)) break;
    bytes += line.size();
    lines.push_back(line);
  }
  return lines;
}

int await_produce(Context& context, const Options& options) {
  Producer producer(context.env, context.session,
                    {.acks = static_cast<int16_t>(options.acks),
                     .idempotent = options.acks == -1,
                     .delivery_timeout = context.timeout});
  const TopicPartition partition{options.topic, PartitionIndex{options.partition}};
  uint64_t sent = 0;
  while (!context.stop.is_set()) {
    const std::vector<std::string> lines = read_batch(context.terminal);
    if (lines.empty()) break;
    std::vector<NewRecord> records;
    for (const std::string& value : lines) {
      records.push_back({.timestamp = context.env.clock.wall_now(),
                         .key = std::nullopt,
                         .value = as_bytes(value)});
    }
    const SendOutcome outcome = producer.await_send(partition, records);
    if (outcome.kind != SendOutcome::Kind::acked) {
      const bool unknown = outcome.kind == SendOutcome::Kind::unknown;
      return refused(
          context, fmt::format("{} after {} records", to_string(partition), sent), outcome.error,
          unknown ? fmt::format("the next {} may be in the log or not", lines.size()) : "");
    }
    sent += lines.size();
  }
  if (context.json) {
    context.terminal.print(JsonLine()
                               .add("topic", options.topic)
                               .add("partition", options.partition)
                               .add("records", sent)
                               .text());
  } else {
    context.terminal.complain(fmt::format("{} records sent to {}", sent, to_string(partition)));
  }
  return kDone;
}

}  // namespace

void add_produce_command(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* const produce = app.add_subcommand("produce", "one record a line of standard input");
  produce->footer(
      "Examples:\n  seq 10 | weir produce events\n"
      "  weir produce events --partition 2 --acks 1 < lines.txt");
  produce->add_option("topic", options->topic)->required();
  produce->add_option("--partition", options->partition)->check(CLI::NonNegativeNumber);
  produce->add_option("--acks", options->acks, "0, 1 or -1 (all, and idempotent)")
      ->check(CLI::IsMember({-1, 0, 1}));
  produce->callback([options, &invocation] {
    invocation.run = [options](Context& context) { return await_produce(context, *options); };
  });
}

}  // namespace weir
