#include "client/cli/command.h"

#include <fmt/core.h>

namespace weir {
namespace {

std::string_view remedy(ErrorCode error) {
  switch (error) {
    case ErrorCode::unknown_topic_or_partition:
      return "`weir topics list` names the topics that there are and how many partitions they have";
    case ErrorCode::topic_already_exists:
      return "choose another name, or remove that topic first: weir topics delete";
    case ErrorCode::invalid_topic_exception:
      return "a topic's name has 1 to 249 letters, digits, dots, hyphens or underscores";
    case ErrorCode::invalid_partitions:
      return "a topic can only get more partitions than it has: weir topics describe";
    case ErrorCode::invalid_config:
      return "`weir configs describe --all` shows the settings that there are";
    case ErrorCode::invalid_request:
      return "`weir configs describe --all` shows which settings can be changed";
    case ErrorCode::offset_out_of_range:
      return "begin within the partition: --from earliest";
    case ErrorCode::message_too_large:
      return "send smaller batches, or raise the topic's max.message.bytes";
    default:
      return is_retriable(error) ? "this may pass: try again" : "the broker's log may say more";
  }
}

}  // namespace

int wrong_call(const Context& context, std::string_view what) {
  context.terminal.complain(fmt::format("weir: {}; see --help", what));
  return kWrongCall;
}

int no_answer(const Context& context, const RpcError& error) {
  context.terminal.complain(fmt::format(
      "weir: no answer from {}: {}\n"
      "  is a broker there? --bootstrap-server says where to look, --timeout-ms how long",
      context.bootstrap, error.message));
  return kFailed;
}

int refused(const Context& context, std::string_view what, ErrorCode error,
            std::string_view message) {
  context.terminal.complain(fmt::format("weir: {}: {}{}{}\n  {}", what, name(error),
                                        message.empty() ? "" : ": ", message, remedy(error)));
  return kFailed;
}

}  // namespace weir
