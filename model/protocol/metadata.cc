#include "model/protocol/metadata.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<MetadataRequest>;
template struct Codec<MetadataResponse>;
}  // namespace weir
