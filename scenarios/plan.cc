#include "scenarios/plan.h"

#include <array>

namespace weir {
namespace {
constexpr std::array<std::string_view, kFaultKinds> kNames{"power-loss", "kill", "cut", "reset"};
}  // namespace

std::string_view name(FaultKind kind) { return kNames.at(static_cast<size_t>(kind)); }

bool parse_fault_kind(std::string_view text, FaultKind& kind) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != text) continue;
    kind = static_cast<FaultKind>(i);
    return true;
  }
  return false;
}

std::vector<std::string_view> planted_bugs() { return {"ack-before-fsync"}; }

}  // namespace weir
