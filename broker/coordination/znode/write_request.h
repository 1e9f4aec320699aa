// WriteRequest: a request that changes the tree, as a client sent it.
#pragma once

#include <variant>
#include <vector>

#include "model/jute/multi.h"
#include "model/jute/records.h"

namespace weir {

// Closes the connection's session with all that is its own.
struct CloseSessionRequest {};

struct WriteRequest {
  ZkOp op = ZkOp::error;
  std::variant<CreateRequest, PathVersionRequest, SetDataRequest, SetAclRequest,
               std::vector<MultiOp>, CloseSessionRequest>
      body;
};

bool is_write(ZkOp op);
// `op` is a write.
Result<WriteRequest, ProtocolError> decode_write(ZkOp op, ConstBytes body);

}  // namespace weir
