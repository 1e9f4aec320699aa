#include "broker/coordination/znode/txn.h"

#include "model/jute/jute.h"

namespace weir {
namespace {

// Which change stands behind an op; error for none.
ChangeTxn empty_change(ZkOp op) {
  switch (op) {
    case ZkOp::create:
    case ZkOp::create2: return CreateTxn{};
    case ZkOp::remove: return DeleteTxn{};
    case ZkOp::set_data: return SetDataTxn{};
    case ZkOp::set_acl: return SetAclTxn{};
    case ZkOp::check: return CheckTxn{};
    default: return ErrorTxn{};
  }
}

void read_change(JuteReader& reader, ZkOp op, ChangeTxn& change) {
  change = empty_change(op);
  std::visit([&](auto& body) { reader.structure(body); }, change);
}

void write_change(Buffer& to, const ChangeTxn& change) {
  std::visit([&](const auto& body) { append_jute(to, body); }, change);
}

void write_body(Buffer& to, const ChangeTxn& change) { write_change(to, change); }
void write_body(Buffer& to, const MultiTxn& multi) {
  JuteWriter(to).field("count", static_cast<int32_t>(multi.parts.size()));
  for (const MultiTxn::Part& part : multi.parts) {
    JuteWriter(to).field("op", part.op);
    write_change(to, part.change);
  }
}
template <class M>
void write_body(Buffer& to, const M& body) {
  append_jute(to, body);
}

}  // namespace

void append_txn(Buffer& to, const Txn& txn) {
  append_jute(to, txn.header);
  std::visit([&](const auto& body) { write_body(to, body); }, txn.body);
}

Result<Txn, ProtocolError> decode_txn(ConstBytes payload) {
  Txn txn;
  JuteReader reader(payload);
  reader.structure(txn.header);
  switch (txn.header.op) {
    case ZkOp::multi: {
      MultiTxn& multi = txn.body.emplace<MultiTxn>();
      int32_t count = 0;
      reader.field("count", count);
      for (int32_t i = 0; i < count && reader.error() == nullptr; ++i) {
        MultiTxn::Part& part = multi.parts.emplace_back();
        reader.field("op", part.op);
        read_change(reader, part.op, part.change);
      }
      break;
    }
    case ZkOp::create_session: reader.structure(txn.body.emplace<CreateSessionTxn>()); break;
    case ZkOp::close_session: reader.structure(txn.body.emplace<CloseSessionTxn>()); break;
    default: read_change(reader, txn.header.op, txn.body.emplace<ChangeTxn>()); break;
  }
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return txn;
}

}  // namespace weir
