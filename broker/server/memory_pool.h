// MemoryPool: how many bytes of requests a shard holds at once (queued.max.request.bytes).
//
// A connection reserves what its next request needs before it reads it, and gives it back when the
// request is answered or parked. When it does not fit the connection waits in line: it is not read, so
// its client's bytes stay in the kernel, and nothing is dropped. Nobody overtakes the line, or many
// small requests would starve a large one; and a request larger than the pool goes when it is alone.
//
//   used + bytes <= capacity, or used == 0
//
// A connection that claims a large request and sends none of it holds its place until it is closed
// for being idle. Without a capacity the pool admits everything and remembers nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace weir {

class MemoryPool {
 public:
  explicit MemoryPool(std::optional<uint64_t> capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // False: `id` waits in line, and next_granted() will name it.
  bool try_reserve(uint64_t id, uint64_t bytes) {
    if (!capacity_bytes_) return true;
    if (waiting_.empty() && fits(bytes)) {
      take(id, bytes);
      return true;
    }
    waiting_[id] = bytes;
    line_.push_back(id);
    return false;
  }
  // Of what it holds, or of its place in line; harmless when it has neither.
  void release(uint64_t id) {
    waiting_.erase(id);
    const auto it = held_.find(id);
    if (it == held_.end()) return;
    used_bytes_ -= it->second;
    held_.erase(it);
  }
  // The first in line, should it fit now: it holds its bytes from here on.
  std::optional<uint64_t> next_granted() {
    while (!line_.empty()) {
      const uint64_t id = line_.front();
      const auto it = waiting_.find(id);
      if (it != waiting_.end() && !fits(it->second)) return std::nullopt;
      line_.pop_front();
      if (it == waiting_.end()) continue;  // it has left
      take(id, it->second);
      waiting_.erase(it);
      return id;
    }
    return std::nullopt;
  }
  [[nodiscard]] uint64_t used_bytes() const { return used_bytes_; }
  [[nodiscard]] size_t waiting_count() const { return waiting_.size(); }

 private:
  [[nodiscard]] bool fits(uint64_t bytes) const {
    return used_bytes_ == 0 || (used_bytes_ <= *capacity_bytes_ &&
                                bytes <= *capacity_bytes_ - used_bytes_);
  }
  void take(uint64_t id, uint64_t bytes) {
    held_[id] += bytes;
    used_bytes_ += bytes;
  }

  const std::optional<uint64_t> capacity_bytes_;
  uint64_t used_bytes_ = 0;
  std::map<uint64_t, uint64_t> held_;     // bytes, by connection
  std::map<uint64_t, uint64_t> waiting_;  // the same, of those in line
  std::deque<uint64_t> line_;             // some may have left
};

}  // namespace weir
