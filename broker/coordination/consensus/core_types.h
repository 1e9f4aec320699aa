// What the pure cores of consensus have in common.
#pragma once

#include <cstdint>
#include <optional>

#include "model/types/zxid.h"
#include "sim/base/time.h"

namespace weir {

// When something is told, and a random number for what it makes to be drawn.
struct Moment {
  TimePoint now;
  uint64_t draw = 0;
};

// Of what is proposed: to followers at once, or with the next flush, many in one message.
enum class Sending : uint8_t { now, with_flush };

// `at`: the state to read is the one with everything up to here applied. None: ask another server.
struct ReadAnswer {
  uint64_t id = 0;
  std::optional<Zxid> at;
};

}  // namespace weir
