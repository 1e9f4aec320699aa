#include "scenarios/host/progress.h"

#include <fmt/core.h>
#include <unistd.h>

namespace weir {

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(isatty(2) == 1),
      started_(std::chrono::steady_clock::now()),
      printed_(started_) {}

Progress::~Progress() {
  if (terminal_ && done_ > 0) fmt::print(stderr, "\n");
}

double Progress::elapsed_seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Progress::step(uint64_t failed) {
  ++done_;
  failed_ = failed;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = std::chrono::milliseconds(terminal_ ? 200 : 10'000);
  if (now - printed_ < pause && (!terminal_ || done_ < total_)) return;
  printed_ = now;
  print();
}

void Progress::print() {
  const double rate = static_cast<double>(done_) / (elapsed_seconds() + 1e-9);
  const double left = static_cast<double>(total_ - done_) / rate;
  fmt::print(stderr, "{}{}: {}/{} seeds, {} failed, {:.0f} seeds/s, {:.0f} s to go{}",
             terminal_ ? "\r\033[K" : "", what_, done_, total_, failed_, rate, left,
             terminal_ ? "" : "\n");
}

}  // namespace weir
