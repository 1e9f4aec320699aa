// weir consume: the records of one partition, one a line.
#include <fmt/core.h>

#include <charconv>
#include <memory>

#include "client/admin/admin.h"
#include "client/cli/command.h"
#include "client/cli/json_line.h"
#include "client/simple/simple_consumer.h"
#include "model/protocol/list_offsets.h"

namespace weir {
namespace {

struct Options {
  std::string topic;
  int32_t partition = 0;
  std::string from = "earliest";
  int64_t max_records = -1;  // no limit
  bool follow = false;

  [[nodiscard]] TopicPartition tp() const { return {topic, PartitionIndex{partition}}; }
};

void print(const Context& context, const ConsumedRecord& record) {
  if (!context.json) return context.terminal.print(as_text(record.value));
  context.terminal.print(JsonLine()
                             .add("offset", record.offset.value())
                             .add_bytes("key", record.key)
                             .add_bytes("value", record.value)
                             .text());
}

int await_read(Context& context, const Options& options, Offset next) {
  SimpleConsumer consumer(context.env, context.session, context.timeout);
  int64_t left = options.max_records;
  while (left != 0 && !context.stop.is_set()) {
    const PollOutcome poll = consumer.await_poll(options.tp(), next, 1 << 20, milliseconds(500));
    if (!poll.answered) return no_answer(context, {RpcError::Kind::network, "the fetch got none"});
    if (poll.error != ErrorCode::none) {
      return refused(context, to_string(options.tp()), poll.error);
    }
    for (const ConsumedRecord& record : poll.records) {
      if (left == 0) break;
      print(context, record);
      next = record.offset + 1;
      if (left > 0) --left;
    }
    context.terminal.flush();
    if (poll.records.empty() && !options.follow) break;
  }
  return kDone;
}

int await_consume(Context& context, const Options& options) {
  const std::string& from = options.from;
  if (from != "earliest" && from != "latest") {
    int64_t offset = -1;
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), offset);
    if (error != std::errc{} || end != from.data() + from.size() || offset < 0) {
      return wrong_call(context, "--from " + from + ": must be an offset, earliest or latest");
    }
    return await_read(context, options, Offset{offset});
  }
  Admin admin(context.env, context.session);
  const auto listed = admin.await_offset(
      options.tp(), from == "latest" ? list_offsets::kLatest : list_offsets::kEarliest,
      context.deadline());
  if (!listed) return no_answer(context, listed.error());
  if (listed->error != ErrorCode::none) {
    return refused(context, to_string(options.tp()), listed->error);
  }
  return await_read(context, options, listed->offset);
}

}  // namespace

void add_consume_command(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* const consume = app.add_subcommand("consume", "the records of a partition, one a line");
  consume->footer(
      "Examples:\n  weir consume events --from 5 --max 10\n"
      "  weir consume events --partition 2 --from latest --follow --json");
  consume->add_option("topic", options->topic)->required();
  consume->add_option("--partition", options->partition)->check(CLI::NonNegativeNumber);
  consume->add_option("--from", options->from, "an offset, earliest or latest")
      ->capture_default_str();
  consume->add_option("--max", options->max_records, "stop after this many");
  consume->add_flag("--follow", options->follow, "wait for more at the end");
  consume->callback([options, &invocation] {
    invocation.run = [options](Context& context) { return await_consume(context, *options); };
  });
}

}  // namespace weir
