// check: judges a recorded history.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>

#include "scenarios/host/commands.h"
#include "scenarios/host/history_file.h"

namespace weir {
namespace {

void print_counts(const History& history) {
  uint64_t outcomes[3] = {};
  uint64_t read = 0;
  for (const Operation& operation : history) {
    if (operation.kind == OperationKind::produce)
      ++outcomes[static_cast<size_t>(operation.outcome)];
    read += operation.records.size();
  }
  fmt::print("records   {} acked, {} unknown, {} refused, {} read\n",
             outcomes[static_cast<size_t>(Outcome::ok)],
             outcomes[static_cast<size_t>(Outcome::unknown)],
             outcomes[static_cast<size_t>(Outcome::failed)], read);
}

}  // namespace

int check_command(const std::string& program, const std::string& history_path) {
  std::ifstream file(history_path);
  if (!file) {
    fmt::print(stderr, "{}: cannot read {}\n", program, history_path);
    return 2;
  }
  const auto history = read_history(file);
  if (!history) {
    fmt::print(stderr, "{}: {}: {}\n", program, history_path, history.error());
    return 2;
  }
  print_counts(*history);
  const Verdict verdict = check_history(*history);
  for (const Anomaly& anomaly : verdict.anomalies) {
    fmt::print("FOUND     {} (line {}): {}\n", name(anomaly.kind), anomaly.operation + 1,
               anomaly.sentence);
  }
  const VerdictKind kind = verdict.clean() ? VerdictKind::pass : VerdictKind::history;
  fmt::print("verdict   {}\n", name(kind));
  return static_cast<int>(kind);
}

}  // namespace weir
