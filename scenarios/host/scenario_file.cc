#include "scenarios/host/scenario_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <toml++/toml.h>

#include "scenarios/plan_fields.h"
#include "scenarios/registry.h"

namespace weir {
namespace {

struct Bounds {
  int64_t low;
  int64_t high;
};

// What each key of a plan allows.
class KeyBounds {
 public:
  KeyBounds() {
    Plan plan;
    plan_fields(plan, *this);
  }
  void section(std::string_view /*name*/) {}
  template <class T>
  void number(std::string_view key, T& /*field*/, int64_t low, int64_t high) {
    bounds_[std::string(key)] = {low, high};
  }
  void flag(std::string_view key, bool& /*field*/) { bounds_[std::string(key)] = {0, 1}; }
  void duration(std::string_view key, Duration& /*field*/) {
    bounds_[std::string(key)] = {0, int64_t{1} << 50};
  }
  void text(std::string_view /*key*/, std::string& /*field*/) {}
  [[nodiscard]] const Bounds* find(std::string_view key) const {
    const auto it = bounds_.find(std::string(key));
    return it == bounds_.end() ? nullptr : &it->second;
  }

 private:
  std::map<std::string, Bounds> bounds_;
};

using Problem = std::string;  // empty: none

Problem outside(std::string_view where, int64_t value, Bounds bounds) {
  if (value >= bounds.low && value <= bounds.high) return {};
  return fmt::format("{}: {} is not between {} and {}", where, value, bounds.low, bounds.high);
}

// A value, a list of values, or {from, to}.
Problem read_choice(std::string_view where, const toml::node& node, Bounds bounds,
                    KeyChoice& choice) {
  choice = {};
  const auto add = [&](const toml::node& value) -> Problem {
    if (const auto number = value.value_exact<int64_t>()) choice.values.push_back(*number);
    else if (const auto flag = value.value_exact<bool>()) choice.values.push_back(*flag ? 1 : 0);
    else return fmt::format("{}: must be a number, true or false", where);
    return outside(where, choice.values.back(), bounds);
  };
  if (const toml::array* list = node.as_array()) {
    if (list->empty()) return fmt::format("{}: the list is empty", where);
    for (const toml::node& value : *list) {
      if (Problem problem = add(value); !problem.empty()) return problem;
    }
    return {};
  }
  const toml::table* range = node.as_table();
  if (range == nullptr) return add(node);
  const toml::node* from = range->get("from");
  const toml::node* to = range->get("to");
  if (from == nullptr || to == nullptr || range->size() != 2) {
    return fmt::format("{}: a range looks like {{from = 1, to = 4}}", where);
  }
  choice.is_range = true;
  if (Problem problem = add(*from); !problem.empty()) return problem;
  if (Problem problem = add(*to); !problem.empty()) return problem;
  if (choice.values[0] > choice.values[1]) return fmt::format("{}: the range is empty", where);
  return {};
}

Problem read_span(std::string_view where, const toml::node& node, Bounds bounds, int64_t& low,
                  int64_t& high) {
  KeyChoice choice;
  if (Problem problem = read_choice(where, node, bounds, choice); !problem.empty()) return problem;
  low = *std::min_element(choice.values.begin(), choice.values.end());
  high = *std::max_element(choice.values.begin(), choice.values.end());
  return {};
}

Problem read_rule(const toml::table& table, Constraints& scenario) {
  const auto kind = parse_fault_kind(table["kind"].value_or<std::string>(""));
  if (!kind) return fmt::format("fault: \"{}\" is no kind of fault", table["kind"].value_or(""));
  const std::string where = fmt::format("fault {}: ", name(*kind));
  const FaultTraits& of = traits(*kind);
  FaultRule rule = usual_rule(*kind, 10'000, milliseconds(300));
  for (const auto& [key_node, node] : table) {
    const std::string key(key_node.str());
    int64_t low = 0;
    int64_t high = 0;
    Problem problem;
    if (key == "kind") continue;
    if (key == "per_tick_per_million") {
      problem = read_span(where + key, node, {0, 1'000'000}, low, high);
      rule.per_tick_per_million = static_cast<uint32_t>(high);
    } else if (key == "lasts_us") {
      problem = read_span(where + key, node, {1, int64_t{1} << 50}, low, high);
      rule.lasts_min = microseconds(low);
      rule.lasts_max = microseconds(high);
    } else if (key == "per_million") {
      problem = read_span(where + key, node, {1, 1'000'000}, low, high);
      rule.rate_min = static_cast<uint32_t>(low);
      rule.rate_max = static_cast<uint32_t>(high);
    } else if (!of.amount.empty() && key == of.amount) {
      problem = read_span(where + key, node, {of.amount_low, of.amount_high}, rule.amount_min,
                          rule.amount_max);
    } else {
      problem = where + key + ": this key is not known";
    }
    if (!problem.empty()) return problem;
  }
  std::erase_if(scenario.faults, [&](const FaultRule& old) { return old.kind == *kind; });
  if (rule.per_tick_per_million > 0 || of.shape == FaultShape::crash) {
    scenario.faults.push_back(rule);
  }
  return {};
}

Problem read_top(const std::string& key, const toml::node& node, Constraints& scenario) {
  const auto text = node.value_exact<std::string>();
  const auto number = node.value_exact<int64_t>();
  const auto duration = [&](Duration& to) -> Problem {
    if (!number || *number < 0) return key + ": must be a number of microseconds";
    to = microseconds(*number);
    return {};
  };
  if (key == "name" || key == "summary") {
    if (!text) return key + ": must be a text";
    (key == "name" ? scenario.name : scenario.summary) = *text;
    return {};
  }
  if (key == "kind_off_per_million") {
    if (!number) return key + ": must be a number";
    scenario.kind_off_per_million = static_cast<uint32_t>(*number);
    return outside(key, *number, {0, 1'000'000});
  }
  if (key == "tick_us") return duration(scenario.tick);
  if (key == "faults_from_us") return duration(scenario.faults_from);
  if (key == "faults_until_us") return duration(scenario.faults_until);
  if (key == "base" || key == "keys" || key == "fault") return {};
  return key + ": this key is not known";
}

Problem read_all(const toml::table& root, Constraints& scenario) {
  for (const auto& [key, node] : root) {
    if (Problem problem = read_top(std::string(key.str()), node, scenario); !problem.empty()) {
      return problem;
    }
  }
  const KeyBounds bounds;
  if (const toml::table* keys = root["keys"].as_table()) {
    for (const auto& [key, node] : *keys) {
      const std::string where = "keys." + std::string(key.str());
      const Bounds* const allowed = bounds.find(key.str());
      if (allowed == nullptr) return where + ": this key is not known";
      KeyChoice& choice = scenario.keys[std::string(key.str())];
      if (Problem problem = read_choice(where, node, *allowed, choice); !problem.empty()) {
        return problem;
      }
    }
  }
  if (const toml::array* faults = root["fault"].as_array()) {
    for (const toml::node& node : *faults) {
      if (node.as_table() == nullptr) return "fault: must be a table";
      if (Problem problem = read_rule(*node.as_table(), scenario); !problem.empty()) return problem;
    }
  }
  if (scenario.tick <= Duration{}) return "tick_us: must be above 0";
  if (scenario.name.empty()) return "name: is missing";
  return {};
}

}  // namespace

Result<Constraints, std::string> scenario_from_toml(std::string_view text) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Failure{fmt::format("line {}: {}", error.source().begin.line, error.description())};
  }
  Constraints scenario;
  if (const auto base = root["base"].value<std::string>()) {
    const auto found = find_scenario(*base);
    if (!found) return Failure{fmt::format("base: there is no scenario \"{}\"", *base)};
    scenario = *found;
    scenario.name.clear();
  } else {
    scenario.keys["heal_at_us"] = {{900'000}, false};
  }
  const Problem problem = read_all(root, scenario);
  if (!problem.empty()) return Failure{problem};
  return scenario;
}

}  // namespace weir
