#include "model/protocol/produce.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<ProduceRequest>;
template struct Codec<ProduceResponse>;
}  // namespace weir
