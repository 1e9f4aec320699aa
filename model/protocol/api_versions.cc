#include "model/protocol/api_versions.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<ApiVersionsRequest>;
template struct Codec<ApiVersionsResponse>;
}  // namespace weir
