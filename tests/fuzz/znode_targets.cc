// What a server of the coordination service reads back from its disk.
#include <algorithm>

#include "broker/coordination/storage/file_format.h"
#include "broker/coordination/znode/snapshot.h"
#include "broker/coordination/znode/txn.h"
#include "sim/base/check.h"
#include "sim/base/crc32c.h"
#include "tests/fuzz/targets.h"
#include "tests/model/jute_messages.h"

namespace weir {
namespace {

constexpr int kVariants = 6;

// A znode is a node of two maps, an ACL, a path and a name.
size_t znode_limit(size_t bytes) { return 8 * 1024 + 256 * bytes; }

ChangeTxn random_change(RandomMessage& random, ZkOp op) {
  switch (op) {
    case ZkOp::create:
      return random.make<CreateTxn>();
    case ZkOp::remove:
      return random.make<DeleteTxn>();
    case ZkOp::set_data:
      return random.make<SetDataTxn>();
    case ZkOp::set_acl:
      return random.make<SetAclTxn>();
    case ZkOp::check:
      return random.make<CheckTxn>();
    default:
      return random.make<ErrorTxn>();
  }
}

constexpr ZkOp kChanges[] = {ZkOp::create,  ZkOp::remove, ZkOp::set_data,
                             ZkOp::set_acl, ZkOp::check,  ZkOp::error};

void add_txns(std::vector<Buffer>& corpus, Stream& stream) {
  RandomMessage random{stream, 0};
  Txn txn;
  const auto add = [&](ZkOp op) {
    txn.header = random.make<TxnHeader>();
    txn.header.op = op;
    append_txn(corpus.emplace_back(), txn);
  };
  for (const ZkOp op : kChanges) {
    txn.body = random_change(random, op);
    add(op);
  }
  MultiTxn multi;
  for (uint64_t count = stream.below(5); count > 0; --count) {
    const ZkOp op = kChanges[stream.below(std::size(kChanges))];
    multi.parts.push_back({op, random_change(random, op)});
  }
  txn.body = std::move(multi);
  add(ZkOp::multi);
  txn.body = random.make<CreateSessionTxn>();
  add(ZkOp::create_session);
  txn.body = random.make<CloseSessionTxn>();
  add(ZkOp::close_session);
}

// What decodes goes out and comes back the same.
FuzzTarget txns(Stream& stream) {
  FuzzTarget target{
      .name = "transaction", .weight = 12, .corpus = {}, .run = {}, .limit_bytes = znode_limit};
  target.run = [](MutableBytes bytes, Stream&) {
    const auto txn = decode_txn(bytes);
    if (!txn) {
      CHECK(!txn.error().message.empty());
      return false;
    }
    Buffer once;
    append_txn(once, *txn);
    const auto again = decode_txn(once);
    CHECK(again.ok());
    Buffer twice;
    append_txn(twice, *again);
    CHECK(once == twice);
    return true;
  };
  for (int i = 0; i < kVariants; ++i) add_txns(target.corpus, stream);
  return target;
}

Txn creation(std::string path, ZnodeData data, SessionId owner, int32_t count) {
  TxnHeader header{.session = owner, .time_ms = 5, .op = ZkOp::create};
  return {header, ChangeTxn{CreateTxn{.path = std::move(path),
                                      .data = std::move(data),
                                      .acl = open_acl(),
                                      .ephemeral = owner != kNoSession,
                                      .parent_cversion = count}}};
}

Buffer snapshot_of(const ZnodeTree& tree, const SessionTable& sessions, size_t piece_bytes) {
  SnapshotEncoder encoder(tree, sessions);
  Buffer bytes;
  for (;;) {
    const Buffer piece = encoder.next_piece(piece_bytes);
    if (piece.empty()) return bytes;
    append_bytes(bytes, piece);
  }
}

Buffer random_snapshot(Stream& stream) {
  ZnodeTree tree;
  SessionTable sessions(seconds(2));
  sessions.open(SessionId{1}, 4'000, Buffer(16));
  for (uint64_t i = 1; i <= 1 + stream.below(6); ++i) {
    const auto count = static_cast<int32_t>(i);
    const SessionId owner{static_cast<int64_t>(stream.below(2))};
    const ZnodeData data = stream.below(2) == 0 ? ZnodeData{} : ZnodeData{Buffer(i)};
    tree.apply(Zxid{count}, creation("/n" + std::to_string(i), data, owner, count));
  }
  return snapshot_of(tree, sessions, 64);
}

struct Restored {
  bool complete = false;
  ZnodeTree tree;
  SessionTable sessions{seconds(2)};
};

// `cut_at`: how long the next piece is.
bool restore(ConstBytes bytes, Restored& to, const std::function<size_t()>& cut_at) {
  SnapshotDecoder decoder(to.tree, to.sessions);
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = std::min(cut_at(), bytes.size() - at);
    const auto added = decoder.add(bytes.subspan(at, size));
    if (!added) {
      CHECK(!added.error().message.empty());
      return false;
    }
    at += size;
  }
  to.complete = decoder.complete();
  return to.complete;
}

// Where the pieces are cut makes no difference.
FuzzTarget snapshots(Stream& stream) {
  FuzzTarget target{.name = "snapshot of znodes",
                    .weight = 12,
                    .corpus = {},
                    .run = {},
                    .limit_bytes = znode_limit};
  target.run = [](MutableBytes bytes, Stream& draws) {
    Restored whole;
    Restored cut;
    const bool accepted = restore(bytes, whole, [&] { return bytes.size(); });
    CHECK(restore(bytes, cut, [&] { return 1 + draws.below(40); }) == accepted);
    CHECK(whole.tree.digest() == cut.tree.digest());
    CHECK(whole.sessions.all().size() == cut.sessions.all().size());
    return accepted;
  };
  for (int i = 0; i < kVariants; ++i) target.corpus.push_back(random_snapshot(stream));
  return target;
}

void repair_header(Buffer& bytes) {
  constexpr size_t kCrcAt = kStoreHeaderBytes - 4;
  if (bytes.size() < kStoreHeaderBytes) return;
  store_big_endian(bytes.data() + kCrcAt, crc32c(ConstBytes(bytes).first(kCrcAt)));
}

FuzzTarget store_headers() {
  FuzzTarget target{.name = "header of a log, snapshot, hard state",
                    .weight = 6,
                    .corpus = {},
                    .run = {},
                    .limit_bytes = znode_limit,
                    .repair = repair_header};
  for (const auto kind : {StoreFile::log, StoreFile::snapshot, StoreFile::hard_state}) {
    target.corpus.push_back(encode_store_header(kind, "solo", {3, 5, -1}));
  }
  target.run = [](MutableBytes bytes, Stream&) {
    bool accepted = false;
    for (const auto kind : {StoreFile::log, StoreFile::snapshot, StoreFile::hard_state}) {
      const auto header = decode_store_header(bytes, kind, "solo", "d", "d/file");
      if (!header) CHECK(!header.error().what.empty());
      if (header) CHECK(encode_store_header(kind, "solo", *header).size() == kStoreHeaderBytes);
      accepted = accepted || header.ok();
    }
    return accepted;
  };
  return target;
}

// Every header that is believed is the one that was written there.
FuzzTarget record_headers() {
  constexpr uint64_t kPosition = 400;
  static constexpr RecordHome kHome{make_zxid(1, 1), 2};
  FuzzTarget target{.name = "header of a record",
                    .weight = 6,
                    .corpus = {},
                    .run = {},
                    .limit_bytes = znode_limit};
  for (const uint64_t synced : {0, 40, 400}) {
    encode_record(target.corpus.emplace_back(), kHome, kPosition, make_zxid(1, 7), synced,
                  as_bytes("some payload"));
  }
  target.run = [](MutableBytes bytes, Stream&) {
    if (bytes.size() < kRecordHeaderBytes) return false;
    const auto header = decode_record_header(bytes, kHome, kPosition);
    if (!header) return false;
    CHECK(header->zxid >= kHome.first && header->synced <= kPosition);
    const ConstBytes payload = ConstBytes(bytes).subspan(kRecordHeaderBytes);
    if (payload.size() < header->length ||
        crc32c(payload.first(header->length)) != header->payload_crc) {
      return false;
    }
    Buffer again;
    encode_record(again, kHome, kPosition, header->zxid, header->synced,
                  payload.first(header->length));
    CHECK(std::equal(again.begin(), again.end(), bytes.begin()));
    return true;
  };
  return target;
}

FuzzTarget store_names() {
  FuzzTarget target{.name = "names of logs and snapshots",
                    .weight = 6,
                    .corpus = {},
                    .run = {},
                    .limit_bytes = znode_limit};
  for (const std::string_view name : {"log.10000000a", "snapshot.0", "log.ffffffffffffffff"}) {
    const ConstBytes bytes = as_bytes(name);
    target.corpus.emplace_back(bytes.begin(), bytes.end());
  }
  target.run = [](MutableBytes bytes, Stream&) {
    const auto log = parse_store_file_name(StoreFile::log, as_text(bytes));
    const auto snapshot = parse_store_file_name(StoreFile::snapshot, as_text(bytes));
    if (log) CHECK(store_file_name(StoreFile::log, *log) == as_text(bytes));
    if (snapshot) CHECK(store_file_name(StoreFile::snapshot, *snapshot) == as_text(bytes));
    return log.has_value() || snapshot.has_value();
  };
  return target;
}

}  // namespace

std::vector<FuzzTarget> znode_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  targets.push_back(txns(stream));
  targets.push_back(snapshots(stream));
  targets.push_back(store_headers());
  targets.push_back(record_headers());
  targets.push_back(store_names());
  return targets;
}

}  // namespace weir
