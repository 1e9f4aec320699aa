// CRC-32C (Castagnoli), as record batches carry it: reflected, initial and final xor of all ones.
// The check value of "123456789" is 0xe3069283.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"

namespace weir {

uint32_t crc32c(ConstBytes bytes);
// Continues: crc32c(a + b) == crc32c_extend(crc32c(a), b).
uint32_t crc32c_extend(uint32_t crc, ConstBytes bytes);

}  // namespace weir
