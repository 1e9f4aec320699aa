#include "model/protocol/fetch.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<FetchRequest>;
template struct Codec<FetchResponse>;
}  // namespace weir
