// Zxid: where a transaction stands in the history of a coordination service.
//
//   zxid = epoch << 32 | counter       both unsigned, 32 bits; the zxid itself is a signed long on the wire
//
// The epoch belongs to one leader and the counter to one of its transactions, so zxids ascend along the
// log and none is ever used twice. Under Zab the epoch is the one that discovery agreed upon; under Raft
// it is the term, and the counter counts that term's entries from 1. {0, 0} is before all of them.
//
// Also here: the id of a session, which every server of an ensemble makes differently (see
// broker/coordination/znode/session_table.h).
#pragma once

#include <cstdint>

#include "sim/base/strong.h"

namespace weir {

using Zxid = Strong<int64_t, struct ZxidTag>;

inline constexpr Zxid kNoZxid{0};

constexpr Zxid make_zxid(uint32_t epoch, uint32_t counter) {
  return Zxid{static_cast<int64_t>(uint64_t{epoch} << 32 | counter)};
}
constexpr uint32_t epoch_of(Zxid zxid) {
  return static_cast<uint32_t>(static_cast<uint64_t>(zxid.value()) >> 32);
}
constexpr uint32_t counter_of(Zxid zxid) { return static_cast<uint32_t>(zxid.value()); }

using SessionId = Strong<int64_t, struct SessionIdTag>;

inline constexpr SessionId kNoSession{0};

}  // namespace weir
