#include "scenarios/host/plan_file.h"

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <set>
#include <toml++/toml.h>

#include "scenarios/plan_fields.h"
#include "sim/world/schedule/schedule_choice.h"

namespace weir {
namespace {

constexpr std::string_view kLeader = "leader";
constexpr std::string_view kPasser = "passer";

struct Writer {
  std::string out;
  void section(std::string_view name) { out += fmt::format("\n[{}]\n", name); }
  template <class T>
  void number(std::string_view key, T value, int64_t, int64_t) {
    out += fmt::format("{} = {}\n", key, static_cast<int64_t>(value));
  }
  void flag(std::string_view key, bool value) { out += fmt::format("{} = {}\n", key, value); }
  void text(std::string_view key, const std::string& value) {
    out += fmt::format("{} = \"{}\"\n", key, value);
  }
  void machine(std::string_view key, uint32_t node) {
    if (node == kWhoeverLeads) return text(key, std::string(kLeader));
    if (node == kWhoeverPassed) return text(key, std::string(kPasser));
    number(key, node, 0, 0);
  }
  void duration(std::string_view key, Duration value) {
    out += fmt::format("{} = {}\n", key, value.us());
  }
};

// Collects the first complaint; every key that was asked for is known.
class Reader {
 public:
  explicit Reader(const toml::table& root) : root_(root), table_(&root) {}
  std::string error;

  void section(std::string_view name) {
    finish_table();
    table_ = root_[name].as_table();
    where_ = std::string(name) + ".";
    known_.clear();
  }
  void table(const toml::table& table, std::string where) {
    finish_table();
    table_ = &table;
    where_ = std::move(where);
    known_.clear();
  }
  template <class T>
  void number(std::string_view key, T& to, int64_t low, int64_t high) {
    const auto value = get<int64_t>(key, "a whole number");
    if (!value) return;
    if (*value < low || *value > high) {
      complain(key, fmt::format("{} is not between {} and {}", *value, low, high));
      return;
    }
    to = static_cast<T>(*value);
  }
  void flag(std::string_view key, bool& to) {
    if (const auto value = get<bool>(key, "true or false")) to = *value;
  }
  void text(std::string_view key, std::string& to) {
    if (const auto value = get<std::string>(key, "a text")) to = *value;
  }
  void duration(std::string_view key, Duration& to) {
    int64_t us = to.us();
    number(key, us, 0, int64_t{1} << 50);
    to = microseconds(us);
  }
  void machine(std::string_view key, uint32_t& to) {
    const toml::node* const node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr || !node->is_string()) {
      return number(key, to, 0, std::numeric_limits<uint32_t>::max());
    }
    known(key);
    const auto name = node->value<std::string_view>();
    if (name != kLeader && name != kPasser) {
      return complain(key, "is the number of a machine, or \"leader\", or \"passer\"");
    }
    to = name == kLeader ? kWhoeverLeads : kWhoeverPassed;
  }
  void known(std::string_view key) { known_.insert(std::string(key)); }
  // Complains about keys that nobody asked for.
  void finish_table() {
    if (table_ == nullptr) return;
    for (const auto& [key, value] : *table_) {
      if (!known_.contains(std::string(key.str()))) complain(key.str(), "this key is not known");
    }
  }
  void complain(std::string_view key, std::string_view reason) {
    if (error.empty()) error = fmt::format("{}{}: {}", where_, key, reason);
  }

 private:
  template <class T>
  std::optional<T> get(std::string_view key, std::string_view expected) {
    known(key);
    if (table_ == nullptr) return std::nullopt;
    const toml::node* const node = table_->get(key);
    if (node == nullptr) return std::nullopt;  // keeps its default: plans outlive versions
    const auto value = node->value_exact<T>();
    if (!value) complain(key, fmt::format("is not {}", expected));
    return value;
  }
  const toml::table& root_;
  const toml::table* table_;
  std::string where_;
  std::set<std::string> known_;
};

void read_head(Reader& reader, Plan& plan) {
  for (const char* key : {"broker", "coordination", "steering", "workload", "phases", "fault"}) reader.known(key);
  reader.text("scenario", plan.scenario);
  reader.number("seed", plan.seed, 0, std::numeric_limits<int64_t>::max());
  std::string choices_key;
  reader.text("choices_key", choices_key);
  const bool hex = choices_key.starts_with("0x");
  const char* const end = choices_key.data() + choices_key.size();
  const auto parsed =
      std::from_chars(choices_key.data() + (hex ? 2 : 0), end, plan.choices_key, 16);
  if (!hex || parsed.ec != std::errc{} || parsed.ptr != end) {
    reader.complain("choices_key", "must look like \"0x1f2e3d4c5b6a7988\"");
  }
}

void read_fault(Reader& reader, const toml::node& node, size_t index, Plan& plan) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) return reader.complain("fault", "must be a table");
  reader.table(*table, fmt::format("fault[{}].", index));
  Fault fault;
  std::string kind_name;
  reader.text("kind", kind_name);
  const auto kind = parse_fault_kind(kind_name);
  if (!kind) return reader.complain("kind", fmt::format("\"{}\" is no kind of fault", kind_name));
  fault.kind = *kind;
  const FaultTraits& of = traits(*kind);
  constexpr int64_t kAny = std::numeric_limits<int64_t>::max();
  reader.duration("at_us", fault.at);
  reader.duration("lasts_us", fault.lasts);
  reader.machine("node", fault.node);
  reader.machine("peer", fault.peer);
  reader.number("per_million", fault.per_million, 0, 1'000'000);
  if (!of.amount.empty()) reader.number(of.amount, fault.amount, -kAny, kAny);
  reader.text("point", fault.point);
  reader.number("pass", fault.pass, 0, std::numeric_limits<uint32_t>::max());
  reader.duration("delay_us", fault.delay);
  const std::string_view problem = complaint(fault, plan.nodes());
  if (!problem.empty()) {
    const size_t colon = problem.find(':');
    reader.complain(problem.substr(0, colon), problem.substr(colon + 2));
  }
  if (!plan.faults.empty() && fault.at < plan.faults.back().at) {
    reader.complain("at_us", "faults stand in the order of their times");
  }
  plan.faults.push_back(fault);
}

void write_fault(Writer& writer, const Fault& fault) {
  const FaultTraits& of = traits(fault.kind);
  writer.out += fmt::format("\n[[fault]]  # {}\nkind = \"{}\"\n", of.summary, of.name);
  if (of.shape != FaultShape::crash) writer.duration("at_us", fault.at);
  if (fault.lasts != Duration{}) writer.duration("lasts_us", fault.lasts);
  if (fault.node != 0) writer.machine("node", fault.node);
  if (fault.peer != 0) writer.machine("peer", fault.peer);
  if (fault.per_million != 0) writer.number("per_million", fault.per_million, 0, 0);
  if (!of.amount.empty()) writer.number(of.amount, fault.amount, 0, 0);
  if (!fault.is_ambush()) return;
  writer.text("point", fault.point);
  writer.number("pass", fault.pass, 0, 0);
  if (fault.delay != Duration{}) writer.duration("delay_us", fault.delay);
}

}  // namespace

std::string plan_to_toml(const Plan& plan) {
  Writer writer;
  writer.out = fmt::format(
      "# A plan of weir-sim: everything that this run is. Replay it with: weir-sim replay FILE\n"
      "scenario = \"{}\"\nseed = {}  # where it came from; not used\nchoices_key = \"0x{:016x}\"\n",
      plan.scenario, plan.seed, plan.choices_key);
  plan_fields(plan, writer);
  for (const Fault& fault : plan.faults) {
    write_fault(writer, fault);
  }
  return writer.out;
}

Result<Plan, std::string> plan_from_toml(std::string_view text) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Failure{fmt::format("line {}: {}", error.source().begin.line, error.description())};
  }
  Plan plan;
  Reader reader(root);
  read_head(reader, plan);
  plan_fields(plan, reader);
  if (const toml::array* faults = root["fault"].as_array()) {
    for (size_t i = 0; i < faults->size(); ++i) read_fault(reader, (*faults)[i], i, plan);
  }
  if (const auto schedule = parse_schedule(plan.schedule); !schedule) {
    reader.complain("schedule", name(schedule.error()));
  }
  reader.finish_table();
  if (!reader.error.empty()) return Failure{reader.error};
  return plan;
}

}  // namespace weir
