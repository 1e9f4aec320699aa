#include "broker/coordination/consensus/raft_wire.h"

#include "model/jute/jute.h"

namespace weir {
namespace {

enum class Kind : int32_t { vote_request = 1, vote_reply, append_request, append_reply, snapshot_request };

struct Head {
  uint32_t term = 0;
  Kind kind = Kind::vote_request;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("term", m.term);
    v.field("kind", m.kind);
  }
};

template <class Body>
Result<RaftMessage, ProtocolError> decode_body_of(JuteReader& reader, uint32_t term) {
  Body body;
  reader.structure(body);
  reader.expect_end();
  if (reader.error() != nullptr) return *reader.error();
  return RaftMessage{{}, {}, term, std::move(body)};
}

}  // namespace

Buffer encode_raft_message(const RaftMessage& message) {
  Buffer bytes;
  JuteWriter writer(bytes);
  writer.structure(Head{message.term, static_cast<Kind>(message.body.index() + 1)});
  const auto write_all = [&]<class... Bodies>(const std::variant<Bodies...>& body) {
    const auto write = [&](const auto* one) {
      if (one != nullptr) writer.structure(*one);
    };
    (write(std::get_if<Bodies>(&body)), ...);
  };
  write_all(message.body);
  return bytes;
}

Result<RaftMessage, ProtocolError> decode_raft_message(ConstBytes bytes) {
  JuteReader reader(bytes);
  Head head;
  reader.structure(head);
  if (reader.error() != nullptr) return *reader.error();
  switch (head.kind) {
    case Kind::vote_request: return decode_body_of<VoteRequest>(reader, head.term);
    case Kind::vote_reply: return decode_body_of<VoteReply>(reader, head.term);
    case Kind::append_request: return decode_body_of<AppendRequest>(reader, head.term);
    case Kind::append_reply: return decode_body_of<AppendReply>(reader, head.term);
    case Kind::snapshot_request: return decode_body_of<SnapshotRequest>(reader, head.term);
  }
  return ProtocolError{ProtocolError::Kind::unknown_api, "kind: none of Raft's messages"};
}

}  // namespace weir
