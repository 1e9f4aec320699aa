// KIP-320: whoever asks a partition's leader may say which leader epoch it believes in, and is told
// when that is another: an older one is fenced, a newer one is not known here yet.
#pragma once

#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

// `asked` as it came; kNoLeaderEpoch asks for no check.
inline ErrorCode check_leader_epoch(LeaderEpoch asked, LeaderEpoch current) {
  if (asked == kNoLeaderEpoch || asked == current) return ErrorCode::none;
  return asked < current ? ErrorCode::fenced_leader_epoch : ErrorCode::unknown_leader_epoch;
}

}  // namespace weir
