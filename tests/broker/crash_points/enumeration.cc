#include "tests/broker/crash_points/enumeration.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace weir {
namespace {

constexpr uint64_t kNowhere = ~0ULL;  // counts boundaries and strikes at none

const WorkloadRow& find_row(const std::vector<WorkloadRow>& table, std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [name](const WorkloadRow& row) { return row.name == name; });
  CHECK_MSG(at != table.end(), "no such workload");
  return *at;
}

// The lives of one crash point, on a machine of its own.
CrashPointOutcome live_through(const WorkloadRow& row, const CrashPoint& point,
                               uint64_t planted_bug) {
  CrashPointOutcome outcome;
  Promises promises;
  MachineOptions options = row.machine;
  options.planted_bug = planted_bug;
  Machine machine(promises, options);
  const auto workload = row.make(promises);
  workload->prepare(machine);
  bool first = true;
  for (const Cut& cut : point.cuts) {
    machine.arm(cut.boundary);
    workload->live(machine, std::exchange(first, false));
    if (!machine.struck()) {
      promises.violated(fmt::format("boundary {} is never reached", cut.boundary));
      break;
    }
    outcome.where.push_back(machine.cut().where());
    outcome.changes = machine.crash(cut.mode);
    outcome.medium = machine.medium_digest();
  }
  machine.arm(kNowhere);
  workload->live(machine, first);
  outcome.boundaries = machine.cut().passed();
  workload->live(machine, false);
  machine.crash(*find_crash_mode("dropped"));
  workload->live(machine, false);
  outcome.violations = promises.violations();
  return outcome;
}

class Enumeration {
 public:
  Enumeration(const EnumerationOptions& options, EnumerationReport& report)
      : options_(options), report_(report), modes_(crash_modes()), few_modes_(few_crash_modes()) {}

  void run(const WorkloadRow& row) {
    row_ = &row;
    workload_ = {.name = std::string(row.name)};
    media_.clear();
    const CrashPointOutcome undisturbed = visit({std::string(row.name), {}}, false);
    workload_.boundaries = undisturbed.boundaries;
    for (uint64_t at = 1; at <= undisturbed.boundaries && !done(); at += options_.boundary_stride) {
      visit_boundary(at);
    }
    workload_.media = media_.size();
    report_.points += workload_.points;
    report_.workloads.push_back(workload_);
  }
  [[nodiscard]] bool done() const {
    return options_.stop_at_violation && !report_.violations.empty();
  }

 private:
  CrashPointOutcome visit(const CrashPoint& point, bool counts = true) {
    CrashPointOutcome outcome = live_through(*row_, point, options_.planted_bug);
    std::string place = to_text(point);
    for (const std::string& where : outcome.where) place += ", " + where;
    for (const std::string& sentence : outcome.violations) {
      report_.violations.push_back(place + ": " + sentence);
    }
    if (!counts) return outcome;
    ++workload_.points;
    media_.insert(outcome.medium);
    return outcome;
  }

  // Where nothing is unsynced, every mode is the same loss of power.
  void visit_boundary(uint64_t at) {
    const auto point = [&](const CrashMode& mode) {
      return CrashPoint{std::string(row_->name), {{at, mode}}};
    };
    const CrashMode kept = *find_crash_mode("kept");
    const CrashPointOutcome outcome = visit_deep(point(kept));
    visit_deep(point(*find_crash_mode("killed")));
    if (outcome.changes == 0) return;
    for (const CrashMode& mode : modes_) {
      if (mode.name == "kept" || mode.process_only || done()) continue;
      visit_deep(point(mode));
    }
    for (const uint64_t mask : subsets(outcome.changes)) {
      if (!done()) visit_deep(point(subset_mode(mask)));
    }
  }

  // All subsets of a few changes; of many each one alone, and all but each.
  [[nodiscard]] std::vector<uint64_t> subsets(uint64_t changes) const {
    std::vector<uint64_t> masks;
    if (changes <= options_.subset_changes) {
      for (uint64_t mask = 1; mask < (1ULL << changes); ++mask) masks.push_back(mask);
      return masks;
    }
    const uint64_t most = std::min<uint64_t>(changes, 63);
    for (uint64_t i = 0; i < most; ++i) {
      masks.push_back(1ULL << i);
      masks.push_back(((1ULL << most) - 1) ^ (1ULL << i));
    }
    return masks;
  }

  CrashPointOutcome visit_deep(const CrashPoint& point) {
    const CrashPointOutcome outcome = visit(point);
    if (options_.second_cut_stride == 0 || ++visits_ % options_.second_cut_stride != 0) {
      return outcome;
    }
    for (uint64_t at = 1; at <= outcome.boundaries; ++at) {
      for (const CrashMode& mode : few_modes_) {
        if (done()) return outcome;
        CrashPoint deeper = point;
        deeper.cuts.push_back({at, mode});
        const bool nothing_unsynced = visit(deeper).changes == 0;
        ++workload_.second_cuts;
        if (nothing_unsynced && !mode.process_only) break;
      }
    }
    return outcome;
  }

  const EnumerationOptions& options_;
  EnumerationReport& report_;
  const std::vector<CrashMode> modes_;
  const std::vector<CrashMode> few_modes_;
  const WorkloadRow* row_ = nullptr;
  WorkloadReport workload_;
  std::set<uint64_t> media_;
  uint64_t visits_ = 0;
};

}  // namespace

std::string to_text(const CrashPoint& point) {
  std::string text = point.workload;
  for (size_t i = 0; i < point.cuts.size(); ++i) {
    text += i == 0 ? "@" : "+";
    text += std::to_string(point.cuts[i].boundary);
    text += ":";
    text += point.cuts[i].mode.name;
  }
  return text;
}

std::optional<CrashPoint> parse_crash_point(std::string_view text) {
  size_t at = std::min(text.find('@'), text.size());
  CrashPoint point{std::string(text.substr(0, at)), {}};
  while (at < text.size()) {
    const size_t next = std::min(text.find('+', at + 1), text.size());
    const std::string_view cut = text.substr(at + 1, next - at - 1);
    const size_t colon = cut.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    uint64_t boundary = 0;
    const auto parsed = std::from_chars(cut.data(), cut.data() + colon, boundary);
    const auto mode = find_crash_mode(cut.substr(colon + 1));
    if (parsed.ec != std::errc{} || !mode) return std::nullopt;
    point.cuts.push_back({boundary, *mode});
    at = next;
  }
  return point;
}

CrashPointOutcome run_crash_point(const CrashPoint& point, uint64_t planted_bug) {
  const std::vector<WorkloadRow> table = workload_table();
  return live_through(find_row(table, point.workload), point, planted_bug);
}

EnumerationReport enumerate_crash_points(const EnumerationOptions& options) {
  EnumerationReport report;
  Enumeration enumeration(options, report);
  for (const WorkloadRow& row : workload_table()) {
    if (enumeration.done()) break;
    if (options.only_workload.empty() || row.name == options.only_workload) enumeration.run(row);
  }
  return report;
}

}  // namespace weir
