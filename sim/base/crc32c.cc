#include "sim/base/crc32c.h"

#include <isa-l/crc.h>

#include <climits>

#include "sim/base/check.h"

namespace weir {

uint32_t crc32c_extend(uint32_t crc, ConstBytes bytes) {
  CHECK(bytes.size() <= INT_MAX);
  // ISA-L takes a mutable pointer but only reads.
  return ~crc32_iscsi(const_cast<uint8_t*>(bytes.data()), static_cast<int>(bytes.size()), ~crc);
}

uint32_t crc32c(ConstBytes bytes) { return crc32c_extend(0, bytes); }

}  // namespace weir
