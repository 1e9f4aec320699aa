// The probes that a sweep must reach: points in product code (sim/env/buggify.h, sometimes()) without
// which a clean sweep proves little. A test holds this table and the code together.
#pragma once

#include <span>
#include <string_view>

namespace weir {

struct Probe {
  std::string_view name;
  bool rare;               // a sweep may miss it
  std::string_view only;   // the scenarios that can reach it, one name after the other; empty: all of brokers
  std::string_view means;
};
std::span<const Probe> probes();

}  // namespace weir
