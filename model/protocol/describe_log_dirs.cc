#include "model/protocol/describe_log_dirs.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DescribeLogDirsRequest>;
template struct Codec<DescribeLogDirsResponse>;
}  // namespace weir
