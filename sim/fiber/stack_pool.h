// StackPool: guard-paged fiber stacks, reused.
//
// Each stack is a mapping of its own with an inaccessible page below it, so that an overflow is a
// fault and not a corruption. Two mappings a stack means that the kernel's limit on mappings (65,530
// by default) ends near 32,000 stacks; the pool stops at kMaxStacks before that. What waits in great
// numbers (idle connections, parked requests) therefore holds no fiber.
//
// high_water_bytes() is the deepest use of any stack so far, by page. It is for people and for
// metrics: nothing may decide on it (it differs between builds).
#pragma once

#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir {

class StackPool {
 public:
  static constexpr size_t kStackBytes = 256 * 1024;
  static constexpr size_t kMaxStacks = 30'000;

  StackPool() = default;
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();  // CHECKs that every stack has come back

  boost::context::stack_context take();
  void give_back(const boost::context::stack_context& stack);

  // Lowest usable address of a stack that `take` returned.
  static std::byte* bottom(const boost::context::stack_context& stack) {
    return static_cast<std::byte*>(stack.sp) - kStackBytes;
  }

  // From now on a taken stack is filled with `byte` first: shows reads of what was never written.
  void set_fill(uint8_t byte) { fill_ = byte; }

  [[nodiscard]] size_t in_use() const { return all_.size() - free_.size(); }
  [[nodiscard]] size_t mapped() const { return all_.size(); }
  [[nodiscard]] size_t high_water_bytes() const;

 private:
  std::vector<std::byte*> all_;   // lowest address of each mapping (its guard page)
  std::vector<std::byte*> free_;
  std::optional<uint8_t> fill_;
};

}  // namespace weir
