// NullTrace: nobody listens to trace events in the real world.
#pragma once

#include "sim/env/trace.h"

namespace weir {

class NullTrace final : public Trace {
 public:
  void event(const Site& /*site*/, uint64_t /*a*/, uint64_t /*b*/, uint64_t /*c*/,
             uint64_t /*d*/) override {}
  [[nodiscard]] uint64_t digest_of(ConstBytes /*bytes*/) const override { return 0; }
};

}  // namespace weir
