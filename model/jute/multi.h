// Multi: several operations as one transaction, all or nothing (ZOOKEEPER-965), and reads in one request.
//
// A multi changes; a multiRead reads (getData, getChildren). In the answer of a multi that failed every
// operation is an error: ok before the one that failed, its code there, runtimeInconsistency behind it.
// In that of a multiRead each operation fails alone.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/jute/records.h"

namespace weir {

struct MultiOp {
  ZkOp op = ZkOp::check;  // create, create2, delete, setData, check; getData, getChildren
  std::variant<CreateRequest, PathVersionRequest, SetDataRequest, PathWatchRequest> request;
};
// Refused: an operation that a multi cannot hold, and more than `kMaxMultiOps`.
inline constexpr size_t kMaxMultiOps = 10'000;
Result<std::vector<MultiOp>, ProtocolError> decode_multi(ConstBytes body);
void append_multi(Buffer& to, const std::vector<MultiOp>& ops);

struct MultiResult {
  ZkOp op = ZkOp::error;  // error: `error` says which
  ZkError error = ZkError::ok;
  std::string path;  // create, create2
  ZnodeStat stat;    // create2, setData, getData
  ZnodeData data;    // getData
  std::vector<std::string> children;  // getChildren
};
Result<std::vector<MultiResult>, ProtocolError> decode_multi_results(ConstBytes body);
void append_multi_results(Buffer& to, const std::vector<MultiResult>& results);

}  // namespace weir
