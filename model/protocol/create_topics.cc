#include "model/protocol/create_topics.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<CreateTopicsRequest>;
template struct Codec<CreateTopicsResponse>;
}  // namespace weir
