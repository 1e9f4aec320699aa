#include "scenarios/host/history_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace weir {
namespace {

using nlohmann::json;

Failure<std::string> wrong(std::string_view key, std::string_view what) {
  return {fmt::format("\"{}\" has to be {}", key, what)};
}

// Takes keys out of one object; what is left in the end should not have been there.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  Result<uint64_t, std::string> number(const std::string& key, uint64_t most) {
    const json* const found = take(key);
    if (found == nullptr || !found->is_number_unsigned() || found->get<uint64_t>() > most) {
      return wrong(key, fmt::format("a whole number from 0 to {}", most));
    }
    return found->get<uint64_t>();
  }

  Result<std::optional<Offset>, std::string> optional_offset(const std::string& key) {
    if (!object_.contains(key)) return std::optional<Offset>{};
    return std::optional(Offset{static_cast<int64_t>(TRY(number(key, kMaxOffset)))});
  }

  Result<std::string, std::string> text(const std::string& key) {
    const json* const found = take(key);
    if (found == nullptr || !found->is_string() || found->get_ref<const std::string&>().empty()) {
      return wrong(key, "a string that is not empty");
    }
    return Result<std::string, std::string>(found->get<std::string>());
  }

  Result<bool, std::string> optional_flag(const std::string& key) {
    const json* const found = take(key);
    if (found == nullptr) return false;
    if (!found->is_boolean()) return wrong(key, "true or false");
    return found->get<bool>();
  }

  Result<std::vector<PolledRecord>, std::string> records(const std::string& key) {
    constexpr std::string_view kShape = "a list of [offset, value]";
    const json* const found = take(key);
    if (found == nullptr || !found->is_array()) return wrong(key, kShape);
    std::vector<PolledRecord> records;
    for (const json& pair : *found) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
          !pair[1].is_number_unsigned() || pair[0].get<uint64_t>() > kMaxOffset) {
        return wrong(key, kShape);
      }
      records.push_back(
          {Offset{static_cast<int64_t>(pair[0].get<uint64_t>())}, pair[1].get<uint64_t>()});
    }
    return records;
  }

  // Empty when every key was taken.
  [[nodiscard]] std::string left_over() const {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(taken_.begin(), taken_.end(), key) == taken_.end()) return key;
    }
    return {};
  }

 private:
  static constexpr auto kMaxOffset = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

  const json* take(const std::string& key) {
    taken_.push_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  std::vector<std::string> taken_;
};

Result<Done, std::string> read_produce(Fields& fields, Operation& operation) {
  operation.kind = OperationKind::produce;
  operation.value = TRY(fields.number("value", std::numeric_limits<uint64_t>::max()));
  const std::string outcome = TRY(fields.text("outcome"));
  if (outcome == "ok") {
    operation.outcome = Outcome::ok;
    operation.offset = TRY(fields.optional_offset("offset"));
  } else if (outcome == "failed") {
    operation.outcome = Outcome::failed;
  } else if (outcome == "unknown") {
    operation.outcome = Outcome::unknown;
  } else {
    return wrong("outcome", "ok, failed or unknown");
  }
  return Done{};
}

Result<Done, std::string> read_kind(Fields& fields, Operation& operation) {
  const std::string op = TRY(fields.text("op"));
  if (op == "produce") return read_produce(fields, operation);
  if (op == "assign") {
    operation.kind = OperationKind::assign;
    operation.offset = TRY(fields.optional_offset("offset"));
    return Done{};
  }
  if (op == "poll") {
    operation.kind = OperationKind::poll;
    operation.records = TRY(fields.records("records"));
    operation.final_poll = TRY(fields.optional_flag("final"));
    return Done{};
  }
  return wrong("op", "produce, assign or poll");
}

}  // namespace

Result<Operation, std::string> operation_from_json(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return Failure{std::string("not a JSON object")};
  Fields fields(object);
  Operation operation;
  operation.process = TRY(fields.number("process", std::numeric_limits<uint64_t>::max()));
  operation.tp.topic = TRY(fields.text("topic"));
  constexpr uint64_t kMaxPartition = std::numeric_limits<int32_t>::max();
  operation.tp.partition =
      PartitionIndex{static_cast<int32_t>(TRY(fields.number("partition", kMaxPartition)))};
  TRY(read_kind(fields, operation));
  if (const std::string key = fields.left_over(); !key.empty()) {
    return Failure{fmt::format("\"{}\" does not belong here", key)};
  }
  return operation;
}

Result<History, std::string> read_history(std::istream& lines) {
  History history;
  std::string line;
  for (uint64_t number = 1; std::getline(lines, line); ++number) {
    auto operation = operation_from_json(line);
    if (!operation) return Failure{fmt::format("line {}: {}", number, operation.error())};
    history.push_back(std::move(*operation));
  }
  return history;
}

}  // namespace weir
