#include "model/protocol/init_producer_id.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<InitProducerIdRequest>;
template struct Codec<InitProducerIdResponse>;
}  // namespace weir
