#include "model/protocol/delete_topics.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DeleteTopicsRequest>;
template struct Codec<DeleteTopicsResponse>;
}  // namespace weir
