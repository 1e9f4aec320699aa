// RealRandom: choices from a counter stream whose key the kernel gave.
//
// Good for jitter, ids and spreading load; not for secrets. One a shard, not thread-safe.
#pragma once

#include <sys/random.h>

#include "sim/base/check.h"
#include "sim/base/stream.h"
#include "sim/env/random.h"

namespace weir {

class RealRandom final : public Random {
 public:
  RealRandom() : stream_(kernel_key()) {}
  uint64_t choose(const Site& /*site*/, uint64_t n) override {
    CHECK(n > 0);
    return stream_.below(n);
  }

 private:
  static uint64_t kernel_key() {
    uint64_t key = 0;
    CHECK(getrandom(&key, sizeof key, 0) == sizeof key);
    return key;
  }
  Stream stream_;
};

}  // namespace weir
