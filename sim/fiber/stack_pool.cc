#include "sim/fiber/stack_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "sim/base/check.h"

namespace weir {
namespace {
constexpr size_t kPageBytes = 4096;
constexpr size_t kMappingBytes = StackPool::kStackBytes + kPageBytes;
}  // namespace

StackPool::~StackPool() {
  CHECK_MSG(in_use() == 0, "a fiber outlived its stack pool");
  for (std::byte* mapping : all_) munmap(mapping, kMappingBytes);
}

boost::context::stack_context StackPool::take() {
  if (free_.empty()) {
    CHECK_MSG(all_.size() < kMaxStacks, "too many fibers: what waits in great numbers must hold none");
    void* mapping = mmap(nullptr, kMappingBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    CHECK_MSG(mapping != MAP_FAILED, "out of memory for a fiber stack");
    CHECK(mprotect(mapping, kPageBytes, PROT_NONE) == 0);
    all_.push_back(static_cast<std::byte*>(mapping));
    free_.push_back(static_cast<std::byte*>(mapping));
  }
  boost::context::stack_context stack;
  stack.size = kStackBytes;
  stack.sp = free_.back() + kMappingBytes;
  free_.pop_back();
  if (fill_) std::memset(bottom(stack), *fill_, kStackBytes);
  return stack;
}

void StackPool::give_back(const boost::context::stack_context& stack) {
  free_.push_back(static_cast<std::byte*>(stack.sp) - kMappingBytes);
}

size_t StackPool::high_water_bytes() const {
  size_t deepest = 0;
  unsigned char resident[kStackBytes / kPageBytes];
  for (std::byte* mapping : all_) {
    if (mincore(mapping + kPageBytes, kStackBytes, resident) != 0) continue;
    const auto first = std::find_if(std::begin(resident), std::end(resident),
                                    [](unsigned char page) { return (page & 1) != 0; });
    deepest = std::max<size_t>(deepest, static_cast<size_t>(std::end(resident) - first) * kPageBytes);
  }
  return deepest;
}

}  // namespace weir
