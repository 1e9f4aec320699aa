// KillOrder: ends the fibers that are left over on all shards of a process, youngest first.
//
// The order matters across shards: a fiber that runs a message for another shard may refer to the
// frame of the fiber that waits for the answer, which is older. Fibers are unwound by the thread
// that ran them, so the threads take turns: whoever has the youngest fiber of all kills it. No
// shard leaves before all fibers are gone, because one that dies may still call the others'
// mailboxes.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "sim/fiber/run_loop.h"

namespace weir {

class KillOrder {
 public:
  explicit KillOrder(uint32_t shards) : youngest_(shards, 0) {}

  // Called once by every shard's thread, when its loop has stopped.
  void kill_all(uint32_t shard, RunLoop& fibers) {
    std::unique_lock lock(mutex_);
    youngest_[shard] = fibers.youngest();
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return arrived_ == youngest_.size(); });
    for (;;) {
      changed_.wait(lock, [&] { return youngest_of_all() == 0 || is_turn_of(shard); });
      if (youngest_of_all() == 0) return;
      while (youngest_[shard] != 0 && is_turn_of(shard)) {
        fibers.kill_youngest();
        youngest_[shard] = fibers.youngest();
      }
      changed_.notify_all();
    }
  }

 private:
  [[nodiscard]] uint64_t youngest_of_all() const {
    return *std::max_element(youngest_.begin(), youngest_.end());
  }
  [[nodiscard]] bool is_turn_of(uint32_t shard) const {
    return youngest_[shard] == youngest_of_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<uint64_t> youngest_;  // by shard; 0 when it has none
  size_t arrived_ = 0;
};

}  // namespace weir
