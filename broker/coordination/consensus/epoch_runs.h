// Consecutive entries as runs of one epoch each, by their ends: entries of one epoch have no gap between them.
#pragma once

#include <vector>

#include "model/types/zxid.h"

namespace weir {

// (1,1) (1,2) (2,1) -> visit((1,1), (1,2)), visit((2,1), (2,1))
template <class Entry, class ZxidOf, class Visit>
void for_each_epoch_run(const std::vector<Entry>& entries, ZxidOf zxid_of, Visit visit) {
  for (size_t first = 0; first < entries.size();) {
    size_t last = first;
    while (last + 1 < entries.size() &&
           epoch_of(zxid_of(entries[last + 1])) == epoch_of(zxid_of(entries[first]))) {
      ++last;
    }
    visit(zxid_of(entries[first]), zxid_of(entries[last]));
    first = last + 1;
  }
}

}  // namespace weir
