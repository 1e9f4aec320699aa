#include "model/protocol/list_offsets.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<ListOffsetsRequest>;
template struct Codec<ListOffsetsResponse>;
}  // namespace weir
