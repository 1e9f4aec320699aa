#include "model/protocol/find_coordinator.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<FindCoordinatorRequest>;
template struct Codec<FindCoordinatorResponse>;
}  // namespace weir
