#include "sim/base/crc32c.h"

#include <isa-l/crc.h>

#include <climits>
#include <cstring>

#include "sim/base/check.h"

namespace weir {
namespace {

uint32_t of_isal(uint32_t state, ConstBytes bytes) {
  // It takes a mutable pointer but only reads.
  return crc32_iscsi(const_cast<uint8_t*>(bytes.data()), static_cast<int>(bytes.size()), state);
}

#if defined(__x86_64__)

// ISA-L sets out to fold kilobytes; a frame between servers has some fifty bytes.
constexpr size_t kShort = 256;

[[gnu::target("sse4.2")]] uint32_t of_instruction(uint32_t state, ConstBytes bytes) {
  uint64_t wide = state;
  while (bytes.size() >= 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), 8);
    wide = __builtin_ia32_crc32di(wide, eight);
    bytes = bytes.subspan(8);
  }
  state = static_cast<uint32_t>(wide);
  for (const uint8_t byte : bytes) state = __builtin_ia32_crc32qi(state, byte);
  return state;
}

uint32_t advance(uint32_t state, ConstBytes bytes) {
  if (bytes.size() < kShort && __builtin_cpu_supports("sse4.2")) return of_instruction(state, bytes);
  return of_isal(state, bytes);
}

#else

uint32_t advance(uint32_t state, ConstBytes bytes) { return of_isal(state, bytes); }

#endif

}  // namespace

uint32_t crc32c_extend(uint32_t crc, ConstBytes bytes) {
  CHECK(bytes.size() <= INT_MAX);
  return ~advance(~crc, bytes);
}

uint32_t crc32c(ConstBytes bytes) { return crc32c_extend(0, bytes); }

}  // namespace weir
