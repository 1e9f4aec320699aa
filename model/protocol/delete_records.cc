#include "model/protocol/delete_records.h"

#include "model/protocol/codec_impl.h"

namespace weir {
template struct Codec<DeleteRecordsRequest>;
template struct Codec<DeleteRecordsResponse>;
}  // namespace weir
