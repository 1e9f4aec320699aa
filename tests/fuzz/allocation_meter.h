// AllocationMeter: how much memory a piece of code holds at the most, beyond what was held before it.
//
// The program's operator new is replaced (allocation_meter.cc). What libraries take by malloc, as the
// codecs do for their own state, is not seen.
#pragma once

#include <cstddef>

namespace weir {

class AllocationMeter {
 public:
  AllocationMeter();  // begins to measure
  [[nodiscard]] size_t peak_bytes() const;

 private:
  size_t before_;
};

}  // namespace weir
