// Progress of long work, on standard error: in place on a terminal, a line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir {

class Progress {
 public:
  Progress(std::string what, uint64_t total);
  ~Progress();
  void step(uint64_t failed);
  [[nodiscard]] double elapsed_seconds() const;

 private:
  void print();
  const std::string what_;
  const uint64_t total_;
  uint64_t done_ = 0;
  uint64_t failed_ = 0;
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point printed_;
};

}  // namespace weir
