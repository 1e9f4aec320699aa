#include "model/protocol/describe_configs.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DescribeConfigsRequest>;
template struct Codec<DescribeConfigsResponse>;
}  // namespace weir
