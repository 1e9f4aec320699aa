#include "model/jute/multi.h"

#include "model/jute/jute.h"

namespace weir {
namespace {

constexpr MultiHeader kEnd{ZkOp::error, true, -1};

ProtocolError refuse(std::string why) {
  return {ProtocolError::Kind::bad_length, "multi: " + std::move(why)};
}

template <class M, class V>
void read_into(JuteReader& reader, V& variant) {
  reader.structure(variant.template emplace<M>());
}

}  // namespace

Result<std::vector<MultiOp>, ProtocolError> decode_multi(ConstBytes body) {
  JuteReader reader(body);
  std::vector<MultiOp> ops;
  for (;;) {
    MultiHeader header;
    reader.structure(header);
    if (const ProtocolError* const error = reader.error()) return *error;
    if (header.done) break;
    if (ops.size() == kMaxMultiOps) return refuse("more than 10000 operations");
    MultiOp& op = ops.emplace_back();
    op.op = header.op;
    switch (header.op) {
      case ZkOp::create:
      case ZkOp::create2:
      case ZkOp::create_container: read_into<CreateRequest>(reader, op.request); break;
      case ZkOp::remove:
      case ZkOp::check: read_into<PathVersionRequest>(reader, op.request); break;
      case ZkOp::set_data: read_into<SetDataRequest>(reader, op.request); break;
      case ZkOp::get_data:
      case ZkOp::get_children: read_into<PathWatchRequest>(reader, op.request); break;
      default: return refuse("no operation " + std::to_string(static_cast<int>(header.op)) + " in it");
    }
  }
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return ops;
}

void append_multi(Buffer& to, const std::vector<MultiOp>& ops) {
  for (const MultiOp& op : ops) {
    append_jute(to, MultiHeader{op.op, false, -1});
    std::visit([&](const auto& request) { append_jute(to, request); }, op.request);
  }
  append_jute(to, kEnd);
}

Result<std::vector<MultiResult>, ProtocolError> decode_multi_results(ConstBytes body) {
  JuteReader reader(body);
  std::vector<MultiResult> results;
  for (;;) {
    MultiHeader header;
    reader.structure(header);
    if (const ProtocolError* const error = reader.error()) return *error;
    if (header.done) break;
    if (results.size() == kMaxMultiOps) return refuse("more than 10000 results");
    MultiResult& result = results.emplace_back();
    result.op = header.op;
    switch (header.op) {
      case ZkOp::create2:
      case ZkOp::create:
      case ZkOp::create_container:
        reader.field("path", result.path);
        if (header.op != ZkOp::create) reader.field("stat", result.stat);
        break;
      case ZkOp::set_data: reader.field("stat", result.stat); break;
      case ZkOp::get_data:
        reader.field("data", result.data);
        reader.field("stat", result.stat);
        break;
      case ZkOp::get_children: reader.field("children", result.children); break;
      case ZkOp::error: reader.field("err", result.error); break;
      case ZkOp::remove:
      case ZkOp::check: break;
      default: return refuse("no answer " + std::to_string(static_cast<int>(header.op)) + " in it");
    }
  }
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return results;
}

void append_multi_results(Buffer& to, const std::vector<MultiResult>& results) {
  for (const MultiResult& result : results) {
    const bool failed = result.op == ZkOp::error;
    append_jute(to, MultiHeader{result.op, false, failed ? static_cast<int32_t>(result.error) : 0});
    JuteWriter writer(to);
    switch (result.op) {
      case ZkOp::create: writer.field("path", result.path); break;
      case ZkOp::create2:
      case ZkOp::create_container: append_jute(to, Create2Response{result.path, result.stat}); break;
      case ZkOp::set_data: append_jute(to, result.stat); break;
      case ZkOp::get_data: append_jute(to, GetDataResponse{result.data, result.stat}); break;
      case ZkOp::get_children: writer.field("children", result.children); break;
      case ZkOp::error: append_jute(to, ErrorResponse{result.error}); break;
      default: break;
    }
  }
  append_jute(to, kEnd);
}

}  // namespace weir
