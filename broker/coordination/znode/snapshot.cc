#include "broker/coordination/znode/snapshot.h"

#include "model/jute/jute.h"

namespace weir {
namespace {

constexpr int32_t kEnd = 0;
constexpr int32_t kSession = 1;
constexpr int32_t kZnode = 2;
constexpr size_t kLengthBytes = 4;

struct SessionRecord {
  SessionId id;
  int32_t timeout_ms = 0;
  Buffer password;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("id", m.id);
    v.field("timeout", m.timeout_ms);
    v.field("passwd", m.password);
  }
};

struct ZnodeRecord {
  std::string path;
  ZnodeImage image;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("data", m.image.data);
    v.field("acl", m.image.acl);
    v.field("stat", m.image.stat);
    v.field("childrenCreated", m.image.children_created);
  }
};

// Each record behind its length, so that pieces may be cut anywhere.
template <class M>
void append_record(Buffer& to, int32_t kind, const M& record) {
  Buffer body;
  JuteWriter(body).field("kind", kind);
  append_jute(body, record);
  JuteWriter(to).field("record", body);
}

struct Nothing {
  template <class V, class M>
  static void fields(V& /*v*/, M& /*m*/) {}
};

}  // namespace

Buffer SnapshotEncoder::next_piece(size_t piece_bytes) {
  Buffer piece;
  while (piece.size() < piece_bytes && part_ != Part::ended) {
    if (part_ == Part::sessions) {
      const auto at = sessions_.all().upper_bound(last_session_);
      if (at == sessions_.all().end()) {
        part_ = Part::znodes;
        continue;
      }
      last_session_ = at->first;
      append_record(piece, kSession,
                    SessionRecord{at->first, at->second.timeout_ms, at->second.password});
    } else if (const auto* const at = tree_.next_after(last_path_)) {
      last_path_ = at->path();
      append_record(piece, kZnode, ZnodeRecord{last_path_, tree_.image(*at)});
    } else {
      part_ = Part::ended;
      append_record(piece, kEnd, Nothing{});
    }
  }
  return piece;
}

Result<Done, ProtocolError> SnapshotDecoder::add(ConstBytes piece) {
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<ptrdiff_t>(used_));
  used_ = 0;
  append_bytes(rest_, piece);
  while (TRY(take_one())) {
  }
  return Done{};
}

Result<bool, ProtocolError> SnapshotDecoder::take_one() {
  const ConstBytes left = ConstBytes(rest_).subspan(used_);
  if (complete_ && !left.empty()) {
    return ProtocolError{ProtocolError::Kind::trailing_bytes, "snapshot: bytes follow its end"};
  }
  if (left.size() < kLengthBytes) return false;
  const auto length = load_big_endian<int32_t>(left.data());
  if (length < 0) {
    return ProtocolError{ProtocolError::Kind::bad_length, "snapshot: a record of negative length"};
  }
  const size_t whole = kLengthBytes + static_cast<size_t>(length);
  if (left.size() < whole) return false;
  JuteReader reader(left.subspan(kLengthBytes, static_cast<size_t>(length)));
  int32_t kind = kEnd;
  reader.field("kind", kind);
  SessionRecord session;
  ZnodeRecord node;
  if (kind == kSession) reader.structure(session);
  if (kind == kZnode) reader.structure(node);
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  switch (kind) {
    case kSession: sessions_.open(session.id, session.timeout_ms, std::move(session.password)); break;
    case kZnode: tree_.restore(node.path, node.image); break;
    case kEnd: complete_ = true; break;
    default:
      return ProtocolError{ProtocolError::Kind::bad_tag,
                           "snapshot: a record of kind " + std::to_string(kind)};
  }
  used_ += whole;
  return true;
}

}  // namespace weir
