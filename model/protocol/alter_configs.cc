#include "model/protocol/alter_configs.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<AlterConfigsRequest>;
template struct Codec<AlterConfigsResponse>;
}  // namespace weir
