// What the programs that load a server have in common: clocks and the one line that they print.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace measure {

inline int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Of this process, in user and kernel mode.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// "count_per_s p50_us p99_us cpu_s"; without latencies their percentiles are 0. Sorts them.
inline void print(int64_t count, double seconds, std::vector<int64_t>& latencies_ns) {
  std::sort(latencies_ns.begin(), latencies_ns.end());
  const auto percentile_us = [&](double share) {
    if (latencies_ns.empty()) return 0.0;
    const double last = static_cast<double>(latencies_ns.size() - 1);
    return static_cast<double>(latencies_ns[static_cast<size_t>(share * last)]) / 1'000;
  };
  std::printf("%.0f %.1f %.1f %.3f\n", static_cast<double>(count) / seconds, percentile_us(0.50),
              percentile_us(0.99), cpu_seconds());
}

}  // namespace measure
