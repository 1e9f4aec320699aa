#include "model/protocol/offset_for_leader_epoch.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<OffsetForLeaderEpochRequest>;
template struct Codec<OffsetForLeaderEpochResponse>;
}  // namespace weir
