// The decoders under fire: what a peer or a disk can hand to Weir.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/stream.h"

namespace weir {

struct FuzzTarget {
  std::string name;
  uint32_t weight = 1;  // its share of the frames
  std::vector<Buffer> corpus;
  // Whether the bytes were accepted. They stand in a block of just their size.
  std::function<bool(MutableBytes, Stream&)> run;
  // What it may hold at the most for an input of so many bytes.
  std::function<size_t(size_t)> limit_bytes;
  // Makes checksums right again, so that what stands behind them is reached.
  std::function<void(Buffer&)> repair = nullptr;
};

std::vector<FuzzTarget> message_targets(Stream& stream);
std::vector<FuzzTarget> record_targets(Stream& stream);
std::vector<FuzzTarget> file_targets(Stream& stream);
std::vector<FuzzTarget> jute_targets(Stream& stream);
std::vector<FuzzTarget> znode_targets(Stream& stream);
std::vector<FuzzTarget> ensemble_targets(Stream& stream);

}  // namespace weir
