// The scenarios there are. Each turns a seed into a plan; all plans run the same way (run.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scenarios/plan.h"

namespace weir {

// What the command line fixes instead of leaving it to the seed.
struct Wishes {
  std::optional<uint32_t> shards;
  std::optional<bool> flush_before_ack;
  std::string planted_bug;
};

struct Scenario {
  std::string_view name;
  std::string_view summary;
  Plan (*resolve)(uint64_t seed, const Wishes& wishes);
};

std::span<const Scenario> scenarios();
const Scenario* find_scenario(std::string_view name);

}  // namespace weir
