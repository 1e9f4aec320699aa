#include "model/protocol/describe_cluster.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DescribeClusterRequest>;
template struct Codec<DescribeClusterResponse>;
}  // namespace weir
