#include "tests/fuzz/allocation_meter.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {
// The only thread's.
size_t held_bytes = 0;
size_t peak_held_bytes = 0;

void* take(size_t bytes) {
  void* const block = std::malloc(bytes == 0 ? 1 : bytes);
  if (block == nullptr) throw std::bad_alloc();
  held_bytes += malloc_usable_size(block);
  if (held_bytes > peak_held_bytes) peak_held_bytes = held_bytes;
  return block;
}

void give_back(void* block) {
  if (block == nullptr) return;
  held_bytes -= malloc_usable_size(block);
  std::free(block);
}
}  // namespace

void* operator new(size_t bytes) { return take(bytes); }
void* operator new[](size_t bytes) { return take(bytes); }
void operator delete(void* block) noexcept { give_back(block); }
void operator delete[](void* block) noexcept { give_back(block); }
void operator delete(void* block, size_t /*bytes*/) noexcept { give_back(block); }
void operator delete[](void* block, size_t /*bytes*/) noexcept { give_back(block); }

namespace weir {

AllocationMeter::AllocationMeter() : before_(held_bytes) { peak_held_bytes = held_bytes; }
size_t AllocationMeter::peak_bytes() const { return peak_held_bytes - before_; }

}  // namespace weir
