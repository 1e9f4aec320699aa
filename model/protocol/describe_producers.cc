#include "model/protocol/describe_producers.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DescribeProducersRequest>;
template struct Codec<DescribeProducersResponse>;
}  // namespace weir
