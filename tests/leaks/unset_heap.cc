// Leak: an epoch entry whose end nobody set; what the heap held before decides.
#include <memory>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kEpoch{"leaks.unset_heap.epoch"};
struct EpochEntry {
  uint64_t epoch;
  uint64_t start;
  uint64_t end;
};

// Out of the optimiser's sight, as another file's function would be.
[[gnu::noipa]] void begin_epoch(EpochEntry& entry, uint64_t epoch) {
  entry.epoch = epoch;
  entry.start = epoch * 100;
}

}  // namespace

void copy_epoch_from_unset_heap(Env& env) {
  const std::unique_ptr<EpochEntry> entry(new EpochEntry);
  begin_epoch(*entry, 3);
  env.trace.event(kEpoch, entry->epoch, entry->start, entry->end);
}

}  // namespace weir
