// The pipeline of requests, transactions and tree against the reference that knows no pipeline.
#include "tests/support/test_pch.h"

#include <deque>

#include "broker/coordination/znode/preparer.h"
#include "broker/coordination/znode/snapshot.h"
#include "model/jute/jute.h"
#include "model/oracle/reference_znodes.h"

namespace weir {
namespace {

std::string some_path() {
  // Few names, so that requests meet.
  static constexpr const char* kPaths[] = {"/a", "/b", "/a/x", "/a/y", "/a/x/z", "/b/x", "/",
                                           "/zookeeper"};
  return kPaths[*rc::gen::inRange<size_t>(0, std::size(kPaths))];
}
ZnodeData some_data() {
  const auto bytes = *rc::gen::inRange(-1, 3);
  if (bytes < 0) return std::nullopt;
  return Buffer(static_cast<size_t>(bytes), static_cast<uint8_t>(*rc::gen::inRange(0, 256)));
}
CreateRequest some_creation() { return {some_path(), some_data(), open_acl(), *rc::gen::inRange(0, 4)}; }
PathVersionRequest some_version() { return {some_path(), *rc::gen::inRange(-1, 3)}; }
SetDataRequest some_set() { return {some_path(), some_data(), *rc::gen::inRange(-1, 3)}; }

MultiOp some_part() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return {ZkOp::create, some_creation()};
    case 1: return {ZkOp::remove, some_version()};
    case 2: return {ZkOp::set_data, some_set()};
    default: return {ZkOp::check, some_version()};
  }
}
WriteRequest some_request() {
  if (*rc::gen::inRange(0, 12) == 0) return {ZkOp::close_session, CloseSessionRequest{}};
  if (*rc::gen::inRange(0, 4) == 0) {
    std::vector<MultiOp> ops;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i) ops.push_back(some_part());
    return {ZkOp::multi, std::move(ops)};
  }
  MultiOp part = some_part();
  WriteRequest request{part.op, {}};
  if (auto* const asked = std::get_if<CreateRequest>(&part.request)) request.body = *asked;
  if (auto* const named = std::get_if<PathVersionRequest>(&part.request)) request.body = *named;
  if (auto* const set = std::get_if<SetDataRequest>(&part.request)) request.body = *set;
  return request;
}

// "/" cannot be created; the reference is not asked.
bool creates_root(const WriteRequest& request) {
  const auto is_root = [](const CreateRequest& r) { return r.path == "/"; };
  if (const auto* const asked = std::get_if<CreateRequest>(&request.body)) return is_root(*asked);
  if (const auto* const ops = std::get_if<std::vector<MultiOp>>(&request.body)) {
    for (const MultiOp& op : *ops) {
      const auto* const asked = std::get_if<CreateRequest>(&op.request);
      if (asked != nullptr && is_root(*asked)) return true;
    }
  }
  return false;
}

ReferenceZnodes::Answer ask(ReferenceZnodes& reference, Zxid zxid, const TxnHeader& header,
                            const WriteRequest& request) {
  if (const auto* const ops = std::get_if<std::vector<MultiOp>>(&request.body)) {
    return reference.multi(zxid, header.time_ms, header.session, *ops);
  }
  if (const auto* const asked = std::get_if<CreateRequest>(&request.body)) {
    return reference.create(zxid, header.time_ms, header.session, *asked);
  }
  if (const auto* const set = std::get_if<SetDataRequest>(&request.body)) {
    return reference.set(zxid, header.time_ms, *set);
  }
  if (const auto* const named = std::get_if<PathVersionRequest>(&request.body)) {
    return request.op == ZkOp::remove ? reference.remove(zxid, *named) : reference.check(*named);
  }
  reference.close(zxid, header.session);
  return {};
}

void require_same(const ZnodeTree& tree, const ReferenceZnodes& reference) {
  const std::vector<std::string> paths = reference.paths();
  RC_ASSERT(tree.size() == paths.size());
  for (const std::string& path : paths) {
    const Znode* const node = tree.find(path);
    RC_ASSERT(node != nullptr);
    RC_ASSERT(node->data() == reference.data(path));
    RC_ASSERT(node->stat() == reference.stat(path));
    RC_ASSERT(tree.children(*node) == reference.children(path));
  }
}

// As from the log: what a codec loses shows.
Txn through_the_log(const Txn& txn) {
  Buffer payload;
  append_txn(payload, txn);
  return *decode_txn(payload);
}

struct InLog {
  Zxid zxid;
  Txn txn;
  ReferenceZnodes::Answer expected;
};

void require_answer(const Applied& applied, const InLog& entry) {
  RC_ASSERT(applied.error == entry.expected.error);
  RC_ASSERT(applied.path == entry.expected.path);
  RC_ASSERT(applied.results.size() == entry.expected.results.size());
  for (size_t i = 0; i < applied.results.size(); ++i) {
    RC_ASSERT(applied.results[i].error == entry.expected.results[i].error);
    RC_ASSERT(applied.results[i].path == entry.expected.results[i].path);
  }
}

TEST_CASE("requests prepared ahead of what is applied are answered as if each had waited its turn") {
  REQUIRE(rc::check([] {
    ZnodeTree tree;
    Preparer preparer(tree);
    ReferenceZnodes reference;
    std::deque<InLog> log;
    const auto apply_first = [&] {
      const InLog entry = std::move(log.front());
      log.pop_front();
      const Applied applied = tree.apply(entry.zxid, entry.txn);
      preparer.applied(entry.zxid);
      require_answer(applied, entry);
    };
    const int count = *rc::gen::inRange(1, 60);
    for (int i = 1; i <= count; ++i) {
      const WriteRequest request = some_request();
      if (creates_root(request)) continue;
      const TxnHeader header{.session = SessionId{*rc::gen::inRange(1, 4)}, .time_ms = 1000 + i};
      const Txn txn = preparer.prepare(header, request, {});
      if (*rc::gen::inRange(0, 10) == 0) {
        preparer.dropped();  // it could not be proposed: nothing of it happens
        continue;
      }
      const Zxid zxid{i};
      preparer.proposed(zxid);
      log.push_back({zxid, through_the_log(txn), ask(reference, zxid, header, request)});
      while (!log.empty() && *rc::gen::inRange(0, 3) == 0) apply_first();
    }
    while (!log.empty()) apply_first();
    require_same(tree, reference);
    RC_ASSERT(preparer.pending_count() == 0U);
  }));
}

// A snapshot that is written node by node while the tree goes on, then the log behind its beginning.
TEST_CASE("a fuzzy snapshot and the log from its beginning make the tree that was") {
  REQUIRE(rc::check([] {
    ZnodeTree tree;
    Preparer preparer(tree);
    std::vector<std::pair<Zxid, Txn>> log;
    int next = 1;
    const auto go_on = [&](int count) {
      for (int i = 0; i < count; ++i) {
        const TxnHeader header{.session = SessionId{*rc::gen::inRange(1, 4)}, .time_ms = next};
        const Txn txn = preparer.prepare(header, some_request(), {});
        const Zxid zxid{next++};
        preparer.proposed(zxid);
        tree.apply(zxid, txn);
        preparer.applied(zxid);
        log.emplace_back(zxid, txn);
      }
    };
    go_on(*rc::gen::inRange(0, 30));
    const Zxid begun{next - 1};
    ZnodeTree restored;
    SessionTable sessions(seconds(2));
    sessions.open(SessionId{7}, 5000, {1, 2, 3});
    SessionTable restored_sessions(seconds(2));
    SnapshotDecoder decoder(restored, restored_sessions);
    SnapshotEncoder encoder(tree, sessions);
    for (;;) {
      const Buffer piece = encoder.next_piece(*rc::gen::inRange<size_t>(1, 200));
      if (piece.empty()) break;
      const auto cut = *rc::gen::inRange<size_t>(0, piece.size() + 1);
      RC_ASSERT(decoder.add(ConstBytes(piece).first(cut)).ok());
      RC_ASSERT(decoder.add(ConstBytes(piece).subspan(cut)).ok());
      go_on(*rc::gen::inRange(0, 3));
    }
    RC_ASSERT(decoder.complete());
    RC_ASSERT(restored_sessions.find(SessionId{7})->password == Buffer({1, 2, 3}));
    for (const auto& [zxid, txn] : log) {
      if (zxid > begun) restored.apply(zxid, txn);
    }
    RC_ASSERT(restored.size() == tree.size());
    RC_ASSERT(restored.digest() == tree.digest());
    RC_ASSERT(restored.all_ephemerals() == tree.all_ephemerals());
  }));
}

}  // namespace
}  // namespace weir
