// What of a segment's bytes an oracle counts as the log's, in its own way: the broker's is segment_scan.h.
#pragma once

#include <optional>
#include <vector>

#include "model/record/batch.h"

namespace weir {

// The batches of one file, from offset `next` on; `next` moves behind the last one. Below `floor` what
// is no batch is damage, and the log goes on behind it with the longest row of growing offsets; from there on
// it is the log's end. The batches borrow from `content`.
void scan_file(ConstBytes content, std::optional<Offset> next_segment, Offset floor,
               std::vector<BatchView>& batches, Offset& next);

}  // namespace weir
