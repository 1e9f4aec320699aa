// fuzz_decoders: every decoder under mutated input: no crash, no broken promise, no memory beyond a
// limit that grows with the input.
//
//   fuzz_decoders [--frames N] [--from I] [--seed S] [--list]
//
// Frame I of a seed is a pure function of both, so what a crash prints runs just the frame again.
// Status 0: all is well. 1: a decoder accepted nothing, or refused nothing: then it was not tested. A crash
// or a broken promise ends the program with a signal.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "sim/base/check.h"
#include "tests/fuzz/allocation_meter.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/targets.h"

namespace weir {
namespace {

struct Tally {
  uint64_t accepted = 0;
  uint64_t refused = 0;
  size_t peak_bytes = 0;
};

// What the signal handler says: it may neither allocate nor format.
char last_words[160] = "";

void on_crash(int signal) {
  (void)!write(STDERR_FILENO, last_words, std::strlen(last_words));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void announce(std::string_view target, uint64_t seed, uint64_t frame) {
  *fmt::format_to_n(last_words, sizeof last_words - 1,
                    "\n{}\nreproduce: fuzz_decoders --seed {} --from {} --frames 1\n", target, seed,
                    frame)
       .out = 0;
}

void run_frame(FuzzTarget& target, Tally& tally, Stream stream) {
  Buffer bytes = target.corpus[stream.below(target.corpus.size())];
  // Now and then as it is: what is valid has to be accepted.
  const bool whole = stream.below(64) == 0;
  if (!whole) mutate(bytes, target.corpus[stream.below(target.corpus.size())], stream);
  if (!whole && target.repair != nullptr && stream.below(2) == 0) target.repair(bytes);
  const size_t size = bytes.size();
  const auto block = std::make_unique<uint8_t[]>(size);
  std::copy(bytes.begin(), bytes.end(), block.get());
  const AllocationMeter meter;
  const bool accepted = target.run({block.get(), size}, stream);
  const size_t peak = meter.peak_bytes();
  CHECK_MSG(peak <= target.limit_bytes(size), "a decoder took more memory than its input may cost");
  CHECK_MSG(accepted || !whole, "a valid input was refused");
  ++(accepted ? tally.accepted : tally.refused);
  tally.peak_bytes = std::max(tally.peak_bytes, peak);
}

std::vector<FuzzTarget> all_targets(uint64_t seed) {
  Stream stream(seed);
  std::vector<FuzzTarget> targets = message_targets(stream);
  for (auto&& more : {record_targets(stream), file_targets(stream), jute_targets(stream),
                       znode_targets(stream), ensemble_targets(stream)}) {
    targets.insert(targets.end(), more.begin(), more.end());
  }
  return targets;
}

int run(uint64_t seed, uint64_t from, uint64_t frames, bool list) {
  std::vector<FuzzTarget> targets = all_targets(seed);
  std::vector<size_t> wheel;  // each target as often as its weight says
  for (size_t i = 0; i < targets.size(); ++i) wheel.insert(wheel.end(), targets[i].weight, i);
  std::vector<Tally> tallies(targets.size());
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, on_crash);
  for (uint64_t frame = from; frame < from + frames; ++frame) {
    if (frame % 5'000'000 == 0 && frame > from) {
      fmt::print(stderr, "{} of {} frames\n", frame - from, frames);
    }
    Stream stream(fold64(mix64(seed), frame));
    const size_t target = wheel[stream.below(wheel.size())];
    announce(targets[target].name, seed, frame);
    run_frame(targets[target], tallies[target], stream);
  }
  uint64_t accepted = 0;
  size_t untested = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    const Tally& tally = tallies[i];
    accepted += tally.accepted;
    const bool tested = tally.accepted > 0 && tally.refused > 0;
    if (!tested) ++untested;
    if (list || (!tested && frames > 100'000)) {
      fmt::print("{:44} {:9} accepted {:9} refused {:9} bytes at the most{}\n", targets[i].name,
                 tally.accepted, tally.refused, tally.peak_bytes, tested ? "" : "  NOT TESTED");
    }
  }
  fmt::print("{} decoders, {} frames, {} accepted, {} refused, seed {}\n", targets.size(), frames,
             accepted, frames - accepted, seed);
  return untested > 0 && frames > 100'000 ? 1 : 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  CLI::App app{"every decoder under mutated input"};
  uint64_t seed = 1;
  uint64_t from = 0;
  uint64_t frames = 1'000'000;
  bool list = false;
  app.add_option("--frames", frames, "how many")->capture_default_str();
  app.add_option("--from", from, "the first one's number")->capture_default_str();
  app.add_option("--seed", seed, "of all draws")->capture_default_str();
  app.add_flag("--list", list, "a line for each decoder");
  CLI11_PARSE(app, argc, argv);
  return weir::run(seed, from, frames, list);
}
