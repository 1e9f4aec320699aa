#include "model/protocol/incremental_alter_configs.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<IncrementalAlterConfigsRequest>;
template struct Codec<IncrementalAlterConfigsResponse>;
}  // namespace weir
