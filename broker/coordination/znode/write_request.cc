#include "broker/coordination/znode/write_request.h"

#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

template <class M>
Result<WriteRequest, ProtocolError> decode_as(ZkOp op, ConstBytes body) {
  return WriteRequest{op, TRY(decode_jute<M>(body))};
}

}  // namespace

bool is_write(ZkOp op) {
  switch (op) {
    case ZkOp::create:
    case ZkOp::create2:
    case ZkOp::remove:
    case ZkOp::check:
    case ZkOp::set_data:
    case ZkOp::set_acl:
    case ZkOp::multi:
    case ZkOp::close_session: return true;
    default: return false;
  }
}

Result<WriteRequest, ProtocolError> decode_write(ZkOp op, ConstBytes body) {
  CHECK(is_write(op));
  switch (op) {
    case ZkOp::create:
    case ZkOp::create2: return decode_as<CreateRequest>(op, body);
    case ZkOp::remove:
    case ZkOp::check: return decode_as<PathVersionRequest>(op, body);
    case ZkOp::set_data: return decode_as<SetDataRequest>(op, body);
    case ZkOp::set_acl: return decode_as<SetAclRequest>(op, body);
    case ZkOp::multi: return WriteRequest{op, TRY(decode_multi(body))};
    default: return WriteRequest{op, CloseSessionRequest{}};
  }
}

}  // namespace weir
