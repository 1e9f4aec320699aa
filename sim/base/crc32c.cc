#include "sim/base/crc32c.h"

#include <isa-l/crc.h>

#include <climits>

#include "sim/base/check.h"

namespace weir {
namespace {

// ISA-L 2.30 leaves the upper halves of the vector registers in use. Until somebody clears them every SSE
// instruction of the whole program also carries them along: a fifth of the speed of whoever makes many
// checksums. (Not by versions of a function for the linker to choose from: it does so before
// ThreadSanitizer is there.)
#if defined(__x86_64__)
__attribute__((target("avx"))) void clear_upper_halves() { __builtin_ia32_vzeroupper(); }
void let_go_of_vectors() {
  if (__builtin_cpu_supports("avx")) clear_upper_halves();
}
#else
void let_go_of_vectors() {}
#endif

}  // namespace

uint32_t crc32c_extend(uint32_t crc, ConstBytes bytes) {
  CHECK(bytes.size() <= INT_MAX);
  // ISA-L takes a mutable pointer but only reads.
  const uint32_t inverted =
      crc32_iscsi(const_cast<uint8_t*>(bytes.data()), static_cast<int>(bytes.size()), ~crc);
  let_go_of_vectors();
  return ~inverted;
}

uint32_t crc32c(ConstBytes bytes) { return crc32c_extend(0, bytes); }

}  // namespace weir
