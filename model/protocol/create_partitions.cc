#include "model/protocol/create_partitions.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<CreatePartitionsRequest>;
template struct Codec<CreatePartitionsResponse>;
}  // namespace weir
